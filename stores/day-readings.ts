import { type ChinaDay, DAY_MS, dayEndMs, dayStartMs } from '../domain/calendar.ts'
import type { DeviceReadings } from '../domain/device-day.ts'
import { CONTEXT_MS, type Installation, REACH_DAYS } from '../domain/generation-work.ts'
import { FUTURE_TOLERANCE_MS } from '../domain/limits.ts'
import type { Quantity } from '../domain/reading.ts'
import type { Device } from '../domain/registry.ts'
import type { Point, ReadingReader } from './readings.ts'

/**
 * Everything a station-day is computed from: the readings of the day, half a day around it, and where a device has none there,
 * those nearest to it within REACH_DAYS. A counter that shows 0 is asleep and bounds nothing, so behind one the reach goes on.
 */

/** Columns that grow while readings are fetched; instants may repeat and stand in any order. */
type Columns = { atMs: number[]; counterWh: (number | null)[]; acPowerW: (number | null)[] }
/** `fromMs` and `toMs`: when the device counted for this station. */
type Gathered = Installation & { quantity: Quantity; columns: Columns; fromMs: number; toMs: number }

/** One direction to reach in: the nearest point past an edge, and the day behind a point. */
type Reach = {
  bounds: ({ columns }: Gathered) => boolean
  nearest: (deviceIds: string[], quantity: Quantity, edgeMs: number) => Promise<Point[]>
  behind: (point: Point) => { fromMs: number; toMs: number; edgeMs: number }
}

/** The register a device's energy is taken from. */
export const registerOf = ({ kind, counter }: Device): Quantity =>
  kind === 'meter' ? 'exportTotalWh' : counter === 'lifetime' ? 'energyTotalWh' : 'energyTodayWh'

export const readingsOfDay = async (
  reader: ReadingReader,
  installations: readonly Installation[],
  day: ChinaDay,
  nowMs: number,
): Promise<DeviceReadings[]> => {
  if (installations.length === 0) return []
  const startMs = dayStartMs(day)
  const endMs = dayEndMs(day)
  const gathered = installations.map(
    (installation): Gathered => ({
      ...installation,
      quantity: registerOf(installation.device),
      columns: { atMs: [], counterWh: [], acPowerW: [] },
      fromMs: dayStartMs(installation.installedOn),
      toMs: installation.removedOn === undefined ? Number.POSITIVE_INFINITY : dayStartMs(installation.removedOn),
    }),
  )
  const deviceIds = gathered.map(({ device }) => device.deviceId)
  // Asked for side by side: a store that reads the same for both reads it once.
  const [conflicting] = await Promise.all([
    reader.conflicts({ deviceIds, fromMs: startMs, toMs: endMs }),
    gather(reader, gathered, startMs - CONTEXT_MS, endMs + CONTEXT_MS),
  ])

  const notBeforeMs = startMs - REACH_DAYS * DAY_MS
  const beforeMs = Math.min(endMs + REACH_DAYS * DAY_MS, nowMs + FUTURE_TOLERANCE_MS)
  const lifetime = gathered.filter(({ device }) => device.counter === 'lifetime')
  await reach(reader, lifetime, startMs - CONTEXT_MS, {
    bounds: ({ columns, fromMs }) => fromMs >= startMs || shows(columns, (atMs) => atMs < startMs),
    nearest: (ids, quantity, edgeMs) => reader.lastBefore({ deviceIds: ids, beforeMs: edgeMs, notBeforeMs }, quantity),
    behind: ({ atMs }) => ({ fromMs: Math.max(notBeforeMs, atMs - DAY_MS), toMs: atMs, edgeMs: atMs - DAY_MS }),
  })
  if (endMs + CONTEXT_MS < beforeMs) {
    await reach(reader, lifetime, endMs + CONTEXT_MS, {
      bounds: ({ columns }) => shows(columns, (atMs) => atMs >= endMs),
      nearest: (ids, quantity, edgeMs) => reader.firstAfter({ deviceIds: ids, fromMs: edgeMs, beforeMs }, quantity),
      behind: ({ atMs }) => ({ fromMs: atMs + 1, toMs: Math.min(beforeMs, atMs + DAY_MS), edgeMs: atMs + DAY_MS }),
    })
  }

  const conflicts = Map.groupBy(conflicting, ({ deviceId }) => deviceId)
  return gathered.map(({ device, installedOn, removedOn, columns }) => ({
    device,
    installedOn,
    ...(removedOn !== undefined && { removedOn }),
    ...columns,
    conflicts: conflicts.get(device.deviceId)?.length ?? 0,
    resets: [],
  }))
}

/** Whether the counter showed anything but 0 at such an instant. */
const shows = ({ atMs, counterWh }: Columns, when: (atMs: number) => boolean): boolean =>
  atMs.some((at, index) => when(at) && (counterWh[index] ?? 0) > 0)

/** Adds one row, unless the device counted for someone else at that instant. */
const add = ({ columns, fromMs, toMs }: Gathered, atMs: number, counterWh: number | null, acPowerW: number | null): void => {
  if (atMs < fromMs || atMs >= toMs) return
  columns.atMs.push(atMs)
  columns.counterWh.push(counterWh)
  columns.acPowerW.push(acPowerW)
}

const gather = async (reader: ReadingReader, gathered: readonly Gathered[], fromMs: number, toMs: number): Promise<void> => {
  const quantities = [...new Set(gathered.map(({ quantity }) => quantity))]
  const deviceIds = gathered.map(({ device }) => device.deviceId)
  const series = await reader.series({ deviceIds, fromMs, toMs }, [...quantities, 'acPowerW'])
  const byDevice = Map.groupBy(gathered, ({ device }) => device.deviceId)
  for (const { deviceId, atMs, values } of series) {
    for (const into of byDevice.get(deviceId) ?? []) {
      for (const [index, at] of atMs.entries()) {
        add(into, at, values[into.quantity]?.[index] ?? null, values.acPowerW?.[index] ?? null)
      }
    }
  }
}

const reach = async (reader: ReadingReader, gathered: readonly Gathered[], edgeMs: number, to: Reach): Promise<void> => {
  const unbounded = gathered.filter((each) => !to.bounds(each))
  for (const [quantity, group] of Map.groupBy(unbounded, (each) => each.quantity)) {
    const points = await to.nearest(
      group.map(({ device }) => device.deviceId),
      quantity,
      edgeMs,
    )
    const byDevice = Map.groupBy(group, ({ device }) => device.deviceId)
    for (const point of points) {
      for (const into of byDevice.get(point.deviceId) ?? []) await reachBehind(reader, into, point, to)
    }
  }
}

/** From the nearest point on, day by day, until the counter shows something. */
const reachBehind = async (reader: ReadingReader, into: Gathered, nearest: Point, to: Reach): Promise<void> => {
  let point: Point | undefined = nearest
  for (let days = 0; point && days <= REACH_DAYS; days += 1) {
    add(into, point.atMs, point.value, null)
    if (point.value > 0) return
    const { fromMs, toMs, edgeMs } = to.behind(point)
    if (fromMs < toMs) await gather(reader, [into], fromMs, toMs)
    if (to.bounds(into)) return
    const next: Point[] = await to.nearest([point.deviceId], into.quantity, edgeMs)
    point = next[0]
  }
}
