import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CSV_FIELD_CHARS_MAX, CSV_FIELDS_MAX, readCsv, writeCsv } from '../../domain/csv.ts'

const fieldsOf = (text: string) => readCsv(text).records.map(({ fields }) => fields)

describe('readCsv', () => {
  test.each<[rule: string, text: string, fields: string[][]]>([
    [
      'lines end in LF or CRLF, the last one with or without',
      'a,b\r\nc,d\ne,f',
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ],
    ],
    ['a byte order mark is no part of the first field', '\uFEFFa,b\n', [['a', 'b']]],
    ['a quoted field may hold commas, quotes and line breaks', '"a,""b""\r\nc",d\n', [['a,"b"\r\nc', 'd']]],
    ['an empty field is an empty text, quoted or not', ',"",x\n', [['', '', 'x']]],
    ['lines that hold nothing are skipped', '\na\n\r\n,\nb\n\n', [['a'], ['b']]],
    ['an empty text has no records', '', []],
    ['spaces belong to the field', ' a , b \n', [[' a ', ' b ']]],
  ])('%s', (_, text, fields) => {
    expect(readCsv(text).error).toBeUndefined()
    expect(fieldsOf(text)).toEqual(fields)
  })

  test('a record knows the line it starts on, across quoted line breaks', () => {
    expect(readCsv('a\n"b\nb"\n\nc').records.map(({ line }) => line)).toEqual([1, 2, 5])
  })

  test.each<[rule: string, text: string, line: number, message: RegExp]>([
    ['a quote that is never closed is an error where its record starts', 'a\nb,"c\nd\n', 2, /never closed/],
    ['a quote inside a plain field is an error', 'a\nb"c"\n', 2, /inside an unquoted field/],
    ['text after a closing quote is an error', 'a\nb\n"c"d\n', 3, /ends neither/],
    ['a carriage return alone does not end a line', 'a\rb\n', 1, /ends neither/],
    ['too long a field is an error', `a\n${'x'.repeat(CSV_FIELD_CHARS_MAX + 1)}\n`, 2, /longer than/],
    ['too many fields are an error', ','.repeat(CSV_FIELDS_MAX), 1, /more than/],
  ])('%s', (_, text, line, message) => {
    const { error } = readCsv(text)
    expect(error?.line).toBe(line)
    expect(error?.message).toMatch(message)
  })

  test('what stands before an error is kept', () => {
    expect(fieldsOf('a,b\nc,d\n"e')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  test('any text is read without a throw', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\r', '\n', '\uFEFF', '村', '\u0000') })
    fc.assert(fc.property(text, (given) => Array.isArray(readCsv(given).records)))
  })

  test('a megabyte of quotes is read to its end, not backtracked over', () => {
    expect(readCsv('"'.repeat(1_000_001)).error).toBeDefined()
    expect(readCsv(`${'"a""",'.repeat(60)}\n`.repeat(5_000)).records).toHaveLength(5_000)
  })
})

describe('writeCsv', () => {
  test('what was written is read back unchanged', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\r', '\n', '\uFEFF', '村', '𠮷') })
    const record = fc.array(field, { minLength: 1, maxLength: 5 }).filter((fields) => fields.some((one) => one !== ''))
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(fieldsOf(writeCsv(records))).toEqual(records)
      }),
    )
  })
})
