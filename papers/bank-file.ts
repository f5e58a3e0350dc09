import { writeXlsx } from 'hucre/xlsx'
import type { BankFormat, BankRow } from '../domain/bank-file.ts'
import { writeCsv } from '../domain/csv.ts'

/**
 * The bank's file: a plain table with its heading in the first line, digits and amounts as text, so that no program rounds or sums
 * them. As CSV it is read by a bank's program and not by a spreadsheet, so nothing is put before the digits.
 */

const HEADINGS = ['序号', '账号', '户名', '金额', '摘要'] as const

const tableOf = (rows: readonly BankRow[], purpose: string): string[][] => [
  [...HEADINGS],
  ...rows.map(({ accountNumber, accountName, amountFen }, at) => {
    const yuan = `${Math.floor(amountFen / 100)}.${String(amountFen % 100).padStart(2, '0')}`
    return [String(at + 1), accountNumber, accountName, yuan, purpose]
  }),
]

/** Every character of two bytes, by what it decodes to: the platform reads GBK and does not write it. */
let codes: ReadonlyMap<string, readonly [number, number]> | undefined
const gbkCodes = (): ReadonlyMap<string, readonly [number, number]> => {
  if (codes) return codes
  const decoder = new TextDecoder('gbk', { fatal: false })
  const found = new Map<string, readonly [number, number]>()
  for (let high = 0x81; high <= 0xfe; high += 1) {
    for (let low = 0x40; low <= 0xfe; low += 1) {
      const text = decoder.decode(Uint8Array.of(high, low))
      if (low !== 0x7f && Array.from(text).length === 1 && text !== '\uFFFD' && !found.has(text)) found.set(text, [high, low])
    }
  }
  codes = found
  return found
}

/** Text as GBK (GB 2312 and its extension); undefined where a character is not in it. */
export const gbkOf = (text: string): Uint8Array | undefined => {
  const bytes: number[] = []
  for (const char of text) {
    const pair = char.charCodeAt(0) < 0x80 ? [char.charCodeAt(0)] : gbkCodes().get(char)
    if (!pair) return undefined
    bytes.push(...pair)
  }
  return Uint8Array.from(bytes)
}

/** A bank's answer is UTF-8 or, as most banks write, GBK. */
export const bankText = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

/** The file's bytes; undefined where a name holds a character that GBK has not. */
export const bankFileBytes = async (
  rows: readonly BankRow[],
  { purpose, format }: { purpose: string; format: BankFormat },
): Promise<Uint8Array | undefined> => {
  const table = tableOf(rows, purpose)
  if (format === 'csv') return Buffer.from(`\uFEFF${writeCsv(table)}`)
  if (format === 'csv-gbk') return gbkOf(writeCsv(table))
  const cells = new Map(
    table.flatMap((row, at) => row.map((value, column) => [`${at},${column}`, { value, style: { numFmt: '@' } }])),
  )
  const columns = [6, 26, 20, 14, 30].map((width) => ({ width }))
  return writeXlsx({ sheets: [{ name: '代发', columns, rows: table, cells }], properties: { creator: '阳光' } })
}
