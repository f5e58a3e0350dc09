import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bankRows, matchBankAnswer, parseBankAnswer } from '../../domain/bank-file.ts'
import { maskAccount, parsePayeeAccounts, passesLuhn, type PayeeAccount } from '../../domain/payee-account.ts'
import { VILLAGE } from '../registry.ts'

const anAccount = (personId: string, accountNumber: string): PayeeAccount => ({
  villageCode: VILLAGE,
  personId,
  accountNumber,
  accountName: '示范甲',
  recordedBy: 'user',
  recordedAtMs: 1,
})
const ACCOUNTS = [anAccount('P1', '6200000000000005'), anAccount('P2', '6200000000000013'), anAccount('P3', '6200000000000005')]
const rows = () =>
  bankRows(
    [
      { lineId: 'L1', amountFen: 6_000, personId: 'P1' },
      { lineId: 'L2', amountFen: 4_001, personId: 'P2' },
      { lineId: 'L3', amountFen: 500, personId: 'P1' },
      { lineId: 'L4', amountFen: 0, personId: 'P9' },
    ],
    ACCOUNTS,
  ).rows

describe('rows of a bank file', () => {
  test('are a payee’s lines together, by person', () => {
    expect(rows()).toMatchObject([
      { personId: 'P1', amountFen: 6_500, lines: [{ lineId: 'L1' }, { lineId: 'L3' }] },
      { personId: 'P2', amountFen: 4_001 },
    ])
  })

  test('leave out nobody unseen: lines without an account are named', () => {
    const lines = [
      { lineId: 'L1', amountFen: 1, personId: 'P9' },
      { lineId: 'L2', amountFen: 1, personId: undefined },
    ]
    expect(bankRows(lines, ACCOUNTS)).toEqual({ rows: [], without: ['L1', 'L2'] })
  })
})

const answered = (...lines: string[]) => {
  const answer = parseBankAnswer(['代发结果', '账号,户名,金额,结果', ...lines].join('\r\n'))
  if ('kind' in answer) throw new Error(answer.detail)
  return matchBankAnswer(rows(), answer)
}
const idsOf = (of: readonly { personId: string }[]) => of.map(({ personId }) => personId)

describe('the bank’s answer', () => {
  test('is matched by account and amount, each payment once', () => {
    const { succeeded, failed, items } = answered('6200000000000005,示范甲,65.00,成功', '6200 0000 0000 0013,示范乙,"40.01",失败')
    expect([idsOf(succeeded), idsOf(failed), items]).toEqual([['P1'], ['P2'], []])
  })

  test.each([
    ['a line twice', ['6200000000000005,,65.00,成功', '6200000000000005,,65.00,失败'], 'duplicate_line', 4],
    ['an account nobody was paid to', ['6200000000000099,,65.00,成功'], 'unknown_account', 3],
    ['an amount that differs by a fen', ['6200000000000005,,65.01,失败'], 'amount_differs', 3],
    ['an amount that is no number', ['6200000000000005,,六十五,失败'], 'amount_differs', 3],
    ['a result nobody knows', ['6200000000000005,,65.00,处理中'], 'result_unclear', 3],
  ])('with %s leaves it to a person', (_, lines, code, line) => {
    const { failed, items } = answered(...lines)
    expect(items[0]).toMatchObject({ code, line })
    expect(failed).toEqual([])
  })

  test('names payments it does not speak of', () => {
    expect(answered('6200000000000005,,65.00,成功').items).toEqual([{ code: 'missing', line: null, lineIds: ['L2'] }])
  })

  test('tells two payees of one account apart by their amounts', () => {
    const shared = bankRows(
      [
        { lineId: 'L1', amountFen: 100, personId: 'P1' },
        { lineId: 'L3', amountFen: 200, personId: 'P3' },
      ],
      ACCOUNTS,
    ).rows
    const answer = parseBankAnswer('账号,金额,结果\n6200000000000005,2.00,失败\n6200000000000005,1.00,成功\n')
    const { succeeded, failed, items } = matchBankAnswer(shared, 'kind' in answer ? [] : answer)
    expect([idsOf(succeeded), idsOf(failed), items]).toEqual([['P1'], ['P3'], []])
  })

  test('sums up why payments failed, in the bank’s words and without a name or an account of anybody', () => {
    const of = (...reasons: string[]) => {
      const lines = ['6200000000000005,65.00,失败', '6200000000000013,40.01,退回'].map(
        (line, at) => `${line},${reasons[at] ?? ''}`,
      )
      const answer = parseBankAnswer(['账号,金额,结果,失败原因', ...lines].join('\n'))
      return matchBankAnswer(rows(), 'kind' in answer ? [] : answer).reasons
    }
    expect(of('户名不符', '户名不符')).toEqual([{ reason: '户名不符', rows: 2, amountFen: 10_501 }])
    expect(of('', '账户已销户')).toEqual([
      { reason: '', rows: 1, amountFen: 6_500 },
      { reason: '账户已销户', rows: 1, amountFen: 4_001 },
    ])
    const [first, second] = of('示范甲 6200 0000-0000 0005 户名\u202e不符', `6200000000000013${'长'.repeat(80)}`)
    expect(first?.reason).toBe('示** **** 户名 不符')
    expect(second?.reason).toHaveLength(40)
    expect(of('错误码 105', '𠮷'.repeat(40)).every(({ reason }) => reason.isWellFormed())).toBe(true)
  })

  test('without the headings is refused', () => {
    expect(parseBankAnswer('账号,金额\n1,2\n')).toMatchObject({ kind: 'rejected', code: 'bad_request' })
    expect(parseBankAnswer('')).toMatchObject({ kind: 'rejected' })
  })

  test('never matches a payment twice, whatever it says', () => {
    const line = fc.tuple(
      fc.constantFrom('6200000000000005', '6200000000000013', '1'),
      fc.constantFrom('65.00', '40.01', '1'),
      fc.constantFrom('成功', '失败', '?'),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const { succeeded, failed, unknown, reasons, items } = answered(
          ...lines.map(([account, amount, result]) => `${account},,${amount},${result}`),
        )
        // Succeeded, failed and unknown are the whole file, each payment once.
        expect(idsOf([...succeeded, ...failed, ...unknown]).toSorted()).toEqual(['P1', 'P2'])
        expect(reasons.reduce((sum, each) => sum + each.rows, 0)).toBe(failed.length)
        const matched = [...succeeded, ...failed]
        expect(new Set(idsOf(matched)).size).toBe(matched.length)
        expect(matched.length + items.filter(({ code }) => code === 'missing').length).toBe(2)
        expect(matched.length + items.filter(({ code }) => code !== 'missing').length).toBe(lines.length)
      }),
    )
  })
})

describe('bank accounts of payees', () => {
  const persons = new Set(['P1', 'P2'])
  const parse = (...lines: string[]) =>
    parsePayeeAccounts(['person_id,account_number,account_name', ...lines].join('\n'), persons)

  test('are read as digits, and a failing check digit is told and not refused', () => {
    expect(parse('P1,\t6200 0000 0000 0005,示范甲', 'P2,12345678,示范乙')).toEqual({
      lines: [
        { line: 2, personId: 'P1', accountNumber: '6200000000000005', accountName: '示范甲', isCard: true },
        { line: 3, personId: 'P2', accountNumber: '12345678', accountName: '示范乙', isCard: false },
      ],
      errors: [],
    })
  })

  test.each([
    ['6.2E+15', 'P1,6.2E+15,示范甲', 'account_number'],
    ['too few digits', 'P1,1234567,示范甲', 'account_number'],
    ['nobody of the village', 'P9,6200000000000005,示范甲', 'person_id'],
    ['a name that is a formula', 'P1,6200000000000005,=1+1', 'account_name'],
    ['no name', 'P1,6200000000000005,', 'account_name'],
  ])('with %s are refused by line and column, and never repeated', (_, line, column) => {
    const { errors } = parse(line)
    expect(errors).toMatchObject([{ line: 2, column }])
    expect(JSON.stringify(errors)).not.toMatch(/\d{6}/)
  })

  test('name a person once', () => {
    expect(parse('P1,6200000000000005,示范甲', 'P1,6200000000000013,示范甲').errors).toMatchObject([{ line: 3 }])
  })

  test('are shown by their last four digits', () => expect(maskAccount('6200000000000005')).toBe('****0005'))
  test('have a check digit', () => expect(['79927398713', '79927398710'].map(passesLuhn)).toEqual([true, false]))
})
