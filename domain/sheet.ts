import type * as z from 'zod'

import { readCsv } from './csv.ts'
import type { ImportError } from './registry-files.ts'

/** A single CSV file with named columns, read line by line: one bad cell costs one line. */

export type SheetLine<Row> = { line: number; row: Row }
export type Sheet<Row> = { lines: SheetLine<Row>[]; errors: ImportError[] }

/** `schema` is of the cells by column, an empty cell being an absent one; its columns are all there may be, in any order. */
export const readSheet = <Row>(file: string, text: string, schema: z.ZodType<Row> & { shape: object }): Sheet<Row> => {
  const errors: ImportError[] = []
  const tell = (line: number, column: string, message: string): void => void errors.push({ file, line, column, message })
  const columns = Object.keys(schema.shape)
  const { records, error } = readCsv(text)
  const [first, ...rest] = records
  const header = first?.fields.map((field) => field.trim()) ?? []
  if (error) tell(error.line, '', error.message)
  const isWhole = header.length === columns.length && columns.every((column) => header.includes(column))
  if (!isWhole) {
    tell(first?.line ?? 1, '', `The first line must hold exactly these columns: ${columns.join(',')}.`)
    return { lines: [], errors }
  }
  const lines = rest.flatMap(({ line, fields }): SheetLine<Row>[] => {
    if (fields.length !== header.length) {
      tell(line, '', `This line has ${fields.length} fields, the first line has ${header.length}.`)
      return []
    }
    const cells = header.map((column, at) => [column, (fields[at] ?? '').trim()]).filter(([, field]) => field !== '')
    const parsed = schema.safeParse(Object.fromEntries(cells))
    for (const { path, message } of parsed.error?.issues ?? []) tell(line, String(path[0] ?? ''), message)
    return parsed.success ? [{ line, row: parsed.data }] : []
  })
  return { lines, errors }
}
