import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { registerGateways } from '../gateways.ts'
import type { Load, LoadResult } from './generator.ts'
import type { Answer } from './ingest-server.ts'

/**
 * How many readings a second the one-machine runtime takes in from gateways that never pause, acknowledged after the commit and
 * stored in DuckDB, beside the same broker with nothing behind it.
 */

const CONNECTIONS = 20
const DEVICES = 12
const DAY_MS = 86_400_000

type Phase = { what: string; readingsPerMessage: number; window: number; isBare?: boolean; seconds: number }
type Figures = { acknowledgedPerSecond: number; storedPerSecond: number; peakRssMb: number; readings: number }

const nextAnswer = async <Kind extends Answer['kind']>(
  server: ChildProcess,
  kind: Kind,
): Promise<Extract<Answer, { kind: Kind }>> => {
  for (;;) {
    const [answer] = (await once(server, 'message')) as [Answer]
    if (answer.kind === kind) return answer as Extract<Answer, { kind: Kind }>
  }
}

const generate = async (load: Load): Promise<LoadResult> => {
  const generator = fork(new URL('./generator.ts', import.meta.url), [JSON.stringify(load)])
  const [result] = (await Promise.race([
    once(generator, 'message'),
    once(generator, 'exit').then(() => Promise.reject(new Error('the generator failed'))),
  ])) as [LoadResult]
  return result
}

const measure = async (server: ChildProcess, phase: Phase): Promise<Figures> => {
  let peakRssBytes = 0
  server.on('message', (answer: Answer) => {
    if (answer.kind === 'memory') peakRssBytes = Math.max(peakRssBytes, answer.rssBytes)
  })
  const { mqttUrl } = await nextAnswer(server, 'listening')
  const { readingsPerMessage, window, seconds } = phase
  const load = {
    port: Number(new URL(mqttUrl).port),
    connections: CONNECTIONS,
    devices: DEVICES,
    fromMs: Date.now() - 20 * DAY_MS,
  }
  const startMs = performance.now()
  const { acknowledged, seconds: publishedS } = await generate({ ...load, readingsPerMessage, window, seconds })
  const readings = acknowledged * readingsPerMessage
  const figures = { acknowledgedPerSecond: readings / publishedS, readings, storedPerSecond: Number.NaN }
  if (!phase.isBare) {
    server.send('drain')
    const { stored, duplicate } = await nextAnswer(server, 'drained')
    if (stored !== readings || duplicate > 0) throw new Error(`${readings} acknowledged, ${stored} stored, ${duplicate} twice`)
    figures.storedPerSecond = readings / ((performance.now() - startMs) / 1_000)
  }
  return { ...figures, peakRssMb: peakRssBytes / 2 ** 20 }
}

const run = async (phase: Phase): Promise<Figures> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yangguang-ingest-'))
  await registerGateways(join(dataDir, 'tables.db'), { count: CONNECTIONS, devices: DEVICES })
  const server = fork(new URL('./ingest-server.ts', import.meta.url), phase.isBare ? [] : [dataDir])
  try {
    return await measure(server, phase)
  } finally {
    server.kill('SIGKILL')
    rmSync(dataDir, { recursive: true })
  }
}

/** `--seconds` per phase (20), or `--minutes`; `--window` messages in flight per connection (500). */
export const benchIngest = async (argv: readonly string[]): Promise<object> => {
  const { values } = parseArgs({
    args: [...argv],
    options: { seconds: { type: 'string' }, minutes: { type: 'string' }, window: { type: 'string' } },
  })
  const seconds = values.minutes === undefined ? Number(values.seconds ?? 20) : Number(values.minutes) * 60
  const window = Number(values.window ?? 500)
  const bare = await run({ what: 'broker alone', readingsPerMessage: 1, window, isBare: true, seconds: Math.min(seconds, 20) })
  const single = await run({ what: 'one reading a message', readingsPerMessage: 1, window, seconds })
  const batch = await run({ what: 'six readings a message', readingsPerMessage: 6, window, seconds })
  console.table(
    Object.fromEntries(
      Object.entries({ 'broker alone': bare, 'one reading a message': single, 'six readings a message': batch }).map(
        ([what, figures]) => [
          what,
          Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value)])),
        ],
      ),
    ),
  )
  return {
    singleReadingsPerSecond: Math.round(single.storedPerSecond),
    batchReadingsPerSecond: Math.round(batch.storedPerSecond),
    ratioToBareBroker: Number((single.storedPerSecond / bare.acknowledgedPerSecond).toFixed(3)),
    peakRssMb: Math.round(Math.max(single.peakRssMb, batch.peakRssMb)),
  }
}
