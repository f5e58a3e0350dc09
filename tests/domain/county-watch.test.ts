import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Alert, Liveness } from '../../domain/alert.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { type Watch, watchCounty } from '../../domain/county-watch.ts'
import { CLOSED_MATTERS_MS } from '../../domain/episode.ts'
import type { Device, Station } from '../../domain/registry.ts'
import { aDevice, aStation, COUNTY, day } from '../registry.ts'
import { at } from './sunny.ts'

const NOON_MS = at('2026-06-01', 12)
const ROUND_MS = 5 * MINUTE_MS
const minutes = (count: number) => count * MINUTE_MS

/** Stations of two devices each behind a gateway of their own; the first has a second gateway. */
const stationsOf = (count: number): Station[] =>
  Array.from({ length: count }, (_, place) => aStation({ stationId: `ZL${place + 1}` }))
const devicesOf = ({ stationId }: Station, place: number): Device[] =>
  [1, 2].map((which) =>
    aDevice({ deviceId: `${stationId}-INV-${which}`, stationId, gatewayId: `GW-${stationId}-${place === 0 ? which : 1}` }),
  )

/** A county whose watch is run, and what its tables hold meanwhile. */
const aCounty = (count = 4) => {
  const stations = stationsOf(count)
  const devices = stations.flatMap(devicesOf)
  const heard = new Map<string, Liveness>()
  const rows = new Map<string, Alert>()
  let before: Watch | undefined
  const isOpen = ({ closedAtMs }: Alert) => closedAtMs === undefined
  const alerts = () => [...rows.values()]
  const given = (nowMs: number) => ({
    countyCode: COUNTY,
    stations,
    devices,
    nowMs,
    before,
    liveness: [...heard.values()],
    open: alerts().filter(isOpen),
    closed: alerts().filter(({ closedAtMs }) => closedAtMs !== undefined && closedAtMs >= nowMs - CLOSED_MATTERS_MS),
  })
  return {
    stations,
    devices,
    hear: ({ deviceId, stationId }: Pick<Device, 'deviceId' | 'stationId'>, atMs: number) => {
      const { firstReceivedAtMs = atMs } = heard.get(deviceId) ?? {}
      heard.set(deviceId, { deviceId, stationId, countyCode: COUNTY, firstReceivedAtMs, lastReceivedAtMs: atMs })
    },
    judge: (nowMs: number) => watchCounty(given(nowMs)),
    run(nowMs: number): string[] {
      const watched = this.judge(nowMs)
      if (!watched) return []
      for (const alert of watched.changes) rows.set(`${alert.openedAtMs}#${alert.kind}#${alert.subject}`, alert)
      before = watched.watch
      return watched.changes.map((alert) => `${isOpen(alert) ? 'open' : 'close'} ${alert.kind} ${alert.subject}`)
    },
    alerts,
    open: () => alerts().filter(isOpen),
    watch: () => before,
  }
}
type County = ReturnType<typeof aCounty>

/** Runs every minute of a span; those devices speak every five minutes that `speaks` says, each at a minute of its own. */
const live = (
  county: County,
  span: { fromMs: number; toMs: number },
  speaks: (device: Device, atMs: number) => boolean = () => true,
): string[] => {
  const told: string[] = []
  for (let nowMs = span.fromMs; nowMs < span.toMs; nowMs += MINUTE_MS) {
    for (const [place, device] of county.devices.entries()) {
      if ((nowMs / MINUTE_MS + place) % 5 === 0 && speaks(device, nowMs)) county.hear(device, nowMs)
    }
    told.push(...county.run(nowMs).map((change) => `${(nowMs - NOON_MS) / MINUTE_MS} ${change}`))
  }
  return told
}
const aroundNoon = (from: number, to: number) => ({ fromMs: NOON_MS + minutes(from), toMs: NOON_MS + minutes(to) })
const outside = (from: number, to: number) => (_: Device, atMs: number) =>
  atMs < NOON_MS + minutes(from) || atMs >= NOON_MS + minutes(to)

describe('a platform that did not listen', () => {
  test('blames nobody after a restart, however long it was down', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    expect(live(county, aroundNoon(90, 150))).toEqual([])
  })

  test('blames nobody on its first day', () => {
    const county = aCounty()
    for (const device of county.devices) county.hear(device, NOON_MS - DAY_MS)
    expect(county.run(NOON_MS)).toEqual([])
    expect(county.watch()).toEqual({ countyCode: COUNTY, ranAtMs: NOON_MS, listeningSinceMs: NOON_MS })
  })

  test('finds what is still silent a quarter of an hour after its restart', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    const told = live(county, aroundNoon(90, 150), ({ stationId }) => stationId !== 'ZL2')
    expect(told).toEqual([expect.stringMatching(/^1(0[6-9]|1[01]) open station_offline ZL2$/)])
  })

  test('misses a few runs without a break', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    county.run(NOON_MS + minutes(4))
    expect(county.watch()?.listeningSinceMs).toBe(NOON_MS - minutes(60))
    county.run(NOON_MS + minutes(10))
    expect(county.watch()?.listeningSinceMs).toBe(NOON_MS + minutes(10))
  })

  test('A3: nothing of a county arrives for an hour: one platform alert, no station alert, and a grace after it', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    const told = live(county, aroundNoon(0, 180), outside(0, 60))
    expect(told).toEqual([`15 open platform_silent ${COUNTY}`, `60 close platform_silent ${COUNTY}`])
    expect(county.alerts()).toEqual([
      {
        countyCode: COUNTY,
        kind: 'platform_silent',
        subject: COUNTY,
        openedAtMs: NOON_MS + minutes(15),
        closedAtMs: NOON_MS + minutes(60),
        lastSeenAtMs: NOON_MS - MINUTE_MS,
        deviceIds: [],
      },
    ])
  })

  test('finds the station that does not come back with the others', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    const told = live(
      county,
      aroundNoon(0, 180),
      (device, atMs) => outside(0, 60)(device, atMs) && (atMs < NOON_MS || device.stationId !== 'ZL3'),
    )
    expect(told.slice(2)).toEqual([expect.stringMatching(/^(7[6-9]|8[01]) open station_offline ZL3$/)])
  })

  test('keeps the alerts it had before', () => {
    const county = aCounty()
    const isOther = ({ stationId }: Device) => stationId !== 'ZL2'
    live(county, aroundNoon(-60, 0))
    live(county, aroundNoon(0, 60), isOther)
    expect(county.open()).toHaveLength(1)
    live(county, aroundNoon(120, 180), isOther)
    live(county, aroundNoon(180, 240), () => false)
    expect(county.alerts().map(({ kind, subject, closedAtMs }) => [kind, subject, closedAtMs])).toEqual([
      ['station_offline', 'ZL2', undefined],
      ['platform_silent', COUNTY, undefined],
    ])
  })

  test('is not told from two stations, which may well fall silent together', () => {
    const county = aCounty(2)
    live(county, aroundNoon(-60, 0))
    expect(
      live(county, aroundNoon(0, 60), () => false)
        .map((change) => change.replace(/^\d+ /, ''))
        .toSorted(),
    ).toEqual(['open station_offline ZL1', 'open station_offline ZL2'])
  })

  test('is not told from stations that are not connected yet', () => {
    const county = aCounty(5)
    expect(live(county, aroundNoon(0, 120), () => false)).toEqual([])
    county.hear({ stationId: 'ZL1', deviceId: 'ZL1-INV-1' }, NOON_MS + minutes(120))
    const told = live(county, aroundNoon(120, 180), () => false)
    expect(told.map((change) => change.replace(/^\d+ /, ''))).toEqual(['open station_offline ZL1'])
  })

  test('blames no device of a station that is being connected', () => {
    const county = aCounty()
    live(county, aroundNoon(-180, 0), () => false)
    expect(live(county, aroundNoon(0, 60))).toEqual([])
    expect(county.alerts()).toEqual([])
  })

  test('nothing is told of it by night, and nothing closes until something arrives', () => {
    const county = aCounty()
    live(county, { fromMs: at('2026-06-01', 20), toMs: at('2026-06-01', 23) }, () => false)
    expect(county.alerts()).toEqual([])
    live(county, aroundNoon(24 * 60 - 60, 24 * 60))
    const quietFromMs = NOON_MS + DAY_MS
    live(county, { fromMs: quietFromMs, toMs: quietFromMs + 14 * HOUR_MS }, () => false)
    expect(county.open()).toMatchObject([{ kind: 'platform_silent', openedAtMs: quietFromMs + minutes(15) }])
    for (const device of county.devices.slice(0, 1)) county.hear(device, quietFromMs + 14 * HOUR_MS)
    expect(county.run(quietFromMs + 14 * HOUR_MS)).toEqual([`close platform_silent ${COUNTY}`])
  })
})

describe('the runs of a watch', () => {
  test('are judged in order: one that comes late is left out, unless the clock was put back', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    expect(county.judge(NOON_MS - minutes(2))).toBeUndefined()
    expect(county.judge(NOON_MS - minutes(30))?.watch).toMatchObject({ listeningSinceMs: NOON_MS - minutes(30) })
  })

  test('end what two runs beside each other opened twice', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    live(county, aroundNoon(0, 60), ({ stationId }) => stationId !== 'ZL2')
    const [episode] = county.open()
    if (!episode) throw new Error('ZL2 was to have an alert')
    const double = { ...episode, openedAtMs: episode.openedAtMs + MINUTE_MS }
    const given = { stations: county.stations, devices: county.devices, liveness: [], closed: [], before: undefined }
    const watched = watchCounty({ ...given, countyCode: COUNTY, open: [double, episode], nowMs: NOON_MS + minutes(60) })
    expect(watched?.changes).toEqual([{ ...double, closedAtMs: NOON_MS + minutes(60) }])
  })

  test('find a device that moved at the station it moved to, and once', () => {
    const county = aCounty()
    const moved = aDevice({ deviceId: 'ZL2-INV-1', stationId: 'ZL3', gatewayId: 'GW-ZL3-1', validFrom: day('2026-05-01') })
    county.devices.push(moved)
    const here = county.devices.filter((device) => device === moved || device.deviceId !== moved.deviceId)
    for (const device of here) county.hear(device, NOON_MS - MINUTE_MS)
    live(county, aroundNoon(0, 120), ({ deviceId }) => deviceId !== moved.deviceId)
    expect(county.alerts().map(({ kind, stationId, subject }) => `${kind} ${stationId} ${subject}`)).toEqual([
      'device_offline ZL3 ZL2-INV-1',
    ])
  })

  test('A4: a device that comes and goes has one episode, opened again', () => {
    const county = aCounty()
    live(county, aroundNoon(-60, 0))
    // ZL2-INV-1 speaks for the first ten minutes of every forty.
    live(county, aroundNoon(0, 200), ({ deviceId }, atMs) => deviceId !== 'ZL2-INV-1' || ((atMs - NOON_MS) / MINUTE_MS) % 40 < 10)
    expect(county.alerts()).toMatchObject([{ kind: 'device_offline', subject: 'ZL2-INV-1', reopened: 4 }])
  })
})

/** A minute of a county: who speaks, whether the watch runs then, and how long it was since the last such minute. */
const moment = fc.record({
  afterMinutes: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 900 })),
  speaking: fc.uniqueArray(fc.nat(7)),
  everybody: fc.boolean(),
  runs: fc.integer({ min: 0, max: 2 }),
})

test('whatever arrives and whenever it runs, a subject has one open alert and a second run of a moment changes nothing', () => {
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 40 }), (moments) => {
      const county = aCounty()
      let nowMs = NOON_MS
      for (const { afterMinutes, speaking, everybody, runs } of moments) {
        nowMs += minutes(afterMinutes)
        for (const [place, device] of county.devices.entries()) {
          if (everybody || speaking.includes(place)) county.hear(device, nowMs)
        }
        for (let run = 0; run < runs; run += 1) {
          const told = county.run(nowMs)
          if (run > 0) expect(told).toEqual([])
        }
        const subjects = county.open().map(({ kind, subject }) => `${kind} ${subject}`)
        expect(new Set(subjects).size).toBe(subjects.length)
        // Only one layer above any device is told.
        const layered = county.open().flatMap(({ deviceIds }) => deviceIds)
        expect(new Set(layered).size).toBe(layered.length)
      }
    }),
  )
})

test('a county in which every device reports every five minutes never has an alert, whenever its watch runs', () => {
  const phases = fc.array(fc.integer({ min: 0, max: ROUND_MS - 1 }), { minLength: 8, maxLength: 8 })
  const gaps = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(phases, gaps, fc.integer({ min: 1, max: 4 }), (offsets, gapsMinutes, stations) => {
      const county = aCounty(stations)
      let nowMs = NOON_MS
      for (const gap of gapsMinutes) {
        nowMs += minutes(gap)
        for (const [place, device] of county.devices.entries()) {
          county.hear(device, nowMs - ((nowMs + (offsets[place] ?? 0)) % ROUND_MS))
        }
        expect(county.run(nowMs)).toEqual([])
      }
    }),
  )
})
