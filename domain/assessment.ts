import { type Availability, availabilityOf, availabilityOfSummary, expectedQuarters, outageQuarters } from './availability.ts'
import type { ChinaDay } from './calendar.ts'
import { type ClockShift, clockShiftOf, dayLag } from './clock-lag.ts'
import type { Samples } from './curve.ts'
import type { Finding, FindingCode, StationDay } from './energy.ts'
import { type Performance, performanceOf } from './irradiation.ts'
import { type Loss, lossOf } from './outage-loss.ts'
import { isBelow, isDegraded, type PeerFigure, peerShareBp, whPerKwAc, whPerKwDc } from './peers.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import { type PowerLimit, powerLimitOf } from './power-limit.ts'
import { type InverterCurve, type Quarters, stationProfile } from './quarter-curve.ts'
import type { RegionCode, Station } from './registry.ts'
import type { StringFinding } from './string-currents.ts'

/** One station's day, judged: what it made beside its peers, of how much time, what it lost, and what is known of why. */

/**
 * What explains a day, in the order in which it is asked; more than one may hold. Low output that none of them explains stays
 * unexplained: snow, shade and dirt look alike from here, so none of them is ever named.
 */
export const CAUSES = ['no_data', 'frozen', 'clock', 'stopped', 'curtailed', 'clipped', 'strings', 'unexplained'] as const
export type Cause = (typeof CAUSES)[number]

export type Assessment = {
  stationId: string
  countyCode: RegionCode
  day: ChinaDay
  /** Version of the station-day it stands on. */
  generationVersion: number
  assessedAtMs: number
  energyWh: number | null
  quality: StationDay['quality']
  coveragePermille: number
  /** Specific yield by the DC array and by the AC rating, Wh per kW: thousandths of an equivalent hour of either. */
  dcWhPerKw: number | null
  acWhPerKw: number | null
  peers: PeerFigure
  /** Of the peers' median, by DC; hundredths of a percent. */
  shareBp: number | null
  degraded: boolean
  availability: Availability
  /** Null when nothing was lost to speak of, or it is not known. */
  loss: Loss | null
  causes: Cause[]
  /** Findings of the energy rule that ask somebody to act. */
  energyFindings: number
  strings: StringFinding[]
  /** Whether any string reported and was compared. */
  stringsSeen: boolean
  /** Only where an irradiance sensor is installed. */
  performance?: Performance
  powerLimit?: PowerLimit
  clockShift?: ClockShift
  /** By how many quarters the station's clock is ahead of its peers', of days looked into that say something of it. */
  lagQuarters?: number
}

/** What was read of a station's day: its inverters by the quarter hour, its sensors, its strings and what inverters said of themselves. */
export type Look = {
  inverters: InverterCurve[]
  sensors: Samples[]
  strings: StringFinding[]
  stringsSeen: boolean
  /** Quarters in which most inverters asked called themselves throttled. */
  throttled: ReadonlySet<number>
}

export type Facts = {
  station: Station
  /** The latest final version. */
  figure: StationDay
  peers: PeerFigure
  /** Shares of the days before, the newest first; null where one could not be compared. */
  sharesBefore: readonly (number | null)[]
  /** Null on a day nobody looked into. */
  look: Look | null
  /** The peers' curve of the day. */
  reference: Quarters | null
  /** `lagQuarters` of days before that have one, the newest first. */
  lagsBefore: readonly number[]
  priceE4YuanPerKwh: number | null
  limits: PerformanceLimits
}

/** What a counter does and the rule has understood, and what coverage tells anyhow, asks nobody to act. */
const NO_ACTION: ReadonlySet<FindingCode> = new Set(['counter_dip', 'counter_reset', 'counter_rollover', 'gap', 'no_data'])

const findingsOf = (figure: StationDay): Finding[] => [...figure.findings, ...figure.devices.flatMap(({ findings }) => findings)]

/** Findings of the energy rule that ask somebody to act. */
export const actionableFindings = (figure: StationDay): Finding[] => findingsOf(figure).filter(({ code }) => !NO_ACTION.has(code))

/** Whether a station made less than its peers, to speak of. */
export const isLess = (shareBp: number | null, peers: PeerFigure, limits: PerformanceLimits): boolean =>
  isBelow(shareBp, peers, { limitBp: limits.ordinaryBp, spreads: limits.ordinarySpreads })

const causesOf = (
  { figure, peers, limits }: Facts,
  told: Pick<Assessment, 'availability' | 'shareBp' | 'strings' | 'powerLimit' | 'clockShift'>,
): Cause[] => {
  const codes = new Set(findingsOf(figure).map(({ code }) => code))
  const { time, energy } = told.availability
  const holds: Record<Exclude<Cause, 'unexplained'>, boolean> = {
    no_data: figure.quality === 'missing' || (time?.noData ?? 0) > 1_000 - limits.coveragePermille[0],
    frozen: codes.has('stuck_value'),
    clock: told.clockShift !== undefined || codes.has('clock_shift'),
    stopped: ((energy ?? time)?.idle ?? 0) >= limits.stoppedPermille,
    curtailed: told.powerLimit?.kind === 'curtailed',
    clipped: told.powerLimit?.kind === 'clipped',
    strings: told.strings.length > 0,
  }
  const causes = CAUSES.filter((cause) => cause !== 'unexplained' && holds[cause])
  return causes.length === 0 && isLess(told.shareBp, peers, limits) ? ['unexplained'] : causes
}

/** The day's ratio by the best covered of a station's sensors; undefined without a sensor. */
const performanceIn = (
  { station, figure, limits }: Facts,
  { inverters, sensors }: Look,
  quarters: readonly number[],
): Performance | undefined => {
  const without = inverters.length === 0 ? new Set<number>() : outageQuarters(inverters, quarters, limits)
  let withoutWh = 0
  for (const quarter of without) for (const { powerW } of inverters) withoutWh += Math.max(0, powerW[quarter] ?? 0) / 4
  const madeWh = figure.energyWh === null ? null : Math.max(0, figure.energyWh - Math.round(withoutWh))
  return sensors
    .map((samples) => {
      const { dcCapacityW } = station
      return performanceOf({ samples, madeWh, dcCapacityW, site: station, day: figure.day, limits, without })
    })
    .toSorted((a, b) => b.coveragePermille - a.coveragePermille)[0]
}

/** What a day's curve says of the clock; undefined without the peers' or on a day that says nothing. */
export const lagIn = ({ station, look, reference }: Pick<Facts, 'station' | 'look' | 'reference'>): number | undefined =>
  look && reference ? dayLag(stationProfile(look.inverters, station.dcCapacityW), reference) : undefined

/**
 * The inverters whose power is known at some time, and those that were not heard of all day. One that reports its counter alone is
 * neither: it is not told by its curve.
 */
const toldByCurve = ({ figure }: Facts, { inverters }: Look): InverterCurve[] => {
  const readings = new Map(figure.devices.map((device) => [device.deviceId, device.readings]))
  const isTold = ({ deviceId, powerW }: InverterCurve): boolean =>
    powerW.some((value) => value !== null) || (readings.get(deviceId) ?? 0) === 0
  return inverters.filter(isTold)
}

/** What the curves tell; nothing but hours with readings on a day nobody looked into. */
const seenIn = (facts: Facts) => {
  const { station, figure, look, reference, lagsBefore, limits } = facts
  if (!look) return { availability: availabilityOfSummary(figure.coveragePermille), strings: [], stringsSeen: false }
  const quarters = expectedQuarters(station, figure.day, { reference, limits })
  const inverters = toldByCurve(facts, look)
  const profile = stationProfile(inverters, station.dcCapacityW)
  const { throttled, strings, stringsSeen } = look
  const performance = performanceIn(facts, { ...look, inverters }, quarters)
  const powerLimit = powerLimitOf({ day: figure.day, station, profile, reference, throttled, limits })
  const lagQuarters = lagIn(facts)
  const clockShift = lagQuarters === undefined ? undefined : clockShiftOf([lagQuarters, ...lagsBefore], limits)
  return {
    availability:
      inverters.length === 0
        ? availabilityOfSummary(figure.coveragePermille)
        : availabilityOf(inverters, quarters, { reference, limits }),
    strings,
    stringsSeen,
    ...(performance && { performance }),
    ...(powerLimit && { powerLimit }),
    ...(lagQuarters !== undefined && { lagQuarters }),
    ...(clockShift && { clockShift }),
  }
}

/** Judges a station's day; when it is judged is for the caller to say. The same facts give the same words. */
export const assessStationDay = (facts: Facts): Omit<Assessment, 'assessedAtMs'> => {
  const { station, figure, peers, limits } = facts
  const { energyWh } = figure
  const dcWhPerKw = whPerKwDc(energyWh, station)
  const shareBp = peerShareBp(dcWhPerKw, peers)
  const seen = seenIn(facts)
  const causes = causesOf(facts, { ...seen, shareBp })
  const hasLoss = isLess(shareBp, peers, limits) || causes.includes('stopped')
  return {
    stationId: station.stationId,
    countyCode: figure.countyCode,
    day: figure.day,
    generationVersion: figure.version,
    energyWh,
    quality: figure.quality,
    coveragePermille: figure.coveragePermille,
    dcWhPerKw,
    acWhPerKw: whPerKwAc(energyWh, station),
    peers,
    shareBp,
    degraded: isDegraded([shareBp, ...facts.sharesBefore], limits),
    loss: hasLoss ? lossOf(station, { energyWh, peers }, facts.priceE4YuanPerKwh) : null,
    causes,
    energyFindings: actionableFindings(figure).length,
    ...seen,
  }
}
