import { addDays, type ChinaDay, dayOf, monthStartMs } from './calendar.ts'
import type { Device, Station } from './registry.ts'
import { monthsToSettle } from './settlement-work.ts'

/** Which station-days mean something else once the registry says something else. */

/** A station's days from one to another, both included; `to` is absent while there is no end. `about` names the row and its fields. */
export type Correction = { stationId: string; from: ChinaDay; to?: ChinaDay; about: string }

/** What a station's figures are computed from, beside readings. */
const DEVICE_FIELDS = ['kind', 'counter', 'ratedPowerW', 'counterModulusWh', 'ctMultiplier'] as const
const SITE_FIELDS = ['latitudeDeg', 'longitudeDeg', 'feedIn'] as const

const fieldsThatDiffer = <Row extends object>(fields: readonly (keyof Row & string)[], before: Row, after: Row): string[] =>
  fields.filter((field) => before[field] !== after[field])

const lastDayOf = (endsOn: ChinaDay | undefined): ChinaDay | undefined => (endsOn === undefined ? undefined : addDays(endsOn, -1))
const earlier = (one: ChinaDay, other: ChinaDay): ChinaDay => (one < other ? one : other)
/** The later of two ends; none is the latest. */
const later = (one: ChinaDay | undefined, other: ChinaDay | undefined): ChinaDay | undefined =>
  one === undefined || other === undefined ? undefined : one > other ? one : other

const until = (to: ChinaDay | undefined): { to?: ChinaDay } => (to === undefined ? {} : { to })

/** The days between two dates of which one was said before and the other now; `undefined` is never. */
const between = (before: ChinaDay | undefined, after: ChinaDay | undefined): { from: ChinaDay; to?: ChinaDay } | undefined => {
  if (before === after) return undefined
  const [from] = [before, after].filter((day) => day !== undefined).toSorted()
  return from && { from, ...until(lastDayOf(later(before, after))) }
}

/**
 * What a device's row means for days that were computed from another, or from none. The day before a removal that moved counts
 * too: what a counter shows at the end of a day bounds it. So does the day after, the first of a row that follows: whether it goes
 * on from the counter before it or begins anew hangs on where that one ends.
 */
export const deviceCorrections = (before: Device | undefined, after: Device): Correction[] => {
  const { deviceId, stationId, validFrom } = after
  // A sensor counts no energy.
  if (after.kind === 'irradiance' && (before === undefined || before.kind === 'irradiance')) return []
  if (before === undefined)
    return [{ stationId, from: validFrom, ...until(lastDayOf(after.validTo)), about: `${deviceId} validFrom` }]
  const to = until(lastDayOf(later(before.validTo, after.validTo)))
  if (before.stationId !== stationId) {
    const about = `${deviceId} stationId`
    return [before.stationId, stationId].map((each) => ({ stationId: each, from: validFrom, ...to, about }))
  }
  const fields = fieldsThatDiffer(DEVICE_FIELDS, before, after)
  if (fields.length > 0) return [{ stationId, from: validFrom, ...to, about: `${deviceId} ${fields.join(' ')}` }]
  const moved = between(before.validTo, after.validTo)
  if (!moved) return []
  const last = moved.to === undefined ? {} : { to: addDays(moved.to, 1) }
  return [{ stationId, from: addDays(moved.from, -1), ...last, about: `${deviceId} validTo` }]
}

/** What a station's row means for days that were computed from another. A new station has none. */
export const stationCorrections = (before: Station | undefined, after: Station): Correction[] => {
  if (before === undefined) return []
  const { stationId, commissionedOn } = after
  const place = fieldsThatDiffer(SITE_FIELDS, before, after)
  const began = between(before.commissionedOn, commissionedOn)
  const ended = between(before.decommissionedOn, after.decommissionedOn)
  const from = earlier(before.commissionedOn, commissionedOn)
  return [
    ...(place.length > 0 ? [{ stationId, from, about: place.join(' ') }] : []),
    ...(began ? [{ stationId, ...began, about: 'commissionedOn' }] : []),
    ...(ended ? [{ stationId, ...ended, about: 'decommissionedOn' }] : []),
  ]
}

/** The days of one station to be computed anew, and what for. */
export type CorrectedSpan = { stationId: string; from: ChinaDay; to: ChinaDay; about: string[] }

/** The first day that is computed anew by itself: that of the oldest month whose statement still follows its days. */
export const correctedSince = (nowMs: number): ChinaDay => dayOf(Math.min(...monthsToSettle(nowMs).map(monthStartMs)))

/** One span for each station that has days between `correctedSince` and today; what lies before is for a backfill. */
export const correctedSpans = (corrections: readonly Correction[], nowMs: number): CorrectedSpan[] => {
  const [first, today] = [correctedSince(nowMs), dayOf(nowMs)]
  const spans = corrections.flatMap(({ stationId, from, to = today, about }): CorrectedSpan[] => {
    const span = { stationId, from: from < first ? first : from, to: earlier(to, today), about: [about] }
    return span.from <= span.to ? [span] : []
  })
  return [...Map.groupBy(spans, ({ stationId }) => stationId).values()].flatMap((own) => own.reduce(joined, []))
}

/** Taken up into the one span of its station. */
const joined = ([before]: CorrectedSpan[], span: CorrectedSpan): CorrectedSpan[] => [
  before === undefined
    ? span
    : {
        stationId: span.stationId,
        from: earlier(before.from, span.from),
        to: before.to > span.to ? before.to : span.to,
        about: [...before.about, ...span.about],
      },
]
