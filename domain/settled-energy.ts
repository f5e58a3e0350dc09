import { type ChinaDay, type ChinaMonth, daysBetween, monthOfDay } from './calendar.ts'
import type { StationDay } from './energy.ts'
import type { StandingDay, StandingSlip } from './income.ts'
import { shareByLargestRemainder } from './money.ts'
import type { FeedIn } from './registry.ts'
import type { Slip, SlipContent } from './slip.ts'

/** What a station's days count in a settlement: their part of a slip where one covers them, else what telemetry says. */

/** A station's final days, by day. */
export type FinalDays = ReadonlyMap<ChinaDay, StationDay>

/**
 * Weights of a slip's days: what telemetry measured; a day of unknown energy weighs as much as the known ones on average. Where the
 * known days weigh nothing the unknown ones share evenly, and where there are none of those, all. Times the count of known days, so
 * that the average is whole.
 */
const weightsOf = (energies: readonly (number | null)[]): number[] => {
  const known = energies.filter((energyWh) => energyWh !== null)
  const sumWh = known.reduce((sum, energyWh) => sum + energyWh, 0)
  if (sumWh > 0) return energies.map((energyWh) => (energyWh === null ? sumWh : energyWh * known.length))
  return energies.map((energyWh) => (energyWh === null || known.length === energies.length ? 1 : 0))
}

/**
 * A slip's energy by day, over those of its days on which the station is in service: they sum to the slip to the Wh, whatever
 * months they lie in. By largest remainder, ties to the earlier day. Empty when it has no such day.
 * Throws RangeError beyond the safe integers.
 */
export const spreadSlip = (
  { from, to, energyWh }: Pick<SlipContent, 'from' | 'to' | 'energyWh'>,
  isInService: (day: ChinaDay) => boolean,
  finals: FinalDays,
): Map<ChinaDay, number> => {
  const days = daysBetween(from, to).filter(isInService)
  const weights = weightsOf(days.map((day) => finals.get(day)?.energyWh ?? null))
  const shared = shareByLargestRemainder({
    total: energyWh,
    shares: days.map((day, at) => ({ id: day, weight: weights[at] ?? 0 })),
  })
  return new Map(shared.kind === 'no_weight' ? [] : shared.parts.map(({ id, part }) => [id as ChinaDay, part]))
}

export type Spread = { slip: Slip; byDay: ReadonlyMap<ChinaDay, number> }

/**
 * The days a station's month stands on, whatever else was ever computed: one per day in service, in order. Where energy is used on the
 * spot, each says too what the inverters made: not known while one of them is not.
 */
export const standingDays = (
  inService: readonly ChinaDay[],
  { finals, spreads, feedIn }: { finals: FinalDays; spreads: readonly Spread[]; feedIn?: FeedIn | undefined },
): StandingDay[] => {
  const settled = new Map(spreads.flatMap(({ byDay }) => [...byDay]))
  return inService.map((day) => {
    const final = finals.get(day)
    const { version, energyWh, quality, basis } = final ?? NOTHING
    const made = feedIn === 'surplus' ? { generatedWh: final ? knownInverterWh(final) : null } : {}
    const slipWh = settled.get(day)
    if (slipWh !== undefined) return { day, version, energyWh: slipWh, quality: 'measured', basis: 'slip', ...made }
    return { day, version, energyWh, quality, basis, ...made }
  })
}

const NOTHING = { version: 0, energyWh: null, quality: 'missing', basis: 'none' } as const

/** The inverters' sum; null while one of them is unknown: its energy is in the meter, and not in the sum. */
export const knownInverterWh = ({ inverterWh, devices }: StationDay): number | null =>
  devices.some(({ kind, energyWh }) => kind === 'inverter' && energyWh === null) ? null : inverterWh

/** The slips a month stands on, as its statement names them. */
export const standingSlips = (month: ChinaMonth, finals: FinalDays, spreads: readonly Spread[]): StandingSlip[] =>
  spreads.flatMap(({ slip, byDay }) => {
    const days = [...byDay.keys()]
    const ofMonth = days.filter((day) => monthOfDay(day) === month)
    if (ofMonth.length === 0) return []
    const { billingAccount, document, from, to, energyWh } = slip
    const monthWh = ofMonth.reduce((sum, day) => sum + (byDay.get(day) ?? 0), 0)
    const beside = days.filter((day) => !ofMonth.includes(day)).map((day) => ({ day, version: finals.get(day)?.version ?? 0 }))
    return [{ billingAccount, document, from, to, energyWh, monthWh, beside }]
  })

/** Whether another month's statement spread a slip by station-days of this month that have changed since. */
export const isSpreadOutdated = (slips: readonly StandingSlip[], month: ChinaMonth, finals: FinalDays): boolean =>
  slips
    .flatMap(({ beside }) => beside)
    .some(({ day, version }) => monthOfDay(day) === month && version !== (finals.get(day)?.version ?? 0))
