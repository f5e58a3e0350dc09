import { monthOfDay } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import type { QueueName } from '../../functions/entry.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import type { StaleMonth } from '../../stores/rows.ts'
import { COUNTY, VILLAGE } from '../registry.ts'
import { month } from '../settlement.ts'

/** Empty tables in memory, queues that remember what was sent, and a log that remembers what was said. */
export type Settling = {
  tables: SqliteTables
  /** Bodies in the order sent, by queue. */
  sent: Record<QueueName, object[]>
  said: { level: string; fields: Record<string, unknown> }[]
  ambient: ReturnType<typeof ambientOf>
}

/** 2026-11-01 04:00 in China: October is over, its grace too. */
export const NOW_MS = Date.parse('2026-11-01T04:00:00+08:00')

const ambientOf = (sent: Settling['sent'], said: Settling['said']) => {
  const say = (level: string) => (fields: Record<string, unknown>) => void said.push({ level, fields })
  const queueOf = (name: QueueName) => ({ send: async (bodies: readonly object[]) => void sent[name].push(...bodies) })
  return {
    now: () => NOW_MS,
    count: () => {},
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    queues: { 'settle-station': queueOf('settle-station'), 'settle-village': queueOf('settle-village') },
  }
}

export const aSettling = (): Settling => {
  const sent: Settling['sent'] = {
    'ingest-readings': [],
    'compute-generation': [],
    'settle-station': [],
    'settle-village': [],
    'assess-performance': [],
  }
  const said: Settling['said'] = []
  return { tables: openTables(':memory:'), sent, said, ambient: ambientOf(sent, said) }
}

/** Work as a queue delivers it. */
export const delivered = (...bodies: unknown[]) => ({
  messages: bodies.map((body, at) => ({ messageId: `m${at + 1}`, body })),
})

export const stationWork = (stationId = 'ZL1', of = '2026-10') => ({ stationId, month: month(of) })
export const villageWork = (villageCode = VILLAGE, of = '2026-10') => ({ villageCode, month: month(of) })

/** As compute-generation leaves them: final versions, and then the marks of their months. */
export const computed = async ({ generation, staleMonths }: SqliteTables, days: readonly StationDay[]): Promise<void> => {
  await generation.putBatch(days)
  const marks = days.map((row) => aMonthMark({ ...row, month: monthOfDay(row.day) }))
  await staleMonths.putBatch([...new Map(marks.map((mark) => [`${mark.stationId} ${mark.month}`, mark])).values()])
}
export const aMonthMark = ({ stationId, countyCode, month: of }: Partial<StaleMonth> = {}): StaleMonth => ({
  stationId: stationId ?? 'ZL1',
  countyCode: countyCode ?? COUNTY,
  month: of ?? month('2026-10'),
  markedAtMs: NOW_MS,
})
/** Months whose marks are pending. */
export const staleMonthsOf = async ({ staleMonths }: SqliteTables): Promise<string[]> =>
  (await rowsOf(staleMonths.queryIndex('pending', { partition: COUNTY }))).map((row) => `${row.stationId} ${row.month}`)

export const rowsOf = async <Row>(page: Promise<{ rows: { row: Row }[] }>): Promise<Row[]> =>
  (await page).rows.map(({ row }) => row)
