import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setImmediate as othersHadTheirTurn } from 'node:timers/promises'
import { checkedKey, type Filed, fileRow, fileRows, indexNames, openRange, sealCursor } from '../filing.ts'
import type { Key, Page, Range, Table, TableSpec } from '../table.ts'
import { type TableName, type TableOf, tables } from '../tables.ts'
import { keptBody, keptRow } from './body.ts'
import { ensureTable, keyColumns, quoted, transact } from './schema.ts'

/**
 * The Table port on node:sqlite, for one machine.
 *
 * A row is one SQL row: its key, its version, its JSON (or less, see `keptBody`), and two columns per index, so that every write is
 * one statement and one commit; of a batch thousands share one. Several connections, of other threads too, may open the same file.
 */
export type SqliteTables = { [Name in TableName]: TableOf<Name> } & { close: () => void }

/** Another connection's commit takes milliseconds; one that takes longer than this is an outage. */
const BUSY_TIMEOUT_MS = 5_000
/** What one commit keeps of a batch; who waits for it waits for milliseconds, and a disk that others use too is waited for less often. */
const TRANSACTION_ROWS_MAX = 4_000
/** Rows of a batch that one statement writes: what a statement costs beside its rows counts little then. */
const STATEMENT_ROWS = 32
/** Reads that follow one another for longer than this let sockets and timers go first. */
const READING_MS_MAX = 20

/**
 * A read is done at once, so a sweep over a whole county, read after read, would hold up every PUBACK and request until its end.
 * Resolves at once, or when the event loop has been round if it has not for a while.
 */
const courtesy = (): (() => Promise<void>) => {
  let turnAtMs = performance.now()
  return async () => {
    // Of many that wait together the first begins the next turn, and the rest share it as long as it lasts.
    while (performance.now() - turnAtMs >= READING_MS_MAX) {
      const waitedForMs = turnAtMs
      await othersHadTheirTurn()
      if (turnAtMs === waitedForMs) turnAtMs = performance.now()
    }
  }
}

/** Opens every table in one file (`':memory:'` for a passing one), creating what is not there yet. */
export const openTables = (path: string): SqliteTables => {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  const specs = Object.entries(tables) as [TableName, TableSpec<object, never, string>][]
  transact(database, () => specs.forEach(([, spec]) => ensureTable(database, spec)))
  const ownTurn = courtesy()
  const opened: Record<string, unknown> = Object.fromEntries(
    specs.map(([name, spec]) => [name, tableIn(database, spec, ownTurn)]),
  )
  return { ...(opened as { [Name in TableName]: TableOf<Name> }), close: () => database.close() }
}

/** One table of an open database; its SQL table is created, or given the indexes it lacks. */
export const openTable = <Row extends object, Id extends keyof Row, Index extends string>(
  database: DatabaseSync,
  spec: TableSpec<Row, Id, Index>,
): Table<Row, Id, Index> => {
  transact(database, () => ensureTable(database, spec))
  return tableIn(database, spec, courtesy())
}

const tableIn = <Row extends object, Id extends keyof Row, Index extends string>(
  database: DatabaseSync,
  spec: TableSpec<Row, Id, Index>,
  ownTurn: () => Promise<void>,
): Table<Row, Id, Index> => {
  const statements = cachedStatements(database)
  const write = writes(spec, statements)
  const query = queries(spec, statements)
  return {
    get: async (id) => {
      await ownTurn()
      const key = checkedKey(spec.key(id))
      const sql = `SELECT version, body FROM ${quoted(spec.name)} WHERE partition_key = ? AND sort_key = ?`
      const found = statements(sql).get(key.partition, key.sort)
      return found && { row: keptRow(spec, key, String(found.body)), version: Number(found.version) }
    },
    query: async (range) => {
      await ownTurn()
      return query(undefined, range)
    },
    queryIndex: async (index, range) => {
      await ownTurn()
      return query(index, range)
    },
    put: async (row, condition) => {
      const filed = fileRow(spec, row, keptBody)
      if (condition === undefined) return write.upsert(filed)
      return condition === 'absent' ? write.insert(filed) : write.update(filed, condition.version)
    },
    putBatch: async (rows) => {
      for (let at = 0; at < rows.length; at += TRANSACTION_ROWS_MAX) {
        const filed = fileRows(spec, rows.slice(at, at + TRANSACTION_ROWS_MAX), keptBody)
        transact(database, () => write.upsertAll(filed))
      }
    },
    delete: async (id, condition) => write.remove(spec.key(id), condition?.version),
  }
}

const cachedStatements = (database: DatabaseSync): ((sql: string) => StatementSync) => {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    const statement = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
}

type Written = 'written' | 'conflict'
const ifChanged = ({ changes }: { changes: number | bigint }): Written => (Number(changes) > 0 ? 'written' : 'conflict')

const writes = <Row extends object, Id extends keyof Row, Index extends string>(
  spec: TableSpec<Row, Id, Index>,
  statements: (sql: string) => StatementSync,
) => {
  const indexes = indexNames(spec)
  const table = quoted(spec.name)
  const changing = ['body', ...indexes.flatMap(keyColumns)]
  const columns = ['partition_key', 'sort_key', ...changing].join(', ')
  const places = `(${['?', '?', ...changing.map(() => '?')].join(', ')}, 1)`
  const insertOf = (rows: number): string =>
    `INSERT INTO ${table} (${columns}, version) VALUES ${Array<string>(rows).fill(places).join(', ')} ON CONFLICT (partition_key, sort_key)`
  const insert = insertOf(1)
  const replacing = `DO UPDATE SET version = version + 1, ${changing.map((column) => `${column} = excluded.${column}`).join(', ')}`
  const [upsert, upsertMany] = [`${insert} ${replacing}`, `${insertOf(STATEMENT_ROWS)} ${replacing}`]
  const update = `UPDATE ${table} SET version = version + 1, ${changing.map((column) => `${column} = ?`).join(', ')}
    WHERE partition_key = ? AND sort_key = ? AND version = ?`
  const remove = `DELETE FROM ${table} WHERE partition_key = ? AND sort_key = ?`
  const addChanged = (values: SQLInputValue[], { body, indexKeys }: Filed): SQLInputValue[] => {
    values.push(body)
    for (const index of indexes) values.push(indexKeys[index]?.partition ?? null, indexKeys[index]?.sort ?? null)
    return values
  }
  const addWhole = (values: SQLInputValue[], filed: Filed): SQLInputValue[] => {
    values.push(filed.key.partition, filed.key.sort)
    return addChanged(values, filed)
  }
  return {
    upsert: (filed: Filed): Written => ifChanged(statements(upsert).run(...addWhole([], filed))),
    upsertAll: (all: readonly Filed[]): void => {
      const together = all.length - (all.length % STATEMENT_ROWS)
      for (let at = 0; at < together; at += STATEMENT_ROWS) {
        statements(upsertMany).run(...all.slice(at, at + STATEMENT_ROWS).reduce(addWhole, []))
      }
      for (const filed of all.slice(together)) statements(upsert).run(...addWhole([], filed))
    },
    insert: (filed: Filed): Written => ifChanged(statements(`${insert} DO NOTHING`).run(...addWhole([], filed))),
    update: (filed: Filed, version: number): Written =>
      ifChanged(statements(update).run(...addChanged([], filed), filed.key.partition, filed.key.sort, version)),
    remove: (key: Filed['key'], version: number | undefined): Written => {
      const { partition, sort } = checkedKey(key)
      if (version !== undefined) return ifChanged(statements(`${remove} AND version = ?`).run(partition, sort, version))
      statements(remove).run(partition, sort)
      return 'written'
    },
  }
}

/** Pages of the table, or of one of its indexes, where rows of one index key follow one another by their own keys. */
const queries =
  <Row extends object, Id extends keyof Row, Index extends string>(
    spec: TableSpec<Row, Id, Index>,
    statements: (sql: string) => StatementSync,
  ) =>
  (index: Index | undefined, range: Range): Page<Row> => {
    const { name } = spec
    const place = index === undefined ? name : `${name}/${index}`
    const { partition, from, to, limit, reverse, after } = openRange(place, range)
    const [partitionColumn, sortColumn] = index === undefined ? ['partition_key', 'sort_key'] : keyColumns(index)
    const order = index === undefined ? [sortColumn] : [sortColumn, 'partition_key', 'sort_key']
    const where = [`${partitionColumn} = ?`]
    if (from !== undefined) where.push(`${sortColumn} >= ?`)
    if (to !== undefined) where.push(`${sortColumn} <= ?`)
    if (after) where.push(`(${order.join(', ')}) ${reverse ? '<' : '>'} (${order.map(() => '?').join(', ')})`)
    const direction = reverse ? 'DESC' : 'ASC'
    const sql = `SELECT ${order.map((column, at) => `${column} AS position${at}`).join(', ')}, version, body
      FROM ${quoted(name)} WHERE ${where.join(' AND ')}
      ORDER BY ${order.map((column) => `${column} ${direction}`).join(', ')} LIMIT ?`
    const bounds = [from, to].filter((bound) => bound !== undefined)
    const found = statements(sql).all(partition, ...bounds, ...(after ?? []), limit + 1)
    const keyOf = (place: Record<string, unknown>): Key =>
      index === undefined
        ? { partition, sort: String(place.position0) }
        : { partition: String(place.position1), sort: String(place.position2) }
    const rows = found
      .slice(0, limit)
      .map((each) => ({ row: keptRow(spec, keyOf(each), String(each.body)), version: Number(each.version) }))
    const last = found[limit - 1]
    if (found.length <= limit || !last) return { rows }
    return {
      rows,
      cursor: sealCursor(
        place,
        range,
        order.map((_, at) => String(last[`position${at}`])),
      ),
    }
  }
