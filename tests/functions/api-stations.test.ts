import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DayCause } from '../../domain/day-cause.ts'
import type { CurveView, DevicesView, GenerationView, StationDetail, StationsPage } from '../../functions/api-types.ts'
import type { DayHistory } from '../../functions/api-types-days.ts'
import { create } from '../../functions/api-stations.ts'
import { accountOf, clearSkyW, energyOf, OTHER_COUNTY, stationId, villageCode, XSS_NAME } from '../a-county.ts'
import { COUNTY, day } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

let world: ApiWorld
let answer: ReturnType<typeof create>
beforeAll(async () => {
  world = await openApiWorld(62)
  answer = create(world.deps)
})
afterAll(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})
const ask = <View>(path: string, who?: Parameters<ApiWorld['ask']>[2]) => world.ask<View>(answer, path, who)
const cursorOf = (page: StationsPage, which: 'nextCursor' | 'previousCursor') => encodeURIComponent(page[which] ?? 'none')

describe('the list', () => {
  test('comes 50 at a time, forth and back, each station once', async () => {
    const first = (await ask<StationsPage>('/api/stations')).body
    expect(first).toMatchObject({ total: 63, offset: 0, previousCursor: null })
    expect(first.stations).toHaveLength(50)
    const second = (await ask<StationsPage>(`/api/stations?cursor=${cursorOf(first, 'nextCursor')}`)).body
    expect(second).toMatchObject({ total: 63, offset: 50, nextCursor: null })
    expect(new Set([...first.stations, ...second.stations].map(({ stationId: id }) => id)).size).toBe(63)
    const back = (await ask<StationsPage>(`/api/stations?cursor=${cursorOf(second, 'previousCursor')}`)).body
    expect(back.stations).toEqual(first.stations)
  })

  test('says of each station what is known now', async () => {
    const { body } = await ask<StationsPage>('/api/stations?q=004')
    expect(body.stations).toEqual([
      expect.objectContaining({
        stationId: 'ZL4',
        villageName: '示范004村',
        townName: '试点镇',
        status: 'warning',
        invertersOnline: 2,
        inverters: 3,
        todayWh: energyOf(4, day('2026-11-22')),
        openAlert: 'device_offline',
      }),
    ])
    const [station] = body.stations
    expect(station?.equivalentHours).toBeCloseTo((station?.todayWh ?? 0) / 187_200, 10)
    const unseen = (await ask<StationsPage>('/api/stations?q=006')).body.stations[0]
    expect(unseen).toMatchObject({
      todayWh: null,
      equivalentHours: null,
      lastReceivedAtMs: null,
      power: { acPowerW: null, known: 0, of: 3 },
    })
  })

  test('is found by the old word as well as the new', async () => {
    const found = async (q: string) => (await ask<StationsPage>(`/api/stations?q=${encodeURIComponent(q)}`)).body.total
    expect(await found('光伏扶贫')).toBe(63)
    expect(await found('光伏帮扶')).toBe(63)
    expect(await found('没有这个站')).toBe(0)
  })

  test('puts the most urgent first when asked', async () => {
    const { body } = await ask<StationsPage>('/api/stations?sort=status')
    expect(body.stations.slice(0, 4).map(({ stationId: id }) => id)).toEqual(['ZL3', 'ZL5', 'ZL4', 'ZL6'])
  })

  test('takes no cursor of another list: not edited, not of another search, not of another region', async () => {
    const page = (await ask<StationsPage>('/api/stations')).body
    const cursor = cursorOf(page, 'nextCursor')
    const refused = [
      ['/api/stations?cursor=edited', {}],
      [`/api/stations?cursor=${cursor}A`, {}],
      [`/api/stations?q=1&cursor=${cursor}`, {}],
      [`/api/stations?sort=power&cursor=${cursor}`, {}],
      [`/api/stations?cursor=${cursor}`, { regionCode: OTHER_COUNTY }],
    ] as const
    for (const [path, who] of refused) expect((await ask(path, who)).status, path).toBe(400)
  })
})

describe('one station', () => {
  test('is told with its account, and the name of its carer masked', async () => {
    const { body, text } = await ask<StationDetail>('/api/stations/ZL1')
    expect(body).toMatchObject({
      name: '示范001村光伏帮扶电站',
      countyName: '示范县',
      billingAccount: accountOf(1),
      carer: '示**',
    })
    expect(text).not.toContain('管护员甲')
  })

  test('of any name is JSON, never markup', async () => {
    const response = await ask<StationDetail>('/api/stations/ZL2')
    expect(response.body.name).toBe(XSS_NAME)
    expect(response.type).toBe('application/json')
  })

  test('shows its devices by receive time, with energy where it is known', async () => {
    const { body } = await ask<DevicesView>('/api/stations/ZL4/devices')
    expect(
      body.devices.map(({ deviceId, online, acPowerW, todayWh }) => [deviceId, online, acPowerW !== null, todayWh !== null]),
    ).toEqual([
      ['ZL4-INV-1', true, true, true],
      ['ZL4-INV-2', false, false, true],
      ['ZL4-INV-3', true, true, true],
      ['ZL4-METER', true, false, false],
    ])
  })

  test('has a curve that is the sum of its inverters, and a hole where nothing was reported', async () => {
    const { body } = await ask<CurveView>('/api/stations/ZL1/curve')
    const slot = (hour: number) => hour * 12
    expect(body.powerW).toHaveLength(288)
    expect(body.powerW[slot(8)]).toBe(3 * clearSkyW(body.startMs + 8 * 3_600_000))
    expect(body.reporting[slot(8)]).toBe(3)
    expect(body.powerW[slot(9.5)]).toBeNull()
    expect(body.powerW[slot(12) + 1]).toBeNull()
    expect(body.meterW?.[slot(8)]).toBeGreaterThan(70_000)
  })

  test('has an empty curve on a day without readings', async () => {
    const { status, body } = await ask<CurveView>('/api/stations/ZL1/curve?day=2026-11-20')
    expect(status).toBe(200)
    expect(body.powerW.every((value) => value === null)).toBe(true)
  })

  test('shows every day of a month that has begun, and the unknown as unknown', async () => {
    const { body } = await ask<GenerationView>('/api/stations/ZL1/generation')
    expect(body.days.map((shown) => shown.day)).toHaveLength(22)
    expect(body.days[8]).toMatchObject({ day: '2026-11-09', energyWh: null, quality: 'missing' })
    expect(body.days[21]).toMatchObject({ version: 0 })
    expect(body.energyWh).toBe(body.days.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0))
    const never = (await ask<GenerationView>('/api/stations/ZL6/generation')).body
    expect(never.energyWh).toBeNull()
    expect(never.days.every(({ version }) => version === null)).toBe(true)
  })

  test('counts the newest version of a day only', async () => {
    const before = (await ask<GenerationView>('/api/stations/ZL8/generation')).body
    const { rows } = await world.tables.generation.query({ partition: 'ZL8', from: '2026-11-01', limit: 1 })
    const [first] = rows
    if (!first) throw new Error('the first of the month is computed')
    await world.tables.generation.put({ ...first.row, version: 2, energyWh: 1 })
    const after = (await ask<GenerationView>('/api/stations/ZL8/generation')).body
    expect(after.days[0]).toMatchObject({ version: 2, energyWh: 1 })
    expect(after.energyWh).toBe((before.energyWh ?? 0) - (first.row.energyWh ?? 0) + 1)
    expect(after.days[0]?.isBackfilled).toBe(false)
  })
})

describe('the history of a day', () => {
  const asked = '/api/stations/ZL9/days/2026-11-03'
  const stored = async () => (await world.tables.generation.get({ stationId: 'ZL9', day: day('2026-11-03'), version: 1 }))?.row

  test('is one version while nothing has changed, and says when nothing was ever computed', async () => {
    const { body } = await ask<DayHistory>(asked)
    expect(body).toMatchObject({
      earlier: 0,
      waiting: null,
      versions: [{ version: 1, causes: [{ code: 'day_over' }], differenceWh: null }],
    })
    expect((await ask<DayHistory>('/api/stations/ZL6/days/2026-11-03')).body.versions).toEqual([])
  })

  test('tells old and new figure, by device, and why; and what waits', async () => {
    const first = await stored()
    const [device, ...others] = first?.devices ?? []
    if (!first || !device) throw new Error('the day is computed')
    const more = { ...device, energyWh: (device.energyWh ?? 0) + 500 }
    const causes: DayCause[] = [{ code: 'late_readings', atMs: 7 }]
    const second = { ...first, version: 2, energyWh: (first.energyWh ?? 0) + 500, devices: [more, ...others], causes }
    await world.tables.generation.putBatch([second, { ...second, version: 3, energyWh: null }])
    const mark = { countyCode: COUNTY, stationId: 'ZL9', day: first.day, markedAtMs: 9 }
    await world.tables.staleDays.put(mark)

    const { body } = await ask<DayHistory>(asked)
    expect(body.versions.map(({ version, differenceWh }) => [version, differenceWh])).toEqual([
      [3, null],
      [2, 500],
      [1, null],
    ])
    expect(body.versions[1]?.causes).toEqual([{ code: 'late_readings', atMs: 7, about: null, by: null }])
    expect(body.versions[1]?.devices[0]).toEqual({
      deviceId: device.deviceId,
      kind: device.kind,
      energyWh: more.energyWh,
      quality: device.quality,
      beforeWh: device.energyWh,
    })
    expect(body.waiting).toEqual([{ code: 'readings', atMs: 9, about: null, by: null }])
    await world.tables.staleDays.put({ ...mark, settledAtMs: 10 })
    expect((await ask<DayHistory>(asked)).body.waiting).toBeNull()
    const month = (await ask<GenerationView>('/api/stations/ZL9/generation')).body
    expect(month.days.filter(({ isBackfilled }) => isBackfilled).map((shown) => shown.day)).toEqual(['2026-11-03'])
  })

  test('is bounded: of many versions the newest, and how many came before', async () => {
    const first = await stored()
    if (!first) throw new Error('the day is computed')
    await world.tables.generation.putBatch(Array.from({ length: 60 }, (_, at) => ({ ...first, version: at + 1 })))
    const { body } = await ask<DayHistory>(asked)
    expect(body.versions.map(({ version }) => version)).toEqual(Array.from({ length: 50 }, (_, at) => 60 - at))
    expect(body.versions.at(-1)?.differenceWh).toBe(0)
    expect(body.earlier).toBe(10)
  })

  test('of a running day is its running figure', async () => {
    const { body } = await ask<DayHistory>('/api/stations/ZL1/days/2026-11-22')
    expect(body.versions.map(({ version }) => version)).toEqual([0])
  })

  test.each(['2026-11-23', '2010-01-01', 'yesterday'])('of %s is refused', async (asking) => {
    expect((await ask(`/api/stations/ZL9/days/${asking}`)).status).toBe(400)
  })
})

describe('who may look', () => {
  const paths = ['', '/curve', '/devices', '/generation']

  test.each(paths)("a neighbour's station%s answers exactly what no station answers", async (path) => {
    const nowhere = await ask(`/api/stations/NOWHERE${path}`)
    expect(nowhere.status).toBe(404)
    expect(await ask(`/api/stations/LS1${path}`)).toEqual(nowhere)
    expect(await ask(`/api/stations/%2e%2e%2fLS1${path}`)).toEqual(nowhere)
  })

  test('a village accountant sees the own station only', async () => {
    const who = { role: 'village_accountant' as const, regionCode: villageCode(1) }
    expect((await ask(`/api/stations/${stationId(1)}`, who)).status).toBe(200)
    expect((await ask(`/api/stations/${stationId(2)}`, who)).status).toBe(404)
    expect((await ask('/api/stations/KT', who)).status).toBe(404)
    expect((await ask<StationsPage>('/api/stations', who)).body.stations.map(({ stationId: id }) => id)).toEqual(['ZL1'])
    expect((await ask(`/api/stations?county=${COUNTY}`, who)).status).toBe(404)
  })

  test('an operator sees stations and no money', async () => {
    const { status, text } = await ask('/api/stations/ZL1', { role: 'operator' })
    expect(status).toBe(200)
    expect(text).not.toMatch(/Fen|income/i)
  })
})

test.each([
  '/api/stations?sort=secret',
  `/api/stations?q=${'x'.repeat(65)}`,
  '/api/stations?limit=1000000000',
  '/api/stations/ZL1/curve?day=2026-02-29',
  '/api/stations/ZL1/curve?day=0001-01-01',
  '/api/stations/ZL1/curve?day=2026-11-23',
  '/api/stations/ZL1/curve?day=2016-10-31',
  '/api/stations/ZL1/curve?from=0001&to=9999',
  '/api/stations/ZL1/generation?month=2026-12',
  '/api/stations/ZL1/generation?month=2026-00',
  '/api/stations/ZL1?fields=all',
])('%s is refused with a reason', async (path) => {
  const { status, body } = await ask<{ code: string }>(path)
  expect(status).toBe(400)
  expect(body.code).toBe('bad_request')
})
