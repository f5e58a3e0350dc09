import * as z from 'zod'
import { addDays, type ChinaDay, dayOf, dayStartMs, formatInstant } from './calendar.ts'
import type { CounterReset } from './counter-reset.ts'
import type { FindingCode, StationDay } from './energy.ts'
import { REACH_DAYS } from './generation-work.ts'
import { ID_PATTERN } from './limits.ts'
import { validOn } from './overview.ts'
import type { Rejected } from './problems.ts'
import type { Device, RegionCode } from './registry.ts'

/** Who says that a register was reset or a device replaced must say it completely; and which days hear of it. */

export const RESET_KINDS = ['reset', 'replacement', 'rollover'] as const satisfies readonly CounterReset['kind'][]

/**
 * A record as it is kept. Withdrawn ones stay; another about the same instant then has the next `revision`, from 1 on, so that of two
 * officers who record at once only one succeeds.
 */
export type ResetRecord = CounterReset & { countyCode: RegionCode; revision: number; withdrawalReason?: string }

const REASON_CHARS_MAX = 200
/** Earlier there was no village power station. */
const FIRST_MS = Date.UTC(2010, 0, 1)

const id = z.string().regex(ID_PATTERN)
const wh = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
const said = z.string().trim().min(1).max(REASON_CHARS_MAX)

/** What an officer says: strict, for people make typing errors. */
export const resetAsk = z.strictObject({
  stationId: id,
  deviceId: id,
  atMs: z.int().min(FIRST_MS).max(Number.MAX_SAFE_INTEGER),
  finalWh: wh,
  startWh: wh,
  kind: z.enum(RESET_KINDS),
  reason: said,
  document: said,
})
export type ResetAsk = z.output<typeof resetAsk>

export const withdrawalAsk = resetAsk.pick({ stationId: true, deviceId: true, atMs: true, reason: true })

/** Whether a record counts. */
export const inForce = ({ withdrawnAtMs }: Pick<CounterReset, 'withdrawnAtMs'>): boolean => withdrawnAtMs === undefined

/** The records about one instant of one device, the newest last. */
const about = (records: readonly ResetRecord[], { deviceId, atMs }: Pick<ResetAsk, 'deviceId' | 'atMs'>): ResetRecord[] =>
  records.filter((each) => each.deviceId === deviceId && each.atMs === atMs).toSorted((a, b) => a.revision - b.revision)

/** The record in force about an instant, if there is one. */
export const inForceAt = (records: readonly ResetRecord[], ask: Pick<ResetAsk, 'deviceId' | 'atMs'>): ResetRecord | undefined =>
  about(records, ask).find(inForce)

/** The newest record about an instant, in force or not. */
export const newestAt = (records: readonly ResetRecord[], ask: Pick<ResetAsk, 'deviceId' | 'atMs'>): ResetRecord | undefined =>
  about(records, ask).at(-1)

const FIELDS = ['finalWh', 'startWh', 'kind', 'reason', 'document'] as const
/** Whether two say the same about an instant. */
export const saysTheSame = (record: ResetAsk, ask: ResetAsk): boolean => FIELDS.every((field) => record[field] === ask[field])

const rejected = (code: Rejected['code'], detail: string): Rejected => ({ kind: 'rejected', code, detail })

/**
 * The record to keep, or why not. `devices` are all rows of the station, `records` all its records. Saying the same again answers the
 * record that is there: who got no answer asks again. `fromFile`: files come again, and bring back nothing that was withdrawn.
 */
export const recordOf = (
  ask: ResetAsk,
  known: {
    devices: readonly Device[]
    records: readonly ResetRecord[]
    countyCode: RegionCode
    userName: string
    nowMs: number
    fromFile?: boolean
  },
): ResetRecord | Rejected => {
  const { devices, records, countyCode, userName, nowMs, fromFile = false } = known
  if (ask.atMs > nowMs) return rejected('bad_request', 'atMs: a register cannot have been reset in the future')
  const device = devices.find((row) => row.deviceId === ask.deviceId && validOn(row, dayOf(ask.atMs)))
  if (!device) return rejected('bad_request', 'deviceId: no such device was at this station on that day')
  if (device.kind === 'irradiance') return rejected('bad_request', 'deviceId: a sensor has no counter that could be reset')
  const there = inForceAt(records, ask)
  if (there) {
    if (saysTheSame(there, ask)) return there
    return rejected('conflict', `${formatInstant(ask.atMs)} has a record already: withdraw it first, or give another instant`)
  }
  const newest = newestAt(records, ask)
  if (fromFile && newest && saysTheSame(newest, ask)) {
    return rejected('conflict', 'it was withdrawn: if it is to count after all, record it by hand')
  }
  const revision = (newest?.revision ?? 0) + 1
  return { ...ask, countyCode, revision, recordedBy: userName, recordedAtMs: nowMs }
}

const LEAVES_OPEN: readonly FindingCode[] = ['gap', 'no_data']

/** Whether a day's figure says nothing for certain about a device, so that what bounds it lies beyond. */
const isOpen = (day: StationDay | undefined, deviceId: string): boolean => {
  const device = day?.devices.find((each) => each.deviceId === deviceId)
  return device === undefined || device.energyWh === null || device.findings.some(({ code }) => LEAVES_OPEN.includes(code))
}

/**
 * The days whose figures a record may change: its own, those around it up to the first on either side that is known for certain, and
 * that one too. `figures` are the newest of the station; none beyond `today` nor farther than REACH_DAYS.
 */
export const daysTouched = (
  { deviceId, atMs }: Pick<CounterReset, 'deviceId' | 'atMs'>,
  figures: ReadonlyMap<ChinaDay, StationDay>,
  today: ChinaDay,
): ChinaDay[] => {
  const own = dayOf(atMs)
  const towards = (step: 1 | -1): ChinaDay[] => {
    const days: ChinaDay[] = []
    for (let count = 1; count <= REACH_DAYS; count += 1) {
      const day = addDays(own, step * count)
      if (day > today) break
      days.push(day)
      if (!isOpen(figures.get(day), deviceId)) break
    }
    return days
  }
  return [...towards(-1).toReversed(), own, ...towards(1)]
}

/** Those days, at most `max`, that lie nearest to an instant's own, in order. */
export const nearestDays = (days: readonly ChinaDay[], atMs: number, max: number): ChinaDay[] => {
  const own = dayStartMs(dayOf(atMs))
  const farness = (day: ChinaDay): number => Math.abs(dayStartMs(day) - own)
  return days
    .toSorted((a, b) => farness(a) - farness(b))
    .slice(0, max)
    .toSorted()
}
