import { describe, expect, test } from 'vitest'
import { parseFault } from '../../devices/fault-syntax.ts'
import type { Fault } from '../../devices/faults.ts'
import type { DeviceReading } from '../../devices/plant.ts'
import { type GatewayMessage, rounds } from '../../devices/rounds.ts'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { aSite, china, together } from './a-fleet.ts'

const fleet = together(aSite('ZL1'), aSite('WL1', { latitudeDeg: 33.2 }))
const span = { fleet, seed: 42, fromMs: china('2026-11-02T08:00:00'), toMs: china('2026-11-02T16:00:00'), everyMs: 5 * MINUTE_MS }

const messagesWith = (...faults: string[]): GatewayMessage[] =>
  [...rounds({ ...span, faults: faults.map(parseFault) })].flatMap(({ messages }) => messages)
const readingsIn = (messages: readonly GatewayMessage[]): DeviceReading[] =>
  messages.flatMap(({ payload }) => (JSON.parse(payload) as { readings: DeviceReading[] }).readings)
const keyOf = ({ deviceId, atMs }: DeviceReading): string => `${deviceId} ${atMs}`
const byKey = (readings: readonly DeviceReading[]) => new Map(readings.map((reading) => [keyOf(reading), reading]))

const sound = readingsIn(messagesWith())
const isIn = (deviceId: string, from: string, to: string) => (reading: DeviceReading) =>
  reading.deviceId === deviceId && reading.atMs >= china(`2026-11-02T${from}`) && reading.atMs < china(`2026-11-02T${to}`)
/** What a fault changed: readings that are different or gone, and readings that are new. */
const changed = (readings: readonly DeviceReading[]) => {
  const [before, after] = [byKey(sound), byKey(readings)]
  return {
    altered: sound.filter((was) => JSON.stringify(after.get(keyOf(was))) !== JSON.stringify(was)),
    added: readings.filter((reading) => !before.has(keyOf(reading))),
  }
}

describe('an offline inverter', () => {
  test('is silent for its time and counts on, and nothing else changes', () => {
    const readings = readingsIn(messagesWith('inverter-offline:ZL1-INV-2@2026-11-02T10:00/PT2H'))
    const { altered, added } = changed(readings)
    expect(altered).toEqual(sound.filter(isIn('ZL1-INV-2', '10:00:00', '12:00:00')))
    expect(altered).toHaveLength(24)
    expect(added).toEqual([])
    expect(readings).toHaveLength(sound.length - 24)
  })
})

describe('a counter', () => {
  test('that is reset starts from 0 and grows as before; the day register and all others stay', () => {
    const readings = byKey(readingsIn(messagesWith('counter-reset:ZL1-INV-1@2026-11-02T10:00')))
    const own = sound.filter(isIn('ZL1-INV-1', '10:00:00', '16:00:00'))
    const offsets = own.map((was) => (was.energyTotalWh ?? 0) - (readings.get(keyOf(was))?.energyTotalWh ?? 0))
    expect(new Set(offsets).size).toBe(1)
    expect(readings.get(keyOf(own[0] ?? expect.unreachable()))?.energyTotalWh).toBe(0)
    const { altered, added } = changed([...readings.values()])
    expect(altered).toEqual(own)
    expect(added).toEqual([])
    for (const was of own) expect({ ...readings.get(keyOf(was)), energyTotalWh: was.energyTotalWh }).toEqual(was)
  })

  test("of a meter can be reset while the inverters' go on", () => {
    const { altered } = changed(readingsIn(messagesWith('counter-reset:ZL1-METER@2026-11-02T12:00')))
    expect(altered).toEqual(sound.filter(isIn('ZL1-METER', '12:00:00', '16:00:00')))
  })

  test('that is reset in the night of a sleeping inverter counts from 0 in the morning', () => {
    const night = { ...span, fromMs: china('2026-11-02T00:00:00'), toMs: china('2026-11-02T12:00:00') }
    const faults: Fault[] = fleet.devices.map(({ deviceId }) => parseFault(`counter-reset:${deviceId}@2026-11-02T02:00`))
    const readings = readingsIn([...rounds({ ...night, faults })].flatMap(({ messages }) => messages))
    const morning = readings.filter(
      ({ atMs, energyTotalWh }) => atMs >= china('2026-11-02T05:00:00') && energyTotalWh !== undefined,
    )
    for (const { energyTotalWh, energyTodayWh } of morning) {
      expect(Math.abs((energyTotalWh ?? 0) - (energyTodayWh ?? 0))).toBeLessThanOrEqual(1)
    }
    expect(morning.length).toBeGreaterThan(100)
  })

  test('that dips shows 0 for a few readings and comes back', () => {
    const readings = byKey(readingsIn(messagesWith('counter-dip:ZL1-INV-1@2026-11-02T10:00/PT15M')))
    const dipped = sound.filter(isIn('ZL1-INV-1', '10:00:00', '10:15:00'))
    expect(dipped).toHaveLength(3)
    expect(changed([...readings.values()]).altered).toEqual(dipped)
    for (const was of dipped) expect(readings.get(keyOf(was))).toEqual({ ...was, energyTotalWh: 0 })
  })
})

describe('a frozen device', () => {
  test('repeats what it said when it froze, under new times', () => {
    const readings = byKey(readingsIn(messagesWith('frozen:ZL1-INV-1@2026-11-02T10:00/PT1H')))
    const frozen = sound.filter(isIn('ZL1-INV-1', '10:00:00', '11:00:00'))
    for (const { atMs } of frozen) expect(readings.get(`ZL1-INV-1 ${atMs}`)).toEqual({ ...frozen[0], atMs })
    expect(changed([...readings.values()]).altered).toEqual(frozen.slice(1))
  })
})

describe('a clock that is off', () => {
  test.each([
    ['by=-PT8H', -8],
    ['by=PT3H', 3],
  ])('stamps the right values with the wrong time (%s)', (option, hours) => {
    const readings = readingsIn(messagesWith(`clock-off:ZL1-INV-1@2026-11-02T10:00/PT1H,${option}`))
    const { altered } = changed(readings)
    expect(readings).toHaveLength(sound.length)
    const own = sound.filter(isIn('ZL1-INV-1', '10:00:00', '11:00:00'))
    const wrong = own.map((was) => ({ ...was, atMs: was.atMs + hours * HOUR_MS }))
    for (const reading of wrong) expect(readings).toContainEqual(reading)
    expect(altered.filter(({ deviceId }) => deviceId !== 'ZL1-INV-1')).toEqual([])
  })
})

describe('an offline gateway', () => {
  test('sends everything later, out of order, and nothing is missing or changed', () => {
    const messages = messagesWith('gateway-offline:GW-ZL1@2026-11-02T10:00/PT2H')
    const during = messages.filter(({ atMs }) => atMs >= china('2026-11-02T10:00:00') && atMs < china('2026-11-02T12:00:00'))
    expect(new Set(during.map(({ gatewayId }) => gatewayId))).toEqual(new Set(['GW-WL1']))
    expect(changed(readingsIn(messages))).toEqual({ altered: [], added: [] })
    const backlog = messages.filter(({ gatewayId, atMs }) => gatewayId === 'GW-ZL1' && atMs === china('2026-11-02T12:00:00'))
    const times = readingsIn(backlog).map(({ atMs }) => atMs)
    expect(new Set(times).size).toBe(25)
    expect(times).not.toEqual(times.toSorted((a, b) => a - b))
  })

  test('that has no memory loses its time and no more', () => {
    const readings = readingsIn(messagesWith('gateway-offline:GW-ZL1@2026-11-02T10:00/PT2H,lost'))
    const lost = sound.filter(
      ({ deviceId, atMs }) =>
        deviceId.startsWith('ZL1') && atMs >= china('2026-11-02T10:00:00') && atMs < china('2026-11-02T12:00:00'),
    )
    expect(changed(readings)).toEqual({ altered: lost, added: [] })
  })
})

describe('a gateway', () => {
  test('that repeats itself publishes each message so many times, byte by byte the same', () => {
    const messages = messagesWith('duplicates:GW-ZL1@2026-11-02T10:00/PT1H,copies=3')
    expect(changed(readingsIn(messages))).toEqual({ altered: [], added: [] })
    const repeated = messages.filter(({ gatewayId, atMs }) => gatewayId === 'GW-ZL1' && atMs === china('2026-11-02T10:05:00'))
    expect(repeated).toHaveLength(3)
    expect(new Set(repeated.map(({ payload }) => payload)).size).toBe(1)
    expect(messages).toHaveLength(messagesWith().length + 2 * 12)
  })

  test('that sends out of order leaves nothing out', () => {
    const messages = messagesWith('out-of-order:GW-ZL1@2026-11-02T09:00/PT3H')
    expect(changed(readingsIn(messages))).toEqual({ altered: [], added: [] })
    const times = readingsIn(messages.filter(({ gatewayId }) => gatewayId === 'GW-ZL1')).map(({ atMs }) => atMs)
    expect(times).not.toEqual(times.toSorted((a, b) => a - b))
  })

  test('never uses a sequence number for two messages', () => {
    const messages = messagesWith('out-of-order:GW-ZL1@2026-11-02T09:00/PT3H', 'gateway-offline:GW-ZL1@2026-11-02T13:00/PT1H')
    const own = messages.filter(({ gatewayId }) => gatewayId === 'GW-ZL1').map(({ payload }) => /"seq":(\d+)/.exec(payload)?.[1])
    expect(new Set(own).size).toBe(own.length)
  })
})

describe('a fault on the command line', () => {
  test('is read in China time', () => {
    expect(parseFault('inverter-offline:ZL1-INV-2@2026-11-02T10:00/PT5H')).toEqual({
      kind: 'inverter-offline',
      deviceId: 'ZL1-INV-2',
      fromMs: Date.UTC(2026, 10, 2, 2),
      toMs: Date.UTC(2026, 10, 2, 7),
    })
    expect(parseFault('gateway-offline:GW@2026-11-02/P1DT30M,lost')).toMatchObject({ afterwards: 'lost', gatewayId: 'GW' })
    expect(parseFault('gateway-offline:GW@2026-11-02/P1D')).toMatchObject({ afterwards: 'backlog' })
    expect(parseFault('clock-off:D@2026-11-02/P1D,by=-PT8H')).toMatchObject({ byMs: -8 * HOUR_MS })
    expect(parseFault('duplicates:GW@2026-11-02/P1D')).toMatchObject({ copies: 2 })
  })

  test.each([
    ['', 'not of this form'],
    ['inverter-offline', 'not of this form'],
    ['inverter-ofline:ZL1@2026-11-02/PT5H', 'unknown kind, known are inverter-offline, gateway-offline'],
    ['inverter-offline:a b@2026-11-02/PT5H', '"a b" is not a device or gateway id'],
    ['inverter-offline:ZL1@2026-02-30/PT5H', '"2026-02-30" is not a date or time'],
    ['inverter-offline:ZL1@2026-11-02T25:00/PT5H', 'is not a date or time'],
    ['inverter-offline:ZL1@2026-11-02T10:00', 'it needs a duration such as PT5H or P2D'],
    ['inverter-offline:ZL1@2026-11-02T10:00/5h', 'it needs a duration'],
    ['inverter-offline:ZL1@2026-11-02T10:00/-PT5H', 'it needs a duration'],
    ['inverter-offline:ZL1@2026-11-02T10:00/P', 'it needs a duration'],
    ['inverter-offline:ZL1@2026-11-02T10:00/P32D', 'a fault lasts at most 31 days'],
    ['inverter-offline:ZL1@2026-11-02T10:00/PT5H,lost', 'it takes no option'],
    ['gateway-offline:ZL1@2026-11-02T10:00/PT5H,found', 'its option is lost or backlog'],
    ['clock-off:ZL1@2026-11-02T10:00/PT5H', 'it needs by=DURATION'],
    ['duplicates:ZL1@2026-11-02T10:00/PT5H,copies=1', 'copies=2 to copies=20'],
    ['counter-reset:ZL1@2026-11-02T10:00/PT5H', 'has no duration'],
  ])('"%s" is refused: %s', (text, why) => {
    expect(() => parseFault(text)).toThrow(why)
    expect(() => parseFault(text)).toThrow(`fault "${text}"`)
  })

  test.each([
    ['inverter-offline:NOPE@2026-11-02T10:00/PT5H', 'fault inverter-offline: the fleet has no device NOPE'],
    ['gateway-offline:ZL1-INV-1@2026-11-02T10:00/PT5H', 'fault gateway-offline: the fleet has no gateway ZL1-INV-1'],
  ])('that the fleet cannot have is refused (%s)', (text, why) => {
    expect(() => messagesWith(text)).toThrow(why)
  })
})
