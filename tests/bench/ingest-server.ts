import { startBroker } from '../../local/broker.ts'
import { startRuntime } from '../../local/run.ts'

/** The process under load: the whole runtime on a data folder, or, without one, its broker with nothing behind it. */

export type Answer =
  | { kind: 'listening'; mqttUrl: string }
  | { kind: 'drained'; stored: number; duplicate: number }
  | { kind: 'memory'; rssBytes: number }

const MEMORY_EVERY_MS = 500
const quiet = () => undefined
const log = { info: quiet, warn: console.error, error: console.error }
const tell = (answer: Answer): void => void process.send?.(answer)

setInterval(() => tell({ kind: 'memory', rssBytes: process.memoryUsage.rss() }), MEMORY_EVERY_MS)
process.on('disconnect', () => process.exit())

const [dataDir] = process.argv.slice(2)
if (dataDir === undefined) {
  const take = (_publish: unknown, done: (error?: Error) => void): void => done()
  const { url } = await startBroker({ port: 0, log, now: Date.now, knows: async () => true, take })
  tell({ kind: 'listening', mqttUrl: url })
} else {
  const runtime = await startRuntime({ dataDir, httpPort: 0, mqttPort: 0, schedules: false, log })
  const drain = async (): Promise<void> => {
    await runtime.quiesce()
    const { stored, duplicate } = runtime.status().counts
    tell({ kind: 'drained', stored, duplicate })
  }
  process.on('message', () => void drain())
  tell({ kind: 'listening', mqttUrl: runtime.mqttUrl })
}
