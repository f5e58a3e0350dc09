import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import type { Fault } from './faults.ts'
import type { Fleet } from './fleet.ts'
import { simulate, simulateLive } from './simulator.ts'
import type { Progress } from './simulator.ts'

/**
 * The simulator as a process of its own. Its configuration is one JSON object, in the file named as the only argument or on standard
 * input to its end: secrets on a command line would show in the process list. Reports to the process that forked it, else as
 * lines on standard output. SIGTERM and SIGINT end it cleanly; exit code 0 when it did what it was asked, 1 with the reason.
 */
export type SimulatorReport = { kind: 'progress' | 'past-done' | 'done'; progress: Progress } | { kind: 'failed'; detail: string }

const configSchema = z.object({
  mode: z.enum(['span', 'live']),
  fleet: z.custom<Fleet>(
    (value) => z.object({ stations: z.array(z.unknown()), devices: z.array(z.unknown()) }).safeParse(value).success,
  ),
  secrets: z.record(z.string(), z.string()),
  mqttUrl: z.url({ protocol: /^(mqtt|mqtts|ws|wss)$/ }),
  seed: z.int(),
  everyMs: z.int().min(1000),
  /** Epoch ms. A span needs it; a live run starts there instead of now. */
  fromMs: z.int().optional(),
  /** Epoch ms, exclusive; a span needs it. */
  toMs: z.int().optional(),
  /** Live only: the time before, published beside the live rounds; its end is reported as 'past-done'. */
  past: z.object({ fromMs: z.int(), everyMs: z.int().min(1000) }).optional(),
  speed: z.number().positive().max(100_000).optional(),
  faults: z.custom<Fault[]>((value) => Array.isArray(value)).optional(),
})
export type SimulatorConfig = z.infer<typeof configSchema>

const readConfig = async (): Promise<SimulatorConfig> => {
  const file = process.argv[2]
  const given: unknown = JSON.parse(file === undefined ? await text(process.stdin) : await readFile(file, 'utf8'))
  const parsed = configSchema.safeParse(given)
  if (!parsed.success) throw new Error(`the simulator's configuration is not usable: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

const report = (message: SimulatorReport): void => {
  if (process.send) process.send(message)
  else if (message.kind === 'failed') process.stderr.write(`${message.detail}\n`)
  else process.stdout.write(`${JSON.stringify(message)}\n`)
}

const run = async (config: SimulatorConfig, signal: AbortSignal): Promise<Progress | undefined> => {
  const { mode, fromMs, toMs, speed, past, faults = [], ...rest } = config
  const options = { ...rest, faults, signal, onProgress: (progress: Progress) => report({ kind: 'progress', progress }) }
  if (mode === 'live') {
    return simulateLive({
      ...options,
      ...(fromMs !== undefined && { fromMs }),
      ...(speed !== undefined && { speed }),
      ...(past && { past }),
      now: () => Date.now(),
      onPastDone: (progress) => report({ kind: 'past-done', progress }),
    })
  }
  if (fromMs === undefined || toMs === undefined) throw new Error('a span needs fromMs and toMs (epoch ms)')
  return simulate({ ...options, fromMs, toMs })
}

const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
process.on('SIGINT', () => stop.abort())
// Whoever forked this process is gone: nobody would ever stop it.
process.on('disconnect', () => stop.abort())

try {
  const progress = await run(await readConfig(), stop.signal)
  if (progress) report({ kind: 'done', progress })
} catch (error) {
  report({ kind: 'failed', detail: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
if (process.connected) process.disconnect()
