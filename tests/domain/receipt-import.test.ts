import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OPENING_COLUMNS, parseOpenings } from '../../domain/receipt-import.ts'

const LINE = {
  village_code: '341623105220',
  station_id: 'ZL1',
  stream: 'subsidy',
  month: '2019-12',
  accrued_yuan: '1000.50',
  county_received_yuan: '600',
  village_received_yuan: '400.25',
  received_on: '2020-06-30',
  document: '示范拨付文件',
}
const fileOf = (...lines: Partial<Record<keyof typeof LINE, string>>[]): string =>
  [
    OPENING_COLUMNS,
    ...lines.map((over) => OPENING_COLUMNS.map((column) => ({ ...LINE, ...over })[column as keyof typeof LINE])),
  ].join('\n')
const errorsOf = (text: string): string[] =>
  parseOpenings(text).errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)

describe('opening balances in a file', () => {
  test('leave in fen', () => {
    expect(parseOpenings(fileOf({}))).toEqual({
      lines: [
        {
          line: 2,
          row: { ...LINE, accrued_yuan: 100_050, county_received_yuan: 60_000, village_received_yuan: 40_025 },
        },
      ],
      errors: [],
    })
  })

  test.each([
    [{ village_code: '3416' }, 'openings.csv:2:village_code: Write all 12 digits'],
    [{ stream: 'grid' }, 'openings.csv:2:stream: Write one of: benchmark'],
    [{ month: '2019-13' }, 'openings.csv:2:month: Write a month as YYYY-MM'],
    [{ month: '' }, 'openings.csv:2:month: Fill this in.'],
    [{ accrued_yuan: '0' }, 'openings.csv:2:accrued_yuan: Write a plain number from 0.01'],
    [{ accrued_yuan: '1.001' }, 'openings.csv:2:accrued_yuan: Write a plain number'],
    [{ accrued_yuan: '-1' }, 'openings.csv:2:accrued_yuan: Write a plain number'],
    [{ received_on: '2020-02-30' }, 'openings.csv:2:received_on: Write a real day'],
    [{ document: '' }, 'openings.csv:2:document: Fill this in.'],
    [{ accrued_yuan: '599.99' }, 'openings.csv:2:county_received_yuan: More than was earned'],
    [{ village_received_yuan: '600.01' }, 'openings.csv:2:village_received_yuan: More than the county received'],
    [{ received_on: '' }, 'openings.csv:2:received_on: Say when it was received'],
  ])('with %o are told of by line and column', (over, message) => {
    const [error, ...others] = errorsOf(fileOf(over))
    expect(error).toContain(message)
    expect(others).toEqual([])
  })

  test('of nothing received need no day', () => {
    expect(errorsOf(fileOf({ received_on: '', county_received_yuan: '0', village_received_yuan: '0' }))).toEqual([])
    expect(errorsOf(fileOf({ accrued_yuan: '600', village_received_yuan: '600' }))).toEqual([])
  })

  test('twice of one amount name the first line', () => {
    const others = [{ month: '2019-11' }, { stream: 'benchmark' }, { station_id: 'ZL2' }, { village_code: '341623105221' }]
    expect(errorsOf(fileOf({}, ...others, {}))).toEqual([
      expect.stringMatching(/^openings.csv:7:village_code: Line 2 already speaks/),
    ])
  })

  test('tell every mistake in the order of lines', () => {
    expect(
      errorsOf(fileOf({ received_on: '' }, { month: 'x' }, { accrued_yuan: '1', stream: 'other' })).map(
        (text) => text.split(':')[1],
      ),
    ).toEqual(['2', '3', '4'])
  })

  test('are at most 5,000 lines at once', () => {
    const line = (at: number) => ({ station_id: `S${at}`, received_on: '2020-01-01' })
    const most = Array.from({ length: 5_000 }, (_, at) => line(at))
    expect(errorsOf(fileOf(...most))).toEqual([])
    expect(errorsOf(fileOf(...most, line(5_000)))).toEqual(['openings.csv:0:: Split the file at 5000 lines.'])
  })

  test('are read without ever throwing, whatever is in the file', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseOpenings(text)))
    expect(errorsOf('')).toHaveLength(1)
    expect(errorsOf('a,b\n1,2')[0]).toContain('exactly these columns')
  })
})
