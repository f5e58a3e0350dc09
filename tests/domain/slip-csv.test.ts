import { describe, expect, test } from 'vitest'
import { readSlipLines, SLIP_COLUMNS } from '../../domain/slip-csv.ts'

const HEADER = 'billing_account,document,from,to,energy_kwh'
const LINE = '3400000000001,示范结2026-10,2026-09-26,2026-10-25,21000'
const fileOf = (...lines: string[]) => `${lines.join('\r\n')}\r\n`
const errorsOf = (text: string) => readSlipLines(text).errors.map(({ line, column }) => [line, column])
const messageOf = (text: string) => readSlipLines(text).errors[0]?.message

describe('a file of slips', () => {
  test('is read line by line into Wh and fen', () => {
    const header = `${HEADER},station_id,corrects,benchmark_yuan,subsidy_yuan`
    const { lines, errors } = readSlipLines(fileOf(header, `${LINE}.125,ZL1,示范结2026-09,8072.40,9777.6`, `${LINE},,,,`))
    expect(errors).toEqual([])
    const content = {
      billingAccount: '3400000000001',
      document: '示范结2026-10',
      from: '2026-09-26',
      to: '2026-10-25',
    }
    expect(lines).toStrictEqual([
      {
        line: 2,
        stationId: 'ZL1',
        ask: {
          ...content,
          energyWh: 21_000_125,
          corrects: '示范结2026-09',
          amounts: [
            { stream: 'benchmark', amountFen: 807_240 },
            { stream: 'subsidy', amountFen: 977_760 },
          ],
        },
      },
      { line: 3, ask: { ...content, energyWh: 21_000_000, amounts: [] } },
    ])
  })

  test.each([
    ['in Chinese', '户号,结算单号,起始日期,截止日期,上网电量（kWh）'],
    ['in Chinese with brackets of the other width', '户号,结算单号,起始日期,截止日期,上网电量(kWh)'],
    ['mixed and in any order of width and case', 'Billing_Account,结算单号,FROM,截止日期,上网电量 (KWH)'],
    ['with a byte order mark', `\uFEFF${HEADER}`],
    ['with spaces around', HEADER.replaceAll(',', ' , ')],
  ])('may have its header %s', (_, header) => {
    expect(readSlipLines(fileOf(header, LINE))).toMatchObject({ errors: [], lines: [{ line: 2 }] })
  })

  test('may have every column by either name', () => {
    for (const header of [Object.keys(SLIP_COLUMNS), Object.values(SLIP_COLUMNS)]) {
      expect(readSlipLines(fileOf(header.join(','), `${LINE},ZL1,X1,1,2,3,4,5`))).toMatchObject({ errors: [], lines: [{}] })
    }
  })

  test('may have an amount that was given back', () => {
    const amountsOf = (cell: string) => readSlipLines(fileOf(`${HEADER},market_yuan`, `${LINE},${cell}`)).lines[0]?.ask.amounts
    expect(amountsOf('-5.50')).toEqual([{ stream: 'market', amountFen: -550 }])
    expect(amountsOf('-0.05')).toEqual([{ stream: 'market', amountFen: -5 }])
    expect(amountsOf('-100000000000')).toEqual([{ stream: 'market', amountFen: -1e13 }])
    for (const wrong of ['-100000000000.01', '--5', '-', '-5.555', '5-']) expect(amountsOf(wrong)).toBeUndefined()
  })

  test('may have its columns in any order', () => {
    const { lines } = readSlipLines(fileOf('to,from,energy_kwh,document,billing_account', '2026-10-25,2026/9/26,1,A,9'))
    expect(lines).toMatchObject([{ ask: { from: '2026-09-26', to: '2026-10-25', energyWh: 1_000, billingAccount: '9' } }])
  })

  test.each([
    ['2026/9/6', '2026-09-06'],
    ['2026/09/06', '2026-09-06'],
    ['2026/10/16', '2026-10-16'],
    ['12026/9/26', undefined],
    ['2026/9/261', undefined],
    ['2026/9', undefined],
    ['2026/9/26 0:00', undefined],
  ])('takes %s for the day %s', (written, of) => {
    const { lines } = readSlipLines(fileOf(HEADER, `9,A,${written},2026-10-25,1`))
    expect(lines[0]?.ask.from).toBe(of)
  })

  test('may have spaces around its cells, of either width', () => {
    const { lines, errors } = readSlipLines(fileOf(HEADER, ' 9 , A,2026-09-26 ,\u30002026-10-25, 1 '))
    expect([errors, lines[0]?.ask]).toMatchObject([[], { billingAccount: '9', document: 'A', to: '2026-10-25', energyWh: 1_000 }])
  })

  test.each([
    ['nothing at all', '', 1],
    ['lacking a column', fileOf('billing_account,document,from,to', LINE), 1],
    ['with a column nobody knows', fileOf(`${HEADER},姓名`, `${LINE},某`), 1],
    ['with a column twice', fileOf(`${HEADER},户号`, `${LINE},1`), 1],
    ['that is not UTF-8', fileOf(HEADER, LINE.replace('示', '\uFFFD')), 1],
    ['with a quote that never ends', fileOf(HEADER, LINE, '"'), 3],
  ])('%s is refused as a whole', (_, text, line) => {
    expect(readSlipLines(text).lines).toEqual([])
    expect(errorsOf(text)).toEqual([[line, '']])
  })

  test('says which columns it lacks, by both names', () => {
    expect(messageOf(fileOf('billing_account,document,from,to', LINE))).toContain('Missing: energy_kwh (上网电量（kWh）).')
    expect(messageOf(fileOf('billing_account,document,from', LINE))).toMatch(
      /these: billing_account,document,.*,other_yuan\. Missing: to \(截止日期\), energy_kwh \(上网电量（kWh）\)\.$/,
    )
    expect(messageOf(fileOf(`${HEADER},姓名`, LINE))).toMatch(/,other_yuan\.$/)
    expect(messageOf(fileOf(HEADER, LINE.replace('示', '\uFFFD')))).toContain('CSV UTF-8')
  })

  test.each([
    ['an account with a space', LINE.replace('3400000000001', '34 1'), 'billing_account'],
    ['an account a spreadsheet has rounded', LINE.replace('3400000000001', '3.4E+12'), 'billing_account'],
    ['no account', LINE.replace('3400000000001', ''), 'billing_account'],
    ['a formula for a number', LINE.replace('示范结2026-10', '=1+1'), 'document'],
    ['a day that is none', LINE.replace('2026-09-26', '2026-09-31'), 'from'],
    ['a day that is none with slashes', LINE.replace('2026-09-26', '2026/9/31'), 'from'],
    ['a day in the order of elsewhere', LINE.replace('2026-10-25', '25/10/2026'), 'to'],
    ['no day', LINE.replace('2026-10-25', ''), 'to'],
    ['energy with separators', LINE.replace('21000', '"21,000"'), 'energy_kwh'],
    ['energy finer than a Wh', LINE.replace('21000', '21000.0001'), 'energy_kwh'],
    ['negative energy', LINE.replace('21000', '-1'), 'energy_kwh'],
    ['no energy', LINE.replace('21000', ''), 'energy_kwh'],
  ])('with %s has an error in that cell, and the message does not repeat it', (_, bad, column) => {
    const text = fileOf(HEADER, bad, LINE)
    expect(errorsOf(text)).toEqual([[2, column]])
    expect(readSlipLines(text).lines.map(({ line }) => line)).toEqual([3])
    expect(messageOf(text)).toMatch(/^[A-Z]/)
    expect(messageOf(text)).not.toContain('=1+1')
  })

  test('with a line of another length has an error for that line alone', () => {
    expect(errorsOf(fileOf(HEADER, `${LINE},1`, LINE))).toEqual([[2, '']])
    expect(messageOf(fileOf(HEADER, `${LINE},1`, LINE))).toBe('This line has 6 fields, the first line has 5.')
  })

  test('with several wrong cells tells each', () => {
    expect(errorsOf(fileOf(HEADER, ',,,,', 'x y,A,2026-13-01,2026-10-25,1'))).toEqual([
      [3, 'billing_account'],
      [3, 'from'],
    ])
  })

  test('of more than 5,000 lines is to be divided', () => {
    const lines = (count: number) => fileOf(HEADER, ...Array.from({ length: count }, () => LINE))
    expect(readSlipLines(lines(5_000)).errors).toEqual([])
    expect(readSlipLines(lines(5_001))).toEqual({
      lines: [],
      errors: [{ line: 5_002, column: '', message: 'Split the file at 5000 lines.' }],
    })
  })
})
