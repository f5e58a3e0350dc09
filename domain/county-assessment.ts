import { actionableFindings, type Assessment, isLess, type Look } from './assessment.ts'
import { type ChinaDay, dayNumberOf, dayStartMs } from './calendar.ts'
import type { StationDay } from './energy.ts'
import { isBelow, type PeerFigure, peerShareBp, whPerKwDc } from './peers.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import { type Quarters, referenceProfile, stationProfile } from './quarter-curve.ts'
import type { RegionCode, Station } from './registry.ts'

/** A county's day as a whole: which stations are looked into, what their median curve is, and what is kept of it for the month. */

/** A station-day in a few figures, as a county's ranking needs it. */
export type Digest = Pick<
  Assessment,
  'stationId' | 'energyWh' | 'dcWhPerKw' | 'shareBp' | 'coveragePermille' | 'causes' | 'degraded'
> & {
  /** Median of the station's peers, Wh per kW DC. */
  peersWhPerKw: number | null
  /** Per mille of the time, of days looked into and of the others alike. */
  time: Assessment['availability']['time']
  lostWh: number | null
  lostFen: number | null
  hasFinding: boolean
  /** Of the station's clock, of days that say that it is off. */
  lagQuarters?: number
}

/** One part of a county's day. The first is its head and has no digests, so that a year of heads is little to read. */
export type CountyDay = {
  countyCode: RegionCode
  day: ChinaDay
  part: number
  parts: number
  assessedAtMs: number
  /** Stations in service, those with a final figure, and those looked into. */
  stations: number
  final: number
  looked: number
  /** Median of all comparable stations, Wh per kW DC; null with too few. */
  medianWhPerKwDc: number | null
  digests: Digest[]
}

/** So many digests stay far below what a row may hold. */
export const DIGESTS_PER_PART = 500

type Judged = { station: Station; figure: StationDay }

/** Whether somebody should look into the readings of a day, beyond its turn: only then are they read. */
const isSuspicious = ({ station, figure }: Judged, peers: PeerFigure, limits: PerformanceLimits): boolean => {
  const shareBp = peerShareBp(whPerKwDc(figure.energyWh, station), peers)
  return (
    shareBp === null ||
    isBelow(shareBp, peers, { limitBp: limits.lookBelowBp, spreads: limits.ordinarySpreads - 1 }) ||
    figure.quality !== 'measured' ||
    figure.coveragePermille < limits.coveragePermille[0] ||
    actionableFindings(figure).length > 0
  )
}

/** Enough ordinary curves that a few odd ones do not make the median. */
const referenceCurvesMin = ({ peersMin }: PerformanceLimits): number => 2 * peersMin

/**
 * The stations whose readings of a day are read: those asked for by name (for a sensor, or a clock in doubt), those something is odd
 * about, every one in its turn, and as many more as the median curve needs. A station that reported nothing has nothing to be read.
 */
export const stationsToLookAt = (
  judged: readonly Judged[],
  {
    peers,
    byName,
    day,
    limits,
  }: {
    peers: (stationId: string) => PeerFigure
    byName: ReadonlySet<string>
    day: ChinaDay
    limits: PerformanceLimits
  },
): Set<string> => {
  const reporting = judged
    .filter(({ figure }) => figure.devices.some(({ readings }) => readings > 0))
    .toSorted((a, b) => (a.station.stationId < b.station.stationId ? -1 : 1))
  const turn = dayNumberOf(dayStartMs(day))
  const turnOf = (index: number): number => (index + turn) % limits.lookEveryDays
  const byTurn = reporting
    .map((each, index) => ({ ...each, turn: turnOf(index), isOdd: isSuspicious(each, peers(each.station.stationId), limits) }))
    .toSorted((a, b) => a.turn - b.turn)
  const looked = new Set<string>()
  let ordinary = 0
  for (const { station, turn: wait, isOdd } of byTurn) {
    const isNeeded = !isOdd && ordinary < referenceCurvesMin(limits)
    if (wait > 0 && !isOdd && !isNeeded && !byName.has(station.stationId)) continue
    looked.add(station.stationId)
    if (!isOdd) ordinary += 1
  }
  return looked
}

/** The median curve of the looked-at stations that did as their peers; of all of them where peers are not known. */
export const referenceOf = (
  judged: readonly Judged[],
  looks: ReadonlyMap<string, Look>,
  { peers, limits }: { peers: (stationId: string) => PeerFigure; limits: PerformanceLimits },
): Quarters | null => {
  const profiles = judged.flatMap(({ station, figure }) => {
    const look = looks.get(station.stationId)
    const own = peers(station.stationId)
    if (!look || isLess(peerShareBp(whPerKwDc(figure.energyWh, station), own), own, limits)) return []
    return [stationProfile(look.inverters, station.dcCapacityW)]
  })
  const reference = referenceProfile(profiles, limits.peersMin)
  return reference.some((value) => value !== null) ? reference : null
}

/** Power that is held by order, and an array that is larger than its inverters, are nobody's fault. */
const NO_FAULT: ReadonlySet<Assessment['causes'][number]> = new Set(['no_data', 'curtailed', 'clipped'])

export const digestOf = (assessment: Omit<Assessment, 'assessedAtMs'>): Digest => {
  const { stationId, energyWh, dcWhPerKw, shareBp, coveragePermille, causes, degraded, peers, availability, loss } = assessment
  const hasFinding = degraded || assessment.energyFindings > 0 || causes.some((cause) => !NO_FAULT.has(cause))
  return {
    stationId,
    energyWh,
    dcWhPerKw,
    shareBp,
    coveragePermille,
    causes,
    degraded,
    peersWhPerKw: peers.medianWhPerKwDc,
    time: availability.time,
    lostWh: loss?.lostWh ?? null,
    lostFen: loss?.lostFen ?? null,
    hasFinding,
    ...(assessment.lagQuarters && { lagQuarters: assessment.lagQuarters }),
  }
}

/** A county's day as rows: its head, and its digests, so many a row. */
export const countyDayRows = (whole: Omit<CountyDay, 'part' | 'parts' | 'digests'>, digests: readonly Digest[]): CountyDay[] => {
  const parts = 1 + Math.ceil(digests.length / DIGESTS_PER_PART)
  return Array.from({ length: parts }, (_, part) => ({
    ...whole,
    part,
    parts,
    digests: part === 0 ? [] : digests.slice((part - 1) * DIGESTS_PER_PART, part * DIGESTS_PER_PART),
  }))
}
