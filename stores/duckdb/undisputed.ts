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

/** Rivals of whatever device in the span: nearly always none, and then nobody need ask whose they are. */
export const countConflicts = async (
  connection: DuckDBConnection,
  { fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>,
): Promise<number> => {
  const sql = `SELECT count(*) FROM conflicts WHERE at_ms >= ${wholeMs(fromMs)} AND at_ms < ${wholeMs(toMs)}`
  return (await ask(connection, sql)).numbers(0)[0] ?? 0
}
