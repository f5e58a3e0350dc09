import { addDays, type ChinaDay, daysBetween, MINUTE_MS } from '../../domain/calendar.ts'
import { type DayCause, mergeCauses } from '../../domain/day-cause.ts'
import {
  type CorrectedSpan,
  type Correction,
  correctedSpans,
  deviceCorrections,
  stationCorrections,
} from '../../domain/registry-corrections.ts'
import type { RegistryRows } from '../../domain/registry-import.ts'
import type { Device, RegionCode, Station } from '../../domain/registry.ts'
import { beginningWith } from '../../stores/months.ts'
import { eachOf } from '../../stores/at-once.ts'
import { setReady, writeDown } from '../../stores/recomputations.ts'
import type { Recomputation, StaleDay } from '../../stores/rows.ts'
import { markDays } from '../../stores/stale-days.ts'
import { allRows, type Versioned } from '../../stores/table.ts'
import type { TableOf, TableReaderOf } from '../../stores/tables.ts'

/**
 * Spans of days that a correction of the registry has computed anew. What is to be done is written down before the correction is,
 * and set going after it; the sweep then marks the days, so many a run, and remembers how far it came. So neither an import that
 * stops on its way nor a sweep that does loses a day, and no day is computed from what was there before the correction alone.
 */

type Registry = { stations: TableReaderOf<'stations'>; devices: TableReaderOf<'devices'> }
type Recomputations = { recomputations: TableOf<'recomputations'> }

/** An import that has not said it is through in this time never will. */
const GIVEN_UP_MS = 30 * MINUTE_MS
const DAYS_AT_ONCE = 1_000

const deviceKey = ({ gatewayId, deviceId, validFrom }: Device): string => `${gatewayId}#${deviceId}#${validFrom}`

/** A span with the county its station lies in. */
type PlacedSpan = CorrectedSpan & { countyCode: RegionCode }

/** What the registry says of the counties that rows name, and of the rows themselves wherever they are filed now. */
const loadRegistry = async (registry: Registry, rows: Pick<RegistryRows, 'stations' | 'devices'>) => {
  const stations = new Map<string, Station>()
  const devices = new Map<string, Device>()
  for (const partition of new Set([...rows.stations, ...rows.devices].map(({ countyCode }) => countyCode))) {
    const own = await Promise.all([
      allRows((cursor) => registry.stations.queryIndex('byCounty', { partition, cursor })),
      allRows((cursor) => registry.devices.queryIndex('byCounty', { partition, cursor })),
    ])
    for (const station of own[0]) stations.set(station.stationId, station)
    for (const device of own[1]) devices.set(deviceKey(device), device)
  }
  // A row that is corrected from another county's station is not among theirs, nor is that station.
  const elsewhere = rows.devices.filter((device) => !devices.has(deviceKey(device)))
  for (const device of await eachOf(elsewhere, async (each) => (await registry.devices.get(each))?.row)) {
    if (!device) continue
    devices.set(deviceKey(device), device)
    const station = stations.has(device.stationId) ? undefined : (await registry.stations.get(device))?.row
    if (station) stations.set(station.stationId, station)
  }
  const moved = rows.stations.filter(({ stationId }) => !stations.has(stationId))
  for (const station of await eachOf(moved, async (each) => (await registry.stations.get(each))?.row)) {
    if (station) stations.set(station.stationId, station)
  }
  return { stations, devices }
}

/** What checked rows change about days that were computed, given what the registry says before they are written. */
export const correctionsOf = async (
  registry: Registry,
  rows: Pick<RegistryRows, 'stations' | 'devices'>,
  nowMs: number,
): Promise<PlacedSpan[]> => {
  const { stations, devices } = await loadRegistry(registry, rows)
  const corrections: Correction[] = [
    ...rows.stations.flatMap((station) => stationCorrections(stations.get(station.stationId), station)),
    ...rows.devices.flatMap((device) => deviceCorrections(devices.get(deviceKey(device)), device)),
  ]
  return correctedSpans(corrections, nowMs).flatMap((span) => {
    const station = stations.get(span.stationId)
    return station ? [{ ...span, countyCode: station.countyCode }] : []
  })
}

/** How many days the spans hold; those of them that were computed are computed anew. */
export const daysIn = (spans: readonly CorrectedSpan[]): number =>
  spans.reduce((sum, { from, to }) => sum + daysBetween(from, to).length, 0)

/** Writes down what is to be done once the rows are written; nothing is done yet. */
export const announce = (
  { recomputations }: Recomputations,
  spans: readonly PlacedSpan[],
  { by, nowMs }: { by: string; nowMs: number },
): Promise<Versioned<Recomputation>[]> =>
  writeDown(
    recomputations,
    spans.map(({ countyCode, stationId, from, to, about }): Recomputation => {
      const causes = about.map((each): DayCause => ({ code: 'registry', atMs: nowMs, about: each, by }))
      return { countyCode, stationId, from, to, causes: mergeCauses([], causes), askedAtMs: nowMs }
    }),
  )

/** Sets going what was announced: the rows are written. */
export const setGoing = (
  { recomputations }: Recomputations,
  announced: readonly Versioned<Recomputation>[],
  nowMs: number,
): Promise<void> => setReady(recomputations, announced, nowMs)

const isReady = ({ askedAtMs, readyAtMs }: Recomputation, nowMs: number): boolean =>
  readyAtMs !== undefined || nowMs - askedAtMs >= GIVEN_UP_MS

/** The next days of a span, at most `max`. */
const nextDays = ({ from, to, markedThrough }: Recomputation, max: number): ChinaDay[] => {
  const next = markedThrough === undefined ? from : addDays(markedThrough, 1)
  const last = addDays(next, max - 1)
  return daysBetween(next, last < to ? last : to)
}

/** Days of a span that were computed: one that never was has nothing to correct, and its turn comes by other ways. */
const computedDays = async (
  generation: TableReaderOf<'generation'>,
  stationId: string,
  days: readonly ChinaDay[],
): Promise<ChinaDay[]> => {
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return []
  const range = { partition: stationId, from: first, to: beginningWith(`${last}#`).to }
  const versions = await allRows((cursor) => generation.query({ ...range, cursor }))
  return [...new Set(versions.map(({ day }) => day))]
}

/** Marks days of a county that wait to be computed anew, about `max` of them; answers how many. */
export const markAnnounced = async (
  deps: Recomputations & { staleDays: TableOf<'staleDays'>; generation: TableReaderOf<'generation'> },
  { countyCode, max, nowMs }: { countyCode: RegionCode; max: number; nowMs: number },
): Promise<number> => {
  if (max <= 0) return 0
  const { recomputations, staleDays, generation } = deps
  const waiting = await recomputations.queryIndex('waiting', { partition: countyCode })
  let marked = 0
  for (const found of waiting.rows.filter(({ row }) => isReady(row, nowMs))) {
    if (marked >= max) break
    const { stationId, causes, to } = found.row
    const days = nextDays(found.row, Math.min(DAYS_AT_ONCE, max - marked))
    const computed = found.row.isWhole ? days : await computedDays(generation, stationId, days)
    await markDays(
      staleDays,
      computed.map((day): StaleDay => ({ countyCode, stationId, day, markedAtMs: nowMs, causes })),
    )
    marked += computed.length
    const markedThrough = days.at(-1) ?? to
    const isDone = markedThrough >= to
    // Another import may have asked for more meanwhile: then its version stays, and all of it is marked.
    await recomputations.put({ ...found.row, markedThrough, ...(isDone && { doneAtMs: nowMs }) }, { version: found.version })
  }
  return marked
}
