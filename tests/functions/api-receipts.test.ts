import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '../../domain/access.ts'
import type { StationStatement } from '../../domain/income.ts'
import { composeVillageMonth } from '../../domain/village-statement.ts'
import { create } from '../../functions/api-receipts.ts'
import type { CountyReceipts, OpeningImport, PayList, RecordedView, VillageReceipts } from '../../functions/api-types-receipts.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { anAmbient, aPost, aPrincipal, bearerOf } from '../api.ts'
import { dayNamed } from '../domain/sunny.ts'
import { aStation } from '../registry.ts'
import { aDueRule, aShare, month } from '../settlement.ts'

/**
 * Two villages: ZL1 belongs to the first, KT to both by a third and two thirds. Every month from January to September 2026 has
 * 300.00 yuan of the benchmark part and 600.00 of the subsidy at either station.
 */

const COUNTY = '341623000000'
const TOWN = '341623105000'
const [FIRST, SECOND] = ['341623105220', '341623105221'] as const
const NOW_MS = Date.parse('2026-10-15T12:00:00+08:00')
const MONTHS = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07', '2026-08', '2026-09']

let tables: SqliteTables
let given: ReturnType<typeof anAmbient>
let sent: object[]

const statementOf = (stationId: string, of: string): StationStatement => {
  const line = { stationId, from: dayNamed(`${of}-01`), to: dayNamed(`${of}-28`), energyWh: 1_000_000, document: '示范' }
  const lines = [
    { ...line, kind: 'benchmark' as const, priceE4YuanPerKwh: 3_000, amountFen: 30_000 },
    { ...line, kind: 'subsidy' as const, priceE4YuanPerKwh: 6_000, amountFen: 60_000 },
    { stationId, kind: 'reserve' as const, from: line.from, to: line.to, rateBp: 100, amountFen: -900, document: '示范' },
  ]
  const partsBy = (share: number) =>
    lines.map(({ amountFen }, at) => ({ line: at, ...(at < 2 && { energyWh: 1 }), amountFen: amountFen * share }))
  const owners: [string, number][] =
    stationId === 'KT'
      ? [
          [FIRST, 1 / 3],
          [SECOND, 2 / 3],
        ]
      : [[FIRST, 1]]
  return {
    stationId,
    countyCode: COUNTY,
    month: month(of),
    version: 1,
    computedAtMs: 0,
    days: [],
    lines,
    provisional: false,
    energyWh: 2e6,
    grossFen: 9e4,
    deductionFen: -900,
    netFen: 89100,
    villages: owners.map(([villageCode, share]) => ({
      villageCode,
      parts: partsBy(share),
      netFen: 89100 * share,
    })),
  }
}

beforeEach(async () => {
  tables = openTables(':memory:')
  given = anAmbient()
  sent = []
  await tables.regions.putBatch([
    { code: COUNTY, name: '利辛县', level: 'county' },
    { code: TOWN, name: '示范镇', level: 'town', parentCode: COUNTY },
    { code: FIRST, name: '示范甲村', level: 'village', parentCode: TOWN },
    { code: SECOND, name: '示范乙村', level: 'village', parentCode: TOWN },
  ])
  const { villageCode: _, ...joint } = aStation({
    stationId: 'KT',
    kind: 'joint',
    countyCode: COUNTY,
    townCode: TOWN,
    commissionedOn: dayNamed('2025-12-15'),
  })
  await tables.stations.putBatch([
    aStation({
      stationId: 'ZL1',
      countyCode: COUNTY,
      townCode: TOWN,
      villageCode: FIRST,
      commissionedOn: dayNamed('2025-12-15'),
    }),
    joint,
  ])
  await tables.dueRules.put(aDueRule())
  await tables.shares.putBatch([aShare({ villageCode: FIRST, weight: 1 }), aShare({ villageCode: SECOND, weight: 2 })])
  for (const of of MONTHS) {
    const statements = ['ZL1', 'KT'].map((stationId) => statementOf(stationId, of))
    await tables.stationStatements.putBatch(statements)
    for (const villageCode of [FIRST, SECOND]) {
      const composed = composeVillageMonth({ villageCode, countyCode: COUNTY, month: month(of), statements, complete: true })
      // An older version, which says something else and no longer counts.
      await tables.villageStatements.putBatch([
        { ...composed, stations: [], netFen: 0, version: 1, computedAtMs: 0 },
        { ...composed, version: 2, computedAtMs: 1 },
      ])
    }
  }
  await tables.allocations.put({
    villageCode: FIRST,
    countyCode: COUNTY,
    month: month('2026-03'),
    runId: 'R1',
    computedAtMs: 1,
    statementVersion: 2,
    planVersion: 1,
    potFen: 1e4,
    reserveFen: 0,
    distributedFen: 1e4,
    undistributedFen: 0,
    payees: 2,
  })
  await tables.allocationLines.putBatch(
    [6_000, 4_000, 0].map((amountFen, at) => ({
      villageCode: FIRST,
      month: month('2026-03'),
      runId: 'R1',
      lineId: `L${at + 1}`,
      personId: `P${at + 1}`,
      householdId: 'H1',
      kind: 'post' as const,
      post: '保洁员',
      weight: 1,
      amountFen,
    })),
  )
  await tables.persons.put({ personId: 'P1', householdId: 'H1', villageCode: FIRST, name: '示范某人' })
})
afterEach(() => tables.close())

const WHO = {
  cashier: { role: 'carry_over_cashier', regionCode: COUNTY },
  accountant: { role: 'village_accountant', regionCode: FIRST },
  officer: { role: 'county_officer', regionCode: COUNTY },
  operator: { role: 'operator', regionCode: COUNTY },
} as const satisfies Record<string, { role: Role; regionCode: string }>
type Who = keyof typeof WHO

const send = async (who: Who, path: string, body?: object) => {
  const headers = await bearerOf(tables, aPrincipal(WHO[who]), NOW_MS)
  const answer = create({
    ...given.ambient,
    ...tables,
    queues: { 'settle-village': { send: async (bodies) => void sent.push(...bodies) } },
    now: () => NOW_MS,
  })
  const request = body ? aPost(path, body, headers) : new Request(`http://localhost${path}`, { headers })
  const response = await answer(request)
  return { status: response.status, body: await response.json() }
}
const county = async (query = '') => (await send('officer', `/api/receipts/county?code=${COUNTY}${query}`)).body as CountyReceipts
const village = async (code: string = FIRST, query = '') =>
  (await send('officer', `/api/receipts/villages/${code}${query}`)).body as VillageReceipts

const RECEIPT = {
  dryRun: false,
  recordId: 'R-1',
  on: '2026-04-10',
  amountFen: 180_000,
  stream: 'benchmark',
  document: '示范结算凭证',
  toMonth: '2026-03',
}
const receive = async (over: object = {}) => {
  const { status, body } = await send('cashier', `/api/receipts/county/${COUNTY}`, { ...RECEIPT, ...over })
  return { status, body: body as RecordedView & { detail?: string } }
}
const TRANSFER = { dryRun: false, recordId: 'T-1', on: '2026-04-20', amountFen: 120_000, document: '示范拨付凭证' }
const pass = async (over: object = {}, code: string = FIRST) => {
  const { status, body } = await send('cashier', `/api/receipts/villages/${code}/transfers`, { ...TRANSFER, ...over })
  return { status, body: body as RecordedView & { detail?: string } }
}
const PAYMENT = { dryRun: false, key: 'K-1', on: '2026-05-10', month: '2026-03', runId: 'R1', document: '示范发放表' }
type Paid = {
  written: boolean
  repeated: boolean
  recordId: string
  amountFen: number
  lines: number
  balanceFen: number
  detail?: string
}
const pay = async (over: object = {}) => {
  const { status, body } = await send('accountant', `/api/receipts/villages/${FIRST}/payments`, { ...PAYMENT, ...over })
  return { status, body: body as Paid }
}
const list = async () => (await send('accountant', `/api/receipts/villages/${FIRST}/list?month=2026-03`)).body as PayList
const recordsStored = async () => (await tables.moneyRecords.queryIndex('byCounty', { partition: COUNTY })).rows.length

describe('the county receives a lump', () => {
  test('which is divided among its stations oldest month first; a dry run shows it and writes nothing', async () => {
    const dry = await receive({ dryRun: true, amountFen: 100_000 })
    expect(dry).toMatchObject({ status: 200, body: { written: false, record: { unappliedFen: 0, parts: 2 } } })
    expect(dry.body.parts.map(({ stationId, amountFen }) => [stationId, amountFen])).toEqual([
      ['KT', 50_000],
      ['ZL1', 50_000],
    ])
    expect(await recordsStored()).toBe(0)
    expect(await receive()).toMatchObject({ status: 201, body: { written: true, repeated: false } })
    const { total, villages, receivedFen } = await county()
    expect(total).toMatchObject({
      accruedFen: 9 * 180_000,
      countyFen: 180_000,
      awaitedFen: 9 * 180_000 - 180_000,
      deductionFen: -9 * 1_800,
    })
    expect(receivedFen).toBe(180_000)
    expect(villages.map(({ name, countyFen }) => [name, countyFen])).toEqual([
      ['示范甲村', 120_000],
      ['示范乙村', 60_000],
    ])
  })

  test('beyond what is due keeps the rest unapplied, for all to see', async () => {
    const { body } = await receive({ amountFen: 200_000 })
    expect(body.record.unappliedFen).toBe(20_000)
    expect(await county()).toMatchObject({ receivedFen: 200_000, unappliedFen: 20_000, records: [{ unappliedFen: 20_000 }] })
  })

  test('with the stations its document names, or their amounts', async () => {
    expect((await receive({ stationIds: ['KT'], amountFen: 95_000 })).body).toMatchObject({
      parts: [{ stationId: 'KT', amountFen: 90_000 }],
      record: { unappliedFen: 5_000 },
    })
    const parts = [{ stationId: 'ZL1', amountFen: 30_000 }]
    expect((await receive({ recordId: 'R-2', parts, amountFen: 30_000 })).body.record.unappliedFen).toBe(0)
    expect((await village()).account.countyFen).toBe(60_000)
    expect((await village(SECOND)).account.countyFen).toBe(60_000)
  })

  test('said twice is one; with other figures under the same id it is refused', async () => {
    await receive()
    expect(await receive()).toMatchObject({ status: 200, body: { repeated: true, record: { unappliedFen: 0 } } })
    expect(await receive({ amountFen: 180_001 })).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await recordsStored()).toBe(1)
  })

  test('said again as a dry run, because the answer was lost, is not counted twice', async () => {
    await receive({ amountFen: 900_000, toMonth: '2026-09' })
    const again = await receive({ amountFen: 900_000, toMonth: '2026-09', dryRun: true })
    expect(again).toMatchObject({ status: 200, body: { written: false, repeated: true, record: { unappliedFen: 360_000 } } })
    expect((await receive({ dryRun: true })).status).toBe(409)
    await pass({ amountFen: 1_000_000 })
    const passed = await pass({ amountFen: 1_000_000, dryRun: true })
    expect(passed.body).toMatchObject({ repeated: true, record: { unappliedFen: 840_000 } })
    await pay()
    expect((await pay({ dryRun: true })).body).toMatchObject({ written: false, repeated: true, balanceFen: 990_000 })
  })

  test('under one id for other stations is another one, though the rule divides either', async () => {
    await receive({ stationIds: ['KT', 'ZL1'] })
    expect(await receive({ stationIds: ['ZL1', 'KT'] })).toMatchObject({ status: 200, body: { repeated: true } })
    expect((await receive({ stationIds: ['KT'] })).status).toBe(409)
    expect((await receive()).status).toBe(409)
  })

  test('is divided by what earlier receipts left, though the index does not know them yet', async () => {
    await receive({ stationIds: ['ZL1'], amountFen: 30_000, toMonth: '2026-01' })
    const { queryIndex } = tables.moneyRecords
    tables.moneyRecords.queryIndex = async () => ({ rows: [] })
    const { body } = await receive({ recordId: 'R-2', amountFen: 30_000 })
    tables.moneyRecords.queryIndex = queryIndex
    expect(body).toMatchObject({ parts: [{ stationId: 'KT', amountFen: 30_000 }], record: { unappliedFen: 0 } })
  })

  test('five times at once is one', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => receive()))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 201])
    expect(await county()).toMatchObject({ receivedFen: 180_000 })
  })

  test.each<[string, object, RegExp]>([
    ['tomorrow', { on: '2026-10-16' }, /on: not later than today/],
    ['for months after its last', { fromMonth: '2026-04' }, /fromMonth/],
    ['of part of a fen', { amountFen: 12.345 }, /amountFen/],
    ['of nothing', { amountFen: 0 }, /amountFen/],
    ['of a text', { amountFen: '1e3' }, /amountFen/],
    ['of less than its parts', { parts: [{ stationId: 'KT', amountFen: 180_001 }] }, /more than the amount/],
    ['for a station twice', { stationIds: ['KT', 'KT'] }, /once/],
    ['for a station of nobody', { stationIds: ['XX'] }, /of this county/],
    ['with parts and stations', { stationIds: ['KT'], parts: [{ stationId: 'KT', amountFen: 1 }] }, /either parts or stationIds/],
    ['without a document', { document: '' }, /document/],
    ['with control characters', { document: 'a\u0000b' }, /document/],
  ])('%s is refused', async (_, over, detail) => {
    expect(await receive(over)).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } })
    expect(await recordsStored()).toBe(0)
  })
})

describe('the county passes money on', () => {
  test('and the village sees it beside what was earned, and what the county still holds', async () => {
    await receive()
    const dry = await pass({ dryRun: true, amountFen: 130_000 })
    expect(dry.body).toMatchObject({ written: false, record: { unappliedFen: 10_000, kind: 'transfer' } })
    await pass({ recordId: 'W-1', kind: 'withholding', amountFen: 1_000, on: '2026-04-19' })
    await pass({ amountFen: 110_000 })
    const { account, items, records } = await village()
    expect(account).toMatchObject({
      countyFen: 120_000,
      withheldFen: 1_000,
      villageFen: 110_000,
      heldFen: 9_000,
      cashFen: 110_000,
    })
    expect(account.subsidy).toMatchObject({ accruedFen: 9 * 80_000, countyFen: 0, awaitedFen: 9 * 80_000 })
    expect(items.at(-1)).toMatchObject({
      month: '2026-01',
      countyFen: 10_000,
      countyOn: '2026-04-10',
      villageFen: 9_000,
      villageOn: '2026-04-20',
      withheldFen: 1_000,
    })
    expect(records.map(({ recordId, kind, amountFen }) => [recordId, kind, amountFen])).toEqual([
      ['T-1', 'transfer', 110_000],
      ['W-1', 'withholding', 1_000],
    ])
    const row = (await county()).villages.find(({ villageCode }) => villageCode === FIRST)
    expect(row).toMatchObject({ cashFen: 110_000, heldFen: 9_000, withheldFen: 1_000, deductionFen: account.deductionFen })
  })

  test('before it has received any is an advance, as of that day and until it has', async () => {
    await pass()
    expect((await village()).account).toMatchObject({ cashFen: 120_000, advancedFen: 120_000, villageFen: 0 })
    await receive()
    expect((await village()).account).toMatchObject({ cashFen: 120_000, advancedFen: 0, villageFen: 120_000 })
    expect((await village(FIRST, '?asOf=2026-04-09')).account).toMatchObject({
      cashFen: 0,
      countyFen: 0,
      accruedFen: 3 * 120_000,
    })
  })

  test('said twice is one, and under a taken id it is refused', async () => {
    await pass()
    expect(await pass()).toMatchObject({ status: 200, body: { repeated: true } })
    expect((await pass({ amountFen: 1 })).status).toBe(409)
    expect((await village()).account.cashFen).toBe(120_000)
  })

  test('in part for one stream, which says which', async () => {
    await receive()
    await receive({ recordId: 'R-2', stream: 'subsidy', amountFen: 60_000 })
    const { body } = await pass({ stream: 'subsidy', amountFen: 50_000 })
    expect(body.record).toMatchObject({ stream: 'subsidy', unappliedFen: 10_000 })
  })
})

describe('a statement corrected after money came', () => {
  test('leaves what is over unapplied or what is short outstanding, on either page, and no record changes', async () => {
    await receive({ stationIds: ['ZL1'], amountFen: 30_000, toMonth: '2026-01' })
    const stored = await tables.moneyRecords.query({ partition: COUNTY })
    const restate = async (version: number, amountFen: number) => {
      const before = statementOf('ZL1', '2026-01')
      const change = <L extends { amountFen: number }>(lines: L[]) =>
        lines.map((line, at) => (at === 0 ? { ...line, amountFen } : line))
      const villages = before.villages.map((part) => ({ ...part, parts: change(part.parts) }))
      const statement = { ...before, version, lines: change(before.lines), villages }
      await tables.stationStatements.put(statement)
      const statements = [statement, statementOf('KT', '2026-01')]
      const composed = composeVillageMonth({
        villageCode: FIRST,
        countyCode: COUNTY,
        month: month('2026-01'),
        statements,
        complete: true,
      })
      await tables.villageStatements.put({ ...composed, version: version + 1, computedAtMs: 2 })
    }
    await restate(2, 25_000)
    expect((await county()).unappliedFen).toBe(5_000)
    expect((await village()).account.countyFen).toBe(25_000)
    await restate(3, 34_000)
    expect((await county()).unappliedFen).toBe(0)
    const [first] = (await village()).items.filter(
      (item) => item.stationId === 'ZL1' && item.month === '2026-01' && item.stream === 'benchmark',
    )
    expect(first).toMatchObject({ accruedFen: 34_000, countyFen: 30_000 })
    expect((await tables.moneyRecords.query({ partition: COUNTY })).rows).toEqual(stored.rows)
  })
})

describe('paying out', () => {
  test('by the list, all that is open, names masked; then nothing is left to pay', async () => {
    await pass()
    const before = await list()
    expect(before).toMatchObject({ runId: 'R1', balanceFen: 120_000, batches: [] })
    expect(before.lines).toEqual([
      { lineId: 'L1', payee: '示**', post: '保洁员', amountFen: 6_000, paidFen: 0, openFen: 6_000 },
      { lineId: 'L2', payee: expect.any(String), post: '保洁员', amountFen: 4_000, paidFen: 0, openFen: 4_000 },
    ])
    expect(await pay({ dryRun: true })).toMatchObject({
      status: 200,
      body: { written: false, amountFen: 10_000, lines: 2, balanceFen: 110_000 },
    })
    expect(await pay()).toMatchObject({
      status: 201,
      body: { recordId: '2026-03.payment.0001', amountFen: 10_000, balanceFen: 110_000 },
    })
    expect(await list()).toMatchObject({ balanceFen: 110_000, lines: [{ openFen: 0 }, { openFen: 0 }] })
    expect(await pay({ key: 'K-2' })).toMatchObject({ status: 409, body: { detail: 'Everything on this list is paid.' } })
    expect((await village()).account).toMatchObject({ paidFen: 10_000, balanceFen: 110_000 })
  })

  test('said twice is one, and another batch under the same key is refused', async () => {
    await pay()
    expect(await pay()).toMatchObject({ status: 200, body: { repeated: true, recordId: '2026-03.payment.0001' } })
    expect((await pay({ on: '2026-05-11' })).status).toBe(409)
    expect((await village()).account.paidFen).toBe(10_000)
  })

  test('five different batches of one line at once pay it once', async () => {
    const lines = [{ lineId: 'L1', amountFen: 6_000 }]
    const answers = await Promise.all([1, 2, 3, 4, 5].map((at) => pay({ key: `K-${at}`, lines })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409])
    expect((await village()).account.paidFen).toBe(6_000)
  })

  /** The month divided anew by another plan version: other ids of lines. */
  const divideAnew = async (lines: { lineId: string; personId: string; amountFen: number }[]) => {
    const there = await tables.allocations.get({ villageCode: FIRST, month: month('2026-03') })
    if (!there) throw new Error('the month is divided')
    await tables.allocations.put({ ...there.row, runId: 'R2', planVersion: 2 })
    const of = { villageCode: FIRST, month: month('2026-03'), runId: 'R2', householdId: 'H1', kind: 'post' as const }
    await tables.allocationLines.putBatch(lines.map((line) => ({ ...of, post: '保洁员', weight: 1, ...line })))
  }

  test('again to the same persons is refused when the month is divided anew, whatever their lines are called', async () => {
    await pay()
    await divideAnew([
      { lineId: 'A01', personId: 'P1', amountFen: 6_000 },
      { lineId: 'A02', personId: 'P2', amountFen: 4_500 },
    ])
    expect((await list()).lines).toMatchObject([
      { lineId: 'A01', paidFen: 6_000, openFen: 0 },
      { lineId: 'A02', paidFen: 4_000, openFen: 500 },
    ])
    const again = [{ lineId: 'A01', amountFen: 6_000 }]
    expect(await pay({ key: 'K-2', runId: 'R2', lines: again })).toMatchObject({ status: 409 })
    expect(await pay({ key: 'K-3', runId: 'R2' })).toMatchObject({ status: 201, body: { amountFen: 500, lines: 1 } })
    expect((await village()).account.paidFen).toBe(10_500)
  })

  test('to somebody else on a line of the same id is open, and who was paid before stays to be seen', async () => {
    await pay({ lines: [{ lineId: 'L1', amountFen: 6_000 }] })
    await divideAnew([{ lineId: 'L1', personId: 'P7', amountFen: 6_000 }])
    expect(await list()).toMatchObject({
      lines: [{ lineId: 'L1', paidFen: 0, openFen: 6_000 }],
      unlisted: [{ batchId: '2026-03.payment.0001', lineId: 'L1', payee: '示**', post: '保洁员', paidFen: 6_000 }],
    })
    expect(await pay({ key: 'K-2', runId: 'R2' })).toMatchObject({ status: 201, body: { amountFen: 6_000 } })
  })

  test('what came back from the bank is open again, at most once', async () => {
    await pay()
    const back = {
      dryRun: false,
      key: 'B-1',
      on: '2026-05-20',
      payment: '2026-03.payment.0001',
      document: '示范退票',
      lines: [{ lineId: 'L2', amountFen: 4_000 }],
    }
    const returning = async (over: object = {}) =>
      send('accountant', `/api/receipts/villages/${FIRST}/returns`, { ...back, ...over })
    expect(await returning()).toMatchObject({ status: 201, body: { amountFen: 4_000 } })
    expect(await returning()).toMatchObject({ status: 200, body: { repeated: true } })
    expect((await returning({ key: 'B-2' })).status).toBe(409)
    expect((await returning({ key: 'B-3', payment: '2026-03.payment.0009' })).status).toBe(409)
    expect((await returning({ key: 'B-4', on: '2026-05-09', lines: [{ lineId: 'L1', amountFen: 1 }] })).status).toBe(400)
    expect(await list()).toMatchObject({
      lines: [{ openFen: 0 }, { openFen: 4_000 }],
      batches: [{ recordId: '2026-03.payment.0001', lines: [{ leftFen: 6_000 }, { leftFen: 0 }] }],
    })
    expect(await pay({ key: 'K-2', on: '2026-05-21' })).toMatchObject({ status: 201, body: { amountFen: 4_000 } })
  })

  test.each<[string, object, number, RegExp]>([
    ['by an old list', { runId: 'R0' }, 409, /has changed/],
    ['of a month without one', { month: '2026-04' }, 409, /has changed/],
    ['of more than a line has', { lines: [{ lineId: 'L1', amountFen: 6_001 }] }, 409, /only 6000 fen left/],
    ['of a line that is none', { lines: [{ lineId: 'L9', amountFen: 1 }] }, 409, /not in the month/],
    ['tomorrow', { on: '2026-10-16' }, 400, /today/],
  ])('%s is refused', async (_, over, status, detail) => {
    expect(await pay(over)).toMatchObject({ status, body: { detail: expect.stringMatching(detail) } })
    expect(await recordsStored()).toBe(0)
  })
})

describe('a record that was wrong', () => {
  const reversing = async (who: Who, over: object = {}) =>
    send(who, '/api/receipts/reversals', { dryRun: false, placeCode: FIRST, recordId: 'T-1', document: '示范更正', ...over })

  test('is taken back once, stays to be seen, and counts for nothing', async () => {
    await pass()
    expect(await reversing('cashier', { dryRun: true })).toMatchObject({
      status: 200,
      body: { written: false, amountFen: 120_000 },
    })
    expect((await village()).account.cashFen).toBe(120_000)
    for (const _ of [1, 2]) expect(await reversing('cashier')).toMatchObject({ status: 200, body: { written: true } })
    expect(await village()).toMatchObject({ account: { cashFen: 0 }, records: [{ recordId: 'T-1', reversedAtMs: NOW_MS }] })
    expect(await recordsStored()).toBe(2)
    expect((await reversing('cashier', { recordId: 'T-1.reversal' })).status).toBe(409)
    for (const dryRun of [true, false])
      expect(await pass({ dryRun })).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/taken back.*--id/) } })
    expect((await pass({ recordId: 'T-2' })).status).toBe(201)
    expect((await village()).account.cashFen).toBe(120_000)
  })

  test('and was taken back is no payment or return any more that its key could repeat', async () => {
    await pay()
    const back = {
      dryRun: false,
      key: 'B-1',
      on: '2026-05-20',
      payment: '2026-03.payment.0001',
      document: '示范退票',
      lines: [{ lineId: 'L2', amountFen: 4_000 }],
    }
    const returning = async () => send('accountant', `/api/receipts/villages/${FIRST}/returns`, back)
    expect((await returning()).status).toBe(201)
    await reversing('accountant', { recordId: '2026-03.payment.0001.return.0001' })
    expect(await returning()).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/taken back.*--id/) } })
    await reversing('accountant', { recordId: '2026-03.payment.0001' })
    for (const dryRun of [true, false])
      expect(await pay({ dryRun })).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/taken back.*--id/) } })
    expect(await pay({ key: 'K-2' })).toMatchObject({ status: 201, body: { amountFen: 10_000 } })
    expect((await village()).account.paidFen).toBe(10_000)
  })

  test('is taken back by one document: another is told so', async () => {
    await pass()
    await reversing('cashier')
    for (const dryRun of [true, false]) {
      expect(await reversing('cashier', { dryRun, document: '另一凭证' })).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('another document') },
      })
      expect(await reversing('cashier', { dryRun })).toMatchObject({ status: 200, body: { written: !dryRun } })
    }
    expect(await recordsStored()).toBe(2)
  })

  test('counts on no day, before it was taken back or after: what was received is what was settled and what is unapplied', async () => {
    await receive()
    await receive({ recordId: 'R-2', on: '2026-05-10', amountFen: 90_000, parts: [{ stationId: 'KT', amountFen: 90_000 }] })
    await reversing('cashier', { placeCode: COUNTY, recordId: 'R-1' })
    for (const asOf of ['2026-10-14', '2026-10-15'])
      expect(await county(`&asOf=${asOf}`)).toMatchObject({
        receivedFen: 90_000,
        unappliedFen: 0,
        total: { countyFen: 90_000 },
        records: [{ recordId: 'R-2' }, { recordId: 'R-1', reversedAtMs: NOW_MS }],
      })
  })

  test('is taken back only by whoever may record such', async () => {
    await pass()
    await receive()
    await pay()
    const payment = { recordId: '2026-03.payment.0001' }
    const nowhere = await reversing('cashier', { recordId: 'none' })
    expect(nowhere.status).toBe(404)
    for (const [who, over] of [
      ['accountant', {}],
      ['officer', {}],
      ['operator', {}],
      ['accountant', { placeCode: COUNTY, recordId: 'R-1' }],
      ['cashier', payment],
    ] as const)
      expect(await reversing(who, over)).toEqual(nowhere)
    expect((await reversing('accountant', payment)).status).toBe(200)
    expect((await reversing('cashier', { placeCode: COUNTY, recordId: 'R-1' })).status).toBe(200)
    expect(await list()).toMatchObject({ lines: [{ openFen: 6_000 }, { openFen: 4_000 }], batches: [] })
    expect(await pay({ key: 'K-2' })).toMatchObject({ status: 201, body: { recordId: '2026-03.payment.0002' } })
  })
})

describe('opening balances', () => {
  const HEADER =
    'village_code,station_id,stream,month,accrued_yuan,county_received_yuan,village_received_yuan,received_on,document'
  const LINES = [`${FIRST},ZL1,subsidy,2019-12,1000,600,400,2020-06-30,示范`, `${SECOND},KT,benchmark,2020-01,50.5,0,0,,示范`]
  const importing = async (lines: readonly string[], dryRun = false) => {
    const { status, body } = await send('cashier', `/api/receipts/county/${COUNTY}/openings`, {
      dryRun,
      csv: [HEADER, ...lines].join('\n'),
    })
    return { status, body: body as OpeningImport }
  }

  test('are checked first, written whole, and the same file again changes nothing', async () => {
    expect((await importing(LINES, true)).body).toMatchObject({ written: false, added: 2, unchanged: 0, accruedFen: 105_050 })
    expect(await recordsStored()).toBe(0)
    expect((await importing(LINES)).body).toMatchObject({ written: true, added: 2, errorCount: 0 })
    expect((await importing(LINES)).body).toMatchObject({ written: true, added: 0, unchanged: 2 })
    expect(await recordsStored()).toBe(2)
    expect((await village()).account).toMatchObject({
      accruedFen: 9 * 120_000 + 100_000,
      countyFen: 60_000,
      villageFen: 40_000,
      cashFen: 40_000,
    })
    expect((await village(SECOND)).items.at(-1)).toMatchObject({ month: '2020-01', accruedFen: 5_050, countyFen: 0 })
    const late = { stream: 'subsidy', year: 2019, dueOn: '2020-03-31', awaitedFen: 40_000, heldFen: 20_000 }
    expect((await village()).overdue).toMatchObject([late])
    expect((await county()).overdue).toMatchObject([{ ...late, villageName: '示范甲村' }])
  })

  test('join what is received for the station afterwards', async () => {
    await importing(LINES)
    await receive({ stream: 'subsidy', amountFen: 40_000, stationIds: ['ZL1'], toMonth: '2019-12' })
    expect((await village()).items.at(-1)).toMatchObject({ month: '2019-12', countyFen: 100_000 })
    await receive({ recordId: 'R-2', amountFen: 5_050, stationIds: ['KT'], toMonth: '2020-01' })
    expect((await village(SECOND)).items.at(-1)).toMatchObject({ countyFen: 5_050 })
    expect((await county()).total.countyFen).toBe(105_050)
  })

  test.each([
    ['of another county', `${FIRST},XX,subsidy,2019-12,1,0,0,,示范`, 'station_id', 'no such station'],
    ['of a village without a part', `${SECOND},ZL1,subsidy,2019-12,1,0,0,,示范`, 'village_code', 'no part'],
    ['of a month to come', `${FIRST},ZL1,subsidy,2026-10,1,0,0,,示范`, 'month', 'not over'],
    ['received in the future', `${FIRST},ZL1,subsidy,2019-11,1,1,0,2026-10-16,示范`, 'received_on', 'yet to come'],
    ['that are no amounts', `${FIRST},ZL1,subsidy,2019-12,one,0,0,,示范`, 'accrued_yuan', 'plain number'],
  ])('%s stop the whole file, by line and column', async (_, line, column, message) => {
    const { body } = await importing([LINES[0] ?? '', line])
    expect(body).toMatchObject({ written: false, errorCount: body.errors.length })
    expect(body.errors.at(-1)).toMatchObject({ file: 'openings.csv', line: 3, column, message: expect.stringContaining(message) })
    expect(await recordsStored()).toBe(0)
  })

  test('that are wrong by themselves are refused before anything is looked up', async () => {
    const { stations } = tables
    const read: string[] = []
    const counting = { ...stations, get: async (id: { stationId: string }) => (read.push(id.stationId), stations.get(id)) }
    tables = { ...tables, stations: counting }
    const { body } = await importing([LINES[0] ?? '', `${FIRST},ZL1,subsidy,2019-11,one,0,0,,示范`])
    expect(body).toMatchObject({ written: false, added: 0, errorCount: 1 })
    expect(read).toEqual([])
    await importing(LINES)
    expect(read).toEqual(['ZL1', 'KT'])
  })

  test('of a subsidy to a station outside the catalogue are refused', async () => {
    const found = await tables.stations.get({ stationId: 'ZL1' })
    if (found) await tables.stations.put({ ...found.row, catalogueListed: false })
    expect((await importing(LINES)).body.errors).toMatchObject([{ line: 2, column: 'stream' }])
  })

  test('are corrected by taking one back and importing anew', async () => {
    await importing(LINES)
    const other = [`${FIRST},ZL1,subsidy,2019-12,900,600,400,2020-06-30,示范`]
    expect((await importing(other)).body.errors).toMatchObject([{ line: 2, column: 'accrued_yuan' }])
    const recordId = (await tables.moneyRecords.query({ partition: 'ZL1' })).rows[0]?.row.recordId ?? ''
    const reversal = { dryRun: false, placeCode: 'ZL1', recordId, document: '示范更正' }
    expect((await send('cashier', '/api/receipts/reversals', reversal)).status).toBe(200)
    expect((await importing(other)).body).toMatchObject({ written: true, added: 1 })
    for (const account of [(await village()).account, (await county()).villages[0]])
      expect(account).toMatchObject({ accruedFen: 9 * 120_000 + 90_000, cashFen: 40_000 })
  })
})

describe('as of a day and by age', () => {
  test('the county’s figures are those of that day, in the classes asked for', async () => {
    await receive()
    expect(await county('&asOf=2026-04-09')).toMatchObject({
      asOf: '2026-04-09',
      total: { accruedFen: 540_000, countyFen: 0 },
      receivedFen: 0,
    })
    const { total, limitsDays } = await county('&ages=100,200')
    expect(limitsDays).toEqual([100, 200])
    expect(total.ages.awaited.reduce((sum, fen) => sum + fen, 0)).toBe(total.awaitedFen)
    expect(total.ages.held).toEqual([0, 180_000, 0])
  })

  test.each(['ages=0', 'ages=30,30', 'ages=90,30', 'ages=1,2,3,4,5,6,7,8,9,10', 'ages=x', 'asOf=2026-02-30', 'what=1'])(
    '%s is refused',
    async (query) => expect((await send('officer', `/api/receipts/county?${query}`)).status).toBe(400),
  )

  test('of a town are its villages’ alone, and the county’s receipts are not shown there', async () => {
    await receive()
    const view = (await send('officer', `/api/receipts/county?code=${TOWN}`)).body as CountyReceipts
    expect(view).toMatchObject({ records: [], receivedFen: 0, villages: [{}, {}], total: { countyFen: 180_000 } })
  })
})

describe('people', () => {
  test.each<[Who, string, object | undefined, number]>([
    ['operator', `/api/receipts/county?code=${COUNTY}`, undefined, 403],
    ['operator', `/api/receipts/villages/${FIRST}`, undefined, 403],
    ['accountant', `/api/receipts/villages/${SECOND}`, undefined, 404],
    ['accountant', `/api/receipts/county?code=${COUNTY}`, undefined, 404],
    ['cashier', `/api/receipts/villages/${FIRST}/list?month=2026-03`, undefined, 403],
    ['accountant', `/api/receipts/county/${COUNTY}`, RECEIPT, 403],
    ['officer', `/api/receipts/county/${COUNTY}`, RECEIPT, 403],
    ['accountant', `/api/receipts/villages/${FIRST}/transfers`, TRANSFER, 403],
    ['cashier', `/api/receipts/villages/${COUNTY}/transfers`, TRANSFER, 404],
    ['cashier', `/api/receipts/county/${FIRST}`, RECEIPT, 404],
    ['cashier', `/api/receipts/villages/${FIRST}/payments`, PAYMENT, 403],
    ['accountant', `/api/receipts/villages/${SECOND}/payments`, PAYMENT, 404],
  ])('the %s is answered as the role may have it: %s', async (who, path, body, status) => {
    expect((await send(who, path, body)).status).toBe(status)
    expect(await recordsStored()).toBe(0)
  })

  test('the village’s accountant sees the transfers to the village, and of the county’s receipts only what they settled', async () => {
    await receive()
    await pass()
    const { status, body } = await send('accountant', `/api/receipts/villages/${FIRST}`)
    expect(status).toBe(200)
    expect((body as VillageReceipts).records.map(({ recordId }) => recordId)).toEqual(['T-1'])
    expect(JSON.stringify(body)).not.toContain(SECOND)
  })
})

describe('months divided since money moved', () => {
  const work = { villageCode: FIRST, month: '2026-03' }
  const transfer = { dryRun: false, recordId: 'T-9', on: '2026-03-20', amountFen: 500, document: '示范拨付单' }
  const passOn = (over: object = {}) => send('cashier', `/api/receipts/villages/${FIRST}/transfers`, { ...transfer, ...over })

  test('are settled again when a transfer is recorded, said again, or taken back', async () => {
    await passOn({ dryRun: true })
    expect(sent).toEqual([])
    await passOn()
    await passOn()
    expect(sent).toEqual([work, work])
    await send('cashier', '/api/receipts/reversals', { dryRun: false, placeCode: FIRST, recordId: 'T-9', document: '示范更正' })
    expect(sent).toEqual([work, work, work])
  })

  test('are left alone by money that came after them, and by a receipt of the county', async () => {
    await passOn({ on: '2026-04-01' })
    await send('cashier', `/api/receipts/county/${COUNTY}`, { ...RECEIPT, on: '2026-03-20' })
    expect(sent).toEqual([])
  })

  test('are settled again in every village where the grid company pays villages itself, and when that is taken back', async () => {
    await send('cashier', `/api/receipts/county/${COUNTY}`, { ...RECEIPT, on: '2026-03-20', direct: true })
    expect(sent).toEqual([work])
    await send('cashier', '/api/receipts/reversals', { dryRun: false, placeCode: COUNTY, recordId: 'R-1', document: '示范更正' })
    expect(sent).toEqual([work, work])
  })
})
