import { beforeEach, describe, expect, test } from 'vitest'
import type { LedgerRule } from '../../domain/ledger-audit.ts'
import { create as auditLedger } from '../../functions/audit-ledger.ts'
import { close } from '../../functions/edge/closing-desk.ts'
import { type Books, daysOf, openBooks } from '../books.ts'
import { aStation, COUNTY, day, someRegions, VILLAGE } from '../registry.ts'
import { aDeduction, aPlan, aPrice, aShare, month, somePlanLines } from '../settlement.ts'
import { rowsOf } from './settling.ts'

/** A county's books gone through once a day: right ones pass, and of a row that was tampered with the audit says which and how. */

const [SEPTEMBER, OCTOBER] = [month('2026-09'), month('2026-10')]
const SECOND = '341623105221'
const STATIONS = ['ZL1', 'KT']

let books: Books
let logged: object[]
beforeEach(async () => {
  books = openBooks()
  logged = []
  const { tables } = books
  await tables.regions.putBatch(someRegions)
  await tables.stations.putBatch([aStation(), { ...aStation({ stationId: 'KT', kind: 'joint' }), villageCode: undefined }])
  await tables.shares.putBatch([
    aShare({ weight: 2, weightTotal: 5 }),
    aShare({ villageCode: SECOND, weight: 3, weightTotal: 5 }),
  ])
  await tables.prices.putBatch(STATIONS.map((stationId) => aPrice({ stationId })))
  await tables.deductions.put(aDeduction({ kind: 'operation', rateBp: 290 }))
  await tables.plans.putBatch([aPlan({ basis: 'wages', lines: somePlanLines(7) }), aPlan({ villageCode: SECOND })])
  for (const of of [SEPTEMBER, OCTOBER]) {
    await tables.generation.putBatch(STATIONS.flatMap((stationId) => daysOf(stationId, of, (at) => 700_000 + at * 7)))
    books.after(of)
    await books.settle(STATIONS, [of])
  }
  await books.close(SEPTEMBER)
  const [late] = daysOf('ZL1', SEPTEMBER, () => 900_000)
  if (late) await tables.generation.put({ ...late, version: 2 })
  await books.settle(['ZL1'], [SEPTEMBER])
  return () => tables.close()
})

const audit = (atMs = books.deps.now()) =>
  auditLedger({ ...books.deps, log: { ...books.deps.log, error: (fields) => void logged.push(fields) } })({ atMs })
const found = async () => (await rowsOf(books.tables.audits.query({ partition: COUNTY }))).at(-1)
const statementOf = async (of = OCTOBER) =>
  (await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE, from: `${of}#`, to: `${of}#~` }))).at(-1)

describe('books that are right', () => {
  test('pass, closed and adjusted months too, with what was gone through', async () => {
    await audit()
    expect(await found()).toMatchObject({ findings: [] })
    const [october, september] = (await found())?.months.filter(({ villages }) => villages > 0) ?? []
    expect([october, september]).toMatchObject([
      { month: OCTOBER, stations: 2, villages: 2, findings: 0 },
      { month: SEPTEMBER, stations: 2, villages: 2, findings: 0 },
    ])
    expect(logged).toEqual([])
  })

  test('are so too where inverters and meter do not agree, which is kept for somebody to look into', async () => {
    const rows = daysOf('ZL1', OCTOBER, (at) => 700_000 + at * 7)
    await books.tables.generation.putBatch(rows.map((row) => ({ ...row, inverterWh: 800_000, version: 2 })))
    await books.settle(['ZL1'], [OCTOBER])
    await audit()
    expect(await found()).toMatchObject({
      findings: [],
      differences: [{ stationId: 'ZL1', month: OCTOBER, code: 'month_sum_check', ofWh: 24_800_000, toWh: 21_703_472 }],
    })
    expect(logged).toEqual([])
    expect((await audit()).did).toBe(0)
  })

  test('are gone through once a day', async () => {
    expect((await audit()).did).toBe(14)
    expect((await audit()).did).toBe(0)
    expect((await audit(books.deps.now() + 86_400_000)).did).toBe(14)
  })
})

const tamperings: [string, LedgerRule[], (books: Books) => Promise<unknown>][] = [
  [
    'a station-day',
    ['day_energy'],
    async ({ tables }) => {
      const row = (await tables.generation.get({ stationId: 'ZL1', day: day('2026-10-05'), version: 1 }))?.row
      return row && tables.generation.put({ ...row, energyWh: 1 })
    },
  ],
  [
    'a station-day that is gone',
    ['day_gone'],
    async ({ tables }) => tables.generation.delete({ stationId: 'ZL1', day: day('2026-10-05'), version: 1 }),
  ],
  [
    'the energy of a line',
    ['line_energy', 'line_income'],
    async ({ tables }) => {
      const [row] = await rowsOf(tables.stationStatements.query({ partition: 'KT', from: '2026-10#' }))
      const [first, ...rest] = row?.lines ?? []
      return row && first && tables.stationStatements.put({ ...row, lines: [{ ...first, energyWh: 1_000_000_000 }, ...rest] })
    },
  ],
  [
    'an amount of a station’s line',
    ['line_income', 'station_net', 'station_shares'],
    async ({ tables }) => {
      const [row] = await rowsOf(tables.stationStatements.query({ partition: 'KT', from: '2026-10#' }))
      const [first, ...rest] = row?.lines ?? []
      return (
        row && first && tables.stationStatements.put({ ...row, lines: [{ ...first, amountFen: first.amountFen + 1 }, ...rest] })
      )
    },
  ],
  [
    'a village’s part',
    ['village_net', 'village_parts'],
    async ({ tables }) => {
      const row = await statementOf()
      const [first, ...rest] = row?.stations ?? []
      const [line, ...lines] = first?.lines ?? []
      return (
        row &&
        first &&
        line &&
        tables.villageStatements.put({
          ...row,
          stations: [{ ...first, lines: [{ ...line, amountFen: line.amountFen + 1 }, ...lines] }, ...rest],
        })
      )
    },
  ],
  [
    'a village’s net',
    ['pot_net', 'village_net'],
    async ({ tables }) => {
      const row = await statementOf()
      return row && tables.villageStatements.put({ ...row, netFen: row.netFen + 1 })
    },
  ],
  [
    'the pot',
    ['pot_net', 'pot_parts'],
    async ({ tables }) => {
      const row = (await tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
      return row && tables.allocations.put({ ...row, potFen: row.potFen + 1 })
    },
  ],
  [
    'what is carried on',
    ['carried_on'],
    async ({ tables }) => {
      const row = (await tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
      return row && tables.allocations.put({ ...row, carriedInFen: (row.carriedInFen ?? 0) + 1 })
    },
  ],
  [
    'a payee’s line',
    ['lines_sum'],
    async ({ tables }) => {
      const row = (await tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
      const lines = await rowsOf(tables.allocationLines.query({ partition: `${VILLAGE}#${OCTOBER}` }))
      const line = lines.find(({ runId }) => runId === row?.runId)
      return line && tables.allocationLines.put({ ...line, amountFen: line.amountFen + 1 })
    },
  ],
  [
    'two payees’ lines of a closed month, to and fro',
    ['closed_hash'],
    async ({ tables }) => {
      const row = (await tables.allocations.get({ villageCode: VILLAGE, month: SEPTEMBER }))?.row
      const lines = await rowsOf(tables.allocationLines.query({ partition: `${VILLAGE}#${SEPTEMBER}` }))
      const [one, other] = lines.filter(({ runId }) => runId === row?.runId)
      return (
        one &&
        other &&
        tables.allocationLines.putBatch([
          { ...one, amountFen: one.amountFen + 1 },
          { ...other, amountFen: other.amountFen - 1 },
        ])
      )
    },
  ],
  [
    'the mark of a closed run',
    ['closed_open_run'],
    async ({ tables }) => {
      const row = (await tables.allocations.get({ villageCode: VILLAGE, month: SEPTEMBER }))?.row
      if (!row) return undefined
      const { closedAtMs: _, ...open } = row
      return tables.allocations.put(open)
    },
  ],
]

describe('books that were tampered with', () => {
  test.each(tamperings)('by %s are found by %j, named by their rows, and logged', async (_, rules, tamper) => {
    await tamper(books)
    await audit()
    const findings = (await found())?.findings ?? []
    expect([...new Set(findings.map(({ rule }) => rule))].toSorted()).toEqual(rules)
    expect(findings.every(({ row }) => / 2026-(09|10)/.test(row))).toBe(true)
    expect(logged).toHaveLength(findings.length)
    expect(logged[0]).toMatchObject({ countyCode: COUNTY, rule: findings[0]?.rule, row: findings[0]?.row })
  })

  test('stand in the way of closing, whoever asks, and no longer once they are mended', async () => {
    const row = (await books.tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
    if (!row) throw new Error('October is divided')
    await books.tables.allocations.put({ ...row, potFen: row.potFen + 1 })
    await audit()
    const asked = { countyCode: COUNTY, month: OCTOBER, by: 'an-officer' }
    const refused = await close(books.deps, asked)
    expect(refused).toMatchObject({ kind: 'rejected', detail: expect.stringContaining('pot_parts: allocations') })
    await books.tables.allocations.put(row)
    expect((await audit()).did).toBe(1)
    expect(await close(books.deps, asked)).toMatchObject({ kind: 'done', closing: { state: 'closed' } })
  })
  test('stand in the way also while the next audit has not come to their month', async () => {
    const row = (await books.tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
    if (!row) throw new Error('October is divided')
    await books.tables.allocations.put({ ...row, potFen: row.potFen + 1 })
    await audit()
    const next = { countyCode: COUNTY, day: day('2026-11-30'), findings: [] }
    const through = (of: typeof OCTOBER) => ({ month: of, auditedAtMs: 0, stations: 2, villages: 2, lines: 7, findings: 0 })
    await books.tables.audits.put({ ...next, months: [through(SEPTEMBER)] })
    const asked = { countyCode: COUNTY, month: OCTOBER, by: 'an-officer' }
    expect(await close(books.deps, asked)).toMatchObject({ kind: 'rejected', detail: expect.stringContaining('pot_parts') })
    await books.tables.audits.put({ ...next, months: [through(SEPTEMBER), through(OCTOBER)] })
    expect(await close(books.deps, asked)).toMatchObject({ kind: 'done' })
  })
})
