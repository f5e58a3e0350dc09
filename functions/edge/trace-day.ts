import { type ChinaDay, dayEndMs, dayStartMs } from '../../domain/calendar.ts'
import { installationsOn, standsOnWhole } from '../../domain/generation-work.ts'
import type { Station } from '../../domain/registry.ts'
import { registerOf } from '../../stores/day-readings.ts'
import type { ReadingReader } from '../../stores/readings.ts'
import { stationDays } from '../../stores/station-days.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { TracedDevice, TraceStep } from '../api-types-trace.ts'

/** The last joint: a station's day, computed again from its readings. */

type DayReaders = {
  now: () => number
  devices: TableReaderOf<'devices'>
  counterResets: TableReaderOf<'counterResets'>
  generation: TableReaderOf<'generation'>
  readings: ReadingReader
}

export const traceDay = async (
  readers: DayReaders,
  station: Station,
  { day, version }: { day: ChinaDay; version: number },
): Promise<{ step: TraceStep; devices: TracedDevice[] }> => {
  const { stationId } = station
  const nowMs = readers.now()
  const stored = (await readers.generation.get({ stationId, day, version }))?.row
  const figures = { energyWh: stored?.energyWh ?? null, againWh: null, basis: stored?.basis ?? null, version }
  const base = { kind: 'day' as const, of: `${stationId} ${day} v${version}` }
  if (!stored) return { step: { ...base, figures, isSame: null, note: 'row_gone' }, devices: [] }
  if (!standsOnWhole(day, readers.readings.wholeSinceMs?.(nowMs) ?? Number.NEGATIVE_INFINITY)) {
    return { step: { ...base, figures, isSame: null, note: 'no_readings' }, devices: [] }
  }
  const partition = stationId
  const rows = await allRows((cursor) => readers.devices.queryIndex('byStation', { partition, cursor }))
  const resets = await allRows((cursor) => readers.counterResets.query({ partition, cursor }))
  const installations = installationsOn(rows, day)
  const [again] = await stationDays(readers.readings, [{ station, installations, resets }], day, nowMs)
  const registers = [...new Set(installations.map(({ device }) => registerOf(device)))]
  const deviceIds = installations.map(({ device }) => device.deviceId)
  const series = await readers.readings.series({ deviceIds, fromMs: dayStartMs(day), toMs: dayEndMs(day) }, registers)
  const devices = (again?.figure.devices ?? []).map((device): TracedDevice => {
    const own = series.find(({ deviceId }) => deviceId === device.deviceId)
    const register = installations.find((each) => each.device.deviceId === device.deviceId)?.device
    const values = (register && own?.values[registerOf(register)]) ?? []
    const shown = values.map((wh, at) => ({ wh, atMs: own?.atMs[at] ?? 0 })).filter(({ wh }) => wh !== null)
    const [first, last] = [shown[0], shown.at(-1)]
    return {
      deviceId: device.deviceId,
      energyWh: device.energyWh,
      quality: device.quality,
      findings: device.findings,
      readings: own?.atMs.length ?? 0,
      firstAtMs: first?.atMs ?? null,
      firstWh: first?.wh ?? null,
      lastAtMs: last?.atMs ?? null,
      lastWh: last?.wh ?? null,
    }
  })
  const againWh = again?.figure.energyWh ?? null
  const isSame = againWh === stored.energyWh
  return { step: { ...base, figures: { ...figures, againWh }, isSame, note: null }, devices }
}
