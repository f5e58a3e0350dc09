import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MESSAGE_BYTES_MAX } from '../../domain/limits.ts'
import { type Installation, judgeReading, parseMessage } from '../../domain/message.ts'
import { aPayload, NOON_MS } from '../readings.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const good = { deviceId: 'ZL1-INV-1', atMs: NOON_MS, energyTotalWh: 81_234_560 }

const reasonOf = (payload: Uint8Array): string => {
  const parsed = parseMessage(payload)
  if ('rejection' in parsed) return parsed.rejection.reason
  const bad = parsed.readings.find((reading) => 'rejection' in reading)
  return bad && 'rejection' in bad ? bad.rejection.reason : 'accepted'
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('a message', () => {
  test('of the documented shape is taken in whole, units and values as sent', () => {
    const reading = {
      ...good,
      acPowerW: 31_250,
      temperatureC: -3.5,
      strings: [{ voltageV: 610.2, currentA: 8.1 }],
      state: 'running',
      faultCodes: ['2031'],
    }
    expect(parseMessage(aPayload([reading]))).toEqual({ readings: [{ reading, raw: reading }] })
  })

  test("of an irradiance sensor is taken in, its offset at night too, and no light beyond the sun's", () => {
    const at = (irradianceWPerM2: number) => reasonOf(aPayload([{ deviceId: 'ZL1-SUN', atMs: NOON_MS, irradianceWPerM2 }]))
    expect([1_361.5, 0, -3.2, -50, 2_000].map(at)).toEqual(Array.from({ length: 5 }, () => 'accepted'))
    expect([-50.1, 2_000.1].map(at)).toEqual(['out_of_range', 'out_of_range'])
  })

  test('may carry fields this version does not know', () => {
    expect(reasonOf(aPayload([{ ...good, humidityPercent: 40 }], { firmware: '2.1' }))).toBe('accepted')
  })

  test.each<[name: string, payload: Uint8Array, reason: string]>([
    ['[D16] nothing at all', bytes(''), 'schema'],
    ['[D16] not JSON', bytes('acPowerW=31250'), 'schema'],
    ['[D16] a byte order mark', bytes(`\uFEFF${JSON.stringify({ v: 1, readings: [good] })}`), 'schema'],
    ['[D16] invalid UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d), 'schema'],
    ['[D16] 10,000 levels', bytes(nested(10_000)), 'schema'],
    ['[D16] 100,000 opening brackets', bytes('['.repeat(100_000)), 'schema'],
    ['[D16] nesting beyond the limit inside a reading', aPayload([{ ...good, x: [[[[[[[1]]]]]]] }]), 'schema'],
    [
      '[D16] 10,000 unknown keys',
      aPayload([{ ...good, ...Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i])) }]),
      'accepted',
    ],
    [
      '[D16] a key given twice',
      bytes(`{"v":1,"readings":[{"deviceId":"A","atMs":${NOON_MS},"acPowerW":1,"acPowerW":2}]}`),
      'schema',
    ],
    ['[D16] __proto__', bytes(`{"v":1,"__proto__":{"polluted":true},"readings":[]}`), 'schema'],
    ['[D16] __proto__, escaped', bytes(String.raw`{"v":1,"\u005f_proto__":{"polluted":true},"readings":[]}`), 'schema'],
    ['[D16] constructor in a reading', aPayload([{ ...good, constructor: { prototype: {} } }]), 'schema'],
    ['[D16] one byte over the limit', new Uint8Array(MESSAGE_BYTES_MAX + 1).fill(0x20), 'oversize'],
    ['an array instead of an object', bytes('[]'), 'schema'],
    ['readings missing', bytes('{"v":1}'), 'schema'],
    ['[D18] another major version', aPayload([good], { v: 2 }), 'schema_version'],
    ['a version that is no number', aPayload([good], { v: '1' }), 'schema'],
    ['more readings than a message may hold', aPayload(Array.from({ length: 1_001 }, () => good)), 'schema'],
    ['[D7] NaN', bytes(`{"v":1,"readings":[{"deviceId":"A","atMs":${NOON_MS},"acPowerW":NaN}]}`), 'schema'],
    ['[D7] hexadecimal', bytes(`{"v":1,"readings":[{"deviceId":"A","atMs":${NOON_MS},"acPowerW":0x10}]}`), 'schema'],
    ['[D7] 1e400', bytes(`{"v":1,"readings":[{"deviceId":"A","atMs":${NOON_MS},"acPowerW":1e400}]}`), 'schema'],
    ['[D7] a number as text', aPayload([{ ...good, acPowerW: '12' }]), 'schema'],
    ['[D7] null', aPayload([{ ...good, acPowerW: null }]), 'schema'],
    [
      '[D7] an integer no number holds exactly',
      bytes(`{"v":1,"readings":[{"deviceId":"A","atMs":${NOON_MS},"energyTotalWh":9007199254740993}]}`),
      'schema',
    ],
    ['[D7] a negative counter', aPayload([{ ...good, energyTotalWh: -1 }]), 'out_of_range'],
    ['[D7] power no device has', aPayload([{ ...good, acPowerW: 1e12 }]), 'out_of_range'],
    ['[D5] a time as text', aPayload([{ ...good, atMs: '2026-11-02T12:00:00+08:00' }]), 'schema'],
    ['a time with a fraction', aPayload([{ ...good, atMs: NOON_MS + 0.5 }]), 'schema'],
    ['a device id no topic could hold', aPayload([{ ...good, deviceId: 'ZL1/INV 1' }]), 'schema'],
    ['a device id left out', aPayload([{ atMs: NOON_MS }]), 'schema'],
    ['a state nobody defined', aPayload([{ ...good, state: 'asleep' }]), 'schema'],
  ])('%s → %s', (_name, payload, reason) => {
    expect(reasonOf(payload)).toBe(reason)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('[D19] with 3 bad readings among 50 loses exactly those three', () => {
    const readings = Array.from({ length: 50 }, (_, index) => ([7, 23, 49].includes(index) ? { ...good, atMs: 'x' } : good))
    const parsed = parseMessage(aPayload(readings))
    const rejected =
      'readings' in parsed ? parsed.readings.flatMap((reading, index) => ('rejection' in reading ? [index] : [])) : []
    expect(rejected).toEqual([7, 23, 49])
  })

  test('[D7] minus zero becomes zero and a finer counter is rounded half up to whole Wh', () => {
    const parsed = parseMessage(aPayload([{ ...good, acPowerW: -0, energyTotalWh: 1_000.5, exportTotalWh: 999.49 }]))
    const first = 'readings' in parsed ? parsed.readings[0] : undefined
    expect(first && 'reading' in first ? first.reading : undefined).toEqual({
      ...good,
      acPowerW: 0,
      energyTotalWh: 1_001,
      exportTotalWh: 999,
    })
  })

  test('never throws and never invents a reading, whatever the bytes', () => {
    const mutated = fc
      .tuple(fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 8 }), fc.uint8Array({ maxLength: 64 }))
      .map(([flips, noise]) => {
        const payload = aPayload([good, { ...good, acPowerW: 5 }])
        for (const [at, byte] of flips) if (at < payload.length) payload[at] = byte
        return flips.length > 0 ? payload : noise
      })
    fc.assert(
      fc.property(mutated, (payload) => {
        const parsed = parseMessage(payload)
        if ('rejection' in parsed) return
        for (const reading of parsed.readings) {
          if ('reading' in reading) expect(Number.isSafeInteger(reading.reading.energyTotalWh ?? 0)).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe("a reading's time and place", () => {
  const here: Installation = {
    stationId: 'ZL1',
    countyCode: '341623000000',
    fromMs: Date.UTC(2015, 6, 1),
    toMs: Date.UTC(2035, 6, 1),
  }
  const judge = (atMs: number, installations: Installation[] = [here]): string => {
    const judged = judgeReading(atMs, NOON_MS, installations)
    return 'at' in judged ? judged.at.stationId : judged.rejection.reason
  }

  test.each<[name: string, atMs: number, verdict: string]>([
    ['now', NOON_MS, 'ZL1'],
    ['weeks late', NOON_MS - 40 * 86_400_000, 'ZL1'],
    ['[D2] 4 min 59 s ahead', NOON_MS + 299_000, 'ZL1'],
    ['[D2] exactly 5 min ahead', NOON_MS + 300_000, 'ZL1'],
    ['[D2] 5 min 1 s ahead', NOON_MS + 301_000, 'clock_skew'],
    ['[D1] 3 days ahead', NOON_MS + 3 * 86_400_000, 'clock_skew'],
    ['[D3] seconds for milliseconds', Math.floor(NOON_MS / 1_000), 'time_unit'],
    ['[D3] microseconds for milliseconds', NOON_MS * 1_000, 'time_unit'],
    ['[D3] the epoch', 0, 'clock_unset'],
    ['[D3] ten minutes after the epoch', 600_000, 'clock_unset'],
    ['[D4] before commissioning', here.fromMs - 1, 'before_commissioning'],
    ['the first instant in service', here.fromMs, 'ZL1'],
  ])('%s → %s', (_name, atMs, verdict) => {
    expect(judge(atMs)).toBe(verdict)
  })

  test('[D4] after decommissioning is set aside', () => {
    expect(judge(NOON_MS, [{ ...here, toMs: NOON_MS }])).toBe('after_decommission')
  })

  test('[D6] of a device the gateway does not have is set aside', () => {
    expect(judge(NOON_MS, [])).toBe('unknown_device')
  })

  test('follows a device that moved', () => {
    const moved = [
      { ...here, toMs: NOON_MS },
      { ...here, stationId: 'ZL2', fromMs: NOON_MS },
    ]
    expect([judge(NOON_MS - 1, moved), judge(NOON_MS, moved)]).toEqual(['ZL1', 'ZL2'])
  })
})
