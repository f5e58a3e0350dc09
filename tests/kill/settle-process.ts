import { create as settleStation } from '../../functions/settle-station.ts'
import { create as settleVillage } from '../../functions/settle-village.ts'
import { openTables } from '../../stores/sqlite/table.ts'
import { VILLAGE } from '../registry.ts'
import { month } from '../settlement.ts'

/**
 * Settles a station's month and its village's in a process of its own, and dies by `kill -9` right after the n-th write (0: lives).
 * Lines go to the table a few at a time, so that there are moments between them to die at.
 */

const [, , path = '', dieAfter = '0', nowMs = '0'] = process.argv
const LINES_AT_ONCE = 20
const tables = openTables(path)
let writes = 0

const wrote = (): void => {
  writes += 1
  if (writes === Number(dieAfter)) process.kill(process.pid, 'SIGKILL')
}

const watched = <Row>(table: {
  put: (row: Row, ...rest: never[]) => Promise<unknown>
  putBatch: (rows: readonly Row[]) => Promise<void>
}) => ({
  ...table,
  put: async (row: Row, ...rest: never[]) => {
    const written = await table.put(row, ...rest)
    wrote()
    return written
  },
  putBatch: async (rows: readonly Row[]) => {
    for (let at = 0; at < rows.length; at += LINES_AT_ONCE) {
      await table.putBatch(rows.slice(at, at + LINES_AT_ONCE))
      wrote()
    }
  },
})

const failures: string[] = []
const deps = {
  ...tables,
  villageStatements: watched(tables.villageStatements as never) as typeof tables.villageStatements,
  allocations: watched(tables.allocations as never) as typeof tables.allocations,
  allocationLines: watched(tables.allocationLines as never) as typeof tables.allocationLines,
  now: () => Number(nowMs),
  count: () => {},
  log: { info: () => {}, warn: () => {}, error: (_: object, text: string) => void failures.push(text) },
  queues: { 'settle-village': { send: async () => {} } },
}
const messages = (body: object) => ({ messages: [{ messageId: 'm1', body }] })
await settleStation(deps)(messages({ stationId: 'ZL1', month: month('2026-10') }))
const { failed } = await settleVillage(deps)(messages({ villageCode: VILLAGE, month: month('2026-10') }))
process.send?.({ writes, failed: failed.length, failures })
tables.close()
