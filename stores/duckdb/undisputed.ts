import type { DuckDBConnection } from '@duckdb/node-api'
import type { Span } from '../readings.ts'
import { ask } from './answer.ts'

/** Epoch ms as a whole number, so that the comparison stays one of integers and row groups outside the span are not read. */
export const wholeMs = (ms: number): number => {
  if (Number.isNaN(ms)) throw new RangeError('a bound of a span must be a number')
  return Math.ceil(Math.min(Math.max(ms, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER))
}

/** Of the readings `r` those without a rival. */
export const UNDISPUTED_SQL = 'NOT EXISTS (FROM conflicts c WHERE c.device_number = r.device_number AND c.at_ms = r.at_ms)'

/** The instants in dispute in the span, of all devices: nearly always none, and hardly ever many. */
export const disputedIn = async (
  connection: DuckDBConnection,
  { fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>,
): Promise<{ deviceNumber: number; atMs: number }[]> => {
  const inSpan = `at_ms >= ${wholeMs(fromMs)} AND at_ms < ${wholeMs(toMs)}`
  const answer = await ask(connection, `SELECT DISTINCT device_number, at_ms::DOUBLE FROM conflicts WHERE ${inSpan}`)
  const instants = answer.numbers(1)
  return answer.numbers(0).map((deviceNumber, row) => ({ deviceNumber, atMs: instants[row] ?? 0 }))
}
