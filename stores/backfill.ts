import { type ChinaDay, dayOf, daysBetween } from '../domain/calendar.ts'
import type { DayCause } from '../domain/day-cause.ts'
import type { StationDay } from '../domain/energy.ts'
import { inService } from '../domain/generation-work.ts'
import { newestVersions } from '../domain/overview.ts'
import type { RegionCode, Station } from '../domain/registry.ts'
import { beginningWith } from './months.ts'
import { setDone, writeDown } from './recomputations.ts'
import type { Recomputation } from './rows.ts'
import { markDays } from './stale-days.ts'
import { allRows } from './table.ts'
import type { TableOf, TableReaderOf } from './tables.ts'

/**
 * Computing a span of days anew, after a correction or a repair: every station-day gets a mark, and the schedule does the rest. The
 * marks are durable, so a backfill that is interrupted goes on by itself; doing it again changes nothing.
 */

export type BackfillSpan = { from: ChinaDay; to: ChinaDay; stationId?: string; county?: RegionCode }
export type StationDayPlace = { countyCode: RegionCode; stationId: string; day: ChinaDay }
/** A station-day whose figure is another than before; null is unknown, which is not zero. */
export type FigureChange = { stationId: string; day: ChinaDay; version: number; beforeWh: number | null; afterWh: number | null }

type Readers = { regions: TableReaderOf<'regions'>; stations: TableReaderOf<'stations'> }

const STATION_DAYS_MAX = 500_000
const MARKS_AT_ONCE = 1_000

const stationsOf = async ({ regions, stations }: Readers, { stationId, county }: BackfillSpan): Promise<Station[]> => {
  if (stationId !== undefined) {
    const found = await stations.get({ stationId })
    if (!found) throw new RangeError(`there is no station ${stationId}`)
    return [found.row]
  }
  const all = await allRows((cursor) => regions.queryIndex('byLevel', { partition: 'county', cursor }))
  const counties = county === undefined ? all : all.filter(({ code }) => code === county)
  if (counties.length === 0) throw new RangeError(county === undefined ? 'there is no county' : `there is no county ${county}`)
  const inCounty = ({ code }: { code: RegionCode }) =>
    allRows((cursor) => stations.queryIndex('byCounty', { partition: code, cursor }))
  return (await Promise.all(counties.map(inCounty))).flat()
}

/** The station-days of a span that have begun and on which the station is in service, by day. RangeError for too many or none. */
export const stationDaysOf = async (readers: Readers, span: BackfillSpan, nowMs: number): Promise<StationDayPlace[]> => {
  const today = dayOf(nowMs)
  const stations = await stationsOf(readers, span)
  const days = daysBetween(span.from, span.to < today ? span.to : today)
  if (days.length * stations.length > STATION_DAYS_MAX) {
    throw new RangeError(`${days.length * stations.length} station-days are more than ${STATION_DAYS_MAX}: take a part of them`)
  }
  return days.flatMap((day) =>
    stations
      .filter((station) => inService(station, day))
      .map(({ countyCode, stationId }): StationDayPlace => ({ countyCode, stationId, day })),
  )
}

/** One span of each station; places are days in service, which follow one another. */
const spansOf = (places: readonly StationDayPlace[], causes: DayCause[], askedAtMs: number): Recomputation[] =>
  [...Map.groupBy(places, ({ stationId }) => stationId).values()].flatMap((own) => {
    const [first, last] = [own[0], own.at(-1)]
    return first && last
      ? [
          {
            countyCode: first.countyCode,
            stationId: first.stationId,
            from: first.day,
            to: last.day,
            causes,
            askedAtMs,
            isWhole: true,
          },
        ]
      : []
  })

/**
 * Marks station-days stale. What is meant is written down first and done with last: what an interruption leaves without a mark, the
 * sweep marks by itself half an hour later.
 */
export const markStationDays = async (
  { staleDays, recomputations }: { staleDays: TableOf<'staleDays'>; recomputations: TableOf<'recomputations'> },
  places: readonly StationDayPlace[],
  markedAtMs: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> => {
  const causes: DayCause[] = [{ code: 'backfill', atMs: markedAtMs }]
  const spans = spansOf(places, causes, markedAtMs)
  const written = await writeDown(recomputations, spans)
  for (let at = 0; at < places.length; at += MARKS_AT_ONCE) {
    await markDays(
      staleDays,
      places.slice(at, at + MARKS_AT_ONCE).map((place) => ({ ...place, markedAtMs, causes })),
    )
    onProgress(Math.min(places.length, at + MARKS_AT_ONCE))
  }
  // A span that was joined with an older one is left to the sweep.
  const own = new Set(spans.map((span) => `${span.stationId}#${span.from}#${span.to}#${span.causes.length}`))
  const done = written.filter(({ row }) => own.has(`${row.stationId}#${row.from}#${row.to}#${row.causes.length}`))
  await setDone(recomputations, done, markedAtMs)
}

type Figures = Map<string, StationDay>

/** The figure that counts of each station-day, where there is one. */
export const figuresOf = async (
  generation: TableReaderOf<'generation'>,
  places: readonly StationDayPlace[],
): Promise<Figures> => {
  const figures: Figures = new Map()
  for (const [stationId, own] of Map.groupBy(places, (place) => place.stationId)) {
    const days = own.map(({ day }) => day).sort()
    const [first, last] = [days[0], days.at(-1)]
    if (first === undefined || last === undefined) continue
    const range = { partition: stationId, from: first, to: beginningWith(`${last}#`).to }
    const versions = await allRows((cursor) => generation.query({ ...range, cursor }))
    for (const row of newestVersions(versions, ({ day }) => day)) figures.set(`${row.day}#${stationId}`, row)
  }
  return figures
}

/** What a backfill changed, by day and station. */
export const changesBetween = (before: Figures, after: Figures): FigureChange[] =>
  [...after]
    .filter(([place, { version }]) => before.get(place)?.version !== version)
    .map(([place, { stationId, day, version, energyWh }]) => ({
      stationId,
      day,
      version,
      beforeWh: before.get(place)?.energyWh ?? null,
      afterWh: energyWh,
    }))
    .sort((one, other) => (`${one.day}#${one.stationId}` < `${other.day}#${other.stationId}` ? -1 : 1))
