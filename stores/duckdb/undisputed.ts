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

/** The numbers of all devices with an instant in dispute in the span: nearly always none, and hardly ever many. */
export const disputedIn = async (
  connection: DuckDBConnection,
  { fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>,
): Promise<number[]> => {
  const inSpan = `at_ms >= ${wholeMs(fromMs)} AND at_ms < ${wholeMs(toMs)}`
  return (await ask(connection, `SELECT DISTINCT device_number FROM conflicts WHERE ${inSpan}`)).numbers(0)
}
