import type { ChinaDay } from '../domain/calendar.ts'
import { addDays, dayStartMs, monthOfDay } from '../domain/calendar.ts'
import { causesOfVersion, type DayCause } from '../domain/day-cause.ts'
import type { Echo } from '../domain/device-day.ts'
import type { StationDay } from '../domain/energy.ts'
import { installationsOn, isOver, standsOnWhole, type StationDayWork, stationDayWork } from '../domain/generation-work.ts'
import { saysTheSame } from '../domain/income.ts'
import { newestVersions } from '../domain/overview.ts'
import type { Station } from '../domain/registry.ts'
import { accountsFor, type StationDayFigure } from '../domain/station-day.ts'
import { beginningWith } from '../stores/months.ts'
import { type StationAsk, type StationDayAnswer, stationDays } from '../stores/station-days.ts'
import { allRows, type Versioned } from '../stores/table.ts'
import type { StaleDay } from '../stores/rows.ts'
import { markDays } from '../stores/stale-days.ts'
import { onAws } from './edge/aws.ts'
import { eachWork, untilWritten } from './edge/work.ts'
import type { Deps, Handler, QueueTrigger, WorkMessage } from './entry.ts'

/**
 * Triggered by work for station-days, each done for itself. Writes a new version of its figure when the readings give another than the latest says:
 * version 0 while the day runs, one after another from 1 on once it is over. Idempotent on the content; of two at once the later
 * one looks again. Days that a gap or a reset found here also changes are marked stale before this day is written, so a crash in
 * between repeats the marks; so is the day before a final version, when this day's readings have ended a gap or a doubt of it. A
 * day that has not begun is left alone, and so is one whose readings have begun to expire: it would be computed from what is left.
 *
 * The station-month is marked after a final version is written, never before: a settlement between the two would answer the mark
 * and not see the version. A crash between the two leaves the work undone, and the next try finds the figure unchanged, so a final
 * figure that is unchanged marks its month too: whoever wrote it may not have come so far. The day's own mark is settled last.
 */

type ComputeDeps = Deps<
  'stations' | 'devices' | 'counterResets' | 'readings',
  'generation' | 'staleDays' | 'staleMonths' | 'staleCountyDays'
>

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

/** The day's figures as the readings are now, one for each station. */
const figuresOf = async (
  deps: ComputeDeps,
  stations: readonly Station[],
  day: ChinaDay,
  nowMs: number,
): Promise<StationDayAnswer[]> => {
  const asked: StationAsk[] = []
  for (const station of stations) {
    const { stationId: partition } = station
    const rows = await allRows((cursor) => deps.devices.queryIndex('byStation', { partition, cursor }))
    const resets = await allRows((cursor) => deps.counterResets.query({ partition, cursor }))
    asked.push({ station, installations: installationsOn(rows, day), resets })
  }
  return stationDays(deps.readings, asked, day, nowMs)
}

/**
 * Whether the version of the day before tells of a gap or a doubt that this day's readings have ended. What a morning means for the
 * day before shows nowhere else: ingest marks its own day, and a gap that is filled leaves no echo.
 */
const isDayBeforeOutdated = async (deps: ComputeDeps, station: Station, day: ChinaDay, nowMs: number): Promise<boolean> => {
  const stored = (await latestVersion(deps, station.stationId, addDays(day, -1)))?.row
  if (!stored || stored.version === 0 || stored.devices.every(({ findings }) => findings.length === 0)) return false
  const [now] = await figuresOf(deps, [station], stored.day, nowMs)
  return now !== undefined && !saysTheSame(stored, now.figure)
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

/**
 * A station that was moved to another county has left its mark behind in the old one: it is made anew, causes and all, where the
 * station is, and then settled where it was. A crash between the two only makes it anew again.
 */
const fetchMark = async (deps: ComputeDeps, { countyCode }: Station, { stationId, day, countyCode: from }: StationDayWork) => {
  if (from === undefined || from === countyCode) return
  const left = await deps.staleDays.get({ countyCode: from, stationId, day })
  if (!left || left.row.settledAtMs !== undefined) return
  const { markedAtMs, causes = [] } = left.row
  await markDays(deps.staleDays, [{ countyCode, stationId, day, markedAtMs, causes }])
  await settleMark(deps, left)
}

/** What an attempt goes by; `computed` is undefined when the readings the day stands on have begun to expire. */
type Look = {
  station: Station
  nowMs: number
  mark: Versioned<StaleDay> | undefined
  latest: Versioned<StationDay> | undefined
  computed: StationDayAnswer | undefined
}

/** The marks and the latest versions are read before the readings, so nothing written stands on older ones than it names. */
const look = async (deps: ComputeDeps, stations: readonly Station[], day: ChinaDay): Promise<Look[]> => {
  const nowMs = deps.now()
  const isWhole = standsOnWhole(day, deps.readings.wholeSinceMs?.(nowMs) ?? Number.NEGATIVE_INFINITY)
  const heads: Omit<Look, 'computed'>[] = []
  for (const station of stations) {
    const { stationId, countyCode } = station
    const mark = await deps.staleDays.get({ countyCode, stationId, day })
    const latest = isWhole ? await latestVersion(deps, stationId, day) : undefined
    heads.push({ station, nowMs, mark, latest })
  }
  const computed = isWhole ? await figuresOf(deps, stations, day, nowMs) : []
  return heads.map((head, index) => ({ ...head, computed: computed[index] }))
}

/** One attempt. */
const computeOnce = async (
  deps: ComputeDeps,
  day: ChinaDay,
  { station, nowMs, mark, latest, computed }: Look,
): Promise<'done' | 'conflict'> => {
  const { stationId, countyCode } = station
  if (!computed) {
    deps.log.warn({ stationId, day }, 'readings this day stands on have expired: its figure stays as it is')
    await settleMark(deps, mark)
    return 'done'
  }
  const closes = isOver(day, nowMs) && latest?.row.version === 0
  if (closes || !latest || !saysTheSame(latest.row, computed.figure)) {
    if ((await write(deps, station, computed, { latest, mark: mark?.row }, nowMs)) === 'conflict') return 'conflict'
  }
  if (isOver(day, nowMs) || (latest?.row.version ?? 0) > 0) {
    await deps.staleMonths.put({ stationId, countyCode, month: monthOfDay(day), markedAtMs: deps.now() })
    if (isOver(day, nowMs)) await deps.staleCountyDays.put({ countyCode, day, markedAtMs: deps.now() })
  }
  await settleMark(deps, mark)
  return 'done'
}

const keyOf = ({ stationId, day }: StationDayWork): string => `${stationId} ${day}`

/**
 * The first look at every station-day of a batch, one for each day that several stations are asked about, where that spares
 * readings. A day whose look fails has none: each of its stations is then looked at in its own turn, and fails alone.
 */
const lookAhead = async (deps: ComputeDeps, messages: readonly WorkMessage[]): Promise<Map<string, Look>> => {
  const ahead = new Map<string, Look>()
  if (!deps.readings.sparesReadings) return ahead
  const works = messages.flatMap(({ body }) => stationDayWork.safeParse(body).data ?? [])
  for (const [day, ofDay] of Map.groupBy(works, (work) => work.day)) {
    const stationIds = [...new Set(ofDay.map(({ stationId }) => stationId))]
    if (stationIds.length < 2 || dayStartMs(day) > deps.now()) continue
    const [looks] = await Promise.allSettled([
      Promise.all(stationIds.map((stationId) => deps.stations.get({ stationId }))).then((rows) =>
        look(
          deps,
          rows.flatMap((found) => found?.row ?? []),
          day,
        ),
      ),
    ])
    if (looks.status === 'fulfilled')
      for (const each of looks.value) ahead.set(keyOf({ stationId: each.station.stationId, day }), each)
  }
  return ahead
}

export const create =
  (deps: ComputeDeps): Handler<QueueTrigger> =>
  async (batch) => {
    const ahead = await lookAhead(deps, batch.messages)
    const perform = eachWork<StationDayWork>(stationDayWork, deps.log, async (work) => {
      const { stationId, day } = work
      // What was seen ahead knows nothing of a mark that has yet to be fetched.
      let first = work.countyCode === undefined ? ahead.get(keyOf(work)) : undefined
      ahead.delete(keyOf(work))
      const station = first?.station ?? (await deps.stations.get({ stationId }))?.row
      if (!station) return deps.log.warn({ stationId, day }, 'no such station')
      if (dayStartMs(day) > deps.now()) return deps.log.warn({ stationId, day }, 'the day has not begun')
      await fetchMark(deps, station, work)
      await untilWritten(async () => {
        const [seen] = first ? [first] : await look(deps, [station], day)
        first = undefined
        return seen ? computeOnce(deps, day, seen) : 'conflict'
      })
    })
    return perform(batch)
  }

export const handler = onAws('queue', create)
