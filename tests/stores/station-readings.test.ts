import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY_MS, dayStartMs } from '../../domain/calendar.ts'
import type { Reading } from '../../domain/reading.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { stationReadings } from '../../stores/station-readings.ts'
import { settle } from '../../stores/undisputed.ts'
import { wholeReadings } from '../../stores/whole-readings.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { aDevice, day } from '../registry.ts'

const DAY = day('2026-11-02')
const FROM_MS = dayStartMs(DAY)

/** The reading half of the port over readings in memory, and how many answers it gave. */
const readerOf = (all: readonly Reading[]) => {
  const asked: number[] = []
  const within = ({ deviceIds, fromMs, toMs }: { deviceIds: readonly string[]; fromMs: number; toMs: number }) =>
    settle(all.filter(({ deviceId, atMs }) => deviceIds.includes(deviceId) && atMs >= fromMs && atMs < toMs))
  return {
    asked,
    list: async (span: Parameters<typeof within>[0], limit: number) => {
      asked.push(limit)
      return within(span).undisputed.slice(0, limit)
    },
    conflicts: async (span: Parameters<typeof within>[0]) => within(span).conflicts,
  }
}
const span = (deviceIds: readonly string[]) => ({ deviceIds, fromMs: FROM_MS, toMs: FROM_MS + DAY_MS })

describe('whole readings', () => {
  test('are all there when there are more than one answer holds', async () => {
    const all = Array.from({ length: 45_000 }, (_, at) => aReading({ atMs: FROM_MS + at * 1_900 }))
    const reader = readerOf(all)
    expect(await wholeReadings(reader, span(['ZL1-INV-1']))).toEqual(all)
    expect(reader.asked.length).toBeGreaterThan(2)
  })

  test('hold every side of a conflict, once', async () => {
    const sides = [aReading({ acPowerW: 1 }), aReading({ acPowerW: 2 })]
    const all = [...sides, aReading({ atMs: NOON_MS + 1 }), ...sides]
    expect(await wholeReadings(readerOf(all), span(['ZL1-INV-1']))).toEqual([...sides, all[2]])
  })

  test('of more devices than one question takes are complete', async () => {
    const all = Array.from({ length: 450 }, (_, at) => aReading({ deviceId: `D-${String(at).padStart(3, '0')}` }))
    expect(await wholeReadings(readerOf(all), span(all.map(({ deviceId }) => deviceId)))).toEqual(all)
  })
})

describe("a station's readings of a day", () => {
  let tables: SqliteTables
  beforeEach(() => (tables = openTables(':memory:')))
  afterEach(() => tables.close())
  const of = async (stationId: string, readings: readonly Reading[]) =>
    (await stationReadings({ devices: tables.devices, readings: readerOf(readings) }).of(stationId, DAY)).map(
      ({ deviceId }) => deviceId,
    )

  test('are those of the devices it had on that day, wherever they are now', async () => {
    await tables.devices.putBatch([
      aDevice({ deviceId: 'STAYS', stationId: 'A' }),
      aDevice({ deviceId: 'LEFT', stationId: 'A', validTo: day('2026-11-10') }),
      aDevice({ deviceId: 'LEFT', stationId: 'B', validFrom: day('2026-11-10'), gatewayId: 'GW-B' }),
      aDevice({ deviceId: 'CAME', stationId: 'B', validTo: day('2026-11-02') }),
      aDevice({ deviceId: 'CAME', stationId: 'A', validFrom: day('2026-11-02'), gatewayId: 'GW-A' }),
    ])
    const readings = ['STAYS', 'LEFT', 'CAME'].map((deviceId) => aReading({ deviceId }))
    expect(await of('A', readings)).toEqual(['CAME', 'LEFT', 'STAYS'])
    expect(await of('B', readings)).toEqual([])
  })

  test('hold those of a device that the corrected registry places nowhere on that day, at one station', async () => {
    await tables.devices.putBatch([
      aDevice({ deviceId: 'LOST', stationId: 'A', validTo: day('2026-11-01') }),
      aDevice({ deviceId: 'LOST', stationId: 'B', validFrom: day('2026-11-05'), gatewayId: 'GW-B' }),
      aDevice({ deviceId: 'LATE', stationId: 'B', validFrom: day('2026-11-05') }),
    ])
    const readings = ['LOST', 'LATE'].map((deviceId) => aReading({ deviceId }))
    expect(await of('A', readings)).toEqual(['LOST'])
    expect(await of('B', readings)).toEqual(['LATE'])
  })

  test('of a station without devices are none', async () => {
    expect(await of('NOWHERE', [aReading()])).toEqual([])
  })
})
