import type { DatabaseSync } from 'node:sqlite'
import { fileRow, indexNames } from '../filing.ts'
import type { TableSpec } from '../table.ts'
import { keptRow } from './body.ts'

/** The SQL tables behind the Table port: created when absent, and given new indexes when a release adds some. */

/** An SQL identifier of any name. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The two columns that file a row in an index; NULL while the row is not in it. */
export const keyColumns = (index: string): [string, string] => [quoted(`${index}_partition`), quoted(`${index}_sort`)]

/** Creates the SQL table of a spec, and fills the columns of indexes it did not have before. */
export const ensureTable = <Row extends object, Id extends keyof Row, Index extends string>(
  database: DatabaseSync,
  spec: TableSpec<Row, Id, Index>,
): void => {
  const indexes = indexNames(spec)
  const table = quoted(spec.name)
  database.exec(`CREATE TABLE IF NOT EXISTS ${table} (
    partition_key TEXT NOT NULL, sort_key TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    ${indexes
      .flatMap(keyColumns)
      .map((column) => `${column} TEXT, `)
      .join('')}PRIMARY KEY (partition_key, sort_key)) STRICT, WITHOUT ROWID`)
  const missing = missingIndexes(database, spec)
  for (const column of missing.flatMap(keyColumns)) database.exec(`ALTER TABLE ${table} ADD COLUMN ${column} TEXT`)
  if (missing.length > 0) refill(database, spec, missing)
  for (const index of indexes) {
    const [partition, sort] = keyColumns(index)
    database.exec(`CREATE INDEX IF NOT EXISTS ${quoted(`${spec.name}/${index}`)}
      ON ${table} (${partition}, ${sort}, partition_key, sort_key) WHERE ${partition} IS NOT NULL`)
  }
}

/** All or nothing, and nobody else writes meanwhile. */
export const transact = (database: DatabaseSync, work: () => void): void => {
  database.exec('BEGIN IMMEDIATE')
  try {
    work()
    database.exec('COMMIT')
  } catch (error) {
    // A full disk or a failed fsync may have ended the transaction already.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

const columnsOf = (database: DatabaseSync, name: string): Set<string> =>
  new Set(
    database
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(name)
      .map((column) => String(column.name)),
  )

const missingIndexes = <Row extends object, Id extends keyof Row, Index extends string>(
  database: DatabaseSync,
  spec: TableSpec<Row, Id, Index>,
): Index[] => {
  const columns = columnsOf(database, spec.name)
  return indexNames(spec).filter((index) => !columns.has(`${index}_partition`))
}

const refill = <Row extends object, Id extends keyof Row, Index extends string>(
  database: DatabaseSync,
  spec: TableSpec<Row, Id, Index>,
  missing: Index[],
): void => {
  const columns = missing.flatMap(keyColumns)
  const update = database.prepare(`UPDATE ${quoted(spec.name)} SET ${columns.map((column) => `${column} = ?`).join(', ')}
    WHERE partition_key = ? AND sort_key = ?`)
  const kept = database.prepare(`SELECT partition_key AS partition, sort_key AS sort, body FROM ${quoted(spec.name)}`)
  for (const { partition, sort, body } of kept.all()) {
    const { key, indexKeys } = fileRow(spec, keptRow(spec, { partition: String(partition), sort: String(sort) }, String(body)))
    const filed = missing.flatMap((index) => [indexKeys[index]?.partition ?? null, indexKeys[index]?.sort ?? null])
    update.run(...filed, key.partition, key.sort)
  }
}
