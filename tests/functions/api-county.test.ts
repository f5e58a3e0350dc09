import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import type { AlertsPage, CountyIncome, CountyView, RegionChoices } from '../../functions/api-types.ts'
import { create } from '../../functions/api-county.ts'
import { clearSkyW, NOW_MS, OTHER_COUNTY, statementOf, stationId, villageCode } from '../a-county.ts'
import { COUNTY, TOWN } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

let world: ApiWorld
let answer: ReturnType<typeof create>
beforeAll(async () => {
  world = await openApiWorld(8)
  answer = create(world.deps)
})
afterAll(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})
const ask = <View>(path: string, who?: Parameters<ApiWorld['ask']>[2]) => world.ask<View>(answer, path, who)

describe('the county at a glance', () => {
  test('sums the power of inverters heard of lately and says how many that is', async () => {
    const { body } = await ask<CountyView>('/api/county')
    // Station 3 is silent, 4 lacks an inverter, 5 has one at zero, 6 was never seen; meters do not count.
    expect(body.power).toEqual({ acPowerW: 19 * clearSkyW(NOW_MS - 60_000), known: 20, of: 27 })
    expect(body.inverters).toEqual({ online: 20, of: 27 })
    expect(body.stations).toEqual({ online: 7, of: 9 })
    expect(body.asOfMs).toBe(NOW_MS)
  })

  test("sums today's energy of the stations it is known of", async () => {
    const { body } = await ask<CountyView>('/api/county')
    expect(body.today).toMatchObject({ day: '2026-11-22', known: 8, of: 9 })
    const energies = await Promise.all(
      body.tiles.map(
        async (tile) =>
          (await world.tables.generation.query({ partition: tile.stationId, from: '2026-11-22' })).rows[0]?.row.energyWh ?? 0,
      ),
    )
    expect(body.today.energyWh).toBe(energies.reduce((sum, energyWh) => sum + energyWh, 0))
  })

  test('lists open alerts, newest first, and gives every station a status', async () => {
    const { body } = await ask<CountyView>('/api/county')
    expect(body.openAlerts).toBe(2)
    expect(body.alerts.map(({ subject }) => subject)).toEqual(['ZL4-INV-2', 'ZL3'])
    const statusOf = Object.fromEntries(body.tiles.map(({ stationId: id, status }) => [id, status]))
    expect(statusOf).toMatchObject({ ZL1: 'normal', ZL3: 'offline', ZL4: 'warning', ZL5: 'fault', ZL6: 'unseen', KT: 'normal' })
  })

  test('knows nothing, rather than zero, of a region without stations', async () => {
    await world.tables.regions.put({ code: '341623107000', name: '空镇', level: 'town', parentCode: COUNTY })
    const { body } = await ask<CountyView>('/api/county?code=341623107000')
    expect(body).toMatchObject({ power: { acPowerW: null, of: 0 }, today: { energyWh: null }, tiles: [], openAlerts: 0 })
  })

  test('is of the own region without a code: a town for its officer, a village for its accountant', async () => {
    const town = await ask<CountyView>('/api/county', { regionCode: TOWN })
    expect(town.body.tiles.map(({ stationId: id }) => id)).toEqual(['KT', 'ZL1', 'ZL3', 'ZL5', 'ZL7'])
    const village = await ask<CountyView>('/api/county', { role: 'village_accountant', regionCode: villageCode(4) })
    expect(village.body.tiles.map(({ stationId: id }) => id)).toEqual([stationId(4)])
    expect(village.body.openAlerts).toBe(1)
  })

  test('leaves out a station that was decommissioned', async () => {
    const { row } = (await world.tables.stations.get({ stationId: 'LS1' })) ?? {}
    if (!row) throw new Error('the neighbour has a station')
    await world.tables.stations.put({ ...row, decommissionedOn: row.commissionedOn })
    const { body } = await ask<CountyView>(`/api/county?code=${OTHER_COUNTY}`, {
      role: 'administrator',
      regionCode: WHOLE_COUNTRY,
    })
    expect(body.tiles).toEqual([])
    await world.tables.stations.put(row)
  })
})

describe('who may look', () => {
  test('another county answers exactly what a county that does not exist answers', async () => {
    const nowhere = await ask('/api/county?code=999999000000')
    const elsewhere = await ask(`/api/county?code=${OTHER_COUNTY}`)
    expect(nowhere.status).toBe(404)
    expect(elsewhere).toEqual(nowhere)
    for (const path of ['/api/county/alerts', '/api/county/income']) {
      expect(await ask(`${path}?code=${OTHER_COUNTY}`)).toEqual(await ask(`${path}?code=999999000000`))
    }
  })

  test("a village accountant sees neither the county nor the neighbour's village", async () => {
    const who = { role: 'village_accountant' as const, regionCode: villageCode(1) }
    expect((await ask(`/api/county?code=${COUNTY}`, who)).status).toBe(404)
    expect((await ask(`/api/county?code=${villageCode(2)}`, who)).status).toBe(404)
  })

  test('nobody without a token does', async () => {
    for (const path of ['/api/county', '/api/county/choices', '/api/county/alerts', '/api/county/income']) {
      expect((await answer(new Request(`http://localhost${path}`))).status).toBe(401)
    }
  })

  test('whoever oversees everything may choose, and starts with the first county', async () => {
    const who = { role: 'administrator' as const, regionCode: WHOLE_COUNTRY }
    const { body } = await ask<RegionChoices>('/api/county/choices', who)
    expect(body.regions.map(({ code }) => code)).toEqual([COUNTY, OTHER_COUNTY])
    expect((await ask<CountyView>('/api/county', who)).body.region.code).toBe(COUNTY)
    expect((await ask<RegionChoices>('/api/county/choices')).body.regions.map(({ code }) => code)).toEqual([COUNTY])
  })

  test('a town that was moved to another county is seen by its new county only', async () => {
    const town = { code: '341623108000', name: '划转镇', level: 'town' as const }
    await world.tables.regions.put({ ...town, parentCode: OTHER_COUNTY })
    expect((await ask(`/api/county?code=${town.code}`)).status).toBe(404)
    expect((await ask(`/api/county?code=${town.code}`, { regionCode: OTHER_COUNTY })).status).toBe(200)
  })
})

describe('alerts and income', () => {
  test('alerts are open and closed ones, newest first', async () => {
    const { body } = await ask<AlertsPage>('/api/county/alerts')
    expect(body.alerts.map(({ subject, closedAtMs }) => [subject, closedAtMs !== null])).toEqual([
      ['ZL4-INV-2', false],
      ['ZL3', false],
      ['ZL1-INV-1', true],
    ])
    expect(body.nextCursor).toBeNull()
  })

  test('come 50 at a time, each once, to a village as to the county, and no cursor names a neighbour', async () => {
    const storm = Array.from({ length: 130 }, (_, at) => ({
      countyCode: COUNTY,
      stationId: stationId(1 + (at % 2)),
      kind: 'device_offline' as const,
      subject: `${stationId(1 + (at % 2))}-INV-${at}`,
      openedAtMs: NOW_MS - (at % 3) * 60_000,
      closedAtMs: NOW_MS,
      deviceIds: [],
    }))
    await world.tables.alerts.putBatch(storm)
    const village = { role: 'village_accountant' as const, regionCode: villageCode(1) }
    const told = async (who: Parameters<ApiWorld['ask']>[2]) => {
      const pages: AlertsPage[] = []
      let cursor = ''
      do {
        const path = `/api/county/alerts${cursor && `?cursor=${cursor}`}`
        const { body } = await ask<AlertsPage>(path, who)
        pages.push(body)
        cursor = body.nextCursor ?? ''
        const last = body.alerts.at(-1)?.subject ?? 'none'
        if (cursor) expect(Buffer.from(cursor, 'base64url').toString()).toContain(last)
      } while (cursor && pages.length < 9)
      return {
        sizes: pages.map(({ alerts }) => alerts.length),
        subjects: pages.flatMap(({ alerts }) => alerts.map((a) => a.subject)),
      }
    }
    const [ofCounty, ofVillage] = [await told({}), await told(village)]
    expect([ofCounty.sizes, ofVillage.sizes]).toEqual([
      [50, 50, 33],
      [50, 16],
    ])
    expect([new Set(ofCounty.subjects).size, new Set(ofVillage.subjects).size]).toEqual([133, 66])
    expect(ofVillage.subjects.filter((subject) => !subject.startsWith(stationId(1)))).toEqual([])
    const { nextCursor } = (await ask<AlertsPage>('/api/county/alerts')).body
    expect((await ask(`/api/county/alerts?cursor=${nextCursor}`, village)).status).toBe(400)
    for (const alert of storm) await world.tables.alerts.delete(alert)
  })

  test('a platform nothing reaches is told to every region of the county, without a station', async () => {
    const silent = { countyCode: COUNTY, kind: 'platform_silent' as const, subject: COUNTY, openedAtMs: NOW_MS, deviceIds: [] }
    await world.tables.alerts.put(silent)
    const told = { kind: 'platform_silent', stationId: null, stationName: null, subject: COUNTY, closedAtMs: null, devices: 0 }
    expect((await ask<CountyView>('/api/county')).body).toMatchObject({ openAlerts: 3, alerts: [told, {}, {}] })
    const town = await ask<AlertsPage>('/api/county/alerts', { regionCode: TOWN })
    expect(town.body.alerts[0]).toMatchObject(told)
    await world.tables.alerts.delete(silent)
  })

  test('an alert says of how many devices it is, also when its row does not name them all', async () => {
    const about = { countyCode: COUNTY, stationId: stationId(1), kind: 'gateway_offline' as const, subject: `${stationId(1)}/GW` }
    const row = { ...about, openedAtMs: NOW_MS, deviceIds: ['ZL1-INV-1'], deviceCount: 120 }
    await world.tables.alerts.put(row)
    expect((await ask<AlertsPage>('/api/county/alerts')).body.alerts[0]).toMatchObject({ kind: 'gateway_offline', devices: 120 })
    await world.tables.alerts.delete(row)
  })

  test("a month's income is the sum of the newest statements, and says how many villages that is", async () => {
    const { body } = await ask<CountyIncome>('/api/county/income')
    const netFen = [1, 2, 3, 4, 5, 6, 8].reduce((sum, at) => sum + statementOf(at).netFen, 0)
    expect(body).toEqual({ month: '2026-10', villages: { known: 7, of: 8 }, netFen, provisional: true })
    expect((await ask<CountyIncome>('/api/county/income?month=2025-01')).body).toMatchObject({
      netFen: null,
      villages: { known: 0 },
    })
  })

  test("a town's income is that of its own villages", async () => {
    const { body } = await ask<CountyIncome>('/api/county/income', { regionCode: TOWN })
    const netFen = [1, 3, 5].reduce((sum, at) => sum + statementOf(at).netFen, 0)
    expect(body).toMatchObject({ villages: { known: 3, of: 4 }, netFen })
  })

  test('income is not for operators', async () => {
    expect((await ask('/api/county/income', { role: 'operator' })).status).toBe(403)
  })
})

test.each(['code=341623', 'code=34162300000x', `code=${COUNTY}&code=${COUNTY}`, 'nothing=1'])(
  'a request with %s is refused with a reason',
  async (query) => {
    const { status, body } = await ask<{ code: string; detail: string }>(`/api/county?${query}`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'bad_request', detail: expect.any(String) })
  },
)

test.each(['alerts?cursor=edited', 'income?month=2026-13', 'income?month=0001-01', 'income?month=9999-01'])(
  '/api/county/%s is refused',
  async (path) => {
    expect((await ask(`/api/county/${path}`)).status).toBe(400)
  },
)
