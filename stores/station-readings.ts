import { type ChinaDay, dayEndMs, dayStartMs } from '../domain/calendar.ts'
import { placeOn } from '../domain/device-place.ts'
import { validOn } from '../domain/overview.ts'
import type { Device } from '../domain/registry.ts'
import type { Reading } from '../domain/reading.ts'
import type { ReadingReader } from './readings.ts'
import { allRows } from './table.ts'
import type { TableReaderOf } from './tables.ts'
import { wholeReadings } from './whole-readings.ts'

/** Whole readings by station and day, wherever the registry has moved devices since. */

export type StationReadings = { of: (stationId: string, day: ChinaDay) => Promise<Reading[]> }

type Reads = { devices: TableReaderOf<'devices'>; readings: Pick<ReadingReader, 'list' | 'conflicts'> }

/** What the registry says of devices is read once, at the first question about them. */
export const stationReadings = ({ devices, readings }: Reads): StationReadings => {
  const atStation = remembered((partition) => allRows((cursor) => devices.queryIndex('byStation', { partition, cursor })))
  const ofDevice = remembered((partition) => allRows((cursor) => devices.queryIndex('byDevice', { partition, cursor })))

  const devicesOf = async (stationId: string, day: ChinaDay): Promise<string[]> => {
    const deviceIds: string[] = []
    for (const [deviceId, here] of Map.groupBy(await atStation(stationId), (row) => row.deviceId)) {
      const isAlone = here.length === 1 && here.every((row) => row.validTo === undefined && validOn(row, day))
      if (isAlone || placeOn(await ofDevice(deviceId), day) === stationId) deviceIds.push(deviceId)
    }
    return deviceIds.sort()
  }
  return {
    of: async (stationId, day) => {
      const deviceIds = await devicesOf(stationId, day)
      if (deviceIds.length === 0) return []
      return wholeReadings(readings, { deviceIds, fromMs: dayStartMs(day), toMs: dayEndMs(day) })
    },
  }
}

const remembered = (load: (partition: string) => Promise<Device[]>): ((partition: string) => Promise<Device[]>) => {
  const loads = new Map<string, Promise<Device[]>>()
  return (partition) => {
    const loading = loads.get(partition) ?? load(partition)
    loads.set(partition, loading)
    return loading
  }
}
