import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEVICE_STATES, QUANTITIES, type Quantity, type Reading } from '../../domain/reading.ts'
import { isCounter } from '../../domain/reading-values.ts'
import { byteReader, byteWriter } from '../../stores/dynamodb/readings-bytes.ts'
import { packReadings, unpackReadings } from '../../stores/dynamodb/readings-pack.ts'
import { aReading, NOON_MS } from '../readings.ts'

const START_MS = NOON_MS - 12 * 3_600_000

const numberAgain = (value: number): number => {
  const writer = byteWriter()
  writer.number(value)
  const reader = byteReader(writer.bytes())
  const again = reader.number()
  expect(reader.isAtEnd()).toBe(true)
  return again
}
const bytesOf = (value: number): number => {
  const writer = byteWriter()
  writer.number(value)
  return writer.bytes().length
}

describe('numbers in bytes', () => {
  test.each([
    0,
    1,
    -1,
    7,
    8,
    0.1,
    -3.7,
    0.1 + 0.2,
    1 / 3,
    1e-6,
    1e-7,
    5e-324,
    -5e-324,
    1.7976931348623157e308,
    2 ** 53 - 1,
    -(2 ** 53 - 1),
    2 ** 53,
    2 ** 60,
    1e21,
    1e22,
    123_456.789,
    9_007_199_254.740_99,
    0.000_001,
    2_251_799_813_685_248.5,
  ])('%d comes back bit for bit', (value) => {
    expect(numberAgain(value)).toBe(value)
  })

  test('every double and every safe integer comes back bit for bit', () => {
    const decimal = fc.tuple(fc.maxSafeInteger(), fc.nat(9)).map(([whole, decimals]) => Number(`${whole}e-${decimals}`))
    fc.assert(
      fc.property(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger(), decimal), (value) => {
        expect(numberAgain(value)).toBe(value + 0)
      }),
      { numRuns: 5_000 },
    )
  })

  test('minus zero is zero', () => {
    expect(Object.is(numberAgain(-0), 0)).toBe(true)
  })

  test('what devices count in takes few bytes', () => {
    expect([0, 7.2, 50.01, 655.4, 31_250, 81_234_560, 912_345_678, 1 / 3].map(bytesOf)).toEqual([1, 2, 3, 3, 3, 5, 5, 9])
  })

  test('a number that is cut short is an error and not another number', () => {
    for (const value of [81_234_560, 1 / 3]) {
      const writer = byteWriter()
      writer.number(value)
      for (let length = 0; length < writer.bytes().length; length += 1)
        expect(() => byteReader(writer.bytes().subarray(0, length)).number()).toThrow(RangeError)
    }
  })
})

const electrical = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.integer({ min: -99_999, max: 999_999 }).map((hundredths) => hundredths / 100),
)
const valueOf = (quantity: Quantity) => (isCounter(quantity) ? fc.maxSafeInteger() : electrical)
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const reading: fc.Arbitrary<Reading> = fc
  .record({
    deviceId: fc.stringMatching(/^[A-C]{1,2}-[0-9]{1,2}$/),
    atMs: fc.oneof(fc.constant(NOON_MS), fc.integer({ min: START_MS, max: START_MS + 86_399_999 })),
    receivedAtMs: fc.oneof(fc.constant(NOON_MS), fc.maxSafeInteger()),
    ...Object.fromEntries(QUANTITIES.map((quantity) => [quantity, optional(valueOf(quantity))])),
    strings: optional(
      fc.array(fc.record({ voltageV: electrical, currentA: electrical }, { requiredKeys: [], noNullPrototype: true }), {
        maxLength: 5,
      }),
    ),
    state: optional(fc.constantFrom(...DEVICE_STATES)),
    faultCodes: optional(fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 })),
  })
  .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as Reading)

describe('packed readings', () => {
  test('come back whole and in their order, whatever they have and lack', () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 8 }), (readings) => {
        expect(unpackReadings(packReadings(readings, START_MS), START_MS)).toStrictEqual(readings)
      }),
      { numRuns: 500 },
    )
  })

  test('keep half a surrogate pair in a fault code', () => {
    const readings = [aReading({ faultCodes: ['\ud83d', '绝缘', ''] })]
    expect(unpackReadings(packReadings(readings, START_MS), START_MS)).toEqual(readings)
  })

  test('are an error when they are cut short or in another format', () => {
    const packed = packReadings([aReading({ strings: [{ voltageV: 1 }], state: 'off', faultCodes: ['F1'] })], START_MS)
    for (let length = 2; length < packed.length; length += 1)
      expect(() => unpackReadings(packed.subarray(0, length), START_MS)).toThrow(Error)
    expect(() => unpackReadings(Buffer.concat([Buffer.of(3), packed.subarray(1)]), START_MS)).toThrow(/unknown format/)
    expect(() => unpackReadings(Buffer.of(1, 15), START_MS)).toThrow(/points before itself/)
  })

  test('written in the format of the first release are still read', () => {
    const packed = Buffer.from(PACKED_IN_FORMAT_1, 'base64')
    expect(unpackReadings(packed, START_MS)).toEqual(READINGS_IN_FORMAT_1)
    expect(packReadings(READINGS_IN_FORMAT_1, START_MS).toString('base64')).toBe(PACKED_IN_FORMAT_1)
  })
})

describe('a quantity that came later', () => {
  const sun = aReading({ deviceId: 'ZL1-SUN', irradianceWPerM2: 812.5 })

  test('is kept beside readings that have none, in a format software from before refuses', () => {
    const readings = [...READINGS_IN_FORMAT_1, sun, { ...sun, atMs: NOON_MS + 5, state: 'running' as const, faultCodes: ['F'] }]
    const packed = packReadings(readings, START_MS)
    expect(unpackReadings(packed, START_MS)).toEqual(readings)
    expect(packed[0]).toBe(2)
  })

  test('leaves bytes without it as they were', () => {
    expect(packReadings(READINGS_IN_FORMAT_1, START_MS)[0]).toBe(1)
  })
})

/** Every part of the format once. If this must change, readings that people have stored can no longer be read. */
const READINGS_IN_FORMAT_1: Reading[] = [
  {
    ...aReading({ deviceId: 'ZL1-INV-1', energyTodayWh: 120_400, dcPowerW: 1 / 3, dcVoltageV: 655.4, dcCurrentA: -0.02 }),
    acVoltageV: 231.7,
    acCurrentA: 45.31,
    frequencyHz: 50.01,
    temperatureC: -7.25,
    strings: [{ voltageV: 600.5, currentA: 7.25 }],
    state: 'throttled',
    faultCodes: ['F1'],
  },
  aReading({
    deviceId: 'ZL1-INV-1',
    atMs: NOON_MS + 1,
    energyTotalWh: 81_234_999,
    strings: [{ voltageV: 1 }, {}, { currentA: 2 }],
  }),
  { deviceId: 'ZL1-METER', atMs: NOON_MS + 1, receivedAtMs: NOON_MS + 9, exportTotalWh: 2 ** 53 - 1, importTotalWh: 0 },
]
const PACKED_IN_FORMAT_1 =
  'AQAACVpMMS1JTlYtMYDAy8kCgL2AtZrDBv/nAYLCHoDQ4usEgMp1cFVVVVVVVdU/krMGKpWhAqO2BKHxBK1aAwOV7gWlWgZbIkYxIl0VgcDLyQKDQILCHoc2BgEBAAICAgQFTUVURVKBwf+0msMGgBiH/////////wEA'
