import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Alert, Liveness } from '../../domain/alert.ts'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { CLOSED_MATTERS_MS } from '../../domain/episode.ts'
import { judgeOffline } from '../../domain/offline.ts'
import type { Device } from '../../domain/registry.ts'
import { aDevice, aStation, COUNTY, day } from '../registry.ts'
import { at } from './sunny.ts'

const NOON_MS = at('2026-06-01', 12)
const MIDNIGHT_MS = at('2026-06-01', 0)
const ids = ['ZL1-INV-1', 'ZL1-INV-2', 'ZL1-METER']
const station = aStation()
const devices = ids.map((deviceId) => aDevice({ deviceId }))

/** Signs of life, as minutes before `nowMs`; a device not named has never been heard of. */
const seen = (nowMs: number, minutesAgo: Record<string, number | undefined>): Liveness[] =>
  Object.entries(minutesAgo).flatMap(([deviceId, minutes]) =>
    minutes === undefined
      ? []
      : [{ deviceId, stationId: 'ZL1', countyCode: COUNTY, lastReceivedAtMs: nowMs - minutes * MINUTE_MS }],
  )
const everyone = (nowMs: number, minutes: number) => seen(nowMs, Object.fromEntries(ids.map((id) => [id, minutes])))
type Given = Parameters<typeof judgeOffline>[0]
/** By default the platform has listened for ever and hears others at this moment. */
const judge = (over: Partial<Given>) => {
  const nowMs = over.nowMs ?? NOON_MS
  const hearing = { sinceMs: 0, untilMs: nowMs }
  return judgeOffline({ station, devices, liveness: [], open: [], closed: [], hearing, nowMs, ...over })
}
const brief = (alerts: readonly Alert[]) =>
  alerts.map(({ kind, subject, closedAtMs }) => `${closedAtMs === undefined ? 'open' : 'close'} ${kind} ${subject}`)
/** The rows there are after the changes were written. */
const written = (rows: readonly Alert[], changes: readonly Alert[]): Alert[] => {
  const key = ({ kind, subject, openedAtMs }: Alert) => `${kind}#${subject}#${openedAtMs}`
  return [...new Map([...rows, ...changes].map((alert) => [key(alert), alert])).values()]
}
/** What a run at `nowMs` finds of them. */
const found = (rows: readonly Alert[], nowMs: number) => ({
  open: rows.filter(({ closedAtMs }) => closedAtMs === undefined),
  closed: rows.filter(({ closedAtMs }) => closedAtMs !== undefined && closedAtMs >= nowMs - CLOSED_MATTERS_MS),
})

describe('by day', () => {
  test('fifteen minutes of silence are three rounds and no alert yet', () => {
    expect(judge({ liveness: everyone(NOON_MS, 15) })).toEqual([])
  })

  test('a device silent for longer has an alert', () => {
    const liveness = seen(NOON_MS, { 'ZL1-INV-1': 16, 'ZL1-INV-2': 1, 'ZL1-METER': 1 })
    expect(judge({ liveness })).toEqual([
      {
        countyCode: COUNTY,
        stationId: 'ZL1',
        kind: 'device_offline',
        subject: 'ZL1-INV-1',
        openedAtMs: NOON_MS,
        lastSeenAtMs: NOON_MS - 16 * MINUTE_MS,
        deviceIds: ['ZL1-INV-1'],
      },
    ])
  })

  test('a station of which every device is silent has one alert for all', () => {
    expect(judge({ liveness: seen(NOON_MS, { 'ZL1-INV-1': 20, 'ZL1-INV-2': 17, 'ZL1-METER': 90 }) })).toEqual([
      {
        countyCode: COUNTY,
        stationId: 'ZL1',
        kind: 'station_offline',
        subject: 'ZL1',
        openedAtMs: NOON_MS,
        lastSeenAtMs: NOON_MS - 17 * MINUTE_MS,
        deviceIds: ids,
      },
    ])
  })

  test('a silent irradiance sensor is no outage, and one that reports does not keep its station alive', () => {
    const withSensor = [...devices, aDevice({ deviceId: 'ZL1-SUN', kind: 'irradiance' })]
    const sensor = (minutes: number) => seen(NOON_MS, { 'ZL1-SUN': minutes })
    expect(judge({ devices: withSensor, liveness: [...everyone(NOON_MS, 1), ...sensor(90)] })).toEqual([])
    expect(brief(judge({ devices: withSensor, liveness: [...everyone(NOON_MS, 90), ...sensor(1)] }))).toEqual([
      'open station_offline ZL1',
    ])
  })

  test('device alerts give way to the alert of their station', () => {
    const open = judge({ liveness: seen(NOON_MS, { 'ZL1-INV-1': 16, 'ZL1-INV-2': 1, 'ZL1-METER': 1 }) })
    expect(brief(judge({ liveness: everyone(NOON_MS, 40), open }))).toEqual([
      'close device_offline ZL1-INV-1',
      'open station_offline ZL1',
    ])
  })

  test('a message closes the alert at its receive time, whatever its device time', () => {
    const open = judge({ liveness: seen(NOON_MS, { 'ZL1-INV-1': 16, 'ZL1-INV-2': 1, 'ZL1-METER': 1 }) })
    const nowMs = NOON_MS + 5 * MINUTE_MS
    expect(judge({ nowMs, liveness: everyone(nowMs, 2), open })).toMatchObject([{ closedAtMs: nowMs - 2 * MINUTE_MS }])
  })

  test('a message that was received just before the alert opened, and seen only after, closes it now', () => {
    const open = judge({ liveness: everyone(NOON_MS, 20) })
    const nowMs = NOON_MS + MINUTE_MS
    expect(judge({ nowMs, liveness: everyone(nowMs, 2), open })).toMatchObject([{ closedAtMs: nowMs }])
  })

  test('when one device of a silent station speaks again, the others are given their rounds and then have alerts of their own', () => {
    const open = judge({ liveness: everyone(NOON_MS, 20) })
    const speaking = (nowMs: number) => ({ nowMs, liveness: seen(nowMs, { 'ZL1-INV-1': 1, 'ZL1-INV-2': 60, 'ZL1-METER': 60 }) })
    const returned = judge({ ...speaking(NOON_MS + 10 * MINUTE_MS), open })
    expect(brief(returned)).toEqual(['close station_offline ZL1'])
    expect(judge({ ...speaking(NOON_MS + 24 * MINUTE_MS), closed: returned })).toEqual([])
    expect(brief(judge({ ...speaking(NOON_MS + 25 * MINUTE_MS), closed: returned }))).toEqual([
      'open device_offline ZL1-INV-2',
      'open device_offline ZL1-METER',
    ])
  })

  test('an episode that was taken up again and gives way ends now, not when it was last interrupted', () => {
    const [alert] = judge({ liveness: seen(NOON_MS, { 'ZL1-INV-1': 16, 'ZL1-INV-2': 1, 'ZL1-METER': 1 }) })
    if (!alert) throw new Error('a silent device was to have an alert')
    const again = { ...alert, openedAtMs: NOON_MS - 2 * HOUR_MS, lastSeenAtMs: NOON_MS - 40 * MINUTE_MS, reopened: 1 }
    const [ended] = judge({ liveness: everyone(NOON_MS, 40), open: [again] })
    expect(ended).toEqual({ ...again, closedAtMs: NOON_MS })
  })

  test('a device that was removed is not missed, and its alert ends', () => {
    const open = judge({ liveness: seen(NOON_MS, { 'ZL1-INV-1': 16, 'ZL1-INV-2': 1, 'ZL1-METER': 1 }) })
    const left = devices.map((device) => (device.deviceId === 'ZL1-INV-1' ? { ...device, validTo: day('2026-06-01') } : device))
    const liveness = seen(NOON_MS, { 'ZL1-INV-1': 16, 'ZL1-INV-2': 1, 'ZL1-METER': 1 })
    expect(judge({ devices: left, liveness, open })).toMatchObject([{ subject: 'ZL1-INV-1', closedAtMs: NOON_MS }])
  })

  test('a station without devices has no alert', () => {
    expect(judge({ devices: [] })).toEqual([])
  })

  test('silence is counted only while the platform listened and others were heard', () => {
    const liveness = everyone(NOON_MS, 90)
    const minutesAgo = (minutes: number) => NOON_MS - minutes * MINUTE_MS
    expect(judge({ liveness, hearing: { sinceMs: minutesAgo(15), untilMs: NOON_MS } })).toEqual([])
    expect(judge({ liveness, hearing: { sinceMs: minutesAgo(16), untilMs: NOON_MS } })).toHaveLength(1)
    expect(judge({ liveness, hearing: { sinceMs: 0, untilMs: minutesAgo(75) } })).toEqual([])
    expect(judge({ liveness, hearing: { sinceMs: 0, untilMs: minutesAgo(74) } })).toHaveLength(1)
  })

  test('an alert does not end because the platform began to listen anew', () => {
    const open = judge({ liveness: everyone(NOON_MS, 20) })
    expect(judge({ liveness: everyone(NOON_MS, 20), open, hearing: { sinceMs: NOON_MS, untilMs: NOON_MS } })).toEqual([])
  })
})

describe('what never reported', () => {
  const others = (nowMs: number) => seen(nowMs, { 'ZL1-INV-2': 1, 'ZL1-METER': 1 })

  test('is no alert when it is a whole station: it is not connected yet', () => {
    expect(judge({})).toEqual([])
  })

  test('is a device alert once its station reports, without a time last seen', () => {
    const changes = judge({ liveness: others(NOON_MS) })
    expect(brief(changes)).toEqual(['open device_offline ZL1-INV-1'])
    expect(changes[0]).not.toHaveProperty('lastSeenAtMs')
    expect(judge({ liveness: others(NOON_MS), open: changes })).toEqual([])
  })

  test.each<[string, Partial<Given>]>([
    ['the sun has not been up for an hour', { nowMs: at('2026-06-01', 6.25) }],
    ['the platform has not listened for an hour', { hearing: { sinceMs: NOON_MS - HOUR_MS + 1, untilMs: NOON_MS } }],
  ])('is no alert while %s', (_, over) => {
    expect(judge({ liveness: others(over.nowMs ?? NOON_MS), ...over })).toEqual([])
  })

  test('does not keep the silence of its station from being told, and is told with it', () => {
    expect(judge({ liveness: seen(NOON_MS, { 'ZL1-INV-2': 20, 'ZL1-METER': 20 }) })).toMatchObject([
      { kind: 'station_offline', deviceIds: ids },
    ])
  })
})

describe('a joint station', () => {
  /** Three gateways with `each` inverters behind every one. */
  const joint = (each: number) =>
    ['A', 'B', 'C'].flatMap((gatewayId) =>
      Array.from({ length: each }, (_, place) => aDevice({ deviceId: `${gatewayId}-${place + 1}`, gatewayId })),
    )
  const minutesOf = (of: readonly Device[], minutes: (device: Device) => number | undefined, nowMs = NOON_MS) =>
    seen(nowMs, Object.fromEntries(of.map((device) => [device.deviceId, minutes(device)])))

  test('has one alert for a gateway of which every device is silent while others report', () => {
    const fleet = joint(55)
    const changes = judge({ devices: fleet, liveness: minutesOf(fleet, ({ gatewayId }) => (gatewayId === 'B' ? 30 : 1)) })
    expect(brief(changes)).toEqual(['open gateway_offline ZL1/B'])
    expect(changes[0]?.deviceIds).toHaveLength(55)
    expect(changes[0]).not.toHaveProperty('deviceCount')
  })

  test('names at most a hundred devices in one row and says how many they are', () => {
    const fleet = joint(182)
    const whole = judge({ devices: fleet, liveness: minutesOf(fleet, () => 30) })
    const part = judge({ devices: fleet, liveness: minutesOf(fleet, ({ gatewayId }) => (gatewayId === 'B' ? 30 : 1)) })
    expect([...whole, ...part]).toMatchObject([
      { kind: 'station_offline', deviceCount: 546 },
      { kind: 'gateway_offline', deviceCount: 182 },
    ])
    for (const { deviceIds } of [...whole, ...part]) expect(deviceIds).toHaveLength(100)
  })

  test('has alerts of single devices where a gateway still brings others', () => {
    const fleet = joint(3)
    const liveness = minutesOf(fleet, ({ deviceId }) => (deviceId === 'A-1' || deviceId === 'B-2' ? 30 : 1))
    expect(brief(judge({ devices: fleet, liveness }))).toEqual(['open device_offline A-1', 'open device_offline B-2'])
  })

  test('has one alert for a gateway that never reported', () => {
    const fleet = joint(3)
    const liveness = minutesOf(fleet, ({ gatewayId }) => (gatewayId === 'C' ? undefined : 1))
    expect(brief(judge({ devices: fleet, liveness }))).toEqual(['open gateway_offline ZL1/C'])
  })

  test('climbs from a device to its gateway to the station, one layer open at a time', () => {
    const fleet = joint(2)
    let rows: Alert[] = []
    const step = (isSilent: (device: Device) => boolean) => {
      const liveness = minutesOf(fleet, (device) => (isSilent(device) ? 30 : 1))
      const changes = judge({ devices: fleet, liveness, ...found(rows, NOON_MS) })
      rows = written(rows, changes)
      return brief(changes).toSorted()
    }
    expect(step(({ deviceId }) => deviceId === 'A-1')).toEqual(['open device_offline A-1'])
    expect(step(({ gatewayId }) => gatewayId === 'A')).toEqual(['close device_offline A-1', 'open gateway_offline ZL1/A'])
    expect(step(() => true)).toEqual(['close gateway_offline ZL1/A', 'open station_offline ZL1'])
    expect(step(() => false)).toEqual(['close station_offline ZL1'])
  })
})

describe('by night', () => {
  test('silence is normal', () => {
    expect(judge({ nowMs: MIDNIGHT_MS, liveness: everyone(MIDNIGHT_MS, 300) })).toEqual([])
    expect(judge({ nowMs: MIDNIGHT_MS })).toEqual([])
  })

  test('an open alert stays open', () => {
    const open = judge({ liveness: everyone(NOON_MS, 20) })
    const nowMs = at('2026-06-01', 23)
    expect(judge({ nowMs, liveness: everyone(NOON_MS, 20), open })).toEqual([])
    const neverSeen = judge({ liveness: seen(NOON_MS, { 'ZL1-INV-2': 1, 'ZL1-METER': 1 }) })
    expect(judge({ nowMs, liveness: seen(nowMs, { 'ZL1-INV-2': 1, 'ZL1-METER': 1 }), open: neverSeen })).toEqual([])
    const one = judge({ liveness: seen(NOON_MS, { 'ZL1-INV-1': 16, 'ZL1-INV-2': 1, 'ZL1-METER': 1 }) })
    const liveness = seen(nowMs, { 'ZL1-INV-1': 700, 'ZL1-INV-2': 5, 'ZL1-METER': 5 })
    expect(judge({ nowMs, liveness, open: one })).toEqual([])
  })

  test('a message closes an open alert', () => {
    const open = judge({ liveness: everyone(NOON_MS, 20) })
    const nowMs = at('2026-06-01', 23)
    expect(brief(judge({ nowMs, liveness: everyone(nowMs, 1), open }))).toEqual(['close station_offline ZL1'])
  })

  test('what broke at night is raised in the morning, half an hour after the sun is up', () => {
    const opensAt = (longitudeDeg: number) => {
      const site = aStation({ latitudeDeg: 33.1, longitudeDeg })
      for (let nowMs = MIDNIGHT_MS; ; nowMs += MINUTE_MS) {
        const last = MIDNIGHT_MS - 5 * HOUR_MS
        if (judge({ station: site, nowMs, liveness: everyone(last, 0) }).length > 0) return (nowMs - MIDNIGHT_MS) / HOUR_MS
      }
    }
    // The sun rises in Anhui at about 05:07 and 40 degrees further west two hours and forty minutes later.
    expect(opensAt(116.2)).toBeGreaterThan(5.9)
    expect(opensAt(116.2)).toBeLessThan(6.2)
    expect(opensAt(76.2) - opensAt(116.2)).toBeCloseTo(40 / 15, 1)
  })
})

test('judging again after writing changes nothing, whatever the signs of life', () => {
  const minutes = fc.record(Object.fromEntries(ids.map((id) => [id, fc.integer({ min: 0, max: 2_000 })])), { requiredKeys: [] })
  const steps = fc.array(fc.record({ afterMinutes: fc.nat(600), minutes }), { maxLength: 6 })
  fc.assert(
    fc.property(steps, (moments) => {
      let rows: Alert[] = []
      let nowMs = NOON_MS
      for (const moment of moments) {
        nowMs += moment.afterMinutes * MINUTE_MS
        const liveness = seen(nowMs, moment.minutes)
        rows = written(rows, judge({ nowMs, liveness, ...found(rows, nowMs) }))
        const { open } = found(rows, nowMs)
        expect(judge({ nowMs, liveness, ...found(rows, nowMs) })).toEqual([])
        expect(new Set(open.map(({ kind }) => kind)).size).toBeLessThanOrEqual(1)
        expect(new Set(open.map(({ subject }) => subject)).size).toBe(open.length)
      }
    }),
  )
})
