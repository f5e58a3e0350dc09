import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../domain/calendar.ts'
import { countyDayRows, type Digest } from '../../domain/county-assessment.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { create } from '../../functions/api-performance.ts'
import { create as assessPerformance } from '../../functions/assess-performance.ts'
import type { LimitsView, PlanView, RankingPage, StationPerformance } from '../../functions/api-types-performance.ts'
import { NOW_MS, tokenOf, villageCode } from '../a-county.ts'
import { aDeviceDay, aDigest, aFinalDay } from '../performance.ts'
import { aStation, COUNTY, day, TOWN } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'
import { delivered, rowsOf } from './settling.ts'

const MONTH = '2026-11'
const DAYS = Array.from({ length: 10 }, (_, at) => addDays(day('2026-11-01'), at))

let world: ApiWorld
let answer: (request: Request) => Promise<Response>
beforeAll(async () => {
  world = await openApiWorld()
  answer = create(world.deps)
  const stations = await rowsOf(world.tables.stations.queryIndex('byCounty', { partition: COUNTY }))
  const registered = await rowsOf(world.tables.devices.queryIndex('byCounty', { partition: COUNTY }))
  const installed = Map.groupBy(registered, ({ stationId }) => stationId)
  for (const on of DAYS) {
    for (const [at, { stationId, dcCapacityW }] of stations.entries()) {
      const share = at === 0 ? 0.5 : 1
      const devices = (installed.get(stationId) ?? []).map(({ deviceId }) => aDeviceDay({ deviceId }))
      const row = { stationId, devices, day: on, energyWh: dcCapacityW * 4 * share, version: 7, countyCode: COUNTY }
      await world.tables.generation.put(aFinalDay(row))
    }
    await assessPerformance(world.deps)(delivered({ countyCode: COUNTY, day: on }))
  }
})
afterAll(async () => world.close())

const OPERATOR = { role: 'operator' as const }
const page = async (query = '', who = {}) =>
  (await world.ask<RankingPage>(answer, `/api/performance?county=${COUNTY}&month=${MONTH}${query}`, who)).body
const first = async () => (await page()).stations[0]?.stationId ?? ''

describe('the ranking of a county', () => {
  test('has the station furthest below its peers first, with what its grade stands on', async () => {
    const view = await page()
    expect(view).toMatchObject({ month: MONTH, day: null, days: { known: 10 }, mayReadMoney: true, limits: DEFAULT_LIMITS })
    const [worst] = view.stations
    expect(worst?.sum).toMatchObject({
      shareBp: 5_000,
      dcWhPerKw: 20_000,
      peersWhPerKw: 40_000,
      causes: { unexplained: 10 },
      degradedDays: 8,
      graded: { grade: null, days: { known: 10 } },
    })
    expect(worst?.sum.lostWh).toBeGreaterThan(0)
    expect(view.stations[1]?.sum.shareBp).toBe(10_000)
    expect(view.whole.stations).toBe(view.total)
    expect(view.whole.grades.none).toBe(view.total)
  })

  test('of one day has no grades, and of a day nobody has assessed no figures', async () => {
    const { body } = await world.ask<RankingPage>(answer, `/api/performance?county=${COUNTY}&day=2026-11-03`)
    expect(body).toMatchObject({ day: '2026-11-03', days: { known: 1, of: 1 } })
    expect(body.whole.grades).toEqual({ A: 0, B: 0, C: 0, D: 0, none: 0 })
    const later = await world.ask<RankingPage>(answer, `/api/performance?county=${COUNTY}&day=2026-11-15`)
    expect(later.body.days).toEqual({ known: 0, of: 1 })
    expect(later.body.stations[0]?.sum.energyWh).toBeNull()
  })

  test('gives an operator kWh and no yuan', async () => {
    const view = await page('', OPERATOR)
    expect(view).toMatchObject({ mayReadMoney: false, maySetLimits: false })
    expect(view.whole).not.toHaveProperty('lostFen')
    expect(view.stations.filter(({ sum }) => 'lostFen' in sum)).toEqual([])
    expect(view.stations[0]?.sum.lostWh).toBeGreaterThan(0)
    const station = await world.ask<StationPerformance>(
      answer,
      `/api/performance/stations/${await first()}?month=${MONTH}`,
      OPERATOR,
    )
    expect(station.body.days.some(({ loss }) => loss !== null)).toBe(true)
    expect(station.text).not.toContain('lostFen')
  })

  test('shows a village accountant the own village alone', async () => {
    const who = { role: 'village_accountant' as const, regionCode: villageCode(1) }
    const { body } = await world.ask<RankingPage>(answer, `/api/performance?county=${villageCode(1)}&month=${MONTH}`, who)
    expect(body.total).toBeGreaterThan(0)
    expect(body.total).toBeLessThan((await page()).total)
    expect(body.maySetLimits).toBe(false)
  })

  test('is sorted and searched as asked', async () => {
    const shares = (await page('&sort=hours')).stations.map(({ sum }) => sum.dcWhPerKw ?? Number.POSITIVE_INFINITY)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect((await page('&sort=lost')).stations[0]?.stationId).toBe(await first())
    expect((await page('&sort=name')).total).toBe((await page()).total)
    expect((await page(`&q=${await first()}`)).stations.map(({ stationId }) => stationId)).toContain(await first())
    expect((await page('&q=nowhere')).stations).toEqual([])
    expect((await page('&cause=unexplained')).stations.map(({ stationId }) => stationId)).toEqual([await first()])
    expect((await page('&grade=A')).total).toBe(0)
    expect((await page('&grade=none')).total).toBe((await page()).total)
  })

  test('comes fifty a page; a page behind the end is the last', async () => {
    const { tables } = world
    const ids = Array.from({ length: 60 }, (_, at) => `ZZ${String(at).padStart(2, '0')}`)
    for (const stationId of ids) await tables.stations.put(aStation({ stationId, name: stationId, villageCode: villageCode(1) }))
    const [one, two, beyond] = [await page('&q=zz&sort=name'), await page('&q=zz&sort=name&page=1'), await page('&q=zz&page=9')]
    expect([one.total, one.pages, one.stations.length, two.stations.length, beyond.page]).toEqual([60, 2, 50, 10, 1])
    expect([...one.stations, ...two.stations].map(({ stationId }) => stationId)).toEqual(ids)
    for (const stationId of ids) await tables.stations.delete({ stationId })
  })

  test.each(['month=2026-11&day=2026-11-01', 'month=2027-01', 'day=2099-01-01', 'sort=best', 'page=-1', 'cause=snow', 'grade=E'])(
    'refuses %s',
    async (query) => {
      expect((await world.ask(answer, `/api/performance?county=${COUNTY}&${query}`)).status).toBe(400)
    },
  )
})

describe('the list as a file', () => {
  const file = async (who = {}) => {
    const headers = { authorization: `Bearer ${await tokenOf(world.tables, who)}` }
    const path = `/api/performance/export?county=${COUNTY}&month=${MONTH}`
    const response = await answer(new Request(`http://localhost${path}`, { headers }))
    return { response, bytes: new Uint8Array(await response.arrayBuffer()) }
  }

  test('begins with a byte order mark and says that losses are estimates and grades its own', async () => {
    const { response, bytes } = await file()
    expect(bytes.slice(0, 3)).toEqual(Uint8Array.of(0xef, 0xbb, 0xbf))
    expect(response.headers.get('content-disposition')).toContain('attachment')
    const text = new TextDecoder().decode(bytes)
    expect(text).toContain('等效利用小时（按直流）')
    expect(text).toContain('不是主管部门的评级')
    expect(text).toContain('原因不明10天')
    expect(text).toContain('估算损失（元）')
  })

  test('has nothing a spreadsheet takes for a formula', async () => {
    const [id] = [await first()]
    const station = (await world.tables.stations.get({ stationId: id }))?.row ?? expect.unreachable()
    await world.tables.stations.put({ ...station, name: '=HYPERLINK("http://x")' })
    const text = new TextDecoder().decode((await file()).bytes)
    expect(text).toContain("'=HYPERLINK")
    expect(text).not.toMatch(/(^|,|")=HYPERLINK/m)
    await world.tables.stations.put(station)
  })

  test('has no yuan for an operator', async () => {
    expect(new TextDecoder().decode((await file(OPERATOR)).bytes)).not.toContain('（元）')
  })
})

describe('a station’s month', () => {
  test('is its days with what each stands on', async () => {
    const { body } = await world.ask<StationPerformance>(answer, `/api/performance/stations/${await first()}?month=${MONTH}`)
    expect(body.days.map((row) => row.day)).toEqual(DAYS)
    expect(body.days[9]).toMatchObject({
      generationVersion: 7,
      shareBp: 5_000,
      degraded: true,
      peers: { medianWhPerKwDc: 4_000 },
    })
    expect(body.sum.graded.criteria).toHaveLength(4)
  })

  test('without assessed days has none', async () => {
    const { body } = await world.ask<StationPerformance>(answer, `/api/performance/stations/${await first()}?month=2026-03`)
    expect(body).toMatchObject({ days: [], sum: { energyWh: null, graded: { grade: null } } })
  })
})

describe('a station’s year', () => {
  test('stands beside its plan, by days where the county’s months are not known', async () => {
    const { body } = await world.ask<PlanView>(answer, `/api/performance/stations/${await first()}/plan?year=2026`)
    expect(body).toMatchObject({ year: 2026, progress: { by: 'days', plannedFenPerYear: expect.any(Number) } })
  })

  test('is by the county’s own months where the year before is known', async () => {
    const digests: Digest[] = [aDigest()]
    const rows = Array.from({ length: 365 }, (_, at) => addDays(day('2025-01-01'), at)).flatMap((on) =>
      countyDayRows(
        { countyCode: COUNTY, day: on, assessedAtMs: 1, stations: 1, final: 1, looked: 0, medianWhPerKwDc: 3_000 },
        digests,
      ),
    )
    await world.tables.countyDays.putBatch(rows)
    const { body } = await world.ask<PlanView>(answer, `/api/performance/stations/${await first()}/plan?year=2026`)
    expect(body.progress.by).toBe('months')
  })

  test('reads no station’s figures of the year before', async () => {
    const refused = () => Promise.reject(new Error('a year of a county’s stations is read'))
    const asked: number[] = []
    const get: typeof world.tables.countyDays.get = async (id) => {
      const found = await world.tables.countyDays.get(id)
      asked.push(found?.row.digests.length ?? 0)
      return found
    }
    const frugal = create({ ...world.deps, countyDays: { ...world.tables.countyDays, get, query: refused } })
    const { status } = await world.ask(frugal, `/api/performance/stations/${await first()}/plan?year=2026`)
    expect(status).toBe(200)
    expect(asked).toEqual(Array.from({ length: 365 }, () => 0))
  })
})

describe('the limits of a county', () => {
  const set = async (limits: object, who = {}) => {
    const headers = { authorization: `Bearer ${await tokenOf(world.tables, who)}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ county: COUNTY, limits })
    return answer(new Request('http://localhost/api/performance/limits', { method: 'POST', headers, body }))
  }

  test('are told with what is proposed, what may be set, and who set them', async () => {
    const read = async (who = {}) => (await world.ask<LimitsView>(answer, '/api/performance/limits', who)).body
    expect(await read()).toMatchObject({ limits: DEFAULT_LIMITS, proposed: DEFAULT_LIMITS, maySet: true, set: null })
    await set({ ...DEFAULT_LIMITS, ordinaryBp: 8_500 })
    expect(await read(OPERATOR)).toMatchObject({
      limits: { ordinaryBp: 8_500 },
      proposed: { ordinaryBp: 9_000 },
      ranges: { ordinaryBp: { min: 5_000, max: 10_000 } },
      maySet: false,
      set: { setBy: expect.any(String), setAtMs: NOW_MS },
    })
    expect(await read({ role: 'county_officer', regionCode: TOWN })).toMatchObject({ maySet: false })
  })

  test('are set by an officer, kept with the name, and have the last forty days judged anew', async () => {
    const response = await set({ ...DEFAULT_LIMITS, ordinaryBp: 8_500 })
    expect(response.status).toBe(200)
    expect((await world.tables.performanceLimits.get({ countyCode: COUNTY }))?.row).toMatchObject({
      setAtMs: NOW_MS,
      limits: { ordinaryBp: 8_500 },
    })
    expect((await page()).limits.ordinaryBp).toBe(8_500)
    expect(await rowsOf(world.tables.staleCountyDays.queryIndex('pending', { partition: COUNTY }))).toHaveLength(40)
  })

  test('are refused from an operator, and when they make no sense', async () => {
    expect((await set({}, OPERATOR)).status).toBe(403)
    expect((await set({ yieldBp: [1, 2, 3] })).status).toBe(400)
    expect((await set({ surprise: 1 })).status).toBe(400)
  })
})
