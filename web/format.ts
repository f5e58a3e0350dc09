import { language, words } from './language.ts'

/** Numbers and instants as people here write them. Null is unknown and shows as a dash. Time is always Asia/Shanghai. */

const plain = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat('zh-CN', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const FORMATS = [0, 1, 2, 3].map(plain)

/** A number with thousands separators and this many decimals, 0..3. What rounds to zero has no sign. */
export const decimal = (value: number | null, digits: 0 | 1 | 2 | 3): string => {
  if (value === null) return words.value.unknown
  const text = (FORMATS[digits] ?? plain(digits)).format(value)
  return /[1-9]/.test(text) ? text : text.replace('-', '')
}

export const kw = (powerW: number | null, digits: 0 | 1 | 2 = 1): string =>
  decimal(powerW === null ? null : powerW / 1_000, digits)
export const kwh = (energyWh: number | null, digits: 0 | 1 | 2 | 3 = 1): string =>
  decimal(energyWh === null ? null : energyWh / 1_000, digits)

/** Whole fen as yuan with two decimals; digits only, no rounding anywhere. */
export const yuan = (amountFen: number | null): string => {
  if (amountFen === null) return words.value.unknown
  const fen = Math.abs(amountFen)
  const whole = decimal(Math.floor(fen / 100), 0)
  return `${amountFen < 0 ? '-' : ''}${whole}.${String(fen % 100).padStart(2, '0')}`
}

export const tenThousandYuan = (amountFen: number | null): string => decimal(amountFen === null ? null : amountFen / 1_000_000, 2)

/** 10⁻⁴ yuan per kWh as yuan with four decimals. */
export const price = (priceE4: number): string => `${Math.floor(priceE4 / 10_000)}.${String(priceE4 % 10_000).padStart(4, '0')}`

/** Hundredths of a percent as percent, without needless zeros. */
export const percentOfBp = (rateBp: number): string => String(rateBp / 100)
export const percent = (ratio: number, digits: 1 | 2 = 1): string => `${decimal(ratio * 100, digits)}%`

const partsOf = (atMs: number): string => new Date(atMs + 8 * 3_600_000).toISOString()

/** 12:02:05 */
export const clock = (atMs: number): string => partsOf(atMs).slice(11, 19)
/** 12:02 */
export const minute = (atMs: number): string => partsOf(atMs).slice(11, 16)
/** 2026-11-22 */
export const dayOf = (atMs: number): string => partsOf(atMs).slice(0, 10)
/** 11-22 12:02 */
export const moment = (atMs: number | null): string =>
  atMs === null ? words.value.unknown : `${partsOf(atMs).slice(5, 10)} ${minute(atMs)}`
/** 2026-11-22 12:02 */
export const fullMoment = (atMs: number): string => `${dayOf(atMs)} ${minute(atMs)}`

/** 12:02:05 for an instant of the same day as `nowMs`, otherwise 11-21 12:02. */
export const lately = (atMs: number | null, nowMs: number): string =>
  atMs !== null && dayOf(atMs) === dayOf(nowMs) ? clock(atMs) : moment(atMs)

/** 2026年10月, or 2026-10 in English. */
export const monthName = (month: string): string =>
  language.value === 'zh' ? `${month.slice(0, 4)}年${Number(month.slice(5))}月` : month

/** The day `count` days later, YYYY-MM-DD. */
export const addDays = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10)

/** Nothing of this kind was settled earlier than this. */
export const FIRST_MONTH = '2015-01'
