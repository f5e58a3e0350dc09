/** The calendar of the books: days and months in Asia/Shanghai, UTC+8 without daylight saving, Xinjiang included. */

declare const chinaDay: unique symbol
declare const chinaMonth: unique symbol

/** A calendar day in Asia/Shanghai, `YYYY-MM-DD`. */
export type ChinaDay = string & { readonly [chinaDay]: true }
/** A calendar month in Asia/Shanghai, `YYYY-MM`. */
export type ChinaMonth = string & { readonly [chinaMonth]: true }

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
export const HALF_DAY_MS = DAY_MS / 2
const OFFSET_MS = 8 * HOUR_MS

const DAY_PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/
const MONTH_PATTERN = /^(\d{4})-(0[1-9]|1[0-2])$/

/** China kept daylight saving until 1991; instants before 1992 have no place in a station's books. */
const FIRST_MS = Date.UTC(1992, 0, 1) - OFFSET_MS
const LAST_MS = Date.UTC(2200, 0, 1) - OFFSET_MS

const assertInRange = (atMs: number): void => {
  if (!(atMs >= FIRST_MS && atMs < LAST_MS)) throw new RangeError(`instant outside 1992..2199: ${atMs}`)
}

/** The day that was named last, and the one whose beginning was asked for: both are asked a million times for days of many devices. */
let named: { number: number; day: ChinaDay } | undefined
let started: { day: ChinaDay; atMs: number } | undefined

/** The day an instant (epoch ms) belongs to; every instant belongs to exactly one. Throws RangeError outside 1992..2199. */
export const dayOf = (atMs: number): ChinaDay => {
  assertInRange(atMs)
  const number = dayNumberOf(atMs)
  if (named?.number !== number) named = { number, day: new Date(atMs + OFFSET_MS).toISOString().slice(0, 10) as ChinaDay }
  return named.day
}

/** Days since 1970-01-01 in Asia/Shanghai: one number per day, for grouping where a day's name would be made a million times. */
export const dayNumberOf = (atMs: number): number => Math.floor((atMs + OFFSET_MS) / DAY_MS)

/** The same of half-days, the forenoon of 1970-01-01 being number 0. */
export const halfDayNumberOf = (atMs: number): number => Math.floor((atMs + OFFSET_MS) / HALF_DAY_MS)

/** First instant (epoch ms) of a half-day: midnight or noon. */
export const halfDayStartMs = (number: number): number => number * HALF_DAY_MS - OFFSET_MS

/** The month an instant (epoch ms) belongs to. */
export const monthOf = (atMs: number): ChinaMonth => monthOfDay(dayOf(atMs))

export const monthOfDay = (day: ChinaDay): ChinaMonth => day.slice(0, 7) as ChinaMonth

/** Parses `YYYY-MM-DD`; undefined when it is not a real day (2026-02-29 is not). */
export const parseDay = (text: string): ChinaDay | undefined => {
  if (!DAY_PATTERN.test(text)) return undefined
  const ms = Date.parse(`${text}T00:00:00+08:00`)
  return ms >= FIRST_MS && ms < LAST_MS && dayOf(ms) === text ? (text as ChinaDay) : undefined
}

/** Parses `YYYY-MM`; undefined when it is not a month. */
export const parseMonth = (text: string): ChinaMonth | undefined =>
  MONTH_PATTERN.test(text) && parseDay(`${text}-01`) ? (text as ChinaMonth) : undefined

/** First instant (epoch ms) of a day. */
export const dayStartMs = (day: ChinaDay): number => {
  if (started?.day !== day)
    started = { day, atMs: Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8))) - OFFSET_MS }
  return started.atMs
}

/** First instant (epoch ms) after a day: the day is [dayStartMs, dayEndMs). */
export const dayEndMs = (day: ChinaDay): number => dayStartMs(day) + DAY_MS

/** The day `count` days later (earlier when negative). */
export const addDays = (day: ChinaDay, count: number): ChinaDay => dayOf(dayStartMs(day) + count * DAY_MS)

/** The month `count` months later (earlier when negative). */
export const addMonths = (month: ChinaMonth, count: number): ChinaMonth => {
  const months = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + count
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}` as ChinaMonth
}

export const monthStartMs = (month: ChinaMonth): number => dayStartMs(`${month}-01` as ChinaDay)
export const monthEndMs = (month: ChinaMonth): number => monthStartMs(addMonths(month, 1))

/** Every day from `from` to `to`, both included; empty when `to` is earlier. */
export const daysBetween = (from: ChinaDay, to: ChinaDay): ChinaDay[] => {
  const days: ChinaDay[] = []
  for (let atMs = dayStartMs(from); atMs <= dayStartMs(to); atMs += DAY_MS) days.push(dayOf(atMs))
  return days
}

const monthsKnown = new Map<ChinaMonth, readonly ChinaDay[]>()

/** The twelve months of a year, in order. */
export const monthsOfYear = (year: number): ChinaMonth[] =>
  Array.from({ length: 12 }, (_, at) => `${year}-${String(at + 1).padStart(2, '0')}` as ChinaMonth)

/** Every day of a month, in order. */
export const daysOfMonth = (month: ChinaMonth): ChinaDay[] => {
  const known = monthsKnown.get(month)
  if (known) return [...known]
  const { from, to } = spanOfMonth(month)
  const days = daysBetween(from, to)
  monthsKnown.set(month, days)
  return [...days]
}

/** First and last day of a month. */
export const spanOfMonth = (month: ChinaMonth): { from: ChinaDay; to: ChinaDay } => ({
  from: `${month}-01` as ChinaDay,
  to: dayOf(monthEndMs(month) - 1),
})

const INSTANT_PATTERN = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** Epoch ms of an ISO 8601 day or time; without an offset it is Asia/Shanghai time. Undefined when it is none. */
export const parseInstant = (text: string): number | undefined => {
  if (!INSTANT_PATTERN.test(text)) return undefined
  const day = parseDay(text.slice(0, 10))
  if (day === undefined) return undefined
  if (text.length === 10) return dayStartMs(day)
  const atMs = Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}+08:00`)
  return atMs >= FIRST_MS && atMs < LAST_MS ? atMs : undefined
}

const DURATION_MS: Record<string, number> = { s: 1_000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

/** Milliseconds of `30s`, `5m`, `1h` or `2d`; undefined when it is none. */
export const parseDuration = (text: string): number | undefined => {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (DURATION_MS[unit] ?? 0)
  return ms > 0 ? ms : undefined
}

/** `2026-11-02 12:00:05` in Asia/Shanghai. */
export const formatInstant = (atMs: number): string => {
  assertInRange(atMs)
  return new Date(atMs + OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
}
