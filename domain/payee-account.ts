import * as z from 'zod'

import { idCell, textCell } from './cells.ts'
import type { Csv } from './csv.ts'
import { type ImportError, readTable, type TableFile } from './registry-files.ts'
import type { RegionCode } from './registry.ts'

/** Where a payee's money goes. Personal data: kept in a table of its own, shown by its last four digits, whole in the bank's file alone. */

export type PayeeAccount = {
  villageCode: RegionCode
  personId: string
  /** Digits alone, 8 to 30 of them. */
  accountNumber: string
  accountName: string
  recordedBy: string
  recordedAtMs: number
}

/** The last four digits, whatever stands before them. */
export const maskAccount = (accountNumber: string): string => `****${accountNumber.slice(-4)}`

/** The check digit of cards (ISO/IEC 7812-1, Luhn). Passbook accounts have none, so that it fails is a warning and no error. */
export const passesLuhn = (digits: string): boolean => {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 === 0 ? 1 : 2)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return sum % 10 === 0
}

const FORMULA = /^[=+\-@|%＝＋－＠]/
const schema = z.strictObject({
  person_id: idCell,
  account_number: z
    .string({ error: 'Fill this in.' })
    .transform((text) => text.replace(/[ \t]/g, ''))
    .refine((text) => /^\d{8,30}$/.test(text), 'Write 8 to 30 digits; format the column as text, so that none is lost.'),
  account_name: textCell(64).refine((text) => !FORMULA.test(text), 'A name begins with a letter.'),
})
type Row = z.output<typeof schema>

export const PAYEE_ACCOUNT_FILE = 'payee-accounts.csv'
export const PAYEE_ACCOUNT_COLUMNS = Object.keys(schema.shape)
const LINES_MAX = 5_000
const FILE: TableFile<Row> = {
  file: PAYEE_ACCOUNT_FILE,
  columns: PAYEE_ACCOUNT_COLUMNS,
  schema,
  keyOf: (cells) => String(cells['person_id']),
}

/** An account as a file tells it; `isCard` is false where the check digit fails. */
export type AccountLine = Pick<PayeeAccount, 'personId' | 'accountNumber' | 'accountName'> & { line: number; isCard: boolean }

/** Lines that are right by themselves, and what is wrong with the others. `personIds` are those of the village. Never repeats what a cell said. */
export const parsePayeeAccounts = (
  content: string | Csv,
  personIds: ReadonlySet<string>,
): { lines: AccountLine[]; errors: ImportError[] } => {
  const errors: ImportError[] = []
  const tell = (line: number, message: string): void =>
    void errors.push({ file: PAYEE_ACCOUNT_FILE, line, column: 'person_id', message })
  const { lines: read } = readTable(FILE, content, (error) => void errors.push(error))
  const firsts = new Map<string, number>()
  for (const { line, row } of read) {
    const earlier = firsts.get(row.person_id)
    if (earlier === undefined) firsts.set(row.person_id, line)
    else tell(line, `Line ${earlier} already has this person; keep one of the two.`)
    if (!personIds.has(row.person_id)) tell(line, 'The village has no such person.')
  }
  if (read.length > LINES_MAX) tell(0, `Split the file at ${LINES_MAX} lines.`)
  const lines = read.map(({ line, row }) => ({
    line,
    personId: row.person_id,
    accountNumber: row.account_number,
    accountName: row.account_name,
    isCard: passesLuhn(row.account_number),
  }))
  return { lines, errors: errors.toSorted((a, b) => a.line - b.line) }
}
