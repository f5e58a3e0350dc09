import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setImmediate as othersHadTheirTurn } from 'node:timers/promises'
import { checkedKey, type Filed, fileRow, fileRows, indexNames, openRange, sealCursor } from '../filing.ts'
import type { Page, Range, Table, TableSpec } from '../table.ts'
import { type TableName, type TableOf, tables } from '../tables.ts'
import { ensureTable, keyColumns, quoted, transact } from './schema.ts'

/**
 * The Table port on node:sqlite, for one machine.
 *
 * A row is one SQL row: its key, its version, its JSON, and two columns per index, so that every write is one statement and
 * one commit. Several connections, of other threads too, may open the same file.
 */
export type SqliteTables = { [Name in TableName]: TableOf<Name> } & { close: () => void }

/** Another connection's commit takes milliseconds; one that takes longer than this is an outage. */
const BUSY_TIMEOUT_MS = 5_000
const TRANSACTION_ROWS_MAX = 1_000
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
  const query = queries<Row>(spec.name, statements)
  return {
    get: async (id) => {
      await ownTurn()
      const { partition, sort } = checkedKey(spec.key(id))
      const sql = `SELECT version, body FROM ${quoted(spec.name)} WHERE partition_key = ? AND sort_key = ?`
      const found = statements(sql).get(partition, sort)
      return found && { row: JSON.parse(String(found.body)) as Row, version: Number(found.version) }
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
      const filed = fileRow(spec, row)
      if (condition === undefined) return write.upsert(filed)
      return condition === 'absent' ? write.insert(filed) : write.update(filed, condition.version)
    },
    putBatch: async (rows) => {
      const filed = fileRows(spec, rows)
      for (let at = 0; at < filed.length; at += TRANSACTION_ROWS_MAX) {
        transact(database, () => filed.slice(at, at + TRANSACTION_ROWS_MAX).forEach(write.upsert))
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
  const places = ['?', '?', ...changing.map(() => '?')].join(', ')
  const insert = `INSERT INTO ${table} (${columns}, version) VALUES (${places}, 1) ON CONFLICT (partition_key, sort_key)`
  const upsert = `${insert} DO UPDATE SET version = version + 1, ${changing.map((column) => `${column} = excluded.${column}`).join(', ')}`
  const update = `UPDATE ${table} SET version = version + 1, ${changing.map((column) => `${column} = ?`).join(', ')}
    WHERE partition_key = ? AND sort_key = ? AND version = ?`
  const remove = `DELETE FROM ${table} WHERE partition_key = ? AND sort_key = ?`
  const changed = ({ body, indexKeys }: Filed): SQLInputValue[] => [
    body,
    ...indexes.flatMap((index) => [indexKeys[index]?.partition ?? null, indexKeys[index]?.sort ?? null]),
  ]
  return {
    upsert: (filed: Filed): Written => ifChanged(statements(upsert).run(filed.key.partition, filed.key.sort, ...changed(filed))),
    insert: (filed: Filed): Written =>
      ifChanged(statements(`${insert} DO NOTHING`).run(filed.key.partition, filed.key.sort, ...changed(filed))),
    update: (filed: Filed, version: number): Written =>
      ifChanged(statements(update).run(...changed(filed), filed.key.partition, filed.key.sort, version)),
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
  <Row extends object>(name: string, statements: (sql: string) => StatementSync) =>
  (index: string | undefined, range: Range): Page<Row> => {
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
    const rows = found
      .slice(0, limit)
      .map(({ version, body }) => ({ row: JSON.parse(String(body)) as Row, version: Number(version) }))
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
