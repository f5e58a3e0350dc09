import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, type DuckDBType, VARCHAR } from '@duckdb/node-api'
import * as z from 'zod'
import { createSchema, LIMITS, type MergedRecord, type WireRecord, writeRequest, writeUnitsOf } from './timestream-limits.ts'

/**
 * The documented behaviour of Timestream's WriteRecords, Query and DescribeEndpoints on 127.0.0.1, for the real SDK: limits,
 * merging of common attributes, versions, partial rejection with status 419, retention, columns that exist once written, pages.
 * Statements are run as they are by DuckDB in memory, with macros for Timestream's functions. It keeps nothing and checks no
 * signatures; what Timestream's own SQL refuses and DuckDB accepts it cannot find.
 */
export type TimestreamEndpoint = {
  url: string
  /** Answers the next `count` requests of this kind, after so many that are spared, with an error instead. */
  failNext: (operation: Operation, count: number, failure: Failure, spared?: number) => void
  /** Rejects the first record of the next WriteRecords for this reason. */
  rejectNext: (reason: string) => void
  /** While held, queries do not see what is written from now on: Timestream's reads are eventually consistent. */
  holdReads: (held: boolean) => Promise<void>
  /** Requests answered so far, failed ones included. */
  requests: (operation: Operation) => number
  /** What is billed so far: units of 1 KiB, begun ones whole, for each WriteRecords that stored anything. */
  writeUnits: () => number
  close: () => Promise<void>
}

type Operation = 'WriteRecords' | 'Query' | 'DescribeEndpoints'
/** 'lost': the request is carried out and its answer never comes. */
type Failure = { status: number; type: string } | 'lost'

export type EndpointOptions = {
  database: string
  table: string
  now: () => number
  memoryHours: number
  /** The other reading of the documents: a record that exists to the letter is rejected too, not accepted again. */
  rejectsEqual?: boolean
  pageRows?: number
}

class Fault extends Error {
  readonly status: number
  readonly body: object
  constructor(status: number, type: string, message: string, more: object = {}) {
    super(message)
    this.status = status
    this.body = { __type: `com.amazonaws.timestream.v20181101#${type}`, Message: message, message, ...more }
  }
}

const queryRequest = z.object({ QueryString: z.string(), NextToken: z.string().optional() })

type Rejection = { RecordIndex: number; Reason: string; ExistingVersion?: number }
type Point = { version: number; values: string }

const merge = (common: WireRecord, own: WireRecord): MergedRecord => {
  const dimensions = [...(common.Dimensions ?? []), ...(own.Dimensions ?? [])]
  if (new Set(dimensions.map(({ Name }) => Name)).size < dimensions.length)
    throw new Fault(400, 'ValidationException', 'A record must contain dimensions with unique names.')
  const { MeasureName, MeasureValueType, Time, TimeUnit, Version = 1 } = { ...common, ...own }
  if (MeasureName === undefined || Time === undefined || MeasureValueType !== 'MULTI' || TimeUnit !== 'MILLISECONDS')
    throw new Fault(400, 'ValidationException', 'This endpoint takes multi-measure records in milliseconds.')
  const columns = new Map(dimensions.map(({ Name, Value }) => [Name, { type: 'VARCHAR', value: Value }]))
  for (const { Name, Type, Value } of [...(common.MeasureValues ?? []), ...(own.MeasureValues ?? [])])
    columns.set(Name, { type: Type, value: Value })
  columns.set('measure_name', { type: 'VARCHAR', value: MeasureName })
  const series = dimensions.sort((one, other) => (one.Name < other.Name ? -1 : 1)).map(({ Name, Value }) => [Name, Value])
  const identity = JSON.stringify([series, MeasureName, Time])
  const names = dimensions.map(({ Name }) => Name)
  return { columns, dimensions: names, measureName: MeasureName, identity, atMs: Number(Time), version: Version }
}

/** Doubles as Java writes them, which is what Timestream answers: 5.0, 1.0E-7. */
const javaDouble = (value: number): string => {
  const [mantissa = '', exponent] = String(value).split('e')
  const decimal = mantissa.includes('.') ? mantissa : `${mantissa}.0`
  return exponent === undefined ? decimal : `${decimal}E${Number(exponent)}`
}

/** The one table of the endpoint: its points for versions, and a DuckDB table that statements run on. */
const openTable = async ({ database, table, now, memoryHours, rejectsEqual = false }: EndpointOptions) => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection: DuckDBConnection = await instance.connect()
  const name = `"${database}"."${table}"`
  await connection.run(`CREATE SCHEMA "${database}"`)
  await connection.run(`CREATE TABLE ${name} (identity VARCHAR, time TIMESTAMP, measure_name VARCHAR)`)
  await connection.run('CREATE MACRO from_milliseconds(ms) AS make_timestamp(ms * 1000)')
  await connection.run('CREATE MACRO to_milliseconds(t) AS epoch_ms(t)')
  const points = new Map<string, Point>()
  const schema = createSchema()
  let writeUnits = 0
  let pending: MergedRecord[] = []
  let held = false
  let ordered: string | undefined

  const refuse = (index: number, merged: MergedRecord): Rejection | undefined => {
    const { atMs, version, identity } = merged
    const [fromMs, toMs] = [now() - memoryHours * 3_600_000, now() + LIMITS.futureMs]
    const range = `[${new Date(fromMs).toISOString()}, ${new Date(toMs).toISOString()})`
    const Reason =
      atMs < fromMs || atMs >= toMs
        ? `The record timestamp is outside the time range ${range} of the memory store.`
        : (ordered ?? schema.misfit(merged))
    ordered = undefined
    if (Reason !== undefined) return { RecordIndex: index, Reason }
    const point = points.get(identity)
    if (!point || version > point.version) return undefined
    if (point.values === JSON.stringify([...merged.columns]) && version === point.version && !rejectsEqual) return undefined
    const exists = 'A record already exists with the same time, dimensions, measure name, and record version.'
    return { RecordIndex: index, Reason: exists, ExistingVersion: point.version }
  }

  const write = (body: unknown): object => {
    const { DatabaseName, TableName, CommonAttributes = {}, Records } = writeRequest.parse(body)
    if (DatabaseName !== database || TableName !== table)
      throw new Fault(400, 'ResourceNotFoundException', 'There is no such table.')
    const rejected: Rejection[] = []
    for (const [index, merged] of Records.map((own) => merge(CommonAttributes, own)).entries()) {
      const rejection = refuse(index, merged)
      if (rejection) {
        rejected.push(rejection)
        continue
      }
      points.set(merged.identity, { version: merged.version, values: JSON.stringify([...merged.columns]) })
      schema.learn(merged)
      pending.push(merged)
    }
    const stored = Records.filter((_, index) => !rejected.some(({ RecordIndex }) => RecordIndex === index))
    if (stored.length > 0) writeUnits += writeUnitsOf(CommonAttributes, stored)
    if (rejected.length > 0)
      throw new Fault(419, 'RejectedRecordsException', 'One or more records have been rejected.', { RejectedRecords: rejected })
    return { RecordsIngested: { Total: Records.length, MemoryStore: Records.length, MagneticStore: 0 } }
  }

  /** Brings what was written into the DuckDB table; the last write of an identity is the one that was accepted last. */
  const settle = async (): Promise<void> => {
    const last = [...new Map(pending.map((merged) => [merged.identity, merged])).values()]
    pending = []
    if (last.length === 0) return
    for (const [column, type] of schema.types)
      await connection.run(`ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS "${column}" ${type}`)
    const columns = [
      'identity',
      'time',
      'measure_name',
      ...[...schema.types.keys()].filter((column) => column !== 'measure_name'),
    ]
    await connection.run('CREATE OR REPLACE TEMP TABLE incoming (identity VARCHAR)')
    await fill(
      'incoming',
      last.map(({ identity }) => [identity]),
    )
    await connection.run(`DELETE FROM ${name} WHERE identity IN (FROM incoming)`)
    const rows = last.map(({ identity, atMs, columns: values }) => [
      identity,
      new Date(atMs).toISOString().replace('T', ' ').replace('Z', ''),
      ...columns.slice(2).map((column) => values.get(column)?.value ?? null),
    ])
    await fill(table, rows, database)
  }
  const fill = async (into: string, rows: readonly (string | null)[][], schema?: string): Promise<void> => {
    const appender = await connection.createAppender(into, schema)
    const types: DuckDBType[] = rows[0]?.map(() => VARCHAR) ?? []
    for (let from = 0; from < rows.length; from += 2_048) {
      const part = rows.slice(from, from + 2_048)
      const chunk = DuckDBDataChunk.create(types, part.length)
      chunk.setRows(part)
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
  }

  const kindOf = (column: string): string =>
    column === 'measure_name' ? 'MEASURE_NAME' : schema.dimensions.has(column) ? 'DIMENSION' : 'MULTI'
  const describe = (): Answer => ({
    info: ['Column', 'Type', 'Timestream attribute type'].map((Name) => ({ Name, Type: { ScalarType: 'VARCHAR' } })),
    rows: [
      ['time', 'timestamp', 'TIMESTAMP'],
      ...[...schema.types].map(([column, type]) => [column, type.toLowerCase(), kindOf(column)]),
    ],
  })

  /** One statement after the other: what was accepted before it is there for each. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }

  const select = async (statement: string): Promise<Answer> => {
    if (!held) await settle()
    try {
      const result = await connection.run(statement)
      const kinds = result.columnTypes().map(String)
      const rows = (await result.getRows()).map((row) =>
        row.map((value) => (value === null ? null : typeof value === 'number' ? javaDouble(value) : String(value))),
      )
      return { info: kinds.map((type, index) => ({ Name: result.columnName(index), Type: { ScalarType: type } })), rows }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const column = /column "?(\w+)"? not found/i.exec(message)?.[1]
      throw new Fault(400, 'ValidationException', column ? `line 1:1: Column '${column}' does not exist` : message)
    }
  }

  const run = async (statement: string): Promise<Answer> => {
    if (Buffer.byteLength(statement) > LIMITS.statementBytes)
      throw new Fault(400, 'ValidationException', 'The statement is too long.')
    return statement === `DESCRIBE ${name}` ? describe() : inTurn(() => select(statement))
  }
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  const holdReads = async (hold: boolean): Promise<void> => {
    if (hold) await inTurn(settle)
    held = hold
  }
  const rejectNext = (reason: string): void => {
    ordered = reason
  }
  return { write, run, holdReads, rejectNext, writeUnits: () => writeUnits, close }
}

type Answer = { info: object[]; rows: (string | null)[][] }

/** How often Timestream takes one token, and answers the same page. */
const TOKEN_USES_MAX = 5

/** Cuts answers into pages. As Timestream may, it starts with an empty one; a token is good for one statement. */
const createPages = (run: (statement: string) => Promise<Answer>, pageRows: number) => {
  const rests = new Map<string, { statement: string; answer: Answer; uses: number }>()
  let tokens = 0
  return async (body: unknown): Promise<object> => {
    const { QueryString, NextToken } = queryRequest.parse(body)
    const rest = NextToken === undefined ? undefined : rests.get(NextToken)
    if (NextToken !== undefined && (rest?.statement !== QueryString || rest.uses === TOKEN_USES_MAX))
      throw new Fault(400, 'ValidationException', 'Invalid pagination token')
    const answer = rest?.answer ?? (await run(QueryString))
    const page = rest ? answer.rows.slice(0, pageRows) : []
    const left = answer.rows.slice(page.length)
    const token = left.length > 0 ? `token-${(tokens += 1)}` : undefined
    if (token) rests.set(token, { statement: QueryString, answer: { ...answer, rows: left }, uses: 0 })
    if (rest) rest.uses += 1
    return {
      QueryId: `query-${tokens}`,
      ColumnInfo: answer.info,
      Rows: page.map((row) => ({ Data: row.map((value) => (value === null ? { NullValue: true } : { ScalarValue: value })) })),
      ...(token && { NextToken: token }),
    }
  }
}

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part as Uint8Array))
  return JSON.parse(Buffer.concat(parts).toString() || '{}') as unknown
}

export const startTimestreamEndpoint = async (options: EndpointOptions): Promise<TimestreamEndpoint> => {
  const table = await openTable(options)
  const query = createPages(table.run, options.pageRows ?? 5_000)
  const counts = new Map<string, number>()
  const failures = new Map<string, (Failure | undefined)[]>()
  const operations: Record<Operation, (body: unknown) => object | Promise<object>> = {
    WriteRecords: table.write,
    Query: query,
    DescribeEndpoints: () => ({ Endpoints: [{ Address: '127.0.0.1', CachePeriodInMinutes: 1_440 }] }),
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    counts.set(operation, (counts.get(operation) ?? 0) + 1)
    const failure = failures.get(operation)?.shift()
    const reply = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
    }
    try {
      const body = await bodyOf(request)
      if (typeof failure === 'object') throw new Fault(failure.status, failure.type, 'as ordered')
      const run = Object.entries(operations).find(([name]) => name === operation)?.[1]
      if (!run) throw new Fault(400, 'UnknownOperationException', operation)
      const done = await run(body)
      if (failure === 'lost') request.socket.destroy()
      else reply(200, done)
    } catch (error) {
      if (error instanceof Fault) reply(error.status, error.body)
      else reply(400, { __type: 'ValidationException', message: String(error) })
    }
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    failNext: (operation, count, failure, spared = 0) =>
      void failures.set(
        operation,
        Array.from({ length: spared + count }, (_, index) => (index < spared ? undefined : failure)),
      ),
    rejectNext: table.rejectNext,
    writeUnits: table.writeUnits,
    holdReads: table.holdReads,
    requests: (operation) => counts.get(operation) ?? 0,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      table.close()
    },
  }
}
