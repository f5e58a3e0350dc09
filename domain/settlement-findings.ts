import { type ChinaDay, daysBetween } from './calendar.ts'
import type { StationDay } from './energy.ts'
import type { SettlementFinding } from './income.ts'
import { incomeFen } from './money.ts'
import type { FeedIn, GridStream } from './registry.ts'
import { type FinalDays, knownInverterWh, type Spread } from './settled-energy.ts'

/** What does not agree in a settlement. A finding changes no figure: it asks an officer to look. */

/** How far figures of one energy may be apart, in hundredths of a percent. */
export type SettlementLimits = {
  /** Inverters above the meter or the slip: cables, transformer and own use take some. */
  inverterOverBp: number
  /** Inverters below the meter or the slip: an inverter is missing, or a multiplier is wrong. */
  inverterUnderBp: number
  /** Meter and slip, either way: one meter read by two parties, so no loss lies between them. */
  slipMeterBp: number
  /** Sums both smaller than this are not compared: whole-kWh counters make them so. */
  comparedFromWh: number
}

/**
 * Inverters and meter as the trade knows them; for meter and slip what the meter's class (1) and the moments of reading can make in
 * a month. A wrong multiplier, account or period is far beyond.
 */
export const SETTLEMENT_LIMITS: SettlementLimits = {
  inverterOverBp: 500,
  inverterUnderBp: 100,
  slipMeterBp: 100,
  comparedFromWh: 20_000,
}

const WHOLE_BP = 10_000n
/** Whether a difference is more than so much of a base; exact, whatever the size. */
const exceeds = (differenceWh: number, limitBp: number, baseWh: number): boolean =>
  BigInt(differenceWh) * WHOLE_BP > BigInt(limitBp) * BigInt(baseWh)

type Compared = { ofWh: number; toWh: number }
const areSmall = ({ ofWh, toWh }: Compared, { comparedFromWh }: SettlementLimits): boolean =>
  ofWh < comparedFromWh && toWh < comparedFromWh

const invertersDiffer = ({ ofWh, toWh }: Compared, { inverterOverBp, inverterUnderBp }: SettlementLimits): boolean =>
  exceeds(ofWh - toWh, inverterOverBp, ofWh) || exceeds(toWh - ofWh, inverterUnderBp, ofWh)
const meterDiffers = ({ ofWh, toWh }: Compared, { slipMeterBp }: SettlementLimits): boolean =>
  exceeds(Math.abs(ofWh - toWh), slipMeterBp, toWh)

const meterWhOf = ({ meterWh }: StationDay): number | null => meterWh
/** The sum over some days; undefined unless each of them is known. */
const sumOver = (days: readonly ChinaDay[], finals: FinalDays, whOf: (day: StationDay) => number | null): number | undefined => {
  let sumWh = 0
  for (const day of days) {
    const final = finals.get(day)
    const wh = final ? whOf(final) : null
    if (wh === null) return undefined
    sumWh += wh
  }
  return sumWh
}
const estimatedDays = (days: readonly ChinaDay[], finals: FinalDays): number =>
  days.filter((day) => finals.get(day)?.quality !== 'measured').length

/** Slips against what telemetry knows of all of their days. */
const slipFindings = ({ slip, byDay }: Spread, finals: FinalDays, limits: SettlementLimits): SettlementFinding[] => {
  const { document, from, to, energyWh: toWh } = slip
  const days = daysBetween(from, to)
  if (days.length !== byDay.size) return []
  const [meterWh, inverterWh] = [sumOver(days, finals, meterWhOf), sumOver(days, finals, knownInverterWh)]
  const compared = (code: 'slip_meter' | 'slip_inverters', ofWh: number | undefined, differ: typeof meterDiffers) => {
    if (ofWh === undefined || areSmall({ ofWh, toWh }, limits) || !differ({ ofWh, toWh }, limits)) return []
    return [{ code, document, from, to, ofWh, toWh, estimatedDays: estimatedDays(days, finals) }]
  }
  return [...compared('slip_meter', meterWh, meterDiffers), ...compared('slip_inverters', inverterWh, invertersDiffer)]
}

/** Inverters against the meter over a full month: what a day forgives may add up. */
const monthFinding = (inService: readonly ChinaDay[], finals: FinalDays, limits: SettlementLimits): SettlementFinding[] => {
  const [ofWh, toWh] = [sumOver(inService, finals, knownInverterWh), sumOver(inService, finals, meterWhOf)]
  const [from, to] = [inService[0], inService.at(-1)]
  if (ofWh === undefined || toWh === undefined || from === undefined || to === undefined) return []
  if (areSmall({ ofWh, toWh }, limits) || !invertersDiffer({ ofWh, toWh }, limits)) return []
  return [{ code: 'month_sum_check', from, to, ofWh, toWh, estimatedDays: estimatedDays(inService, finals) }]
}

/** The price of a stream on a day, 10⁻⁴ yuan per kWh; undefined when none was in force. */
export type PriceOn = (stream: GridStream, day: ChinaDay) => number | undefined

/** Printed amounts against prices; each price in force may round by a fen. */
const amountFindings = ({ slip, byDay }: Spread, priceOn: PriceOn): SettlementFinding[] => {
  const { document, from, to, amounts } = slip
  return amounts.flatMap(({ stream, amountFen: printedFen }) => {
    const whByPrice = new Map<number | undefined, number>()
    for (const [day, energyWh] of byDay) {
      const price = priceOn(stream, day)
      whByPrice.set(price, (whByPrice.get(price) ?? 0) + energyWh)
    }
    const expectedFen = [...whByPrice].reduce<number | null>(
      (sum, [price, energyWh]) =>
        sum === null || price === undefined ? null : sum + incomeFen({ energyWh, priceE4YuanPerKwh: price }),
      0,
    )
    if (expectedFen !== null && Math.abs(printedFen - expectedFen) <= whByPrice.size) return []
    return [{ code: 'slip_amount', document, from, to, stream, printedFen, expectedFen }]
  })
}

/** Where energy is used on the spot, inverters may be above the meter by whatever was used, and a subsidy is for more than the slip's. */
const ownUse = (limits: SettlementLimits): SettlementLimits => ({ ...limits, inverterOverBp: Number(WHOLE_BP) })
const fedInAlone = ({ slip, byDay }: Spread): Spread => ({
  slip: { ...slip, amounts: slip.amounts.filter(({ stream }) => stream !== 'subsidy') },
  byDay,
})

/** Everything in a month's settlement that does not agree; the findings of a slip that crosses months stand in each of them. */
export const settlementFindings = ({
  inService,
  finals,
  spreads: all,
  priceOn,
  feedIn,
  limits: given = SETTLEMENT_LIMITS,
}: {
  inService: readonly ChinaDay[]
  finals: FinalDays
  spreads: readonly Spread[]
  priceOn: PriceOn
  feedIn?: FeedIn | undefined
  limits?: SettlementLimits
}): SettlementFinding[] => {
  const limits = feedIn === 'surplus' ? ownUse(given) : given
  const spreads = feedIn === 'surplus' ? all.map(fedInAlone) : all
  return [
    ...monthFinding(inService, finals, limits),
    ...spreads.flatMap((spread) => [...slipFindings(spread, finals, limits), ...amountFindings(spread, priceOn)]),
  ]
}
