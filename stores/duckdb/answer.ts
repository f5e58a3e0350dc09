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
