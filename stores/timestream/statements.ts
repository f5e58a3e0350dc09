import { QueryCommand, type Row as AnsweredRow, type TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import { ID_PATTERN } from '../../domain/limits.ts'
import type { Row } from './records.ts'

/** A table as queries see it. */
export type Statements = {
  /** Quoted "database"."table". */
  table: string
  /** Runs a statement to its last page; the selected columns are named by position. Throws beyond PAGES_MAX pages. */
  rows: (statement: string, columns: readonly string[]) => Promise<Row[]>
  /** Those of the wanted columns that the table has: Timestream creates a column when something is first written to it. */
  existing: (wanted: readonly string[]) => Promise<ReadonlySet<string>>
}

/** A page holds at most 1 MB and may be empty while the query still runs. */
const PAGES_MAX = 5_000
const NAME_PATTERN = /^[A-Za-z0-9_.-]{3,256}$/
/** Timestream knows no time before 1970 nor after April 2262. */
const LAST_MS = Date.UTC(2262, 0, 1)

/** An id as a text literal; throws for anything else, so that nothing has to be escaped. */
export const idLiteral = (id: string): string => {
  if (!ID_PATTERN.test(id)) throw new RangeError('a device id has 1 to 64 letters, digits, underscores and hyphens')
  return `'${id}'`
}

/** Epoch ms as a timestamp expression, cut to what Timestream can hold. */
export const timeLiteral = (ms: number): string => {
  if (Number.isNaN(ms)) throw new RangeError('a bound of a span must be a number')
  return `from_milliseconds(${Math.ceil(Math.min(Math.max(ms, 0), LAST_MS))})`
}

const rowOf = (row: AnsweredRow, columns: readonly string[]): Row =>
  Object.fromEntries(columns.map((column, index) => [column, row.Data?.[index]?.ScalarValue]))

export const createStatements = (
  client: TimestreamQueryClient,
  { database, table: tableName }: { database: string; table: string },
): Statements => {
  for (const name of [database, tableName]) if (!NAME_PATTERN.test(name)) throw new RangeError(`${name} cannot name a table`)
  const table = `"${database}"."${tableName}"`
  const known = new Set<string>()

  const rows = async (statement: string, columns: readonly string[]): Promise<Row[]> => {
    const found: Row[] = []
    let nextToken: string | undefined
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const answer = await client.send(new QueryCommand({ QueryString: statement, ...(nextToken && { NextToken: nextToken }) }))
      for (const row of answer.Rows ?? []) found.push(rowOf(row, columns))
      nextToken = answer.NextToken
      if (nextToken === undefined) return found
    }
    throw new RangeError(`a query of readings has more than ${PAGES_MAX} pages`)
  }

  const existing = async (wanted: readonly string[]): Promise<ReadonlySet<string>> => {
    if (!wanted.every((column) => known.has(column)))
      for (const { column } of await rows(`DESCRIBE ${table}`, ['column'])) if (column !== undefined) known.add(column)
    return new Set(wanted.filter((column) => known.has(column)))
  }

  return { table, rows, existing }
}
