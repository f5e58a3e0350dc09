import type { ChinaDay } from '../domain/calendar.ts'
import { addDays, dayStartMs, monthOfDay } from '../domain/calendar.ts'
import { causesOfVersion, type DayCause } from '../domain/day-cause.ts'
import type { Echo } from '../domain/device-day.ts'
import type { StationDay } from '../domain/energy.ts'
import { installationsOn, isOver, standsOnWhole, type StationDayWork, stationDayWork } from '../domain/generation-work.ts'
import { saysTheSame } from '../domain/income.ts'
import { newestVersions } from '../domain/overview.ts'
import type { Station } from '../domain/registry.ts'
import { accountsFor, computeStationDay, type StationDayFigure } from '../domain/station-day.ts'
import { readingsOfDay } from '../stores/day-readings.ts'
import { beginningWith } from '../stores/months.ts'
import { allRows, type Versioned } from '../stores/table.ts'
import type { StaleDay } from '../stores/rows.ts'
import { markDays } from '../stores/stale-days.ts'
import { onAws } from './edge/aws.ts'
import { eachWork, untilWritten } from './edge/work.ts'
import type { Deps, Handler, QueueTrigger } from './entry.ts'

/**
 * Triggered by work for one station-day. Writes a new version of its figure when the readings give another than the latest says:
 * version 0 while the day runs, one after another from 1 on once it is over. Idempotent on the content; of two at once the later
 * one looks again. Days that a gap or a reset found here also changes are marked stale before this day is written, so a crash in
 * between repeats the marks; so is the day before a final version, when this day's readings have ended a gap or a doubt of it. A
 * day that has not begun is left alone, and so is one whose readings have begun to expire: it would be computed from what is left.
 *
 * The station-month is marked after a final version is written, never before: a settlement between the two would answer the mark
 * and not see the version. A crash between the two leaves the work undone, and the next try finds the figure unchanged, so a final
 * figure that is unchanged marks its month too: whoever wrote it may not have come so far. The day's own mark is settled last.
 */

type ComputeDeps = Deps<'stations' | 'devices' | 'counterResets' | 'readings', 'generation' | 'staleDays' | 'staleMonths'>

const latestVersion = async (deps: ComputeDeps, stationId: string, day: ChinaDay): Promise<Versioned<StationDay> | undefined> =>
  (await deps.generation.query({ partition: stationId, ...beginningWith(`${day}#`), reverse: true, limit: 1 })).rows[0]

/** Other days whose latest version does not show what this computation found out about them. */
const daysToldOtherwise = async (deps: ComputeDeps, stationId: string, echoes: readonly Echo[]): Promise<Set<ChinaDay>> => {
  const days = echoes.map(({ day }) => day).toSorted()
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return new Set()
  const range = { partition: stationId, from: first, to: beginningWith(`${last}#`).to }
  const versions = await allRows((cursor) => deps.generation.query({ ...range, cursor }))
  const stored = new Map(newestVersions(versions, ({ day }) => day).map((row) => [row.day, row]))
  return new Set(echoes.filter((echo) => !accountsFor(stored.get(echo.day), echo)).map(({ day }) => day))
}

/** The day's figure as the readings are now. */
const figureOf = async (deps: ComputeDeps, station: Station, day: ChinaDay, nowMs: number) => {
  const { stationId: partition } = station
  const rows = await allRows((cursor) => deps.devices.queryIndex('byStation', { partition, cursor }))
  const resets = await allRows((cursor) => deps.counterResets.query({ partition, cursor }))
  const devices = (await readingsOfDay(deps.readings, installationsOn(rows, day), day, nowMs)).map((read) => ({
    ...read,
    resets: resets.filter(({ deviceId }) => deviceId === read.device.deviceId),
  }))
  return computeStationDay({ station, day, nowMs, devices })
}

/**
 * Whether the version of the day before tells of a gap or a doubt that this day's readings have ended. What a morning means for the
 * day before shows nowhere else: ingest marks its own day, and a gap that is filled leaves no echo.
 */
const isDayBeforeOutdated = async (deps: ComputeDeps, station: Station, day: ChinaDay, nowMs: number): Promise<boolean> => {
  const stored = (await latestVersion(deps, station.stationId, addDays(day, -1)))?.row
  if (!stored || stored.version === 0 || stored.devices.every(({ findings }) => findings.length === 0)) return false
  return !saysTheSame(stored, (await figureOf(deps, station, stored.day, nowMs)).figure)
}

/** What follows from a figure that says something new: marks on the days it touches, then its version. */
const write = async (
  deps: ComputeDeps,
  station: Station,
  { figure, echoes }: { figure: StationDayFigure; echoes: readonly Echo[] },
  { latest, mark }: { latest: Versioned<StationDay> | undefined; mark: StaleDay | undefined },
  computedAtMs: number,
): Promise<'written' | 'conflict'> => {
  const { stationId, countyCode, day } = figure
  const over = isOver(day, computedAtMs)
  // A running day hears of a reset every few minutes; what it means for the day before can wait until it is over.
  const telling = echoes.filter(
    ({ finding, day: other }) => (over || finding.code === 'gap') && dayStartMs(other) <= computedAtMs,
  )
  const isFinal = over || (latest?.row.version ?? 0) > 0
  const others = await daysToldOtherwise(deps, stationId, telling)
  if (isFinal && (await isDayBeforeOutdated(deps, station, day, computedAtMs))) others.add(addDays(day, -1))
  const told: DayCause = { code: 'neighbour_day', atMs: computedAtMs, about: day }
  await markDays(
    deps.staleDays,
    [...others].map((other): StaleDay => ({ countyCode, stationId, day: other, markedAtMs: computedAtMs, causes: [told] })),
  )

  const version = (latest?.row.version ?? 0) + 1
  const causes = causesOfVersion(version === 1, mark, computedAtMs)
  if (isFinal) return deps.generation.put({ ...figure, version, computedAtMs, ...(causes.length > 0 && { causes }) }, 'absent')
  return deps.generation.put({ ...figure, version: 0, computedAtMs }, latest ? { version: latest.version } : 'absent')
}

/** Settles the mark if it is still the one that was there before the readings were loaded; a newer one stays pending. */
const settleMark = async (deps: ComputeDeps, seen: Versioned<StaleDay> | undefined): Promise<void> => {
  if (!seen || seen.row.settledAtMs !== undefined) return
  await deps.staleDays.put({ ...seen.row, settledAtMs: deps.now() }, { version: seen.version })
}

/** One attempt. The mark and the latest version are read before the readings, so nothing written stands on older ones than it names. */
const computeOnce = async (deps: ComputeDeps, station: Station, day: ChinaDay): Promise<'done' | 'conflict'> => {
  const { stationId, countyCode } = station
  const nowMs = deps.now()
  const mark = await deps.staleDays.get({ countyCode, stationId, day })
  if (!standsOnWhole(day, deps.readings.wholeSinceMs?.(nowMs) ?? Number.NEGATIVE_INFINITY)) {
    deps.log.warn({ stationId, day }, 'readings this day stands on have expired: its figure stays as it is')
    await settleMark(deps, mark)
    return 'done'
  }
  const latest = await latestVersion(deps, stationId, day)
  const computed = await figureOf(deps, station, day, nowMs)

  const closes = isOver(day, nowMs) && latest?.row.version === 0
  if (closes || !latest || !saysTheSame(latest.row, computed.figure)) {
    if ((await write(deps, station, computed, { latest, mark: mark?.row }, nowMs)) === 'conflict') return 'conflict'
  }
  if (isOver(day, nowMs) || (latest?.row.version ?? 0) > 0) {
    await deps.staleMonths.put({ stationId, countyCode, month: monthOfDay(day), markedAtMs: deps.now() })
  }
  await settleMark(deps, mark)
  return 'done'
}

export const create = (deps: ComputeDeps): Handler<QueueTrigger> =>
  eachWork<StationDayWork>(stationDayWork, deps.log, async ({ stationId, day }) => {
    const station = await deps.stations.get({ stationId })
    if (!station) return deps.log.warn({ stationId, day }, 'no such station')
    if (dayStartMs(day) > deps.now()) return deps.log.warn({ stationId, day }, 'the day has not begun')
    await untilWritten(() => computeOnce(deps, station.row, day))
  })

export const handler = onAws('queue', create)
