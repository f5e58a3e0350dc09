import { type Assessment, assessStationDay, type Facts, lagIn, type Look } from '../domain/assessment.ts'
import {
  CLOCK_BACK_DAYS,
  type CountyDayWork,
  countyDayWork,
  daysToldBy,
  daysTouched,
  judgedBefore,
} from '../domain/assessment-work.ts'
import { addDays, type ChinaDay, dayStartMs } from '../domain/calendar.ts'
import { canonicalJson } from '../domain/canonical.ts'
import { type CountyDay, countyDayRows, digestOf, referenceOf, stationsToLookAt } from '../domain/county-assessment.ts'
import { inService } from '../domain/generation-work.ts'
import { priceInForce } from '../domain/outage-loss.ts'
import { installedOn } from '../domain/overview.ts'
import { medianOf, peersOf } from '../domain/peers.ts'
import { DEFAULT_LIMITS, type PerformanceLimits } from '../domain/performance-limits.ts'
import type { Quarters } from '../domain/quarter-curve.ts'
import { eachOf } from '../stores/at-once.ts'
import { looksAt } from '../stores/looks.ts'
import { countyDaysOf, finalsOfCountyDay } from '../stores/performance.ts'
import { allRows, type Versioned } from '../stores/table.ts'
import type { StaleCountyDay } from '../stores/rows.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, QueueTrigger } from './entry.ts'
import { eachWork, untilWritten } from './edge/work.ts'

/**
 * Triggered by work for one day of a county. Judges every station that has a final figure beside the others, and writes what has
 * changed: the stations' rows, then the county's, whose first part is written only over the version that was read, so of two at once
 * the later looks again. Idempotent: judging again writes nothing. The mark is read before anything else and settled last. Readings
 * that have expired are not looked at.
 *
 * Days after this one that stand on it and were judged before are marked before anything is written, so that a crash loses none of
 * them, and again after it: one judged in between did not see this one. Of two neighbours judged at once the one that writes last
 * finds the other: the later of the days as one that stands on it, the earlier as one that has changed since it was read, which has
 * the day itself marked.
 */

type AssessDeps = Deps<
  'stations' | 'devices' | 'generation' | 'readings' | 'prices' | 'performanceLimits',
  'assessments' | 'countyDays' | 'staleCountyDays'
>

type Judged = Pick<Facts, 'station' | 'figure'>

/** What was made of the days around one that its verdicts stand on, or that stand on them. */
const daysAround = (deps: AssessDeps, { countyCode, day }: CountyDayWork, { degradedWithinDays }: PerformanceLimits) =>
  countyDaysOf(deps.countyDays, countyCode, addDays(day, 1 - degradedWithinDays), addDays(day, degradedWithinDays - 1))

const loadCounty = async (deps: AssessDeps, work: CountyDayWork) => {
  const { countyCode, day } = work
  const limits = (await deps.performanceLimits.get({ countyCode }))?.row.limits ?? DEFAULT_LIMITS
  const [stations, finals, devices, known] = await Promise.all([
    allRows((cursor) => deps.stations.queryIndex('byCounty', { partition: countyCode, cursor })),
    finalsOfCountyDay(deps.generation, countyCode, day),
    allRows((cursor) => deps.devices.queryIndex('byCounty', { partition: countyCode, cursor })),
    daysAround(deps, work, limits),
  ])
  const serving = stations.filter((station) => inService(station, day))
  const judged = serving.flatMap((station): Judged[] => {
    const figure = finals.get(station.stationId)
    return figure ? [{ station, figure }] : []
  })
  const installed = Map.groupBy(installedOn(devices, day), ({ stationId }) => stationId)
  return { limits, stations: serving.length, judged, installed, known }
}

type County = Awaited<ReturnType<typeof loadCounty>>

/** What is read of the county's readings, and the curve its stations have in common. */
const lookAround = async (
  deps: AssessDeps,
  { judged, installed, known, limits }: County,
  day: ChinaDay,
): Promise<{ looks: Map<string, Look>; reference: Quarters | null }> => {
  if (dayStartMs(day) < (deps.readings.wholeSinceMs?.(deps.now()) ?? Number.NEGATIVE_INFINITY)) {
    return { looks: new Map(), reference: null }
  }
  const peers = peersOf(judged, limits)
  const sensors = [...installed.values()].flat().filter(({ kind }) => kind === 'irradiance')
  const doubted = known.filter((row) => row.day < day).flatMap(({ digests }) => digests.filter(({ lagQuarters }) => lagQuarters))
  const byName = new Set([...sensors, ...doubted].map(({ stationId }) => stationId))
  const chosen = stationsToLookAt(judged, { peers, byName, day, limits })
  const looked = judged
    .filter(({ station }) => chosen.has(station.stationId))
    .map(({ station }) => ({ station, devices: installed.get(station.stationId) ?? [] }))
  const looks = await looksAt(deps.readings, looked, day, limits)
  return { looks, reference: referenceOf(judged, looks, { peers, limits }) }
}

/** What days before said of a station's clock, the newest first; asked only when this one says that it is off. */
const lagsBefore = async (deps: AssessDeps, stationId: string, day: ChinaDay): Promise<number[]> => {
  const range = { partition: stationId, from: addDays(day, -CLOCK_BACK_DAYS), to: addDays(day, -1) }
  const rows = await allRows((cursor) => deps.assessments.query({ ...range, cursor }))
  return rows.toReversed().flatMap(({ lagQuarters }) => lagQuarters ?? [])
}

/** Shares of the days before, the newest first. */
const sharesBefore = (known: readonly CountyDay[], day: ChinaDay, limits: PerformanceLimits) => {
  const days = Array.from({ length: limits.degradedWithinDays - 1 }, (_, at) => addDays(day, -1 - at))
  const shares = days.map((on) => {
    const digests = known.filter((row) => row.day === on).flatMap((row) => row.digests)
    return new Map(digests.map(({ stationId, shareBp }) => [stationId, shareBp]))
  })
  return (stationId: string) => shares.map((ofDay) => ofDay.get(stationId) ?? null)
}

type Unstamped = Omit<Assessment, 'assessedAtMs'>

const judge = async (deps: AssessDeps, county: County, day: ChinaDay) => {
  const { judged, known, limits } = county
  const { looks, reference } = await lookAround(deps, county, day)
  const peers = peersOf(judged, limits)
  const sharesOf = sharesBefore(known, day, limits)
  const assessments = await eachOf(judged, async ({ station, figure }): Promise<Unstamped> => {
    const { stationId } = station
    const look = looks.get(stationId) ?? null
    const facts: Facts = {
      station,
      figure,
      peers: peers(stationId),
      sharesBefore: sharesOf(stationId),
      look,
      reference,
      lagsBefore: lagIn({ station, look, reference }) ? await lagsBefore(deps, stationId, day) : [],
      priceE4YuanPerKwh: null,
      limits,
    }
    const told = assessStationDay(facts)
    if (told.loss === null) return told
    // Prices are asked for only where something was lost.
    const prices = await allRows((cursor) => deps.prices.query({ partition: stationId, cursor }))
    return assessStationDay({ ...facts, priceE4YuanPerKwh: priceInForce(station, prices, day) })
  })
  return { assessments, looked: looks.size }
}

const unstamped = (row: Assessment | CountyDay): string => canonicalJson({ ...row, assessedAtMs: undefined })

/** The stations' rows that say something new, and the stations of whose clock they do. */
const changedRows = async (deps: AssessDeps, assessments: readonly Unstamped[], assessedAtMs: number) => {
  const stored = await eachOf(assessments, async ({ stationId, day }) => (await deps.assessments.get({ stationId, day }))?.row)
  const changed = assessments.flatMap((told, at): Assessment[] => {
    const [before, row] = [stored[at], { ...told, assessedAtMs }]
    return !before || unstamped(before) !== unstamped(row) ? [row] : []
  })
  const clocks = assessments.filter(({ lagQuarters }, at) => stored[at]?.lagQuarters !== lagQuarters)
  return { changed, clocks: clocks.map(({ stationId }) => stationId) }
}

type Change = { before: CountyDay[]; after: CountyDay[]; clocks: string[] }

/** Days judged before that stand on what this one says now; `around` are days on either side of it. */
const daysStandingOn = async (
  deps: AssessDeps,
  { countyCode, day }: CountyDayWork,
  { clocks, ...rows }: Change,
  { around, limits }: { around: readonly CountyDay[]; limits: PerformanceLimits },
): Promise<ChinaDay[]> => {
  const touched = daysTouched({ ...rows, later: around.filter((row) => row.day > day) }, limits.degradedBp)
  const [from, to] = [addDays(day, 1), addDays(day, CLOCK_BACK_DAYS)]
  const newer = await deps.countyDays.query({ partition: countyCode, from: `${from}#`, to: `${to}#~`, limit: 1 })
  // Most days are judged after all others, and no clock is to be asked for.
  if (newer.rows.length === 0) return touched
  const told = await eachOf(clocks, async (partition) =>
    daysToldBy(await allRows((cursor) => deps.assessments.query({ partition, from, to, cursor })), limits.clockDays),
  )
  return [...touched, ...told.flat()]
}

/** Settles the mark if it is still the one that was there before the figures were loaded; a newer one stays pending. */
const settleMark = async (deps: AssessDeps, seen: Versioned<StaleCountyDay> | undefined): Promise<void> => {
  if (!seen || seen.row.settledAtMs !== undefined) return
  await deps.staleCountyDays.put({ ...seen.row, settledAtMs: deps.now() }, { version: seen.version })
}

/** One attempt, from its first read to its conditional write; `touched` are days that those before it have marked. */
const assessOnce = async (deps: AssessDeps, work: CountyDayWork, touched: Set<ChinaDay>): Promise<'done' | 'conflict'> => {
  const { countyCode, day } = work
  const mark = await deps.staleCountyDays.get(work)
  const first = await deps.countyDays.get({ ...work, part: 0 })
  const county = await loadCounty(deps, work)
  const assessedAtMs = deps.now()
  if (county.judged.length > 0) {
    const { assessments, looked } = await judge(deps, county, day)
    const { changed, clocks } = await changedRows(deps, assessments, assessedAtMs)
    const yields = assessments.flatMap(({ shareBp, dcWhPerKw }) => (shareBp === null || dcWhPerKw === null ? [] : [dcWhPerKw]))
    const whole = { countyCode, day, assessedAtMs, stations: county.stations, final: assessments.length, looked }
    const rows = countyDayRows({ ...whole, medianWhPerKwDc: medianOf(yields) }, assessments.map(digestOf))
    const before = county.known.filter((row) => row.day === day)
    if (changed.length > 0 || rows.some((row, at) => !before[at] || unstamped(before[at]) !== unstamped(row))) {
      const { known, limits } = county
      const mark = async (around: readonly CountyDay[]): Promise<void> => {
        for (const on of await daysStandingOn(deps, work, { before, after: rows, clocks }, { around, limits })) touched.add(on)
        await deps.staleCountyDays.putBatch([...touched].map((on) => ({ countyCode, day: on, markedAtMs: assessedAtMs })))
      }
      await mark(known)
      const [head, ...others] = rows
      await deps.assessments.putBatch(changed)
      await deps.countyDays.putBatch(others)
      const condition = first ? { version: first.version } : ('absent' as const)
      if (head && (await deps.countyDays.put(head, condition)) === 'conflict') return 'conflict'
      const around = await daysAround(deps, work, limits)
      if (judgedBefore(around, day) !== judgedBefore(known, day)) touched.add(day)
      await mark(around)
    }
  }
  await settleMark(deps, mark)
  return 'done'
}

export const create = (deps: AssessDeps): Handler<QueueTrigger> =>
  eachWork<CountyDayWork>(countyDayWork, deps.log, async (work) => {
    const touched = new Set<ChinaDay>()
    await untilWritten(() => assessOnce(deps, work, touched))
  })

export const handler = onAws('queue', create)
