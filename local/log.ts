import { pino } from 'pino'
import type { Log } from '../functions/entry.ts'

export const LOG_LEVELS = ['info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One JSON line per entry on standard output, from `level` up. */
export const jsonLog = (level: LogLevel): Log => {
  const logger = pino({ base: null, level })
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}
