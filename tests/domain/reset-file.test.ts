import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readResetFile, RESET_COLUMNS } from '../../domain/reset-file.ts'
import { resetAsk } from '../../domain/reset-record.ts'

const HEADER = RESET_COLUMNS.join(',')
const LINE = 'ZL1,ZL1-METER,2026-10-05 09:30,replacement,115.5,5,换表,示范换〔2026〕7号'
const fileOf = (...lines: string[]) => [HEADER, ...lines].join('\r\n')
const withCell = (column: string, cell: string): string =>
  LINE.split(',')
    .map((text, at) => (RESET_COLUMNS[at] === column ? cell : text))
    .join(',')

describe('a file of resets', () => {
  test('is read line by line, kWh as whole Wh and times in China', () => {
    const { lines, errors } = readResetFile(fileOf(LINE, withCell('at', '2026-10-05T09:30:15')))
    expect(errors).toEqual([])
    expect(lines[0]).toEqual({
      line: 2,
      ask: {
        stationId: 'ZL1',
        deviceId: 'ZL1-METER',
        atMs: Date.parse('2026-10-05T09:30:00+08:00'),
        kind: 'replacement',
        finalWh: 115_500,
        startWh: 5_000,
        reason: '换表',
        document: '示范换〔2026〕7号',
      },
    })
    expect(lines.map(({ ask }) => resetAsk.safeParse(ask).success)).toEqual([true, true])
    expect(lines[1]?.ask.atMs).toBe(Date.parse('2026-10-05T09:30:15+08:00'))
  })

  test.each([
    ['station_id', 'no id'],
    ['device_id', ''],
    ['at', '2026-10-05'],
    ['at', '2026-02-30 09:30'],
    ['at', 'noon'],
    ['kind', 'theft'],
    ['final_kwh', '-1'],
    ['final_kwh', '1.2345'],
    ['start_kwh', ''],
    ['reason', '因'.repeat(201)],
    ['document', ''],
  ])('names the line and column of a wrong cell and keeps the others: %s "%s"', (column, cell) => {
    const { lines, errors } = readResetFile(fileOf(LINE, withCell(column, cell), LINE))
    expect(errors).toEqual([{ line: 3, column, message: expect.any(String) }])
    expect(lines.map(({ line }) => line)).toEqual([2, 4])
  })

  test('names a line that is too short, and an end that cannot be read', () => {
    expect(readResetFile(fileOf('ZL1,ZL1-METER'))).toEqual({
      lines: [],
      errors: [{ line: 2, column: '', message: 'This line has 2 fields, the first has 8.' }],
    })
    const { lines, errors } = readResetFile(fileOf(LINE, 'ZL1,"never closed'))
    expect([lines.length, errors.length]).toEqual([1, 1])
    expect(errors[0]).toMatchObject({ line: 3, column: '' })
  })

  test.each(['', 'station_id,device_id', `${HEADER},more`])('says what its first line must be: "%s"', (header) => {
    expect(readResetFile(header).errors).toEqual([{ line: 1, column: '', message: expect.stringContaining(HEADER) }])
  })

  test('that says different things about one device and instant names the later line; the same twice is nothing', () => {
    const other = withCell('start_kwh', '6')
    const { lines, errors } = readResetFile(
      fileOf(LINE, LINE, withCell('at', '2026-10-05T09:30:00'), other, withCell('kind', 'x')),
    )
    expect(lines).toHaveLength(4)
    expect(errors).toEqual([
      { line: 5, column: 'at', message: 'Line 2 says something else about this device and instant; keep one of them.' },
      { line: 6, column: 'kind', message: expect.any(String) },
    ])
    for (const [column, cell] of [
      ['station_id', 'ZL2'],
      ['device_id', 'ZL1-INV-1'],
      ['at', '2026-10-05 09:31'],
    ] as const)
      expect(
        readResetFile(fileOf(LINE, other.replace(LINE.split(',')[RESET_COLUMNS.indexOf(column)] ?? '', cell))).errors,
      ).toEqual([])
  })

  test('never throws, whatever is in it', () => {
    fc.assert(fc.property(fc.string(), (text) => void readResetFile(fileOf(text))))
  })
})
