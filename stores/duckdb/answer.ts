import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api'

/** What a query answered, column by column. Queries here answer no nulls: decoding a validity mask costs more than the numbers. */
export type Answer = { numbers: (column: number) => number[]; texts: (column: number) => string[] }

const valuesOf = <Value>(chunks: readonly DuckDBDataChunk[], column: number, convert: (value: DuckDBValue) => Value): Value[] => {
  const values: Value[] = []
  for (const chunk of chunks) {
    const vector = chunk.getColumnVector(column)
    for (let row = 0; row < vector.itemCount; row += 1) values.push(convert(vector.getItem(row)))
  }
  return values
}

export const ask = async (connection: DuckDBConnection, sql: string): Promise<Answer> => {
  const result = await connection.run(sql)
  // Every `getChunk` materialises all columns of the chunk again, so each is taken once.
  const chunks = Array.from({ length: result.chunkCount }, (_, index) => result.getChunk(index))
  return { numbers: (column) => valuesOf(chunks, column, Number), texts: (column) => valuesOf(chunks, column, String) }
}

/** Numbers of a column as they lie in memory. */
export type Cells = Int32Array | Float64Array

const cellsOf = (chunk: DuckDBDataChunk, column: number): Cells => {
  // What its typings keep private is the memory itself; all they offer is one value at a time.
  const items: unknown = Reflect.get(chunk.getColumnVector(column), 'items')
  if (items instanceof Int32Array || items instanceof Float64Array) return items
  throw new TypeError(`column ${column} is neither INTEGER nor DOUBLE`)
}

type Take = (columns: readonly Cells[], rows: number) => void

/** Detached as soon as they are taken: memory outside its heap makes the engine collect garbage, and gigabytes may pass through. */
const takeCells = (chunk: DuckDBDataChunk, take: Take): void => {
  const columns = Array.from({ length: chunk.columnCount }, (_, column) => cellsOf(chunk, column))
  take(columns, chunk.rowCount)
  for (const { buffer } of columns) if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/**
 * Hands over an answer part by part in the order of the rows. Every column is to be cast to INTEGER or DOUBLE and to have no nulls;
 * the cells of a part are gone when its call returns. One too large to be kept is not: it is read as it comes, which costs some
 * milliseconds more.
 */
export const askInParts = async (
  connection: DuckDBConnection,
  sql: string,
  { isLarge, take }: { isLarge: boolean; take: Take },
): Promise<void> => {
  if (!isLarge) {
    const result = await connection.run(sql)
    for (let index = 0; index < result.chunkCount; index += 1) takeCells(result.getChunk(index), take)
    return
  }
  const result = await connection.stream(sql)
  let next = result.fetchChunk()
  for (let chunk = await next; chunk && chunk.rowCount > 0; chunk = await next) {
    // DuckDB is at work on the next part while this one is taken.
    next = result.fetchChunk()
    takeCells(chunk, take)
  }
}
