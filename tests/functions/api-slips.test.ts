import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import { create } from '../../functions/api-slips.ts'
import type {
  SlipImport,
  SlipProblem,
  SlipRecorded,
  SlipsView,
  SlipWithdrawn,
  StationSlips,
} from '../../functions/api-types-slips.ts'
import { create as settleStation } from '../../functions/settle-station.ts'
import { accountOf, NOW_MS, OTHER_COUNTY, tokenOf, villageCode } from '../a-county.ts'
import { COUNTY, TOWN } from '../registry.ts'
import { aPrice, someStationDays } from '../settlement.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'
import { delivered, stationWork } from './settling.ts'

let world: ApiWorld
let answer: ReturnType<typeof create>
const sent: object[] = []

beforeAll(async () => {
  world = await openApiWorld(4)
  answer = create({ ...world.deps, queues: { 'settle-station': { send: async (bodies) => void sent.push(...bodies) } } })
})
beforeEach(async () => {
  sent.length = 0
  for (const stationId of ['ZL1', 'ZL2', 'ZL3']) {
    const { slips, staleMonths } = world.tables
    for (const { row } of (await slips.query({ partition: stationId })).rows) await slips.delete(row)
    for (const { row } of (await staleMonths.query({ partition: stationId })).rows) await staleMonths.delete(row)
  }
})
afterAll(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})

type Who = Parameters<ApiWorld['ask']>[2]
const get = async <View>(path: string, who?: Who) => world.ask<View>(answer, path, who)
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says which shape it expects
const post = async <View>(path: string, body: unknown, who: Who = {}) => {
  const headers = { authorization: `Bearer ${await tokenOf(world.tables, who)}`, 'content-type': 'application/json' }
  const request = new Request(`http://localhost${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const response = await answer(request)
  return { status: response.status, body: (await response.json()) as View }
}
const marks = async (stationId = 'ZL1') =>
  (await world.tables.staleMonths.query({ partition: stationId })).rows.map(({ row }) => row.month)

const ZL1 = '/api/slips/stations/ZL1'
const aSlip = {
  billingAccount: accountOf(1),
  document: '示范结2026-10',
  from: '2026-09-26',
  to: '2026-10-25',
  energyWh: 21_000_000,
  amounts: [{ stream: 'benchmark', amountFen: 807_240 }],
}
const stored = {
  ...aSlip,
  entry: 1,
  state: 'in_force',
  recordedBy: 'demo',
  recordedAtMs: NOW_MS,
  correctedBy: null,
  withdrawn: null,
}

describe('recording a slip', () => {
  test('keeps it with who and when, marks the months it touches and has them settled', async () => {
    const { status, body } = await post<SlipRecorded>(ZL1, aSlip)
    expect([status, body]).toEqual([
      201,
      { isNew: true, slip: { ...stored, recordedBy: body.slip.recordedBy }, months: ['2026-09', '2026-10'] },
    ])
    expect(await marks()).toEqual(['2026-09', '2026-10'])
    expect(sent).toEqual([stationWork('ZL1', '2026-09'), stationWork('ZL1', '2026-10')])
  })

  test('of a month that is not over only marks it', async () => {
    const { body } = await post<SlipRecorded>(ZL1, { ...aSlip, from: '2026-10-26', to: '2026-11-21' })
    expect(body.months).toEqual(['2026-10', '2026-11'])
    expect(await marks()).toEqual(['2026-10', '2026-11'])
    expect(sent).toEqual([stationWork()])
  })

  test('again changes nothing, and has its months settled all the same', async () => {
    await post(ZL1, aSlip)
    sent.length = 0
    const { status, body } = await post<SlipRecorded>(ZL1, aSlip)
    expect([status, body.isNew, body.slip.entry]).toEqual([200, false, 1])
    expect(sent).toHaveLength(2)
    expect((await get<StationSlips>(ZL1)).body.slips).toHaveLength(1)
  })

  test('five times at once is recorded once, and five that overlap once', async () => {
    const same = await Promise.all([1, 2, 3, 4, 5].map(() => post<SlipRecorded>(ZL1, aSlip)))
    expect(same.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 201])
    const other = { ...aSlip, billingAccount: accountOf(2) }
    const overlapping = await Promise.all(
      [1, 2, 3, 4, 5].map((at) => post<SlipProblem>('/api/slips/stations/ZL2', { ...other, document: `示范结${at}` })),
    )
    expect(overlapping.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409])
  })

  test('whose days overlap is refused, naming the other in words and in a form for pages', async () => {
    await post(ZL1, aSlip)
    const { status, body } = await post<SlipProblem>(ZL1, {
      ...aSlip,
      document: '示范结2',
      from: '2026-10-25',
      energyWh: 700_000,
    })
    expect(status).toBe(409)
    expect(body).toMatchObject({
      code: 'conflict',
      reason: 'overlap',
      about: '示范结2026-10, 2026-09-26..2026-10-25',
      detail: expect.stringContaining('示范结2026-10'),
    })
  })

  test.each<[string, object]>([
    ['energy with a fraction of a Wh', { energyWh: 0.5 }],
    ['energy as text', { energyWh: '21000000' }],
    ['negative energy', { energyWh: -1 }],
    ['energy beyond the safe integers', { energyWh: 2 ** 53 }],
    ['half a fen', { amounts: [{ stream: 'benchmark', amountFen: 0.5 }] }],
    ['a stream nobody knows', { amounts: [{ stream: 'gift', amountFen: 1 }] }],
    ['a formula for its number', { document: '=1+1' }],
    ['a day that is none', { to: '2026-10-32' }],
    ['an account of nothing', { billingAccount: '' }],
    ['a field nobody knows', { note: 'x' }],
  ])('with %s is refused', async (_, over) => {
    expect((await post(ZL1, { ...aSlip, ...over })).status).toBe(400)
    expect((await get<StationSlips>(ZL1)).body.slips).toEqual([])
    expect(sent).toEqual([])
  })

  test('of an account that another station has too is refused', async () => {
    const found = await world.tables.stations.get({ stationId: 'ZL3' })
    if (!found) throw new Error('there is no ZL3')
    await world.tables.stations.put({ ...found.row, billingAccount: accountOf(1) })
    expect((await post<SlipProblem>(ZL1, aSlip)).body).toMatchObject({ reason: 'shared_account', about: 'ZL3' })
    await world.tables.stations.put(found.row)
  })

  test('as a correction keeps the one it corrects, and settles the months of both', async () => {
    await post(ZL1, aSlip)
    const correction = { ...aSlip, from: '2026-10-01', energyWh: 18_000_000, corrects: aSlip.document }
    const { status, body } = await post<SlipRecorded>(ZL1, correction)
    expect([status, body.months]).toEqual([201, ['2026-09', '2026-10']])
    expect((await get<StationSlips>(ZL1)).body.slips.map(({ entry, state, correctedBy }) => [entry, state, correctedBy])).toEqual(
      [
        [2, 'in_force', null],
        [1, 'corrected', aSlip.document],
      ],
    )
  })

  test('as a correction again, after a crash before the marks, settles the months of both', async () => {
    await post(ZL1, { ...aSlip, from: '2026-07-26', to: '2026-08-25' })
    const correction = { ...aSlip, corrects: aSlip.document }
    await post(ZL1, correction)
    for (const { row } of (await world.tables.staleMonths.query({ partition: 'ZL1' })).rows)
      await world.tables.staleMonths.delete(row)
    const { status, body } = await post<SlipRecorded>(ZL1, correction)
    expect([status, body.months]).toEqual([200, ['2026-07', '2026-08', '2026-09', '2026-10']])
    expect(await marks()).toEqual(body.months)
  })
})

describe('withdrawing a slip', () => {
  const ask = { withdraws: 1, reason: ' 录错了电站 ' }

  test('keeps it with the reason, and has its months settled again', async () => {
    await post(ZL1, aSlip)
    sent.length = 0
    const { status, body } = await post<SlipWithdrawn>(`${ZL1}/withdrawals`, ask)
    expect([status, body.isNew, body.months]).toEqual([200, true, ['2026-09', '2026-10']])
    expect(body.slip).toMatchObject({ state: 'withdrawn', withdrawn: { reason: '录错了电站', recordedAtMs: NOW_MS } })
    expect(sent).toEqual([stationWork('ZL1', '2026-09'), stationWork('ZL1', '2026-10')])
  })

  test('again changes nothing; it can be recorded anew', async () => {
    await post(ZL1, aSlip)
    await post(`${ZL1}/withdrawals`, ask)
    const again = await post<SlipWithdrawn>(`${ZL1}/withdrawals`, { ...ask, reason: '再说一遍' })
    expect([again.body.isNew, again.body.slip.withdrawn?.reason]).toEqual([false, '录错了电站'])
    expect((await post<SlipRecorded>(ZL1, aSlip)).body).toMatchObject({ isNew: true, slip: { entry: 3 } })
  })

  test.each([
    ['that is not there', { withdraws: 1, reason: '录错了' }, 409],
    ['without a reason', { withdraws: 1, reason: ' ' }, 400],
    ['with a reason of control characters', { withdraws: 1, reason: 'a\u0000b' }, 400],
  ])('%s is refused', async (_, body, status) => {
    expect((await post(`${ZL1}/withdrawals`, body)).status).toBe(status)
  })
})

describe('the slips of a station', () => {
  test('stand newest first, with the gaps between them and whether the reader may record', async () => {
    await post(ZL1, { ...aSlip, document: 'A', from: '2026-07-26', to: '2026-08-25' })
    await post(ZL1, aSlip)
    const { body } = await get<StationSlips>(ZL1)
    expect(body.slips.map(({ document }) => document)).toEqual([aSlip.document, 'A'])
    expect(body).toMatchObject({
      billingAccount: accountOf(1),
      mayRecord: true,
      gaps: [{ from: '2026-08-26', to: '2026-09-25' }],
      month: '2026-10',
    })
    const accountant = { role: 'village_accountant' as const, regionCode: villageCode(1) }
    expect((await get<StationSlips>(ZL1, accountant)).body.mayRecord).toBe(false)
  })

  test('come with the month as it was settled, day by day', async () => {
    await world.tables.prices.put(aPrice())
    await world.tables.generation.putBatch(someStationDays('2026-10', 700_000, { version: 9 }))
    await post(ZL1, { ...aSlip, amounts: [] })
    const queues = { 'settle-village': { send: async () => {} } }
    await settleStation({ ...world.tables, ...world.deps, queues })(delivered(...sent))
    const { settled } = (await get<StationSlips>(`${ZL1}?month=2026-10`)).body
    expect(settled?.days).toHaveLength(31)
    expect(settled?.days.map(({ basis }) => basis)).toEqual([...Array(25).fill('slip'), ...Array(6).fill('meter')])
    expect(settled?.slips).toMatchObject([{ document: aSlip.document }])
    expect(settled?.findings).toBeInstanceOf(Array)
  })

  test('come with nothing settled while there is no statement, and of no month to come', async () => {
    expect((await get<StationSlips>(`${ZL1}?month=2020-01`)).body.settled).toBeNull()
    expect((await get(`${ZL1}?month=2026-12`)).status).toBe(400)
  })
})

describe('the slips of a region', () => {
  test('are listed by station, with how many of the days of the month they cover', async () => {
    await post(ZL1, aSlip)
    await post(ZL1, { ...aSlip, document: 'B', from: '2026-10-26', to: '2026-11-20' })
    await post('/api/slips/stations/ZL2', { ...aSlip, billingAccount: accountOf(2) })
    await post('/api/slips/stations/ZL2/withdrawals', { withdraws: 1, reason: '录错了' })
    const of = async (query: string, who?: Who) => (await get<SlipsView>(`/api/slips${query}`, who)).body
    const shown = ({ stations }: SlipsView) =>
      stations.slice(0, 3).map(({ stationId, slips, days }) => [stationId, slips.map(({ document }) => document), days])
    const october = await of('?month=2026-10')
    expect(october.stations.find(({ stationId }) => stationId === 'ZL1')).toMatchObject({
      slips: [{ document: aSlip.document }, { document: 'B' }],
      days: { covered: 31, of: 31 },
    })
    expect(october.stations.find(({ stationId }) => stationId === 'ZL2')).toMatchObject({
      slips: [],
      days: { covered: 0, of: 31 },
    })
    expect(shown(await of(''))).toEqual(shown(october))
    const town = await of(`?county=${TOWN}&month=2026-09`)
    expect(town.stations.map(({ stationId }) => stationId)).not.toContain('ZL2')
    expect(town.stations.find(({ stationId }) => stationId === 'ZL1')?.days).toEqual({ covered: 5, of: 30 })
  })
})

describe('a file of slips', () => {
  const header = '户号,结算单号,起始日期,截止日期,上网电量（kWh）'
  const lineOf = (at: number, document = '示范结2026-10') => `${accountOf(at)},${document},2026-09-26,2026-10-25,21000.5`
  const fileOf = (...lines: string[]) => `\uFEFF${[header, ...lines].join('\r\n')}\r\n`
  const send = (text: string, dryRun: boolean, who?: Who) => post<SlipImport>('/api/slips/import', { dryRun, text }, who)

  test('is checked first, and written when told to; again it changes nothing', async () => {
    const text = fileOf(lineOf(1), lineOf(2))
    const wanted = {
      errors: [],
      errorCount: 0,
      slips: [{ stationId: 'ZL1', line: 2, energyWh: 21_000_500 }, { stationId: 'ZL2' }],
    }
    expect((await send(text, true)).body).toMatchObject({ ...wanted, written: false })
    expect((await get<StationSlips>(ZL1)).body.slips).toEqual([])
    expect((await send(text, false)).body).toMatchObject({ ...wanted, written: true })
    expect((await send(text, false)).body).toMatchObject({ written: true, slips: [{ isNew: false }, { isNew: false }] })
    expect((await get<StationSlips>(ZL1)).body.slips).toHaveLength(1)
    expect(await marks('ZL2')).toEqual(['2026-09', '2026-10'])
    expect(new Set(sent.map((work) => JSON.stringify(work))).size).toBe(4)
  })

  test('with any error writes nothing, and tells line, column and what stands in the way', async () => {
    await post(ZL1, aSlip)
    const text = fileOf(
      lineOf(2),
      lineOf(1, '示范结X'),
      `${accountOf(2)},A,2026-10-32,2026-10-25,1`,
      '9,A,2026-10-01,2026-10-25,1',
    )
    const { body } = await send(text, false)
    expect(body).toMatchObject({
      written: false,
      errorCount: 3,
      errors: [
        { line: 3, column: 'from', reason: 'overlap', about: '示范结2026-10, 2026-09-26..2026-10-25' },
        { line: 4, column: 'from' },
        { line: 5, column: 'billing_account', reason: 'unknown_station' },
      ],
    })
    expect((await get<StationSlips>('/api/slips/stations/ZL2')).body.slips).toEqual([])
  })

  test('with a correction and what it corrects writes both', async () => {
    const correction = `${accountOf(1)},示范结改,2026-09-26,2026-10-25,20000,示范结2026-10`
    const text = [`${header},更正单号`, correction, `${lineOf(1)},`].join('\n')
    expect((await send(text, false)).body).toMatchObject({ written: true, errorCount: 0 })
    const { slips } = (await get<StationSlips>(ZL1)).body
    expect(slips.map(({ document, state }) => [document, state])).toEqual([
      ['示范结改', 'in_force'],
      ['示范结2026-10', 'corrected'],
    ])
  })

  test('that comes again after a correction by hand writes nothing, and after a withdrawal says so', async () => {
    const text = fileOf(lineOf(1))
    await send(text, false)
    await post(ZL1, { ...aSlip, from: '2026-09-28', corrects: aSlip.document })
    await post(`${ZL1}/withdrawals`, { withdraws: 2, reason: '录错了' })
    expect((await send(text, false)).body).toMatchObject({ written: true, slips: [{ isNew: false }] })
    expect((await get<StationSlips>(ZL1)).body.slips.map(({ state }) => state).toSorted()).toEqual(['corrected', 'withdrawn'])
    await post(ZL1, { ...aSlip, document: 'W' })
    await post(`${ZL1}/withdrawals`, { withdraws: 4, reason: '录错了' })
    const amounts = `${accountOf(1)},W,2026-09-26,2026-10-25,21000,8072.4`
    expect((await send([`${header},标杆电价部分（元）`, amounts].join('\n'), false)).body).toMatchObject({
      written: false,
      errors: [{ line: 2, column: 'document', reason: 'withdrawn' }],
    })
  })

  test('reaches no station outside the region of who sends it', async () => {
    const town = { role: 'county_officer' as const, regionCode: TOWN }
    expect((await send(fileOf(lineOf(1), lineOf(2)), false, town)).body).toMatchObject({
      errors: [{ line: 3, reason: 'unknown_station' }],
    })
    const other = { role: 'administrator' as const, regionCode: OTHER_COUNTY }
    expect((await send(fileOf(lineOf(1)), false, other)).body.errors).toMatchObject([{ line: 2, reason: 'unknown_station' }])
    const overseer = { role: 'administrator' as const, regionCode: WHOLE_COUNTRY }
    const { body } = await post<SlipImport>(
      '/api/slips/import',
      { county: COUNTY, dryRun: false, text: fileOf(lineOf(1)) },
      overseer,
    )
    expect(body.written).toBe(true)
  })

  test('tells at most 200 errors and how many there are', async () => {
    const { body } = await send(fileOf(...Array.from({ length: 300 }, () => lineOf(9))), true)
    expect([body.errors.length, body.errorCount]).toEqual([200, 300])
  })

  test('is written line by line also when somebody records one of its slips meanwhile', async () => {
    const { slips } = world.tables
    let isFirst = true
    const put: typeof slips.put = async (row, condition) => {
      if (!isFirst) return slips.put(row, condition)
      isFirst = false
      await post(ZL1, { ...aSlip, document: '示范结Z' })
      return slips.put(row, condition)
    }
    const slow = create({ ...world.deps, slips: { ...slips, put }, queues: { 'settle-station': { send: async () => {} } } })
    const headers = { authorization: `Bearer ${await tokenOf(world.tables, {})}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ dryRun: false, text: fileOf(lineOf(1), lineOf(2)) })
    const response = await slow(new Request('http://localhost/api/slips/import', { method: 'POST', headers, body }))
    expect(await response.json()).toMatchObject({ written: false, errors: [{ line: 2, reason: 'overlap' }] })
    expect((await get<StationSlips>('/api/slips/stations/ZL2')).body.slips).toHaveLength(1)
  })
})
