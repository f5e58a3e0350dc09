import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { User } from '../../domain/access.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { NOW_MS, seedCounty, tokenOf } from '../a-county.ts'

/** The seeded county in the stores of one machine, with the deps of a function over them. */
export type ApiWorld = {
  tables: SqliteTables
  readings: DuckDbReadingStore
  deps: ReturnType<typeof depsOf>
  /** What the functions logged as errors: empty unless a test breaks something. */
  errors: object[]
  /** Asks as somebody, a county officer unless told. The body is taken to be of the shape the test expects. */
  ask: <View>(answer: Answer, path: string, who?: Partial<Pick<User, 'role' | 'regionCode'>>) => Promise<Asked<View>>
  close: () => Promise<void>
}
type Answer = (request: Request) => Promise<Response>
export type Asked<View> = { status: number; type: string | null; text: string; body: View }

const depsOf = (tables: SqliteTables, readings: DuckDbReadingStore, errors: object[]) => ({
  ...tables,
  readings,
  queues: { 'settle-station': { send: async () => {} }, 'settle-village': { send: async () => {} } },
  now: () => NOW_MS,
  log: { info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) },
  count: () => {},
})

export const openApiWorld = async (villages?: number): Promise<ApiWorld> => {
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-api-'))
  const tables = openTables(':memory:')
  const readings = await openReadingStore(join(folder, 'readings.duckdb'))
  await seedCounty(tables, readings, villages)
  const errors: object[] = []
  return {
    tables,
    readings,
    errors,
    deps: depsOf(tables, readings, errors),
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says which shape it expects
    ask: async <View>(answer: Answer, path: string, who = {}) => {
      const headers = { authorization: `Bearer ${await tokenOf(tables, who)}` }
      const response = await answer(new Request(`http://localhost${path}`, { headers }))
      const text = await response.text()
      return { status: response.status, type: response.headers.get('content-type'), text, body: JSON.parse(text) as View }
    },
    close: async () => {
      await readings.close()
      tables.close()
      rmSync(folder, { recursive: true })
    },
  }
}
