import { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AllocationLine } from '../../domain/allocation-run.ts'
import { keptBody, keptRow } from '../../stores/sqlite/body.ts'
import { openTable } from '../../stores/sqlite/table.ts'
import { tables } from '../../stores/tables.ts'
import { VILLAGE } from '../registry.ts'
import { month } from '../settlement.ts'

/** Rows of which there are millions are kept without names; whatever a row holds, it must read back as it was written. */

const spec = tables.allocationLines
const aLine = (over: Partial<AllocationLine> = {}): AllocationLine => ({
  villageCode: VILLAGE,
  month: month('2026-10'),
  runId: 's1-p1-0123456789abcdef',
  lineId: 'L001',
  personId: 'P001',
  householdId: 'H001',
  kind: 'post',
  post: '保洁员',
  weight: 50_000,
  amountFen: 49_261,
  ...over,
})
const readBack = (line: AllocationLine): AllocationLine => keptRow(spec, spec.key(line), keptBody(spec, line))

describe('a line of an allocation', () => {
  test('is kept as its values alone, without what its key says', () => {
    expect(keptBody(spec, aLine())).toBe('["P001","H001","post","保洁员",50000,49261]')
    const settling = { planLineId: 'L001', ofMonth: month('2026-08'), lineId: 'L001@2026-08' }
    expect(keptBody(spec, aLine(settling))).toBe('["P001","H001","post","保洁员",50000,49261,null,null,null,"L001","2026-08"]')
  })

  test.each<[string, object]>([
    ['a field nobody foresaw', { note: 'x' }],
    ['a null', { claimFen: null }],
    ['a number JSON has no word for', { claimFen: Number.NaN }],
    ['a run id with the sign between the parts of a key', { runId: 'a#b' }],
    ['a village code with it', { villageCode: 'a#b' }],
    ['a number where the key has a text', { runId: 7 }],
    ['more than a thousand signs', { post: '员'.repeat(1_000) }],
    ['a field that is there and undefined', { claimFen: undefined }],
  ])('with %s is kept as an object', (_, over) => {
    const line = aLine(over)
    expect(keptBody(spec, line)).toBe(JSON.stringify(line))
    expect(readBack(line)).toStrictEqual(JSON.parse(JSON.stringify(line)))
  })

  test('reads back as it was written, whatever it holds', () => {
    const text = fc.oneof(fc.constantFrom('', '#', 'a#b', '阳光', '__proto__'), fc.string({ unit: 'binary' }))
    const value = fc.oneof(text, fc.jsonValue({ depthSize: 'small' }), fc.double())
    const field = fc.constantFrom('claimFen', 'attended', 'due', 'planLineId', 'ofMonth', 'post', 'weight', 'other')
    const ids = fc.record({ villageCode: text, month: text, runId: text, lineId: text })
    fc.assert(
      fc.property(ids, fc.dictionary(field, value), (id, over) => {
        const line = aLine({ ...id, ...over } as Partial<AllocationLine>)
        expect(readBack(line)).toStrictEqual(JSON.parse(JSON.stringify(line)))
      }),
      { numRuns: 500 },
    )
  })

  test('of the time before this is read as it was written then, and replaced in brief', async () => {
    const database = new DatabaseSync(':memory:')
    const before = { ...spec, brief: undefined } as unknown as typeof spec
    await openTable(database, before).putBatch([aLine(), aLine({ lineId: 'L002', claimFen: 60_000 })])
    const now = openTable(database, spec)
    expect(await now.get(aLine())).toEqual({ row: aLine(), version: 1 })
    await now.put(aLine({ amountFen: 1 }), { version: 1 })
    const { rows } = await now.query({ partition: `${VILLAGE}#2026-10` })
    expect(rows).toEqual([
      { row: aLine({ amountFen: 1 }), version: 2 },
      { row: aLine({ lineId: 'L002', claimFen: 60_000 }), version: 1 },
    ])
    database.close()
  })

  test('kept by a release that knows more fields is refused, not read without them', () => {
    const older = { ...spec, brief: spec.brief && { ...spec.brief, fields: [] } } as typeof spec
    expect(() => keptRow(older, spec.key(aLine()), keptBody(spec, aLine()))).toThrow('kept by another release')
    expect(() => keptRow(tables.plans, spec.key(aLine()), '[]')).toThrow('a row of plans was kept by another release')
  })
})
