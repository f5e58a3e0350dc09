import { entry } from '../../functions/entry.ts'
import { COUNTY, day } from '../registry.ts'

/** A manifest with one function of each trigger kind, each leaving its trace in a table, for the runtime's own tests. */

const aMark = (stationId: string) => ({ countyCode: COUNTY, stationId, day: day('2026-11-22'), markedAtMs: 1 })
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** What a function can do with what it was given, store by store. */
const abilitiesOf = (deps: object): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(deps).map(([name, given]) => [
      name,
      typeof given === 'object' && given !== null ? Object.keys(given).sort() : [],
    ]),
  )

export const manifest = {
  'take-in': entry({
    on: { mqtt: 'pv/+/readings', batch: 10 },
    writes: ['staleDays'],
    timeoutSeconds: 5,
    load: async () => ({
      create: (deps) => async (input) => {
        for (const { clientId, payload } of input.messages) {
          const text = Buffer.from(payload).toString()
          if (text === 'poison') throw new Error('cannot digest this')
          await deps.staleDays.put(aMark(`${clientId}-${text}`))
          deps.count('stored', 1)
        }
        return { kind: 'done', failed: [] }
      },
    }),
  }),
  'sweep-probe': entry({
    on: { everyMinutes: 1 },
    sends: ['settle-village'],
    timeoutSeconds: 5,
    load: async () => ({
      create: (deps) => async (input) => {
        await deps.queues['settle-village'].send([{ station: `WORK-${input.atMs}` }, { station: `WORK-${input.atMs + 1}` }])
        return { kind: 'done', did: 2 }
      },
    }),
  }),
  'settle-village': entry({
    on: { queue: { batch: 5 } },
    writes: ['staleDays'],
    timeoutSeconds: 5,
    load: async () => ({
      create: (deps) => async (input) => {
        for (const { body } of input.messages) await deps.staleDays.put(aMark((body as { station: string }).station))
        return { kind: 'done', failed: [] }
      },
    }),
  }),
  'answer-probe': entry({
    on: { http: '/api/probe' },
    reads: ['staleDays', 'readings'],
    timeoutSeconds: 1,
    load: async () => ({
      create: (deps) => async (request) => {
        const { pathname } = new URL(request.url)
        if (pathname.endsWith('/abilities')) return Response.json(abilitiesOf(deps))
        if (pathname.endsWith('/broken')) throw new Error('a secret in an error')
        if (pathname.endsWith('/slow')) await sleep(1_500)
        if (pathname.endsWith('/body')) return Response.json({ bytes: (await request.arrayBuffer()).byteLength })
        if (pathname.endsWith('/series')) {
          return Response.json(await deps.readings.series({ deviceIds: ['ZL1-INV-1'], fromMs: 0, toMs: 1 }, ['acPowerW']))
        }
        const { rows } = await deps.staleDays.query({ partition: COUNTY })
        return Response.json(rows.map(({ row }) => row.stationId))
      },
    }),
  }),
}
