import { readXlsx, writeXlsx } from 'hucre/xlsx'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AllocationLine } from '../../domain/allocation-run.ts'
import { create } from '../../functions/api-receipts.ts'
import type { AccountImport, BankAnswerView, BankFiles, PayeeAccounts } from '../../functions/api-types-receipts.ts'
import { bankText, gbkOf } from '../../papers/bank-file.ts'
import { OTHER_VILLAGE, tokenOf, villageCode } from '../a-county.ts'
import { hasOffice, sheetsInOffice } from '../papers/office.ts'
import { aPayment } from '../receipts.ts'
import { COUNTY } from '../registry.ts'
import { month } from '../settlement.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

const VILLAGE = villageCode(1)
const WHO = {
  accountant: { role: 'village_accountant', regionCode: VILLAGE },
  officer: { role: 'county_officer', regionCode: COUNTY },
  cashier: { role: 'carry_over_cashier', regionCode: COUNTY },
  elsewhere: { role: 'village_accountant', regionCode: villageCode(2) },
} as const
const PAYMENT = '2026-10.payment.0001'
const NUMBERS = ['6200000000000005', '6200000000000013'] as const
const CSV = `person_id,account_number,account_name\nX1,${NUMBERS[0]},示范甲\nX2,${NUMBERS[1]},示范乙\n`

let world: ApiWorld
let said: string[]

const call = async (who: keyof typeof WHO, below: string, body?: object, village = VILLAGE) => {
  const log = (level: string) => (fields: object, message: string) =>
    void said.push(`${level} ${JSON.stringify(fields)} ${message}`)
  const answer = create({ ...world.deps, log: { info: log('info'), warn: log('warn'), error: log('error') } })
  const headers = { authorization: `Bearer ${await tokenOf(world.tables, WHO[who])}`, 'content-type': 'application/json' }
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  const response = await answer(new Request(`http://localhost/api/receipts/villages/${village}/${below}`, init))
  const bytes = new Uint8Array(await response.arrayBuffer())
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return { status: response.status, bytes, body: isJson ? (JSON.parse(new TextDecoder().decode(bytes)) as unknown) : undefined }
}
const given = () => call('accountant', 'accounts', { dryRun: false, csv: CSV })
const take = (format: string, over: object = {}) => call('accountant', 'bank-files', { payment: PAYMENT, format, ...over })
const answerWith = (bytes: Uint8Array, over: object = {}) =>
  call('accountant', 'bank-answers', {
    dryRun: false,
    payment: PAYMENT,
    on: '2026-11-05',
    document: '示范回盘',
    file: Buffer.from(bytes).toString('base64'),
    ...over,
  })

beforeEach(async () => {
  world = await openApiWorld(2)
  said = []
  const line = {
    villageCode: VILLAGE,
    month: month('2026-10'),
    runId: 'R1',
    householdId: 'H1',
    kind: 'post',
    post: '保洁员',
    weight: 1,
  } as const
  await world.tables.persons.putBatch(
    ['X1', 'X2'].map((personId) => ({ personId, villageCode: VILLAGE, householdId: 'H1', name: '示范某' })),
  )
  await world.tables.allocationLines.putBatch(
    ['X1', 'X2'].map((personId, at): AllocationLine => ({ ...line, lineId: `L${at + 1}`, personId, amountFen: 5_000 + at })),
  )
  const lines = [5_000, 5_001].map((amountFen, at) => ({ lineId: `L${at + 1}`, amountFen }))
  await world.tables.moneyRecords.put({
    ...aPayment({ recordId: PAYMENT, lines }),
    placeCode: VILLAGE,
    countyCode: COUNTY,
    month: month('2026-10'),
    runId: 'R1',
    on: '2026-11-01' as never,
    amountFen: 10_001,
  })
})
afterEach(async () => {
  // Whatever happened, nothing personal was said.
  expect(said.join('\n')).not.toMatch(/62000000|示范[甲乙]/)
  expect(world.errors).toEqual([])
  await world.close()
})

describe('payees’ bank accounts', () => {
  test('are checked on a dry run, written once, and shown by their last four digits', async () => {
    expect((await call('accountant', 'accounts', { dryRun: true, csv: CSV })).body).toMatchObject({ written: false, changed: 2 })
    expect((await call('accountant', 'accounts')).body).toMatchObject({ accounts: [] })
    expect((await given()).body).toMatchObject({ written: true, changed: 2, doubtfulLines: [] })
    expect((await given()).body).toMatchObject({ written: true, changed: 0, unchanged: 2 })
    const { accounts } = (await call('officer', 'accounts')).body as PayeeAccounts
    expect(accounts).toMatchObject([
      { personId: 'X1', name: '示**', account: '****0005' },
      { personId: 'X2', name: '示**', account: '****0013' },
    ])
    expect(JSON.stringify(accounts)).not.toContain('62000000')
  })

  test('come from a workbook too, and a number the spreadsheet has rounded is refused', async () => {
    const book = async (number: string | number) => {
      const rows = [
        ['人员 person_id', '账号 account_number', '户名 account_name'],
        ['X1', number, '示范甲'],
      ]
      const workbook = Buffer.from(await writeXlsx({ sheets: [{ name: '账户', rows }] })).toString('base64')
      return (await call('accountant', 'accounts', { dryRun: false, workbook })).body as AccountImport
    }
    expect(await book(NUMBERS[0])).toMatchObject({ written: true, changed: 1 })
    expect(await book(Number(NUMBERS[0]))).toMatchObject({ written: false, errors: [{ line: 2, column: 'account_number' }, {}] })
  })

  test('are nobody else’s', async () => {
    expect((await call('cashier', 'accounts')).status).toBe(403)
    expect((await call('elsewhere', 'accounts')).status).toBe(404)
    expect((await call('officer', 'accounts', undefined, OTHER_VILLAGE)).status).toBe(404)
    expect((await call('officer', 'bank-answers', {})).status).toBe(403)
  })

  test.each([[{ dryRun: false }], [{ dryRun: false, csv: CSV, workbook: 'AAAA' }], [{ dryRun: false, workbook: 'AAAA' }]])(
    'sent as %j are refused',
    async (body) => expect((await call('accountant', 'accounts', body)).status).toBe(400),
  )
})

describe('the bank file of a batch', () => {
  test('has a row for each payee, digits and amounts as text', async () => {
    await given()
    const { bytes } = await take('xlsx')
    const { sheets } = await readXlsx(bytes)
    expect(sheets[0]?.rows).toEqual([
      ['序号', '账号', '户名', '金额', '摘要'],
      ['1', NUMBERS[0], '示范甲', '50.00', '2026-10 光伏收益'],
      ['2', NUMBERS[1], '示范乙', '50.01', '2026-10 光伏收益'],
    ])
  })

  test('is CSV in UTF-8 with a byte order mark, or in GBK', async () => {
    await given()
    const { bytes } = await take('csv')
    expect(Array.from(bytes.slice(0, 3))).toEqual([0xef, 0xbb, 0xbf])
    const gbk = await take('csv-gbk', { repeatBecause: '银行要 GBK' })
    expect(new TextDecoder('gbk', { fatal: true }).decode(gbk.bytes)).toBe(new TextDecoder().decode(bytes))
  })

  test('is handed over once; again only with a reason, and each time is on the list', async () => {
    await given()
    expect((await take('csv')).status).toBe(200)
    expect(await take('csv')).toMatchObject({ status: 409 })
    expect((await take('xlsx', { repeatBecause: '文件损坏' })).status).toBe(200)
    const { files } = (await call('officer', 'bank-files')).body as BankFiles
    expect(files.map(({ fileId, reason, rows, amountFen }) => [fileId, reason, rows, amountFen].join()).toSorted()).toEqual([
      `${PAYMENT}.export.0001,,2,10001`,
      `${PAYMENT}.export.0002,文件损坏,2,10001`,
    ])
    expect(JSON.stringify(files)).not.toMatch(/62000000|示范[甲乙]/)
  })

  test('is not made for two at once', async () => {
    await given()
    const both = await Promise.all([take('csv'), take('csv')])
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  })

  test('is refused while somebody has no account, and for a batch there is not', async () => {
    expect((await take('csv')).body).toMatchObject({
      code: 'conflict',
      detail: '2 lines have no bank account: L1, L2. Import the accounts first.',
    })
    expect((await take('csv', { payment: 'none' })).status).toBe(409)
    expect(((await call('officer', 'bank-files')).body as BankFiles).files).toEqual([])
  })

  test('in GBK is refused where a name is not in it', async () => {
    await call('accountant', 'accounts', { dryRun: false, csv: CSV.replace('示范甲', '𠮷示范') })
    expect((await take('csv-gbk')).status).toBe(409)
    expect((await take('csv')).status).toBe(200)
  })
})

test.runIf(hasOffice)(
  'LibreOffice opens the bank file and rounds no account number',
  async () => {
    await given()
    const [shown = []] = (await sheetsInOffice((await take('xlsx')).bytes, 'xlsx')).values()
    expect(shown[1]).toEqual(['1', NUMBERS[0], '示范甲', '50.00', '2026-10 光伏收益'])
  },
  120_000,
)

describe('the bank’s answer', () => {
  const text = `账号,户名,金额,结果\r\n${NUMBERS[0]},示范甲,50.00,成功\r\n${NUMBERS[1]},示范乙,50.01,失败\r\n`
  const returns = async () =>
    (await world.tables.moneyRecords.query({ partition: VILLAGE })).rows
      .map(({ row }) => row)
      .filter(({ kind }) => kind === 'return')

  test('in GBK has failures return to the batch, and the same file again changes nothing', async () => {
    await given()
    const gbk = gbkOf(text) ?? new Uint8Array()
    expect((await answerWith(gbk, { dryRun: true })).body).toMatchObject({
      written: false,
      succeeded: 1,
      failed: 1,
      returnedFen: 5_001,
      became: { succeededFen: 5_000, unknown: 0, unknownFen: 0, reasons: [{ reason: '', rows: 1, amountFen: 5_001 }] },
      items: [],
    })
    expect(await returns()).toEqual([])
    expect(await answerWith(gbk)).toMatchObject({ status: 201, body: { written: true, repeated: false, failed: 1 } })
    expect(await answerWith(gbk)).toMatchObject({ status: 200, body: { repeated: true, failed: 1, became: null } })
    expect(await returns()).toMatchObject([{ returns: PAYMENT, amountFen: 5_001, lines: [{ lineId: 'L2', amountFen: 5_001 }] }])
    // A repeated file pays only what has not come back.
    const { bytes } = await take('csv', {})
    expect(new TextDecoder().decode(bytes)).not.toContain(NUMBERS[1])
  })

  test('keeps what does not fit as items, without a word of whom', async () => {
    await given()
    const odd = `账号,金额,结果\n${NUMBERS[0]},50.01,失败\n6200000000000099,1.00,成功\n${NUMBERS[1]},50.01,成功\n${NUMBERS[1]},50.01,成功\n`
    const before = (await answerWith(Buffer.from(odd), { dryRun: true })).body as BankAnswerView
    expect((await call('officer', 'bank-files')).body).toMatchObject({ files: [] })
    const { items, became } = (await answerWith(Buffer.from(odd))).body as BankAnswerView
    expect(became).toEqual({ succeededFen: 5_001, unknown: 1, unknownFen: 5_000, reasons: [] })
    expect([before.became, before.items]).toEqual([became, items])
    expect(items.map(({ code, line }) => [code, line])).toEqual([
      ['amount_differs', 2],
      ['unknown_account', 3],
      ['duplicate_line', 5],
      ['missing', null],
    ])
    expect(await returns()).toEqual([])
    const { files } = (await call('officer', 'bank-files')).body as BankFiles
    expect(files).toMatchObject([{ kind: 'return', items }])
  })

  test('is shown with the bank’s reasons, of which nothing is kept', async () => {
    await given()
    const why = `账号,金额,结果,失败原因\n${NUMBERS[0]},50.00,失败,示范甲 ${NUMBERS[0]} 已销户\n`
    const { became } = (await answerWith(Buffer.from(why))).body as BankAnswerView
    expect(became?.reasons).toEqual([{ reason: '示** **** 已销户', rows: 1, amountFen: 5_000 }])
    expect(JSON.stringify((await call('officer', 'bank-files')).body)).not.toContain('销户')
  })

  test('that is no such file, or of no such batch, is refused', async () => {
    await given()
    expect((await answerWith(Buffer.from('什么都没有'))).status).toBe(400)
    expect((await answerWith(Buffer.from(text), { payment: 'none' })).status).toBe(409)
  })

  test('is read as what it is written in', () => {
    expect(bankText(Buffer.from(text))).toBe(text)
    expect(bankText(gbkOf(text) ?? new Uint8Array())).toBe(text)
  })
})
