import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { deviceIdOf, registerGateways } from '../gateways.ts'
import { identityOf } from './identity.ts'
import type { PublisherSetup } from './publisher.ts'
import type { RuntimeSays } from './runtime-process.ts'

/** Kills a runtime again and again while gateways publish, then compares what was acknowledged with what is stored. */

export type KillOptions = {
  rounds: number
  seed: number
  soundness: 'sound' | 'broken'
  /** Besides, after every kill a byte of DuckDB's write-ahead log is turned over, as a failing disk would. */
  damage?: boolean
}
export type KillReport = {
  rounds: number
  seed: number
  sent: number
  acknowledged: number
  stored: number
  /** Acknowledged and not stored. */
  lost: number
  /** Stored more than once, or with more than one set of values. */
  double: number
  /** Stored and never sent. */
  invented: number
}

const CONNECTIONS = 4
const WINDOW = 100
const KILLED_AFTER_MS = { min: 20, spread: 600 }
const HEARD_WITHIN_MS = 15_000
const DRAINED_WITHIN_MS = 120_000
const ROWS_MAX = 10_000_000

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
const randomOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Turns over one byte of the log DuckDB would replay, if there is one. */
const damageLog = (dataDir: string, random: () => number): void => {
  const file = join(dataDir, 'readings.duckdb.wal')
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  if (bytes.length === 0) return
  const at = Math.floor(random() * bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  writeFileSync(file, bytes)
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const said = async (runtime: ChildProcess, expected: RuntimeSays): Promise<void> => {
  const timer = setTimeout(() => runtime.kill('SIGKILL'), DRAINED_WITHIN_MS)
  const death = once(runtime, 'exit').then(() => Promise.reject(new Error(`the runtime ended before it was ${expected}`)))
  const [what] = (await Promise.race([once(runtime, 'message'), death])) as [RuntimeSays]
  clearTimeout(timer)
  if (what !== expected) throw new Error(`expected ${expected}, heard ${what}`)
}

type Ground = { dataDir: string; file: string; mqttPort: number; soundness: string }

const startKillable = ({ dataDir, mqttPort, soundness }: Ground): ChildProcess =>
  fork(new URL('./runtime-process.ts', import.meta.url), [dataDir, String(mqttPort), soundness], { execArgv: [] })

/** Resolves when gateways have found the server and the witness writes again. */
const grown = async (file: string): Promise<void> => {
  const bytes = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const before = bytes()
  for (let waitedMs = 0; bytes() === before; waitedMs += 10) {
    if (waitedMs > HEARD_WITHIN_MS) throw new Error('nothing was acknowledged')
    await sleep(10)
  }
}

/** One life of the runtime: from its first acknowledgement some random time, then kill -9. Now and then it does not live that long. */
const killOnce = async (ground: Ground, random: () => number): Promise<void> => {
  const runtime = startKillable(ground)
  const exited = once(runtime, 'exit')
  try {
    if (random() < 0.85) {
      await said(runtime, 'listening')
      await grown(ground.file)
    }
    await sleep(KILLED_AFTER_MS.min + random() * KILLED_AFTER_MS.spread)
  } finally {
    runtime.kill('SIGKILL')
  }
  await exited
}

const storedIn = async (dataDir: string): Promise<{ keys: Set<string>; double: number }> => {
  const store = await openReadingStore(join(dataDir, 'readings.duckdb'))
  const deviceIds = Array.from({ length: CONNECTIONS }, (_, gateway) => deviceIdOf(gateway, 0))
  const span = { deviceIds, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }
  const rows = await store.list(span, ROWS_MAX)
  const conflicts = await store.conflicts(span)
  await store.close()
  const keys = new Set(rows.map(({ deviceId, atMs }) => `${deviceId} ${atMs}`))
  return { keys, double: rows.length - keys.size + conflicts.length }
}

/** The last life: what was begun is acknowledged and drained; answers how many were sent on each connection. */
const finishThrough = async (ground: Ground, publisher: ChildProcess, publisherDied: Promise<never>): Promise<number[]> => {
  const runtime = startKillable(ground)
  try {
    await said(runtime, 'listening')
    publisher.send('stop')
    const [sent] = (await Promise.race([once(publisher, 'message'), publisherDied])) as [number[]]
    runtime.send('finish')
    await said(runtime, 'drained')
    return sent
  } finally {
    runtime.kill('SIGKILL')
  }
}

const publishThrough = async (
  ground: Ground,
  setup: PublisherSetup,
  { rounds, seed, damage }: KillOptions,
): Promise<number[]> => {
  const random = randomOf(seed)
  const publisher = fork(new URL('./publisher.ts', import.meta.url), [JSON.stringify(setup)], { execArgv: [] })
  const publisherDied = once(publisher, 'exit').then(() => Promise.reject(new Error('the publisher died')))
  publisherDied.catch(() => undefined)
  try {
    for (let round = 0; round < rounds; round++) {
      await Promise.race([killOnce(ground, random), publisherDied])
      if (damage) damageLog(ground.dataDir, random)
    }
    return await finishThrough(ground, publisher, publisherDied)
  } finally {
    publisher.kill('SIGKILL')
  }
}

/** Runs the rounds and reports; the same seed kills at the same moments. */
export const killRounds = async (options: KillOptions): Promise<KillReport> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yangguang-kill-'))
  const file = join(dataDir, 'acknowledged.txt')
  const mqttPort = await freePort()
  const fromMs = Date.now() - 30 * 86_400_000
  try {
    await registerGateways(join(dataDir, 'tables.db'), { count: CONNECTIONS })
    const setup = { mqttUrl: `mqtt://127.0.0.1:${mqttPort}`, file, connections: CONNECTIONS, window: WINDOW, fromMs }
    const sent = await publishThrough({ dataDir, file, mqttPort, soundness: options.soundness }, setup, options)
    const acknowledged = new Set(readFileSync(file, 'utf8').split('\n').slice(0, -1))
    const { keys, double } = await storedIn(dataDir)
    const possible = new Set(
      sent.flatMap((count, gateway) =>
        Array.from({ length: count }, (_, nth) => {
          const { deviceId, atMs } = identityOf(gateway, nth, fromMs)
          return `${deviceId} ${atMs}`
        }),
      ),
    )
    return {
      rounds: options.rounds,
      seed: options.seed,
      sent: possible.size,
      acknowledged: acknowledged.size,
      stored: keys.size,
      lost: acknowledged.difference(keys).size,
      double,
      invented: keys.difference(possible).size,
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
