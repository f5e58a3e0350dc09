import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ATTENDANCE_COLUMNS, PLAN_LINE_COLUMNS, parseAttendance, parsePlanLines } from '../../domain/plan-files.ts'

const people = [
  { personId: 'P1', householdId: 'H1' },
  { personId: 'P2', householdId: 'H2' },
]
const HEAD = PLAN_LINE_COLUMNS.join(',')
const linesOf = (...rows: string[]) => parsePlanLines([HEAD, ...rows].join('\n'), people)
const told = ({ errors }: { errors: { file: string; line: number; column: string; message: string }[] }) =>
  errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)

describe('the lines of a plan', () => {
  test('are read in yuan and paid by the household of the person', () => {
    expect(HEAD).toBe('line_id,person_id,kind,post,weight_yuan')
    expect(linesOf('L1,P1,post,保洁员,500', 'L2,P2,reward,,12.50', ' L3 , P1 ,works,修渠,0')).toEqual({
      errors: [],
      lines: [
        { lineId: 'L1', personId: 'P1', householdId: 'H1', kind: 'post', post: '保洁员', weight: 50_000 },
        { lineId: 'L2', personId: 'P2', householdId: 'H2', kind: 'reward', post: '', weight: 1_250 },
        { lineId: 'L3', personId: 'P1', householdId: 'H1', kind: 'works', post: '修渠', weight: 0 },
      ],
    })
  })

  test.each(['保洁员13800001111', '保洁员１３８００００１１１１'])('carry no number of a person in the post: %s', (post) => {
    expect(told(linesOf(`L1,P1,post,${post},500`))).toEqual([
      'plan-lines.csv:2:post: Name the post only, without identity, bank or phone numbers: it is printed on the public notice.',
    ])
    expect(linesOf('L1,P1,post,保洁员123456,500').errors).toEqual([])
  })

  test('have their columns in any order, and a byte order mark before them', () => {
    const text = '\uFEFFpost,weight_yuan,kind,person_id,line_id\r\n保洁员,500,post,P1,L1\r\n'
    expect(parsePlanLines(text, people)).toEqual(linesOf('L1,P1,post,保洁员,500'))
  })

  test.each([
    [
      'of a person the village does not have',
      ['L1,P9,post,保洁员,1'],
      ['2:person_id: No person of this village has this id; see persons.csv.'],
    ],
    ['of a post without a name', ['L1,P1,post,,1'], ['2:post: Name the post, for example 保洁员.']],
    [
      'with one id',
      ['L1,P1,reward,,1', 'L1,P2,reward,,1', 'L1,P2,reward,,1'],
      ['3:line_id: Line 2 is about the same; keep one of the two.', '4:line_id: Line 2 is about the same; keep one of the two.'],
    ],
    [
      'of fen and a half',
      ['L1,P1,reward,,1.005'],
      ['2:weight_yuan: Write a plain number from 0 to 100000000 with at most 2 decimals, without separators.'],
    ],
    ['of a kind there is not', ['L1,P1,gift,,1'], ['2:kind: Write one of: post, works, reward.']],
    ['too short', ['L1,P1,reward,'], ['2:: This line has 4 fields, the first line has 5.']],
    [
      'in no order',
      ['L1,P9,post,,x', 'L2,P1,post,,1'],
      [
        '2:weight_yuan: Write a plain number from 0 to 100000000 with at most 2 decimals, without separators.',
        '3:post: Name the post, for example 保洁员.',
      ],
    ],
  ])('%s are told by line and column', (_, rows, expected) => {
    expect(told(linesOf(...rows))).toEqual(expected.map((each) => `plan-lines.csv:${each}`))
  })

  test.each([
    ['lacks a column', 'line_id,person_id,kind,post\n'],
    ['has one too many', `${HEAD},name\n`],
    ['has one twice', 'line_id,person_id,kind,post,post\n'],
    ['is empty', ''],
  ])('of a file that %s are none', (_, text) => {
    expect(parsePlanLines(text, people)).toEqual({
      lines: [],
      errors: [
        { file: 'plan-lines.csv', line: 1, column: '', message: `The first line must hold exactly these columns: ${HEAD}.` },
      ],
    })
  })

  test('are told where the file cannot be read, and hold for what comes before', () => {
    const { lines, errors } = linesOf('L1,P1,reward,,1', '"L2,P1,reward,,1')
    expect(lines).toHaveLength(1)
    expect(errors).toEqual([expect.objectContaining({ line: 3, message: expect.stringContaining('never closed') })])
  })

  test('are at most as many as a row can hold', () => {
    const rows = Array.from({ length: 901 }, (_, at) => `L${at},P1,reward,,1`)
    expect(told(linesOf(...rows))).toEqual(['plan-lines.csv:1:: A plan has at most 900 lines.'])
    expect(told(linesOf(...rows.slice(1)))).toEqual([])
  })
})

describe('an attendance sheet', () => {
  const posts = [
    { kind: 'post', personId: 'P1', post: '保洁员' },
    { kind: 'post', personId: 'P1', post: '护林员' },
    { kind: 'works', personId: 'P2', post: '修渠' },
  ] as const
  const sheetOf = (...rows: string[]) => parseAttendance([ATTENDANCE_COLUMNS.join(','), ...rows].join('\n'), posts)

  test('says days of days due, or a percentage, by person and post', () => {
    expect(ATTENDANCE_COLUMNS).toEqual(['person_id', 'post', 'attended_days', 'due_days', 'percent'])
    expect(sheetOf('P1,保洁员,22,26,', 'P1,护林员,,,87.5')).toEqual({
      errors: [],
      entries: [
        { personId: 'P1', post: '保洁员', attended: 22, due: 26 },
        { personId: 'P1', post: '护林员', attended: 8_750, due: 10_000 },
      ],
    })
    expect(sheetOf('P1,保洁员,0,1,', 'P1,护林员,,,0').errors).toEqual([])
    expect(sheetOf('P1,保洁员,31,31,', 'P1,护林员,,,100').errors).toEqual([])
  })

  const EITHER = 'Fill in either attended_days and due_days, or percent.'
  test.each([
    ['P1,保洁员,27,26,', 'attended_days: More days were attended than were due.'],
    ['P1,保洁员,22,26,50', `attended_days: ${EITHER}`],
    ['P1,保洁员,22,,50', `attended_days: ${EITHER}`],
    ['P1,保洁员,,26,50', `attended_days: ${EITHER}`],
    ['P1,保洁员,22,,', `attended_days: ${EITHER}`],
    ['P1,保洁员,,26,', `attended_days: ${EITHER}`],
    ['P1,保洁员,,,', `attended_days: ${EITHER}`],
    ['P1,巡河员,1,2,', 'person_id: The plan has no such post of this person.'],
    ['P2,修渠,1,2,', 'person_id: The plan has no such post of this person.'],
    ['P1,保洁员,,,100.01', 'percent: Write a plain number from 0 to 100 with at most 2 decimals, without separators.'],
    ['P1,保洁员,0,0,', 'due_days: Write a plain number from 1 to 31 with at most 0 decimals, without separators.'],
  ])('refuses %s', (row, message) => {
    expect(told(sheetOf(row))).toEqual([`attendance.csv:2:${message}`])
  })

  test('refuses a person’s post twice, and takes two posts of one person', () => {
    expect(told(sheetOf('P1,保洁员,1,2,', 'P1,保洁员,1,2,'))).toEqual([
      'attendance.csv:3:person_id: Line 2 is about the same; keep one of the two.',
    ])
  })

  test('throws at no text at all, and never repeats what a cell said', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        parseAttendance(text, posts)
        parsePlanLines(`${HEAD}\n${text}`, people)
      }),
    )
    expect(JSON.stringify(sheetOf('示范秘密,示范秘密,示范秘密,1,').errors)).not.toContain('秘密')
  })
})
