import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QUANTITIES, type Reading } from '../../domain/reading.ts'
import { archiveKey, packStationDay, unpackStationDay } from '../../stores/archive-file.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { COUNTY, day } from '../registry.ts'

const place = { countyCode: COUNTY, stationId: 'ZL1', day: day('2026-11-02') }
const whole: Reading = {
  ...aReading(),
  ...Object.fromEntries(QUANTITIES.map((name, at) => [name, at + 0.25])),
  energyTotalWh: Number.MAX_SAFE_INTEGER,
  strings: [{ voltageV: 601.5, currentA: 8 }, {}],
  state: 'running',
  faultCodes: ['F1', '故障"\n'],
}
const readings = [
  whole,
  aReading({ deviceId: 'ZL1-INV-2', acPowerW: -3 }),
  aReading({ atMs: NOON_MS - 1 }),
  aReading({ atMs: NOON_MS + 5, energyTotalWh: 1 }),
  aReading({ atMs: NOON_MS + 5, energyTotalWh: 2 }),
]
const pack = (of: readonly Reading[]) => Buffer.from(packStationDay({ ...place, readings: [...of] }))

describe('the file of a station-day', () => {
  test('lies under its county, day and station', () => {
    expect(archiveKey(place)).toBe(`readings/${COUNTY}/2026-11-02/ZL1.ndjson.gz`)
  })

  test('gives back every quantity of every reading, conflicts included, and whose day it is', () => {
    const unpacked = unpackStationDay(pack(readings))
    expect(unpacked).toMatchObject(place)
    expect(unpacked.readings).toHaveLength(readings.length)
    expect(unpacked.readings).toEqual(expect.arrayContaining(readings))
  })

  test('is the same bytes for the same readings in any order and repetition', () => {
    const bytes = pack(readings)
    fc.assert(
      fc.property(fc.shuffledSubarray([...readings, ...readings], { minLength: 2 * readings.length }), (shuffled) =>
        pack(shuffled).equals(bytes),
      ),
    )
    expect(bytes[9]).toBe(255)
  })

  test('keeps the earliest receive time of equal readings', () => {
    const late = aReading({ receivedAtMs: NOON_MS + 90_000 })
    expect(unpackStationDay(pack([late, aReading(), late])).readings).toEqual([aReading()])
  })

  test('of a day without readings is a file too', () => {
    expect(unpackStationDay(pack([])).readings).toEqual([])
  })

  test.each([
    ['a reading is changed', (text: string) => text.replace('31250', '31251')],
    ['a reading is missing', (text: string) => text.split('\n').toSpliced(2, 1).join('\n')],
    [
      'a reading is twice',
      (text: string) =>
        text
          .split('\n')
          .toSpliced(2, 0, text.split('\n')[2] ?? '')
          .join('\n'),
    ],
    ['the end is missing', (text: string) => text.slice(0, -20)],
    ['the version is another', (text: string) => text.replace('"version":1', '"version":2')],
    ['it is something else', () => '{}\n'],
  ])('is refused when %s', (_what, damage) => {
    const text = gunzipSync(pack(readings)).toString()
    expect(() => unpackStationDay(gzipSync(damage(text)))).toThrow()
  })
})
