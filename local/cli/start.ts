import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseFault } from '../../devices/fault-syntax.ts'
import type { Fault } from '../../devices/faults.ts'
import { formatInstant, HOUR_MS, MINUTE_MS, parseDuration } from '../../domain/calendar.ts'
import { jsonLog, LOG_LEVELS, type LogLevel } from '../log.ts'
import { type Runtime, startRuntime } from '../run.ts'
import { type Demonstration, holdsRegistry, loadDemonstration, saveDemonstration } from './data-folder.ts'
import { demonstrationFleet, drawUpDemonstration } from './demonstration.ts'
import { demonstrationShiftMs } from './demonstration-clock.ts'
import { CommandError, type Server, withServer } from './server.ts'
import { type RunningSimulator, startSimulator } from './simulator.ts'
import { print, progressBar } from './terminal.ts'

/** `start`: the whole platform on this machine, with the demonstration county unless told otherwise, until SIGINT or SIGTERM. */

type StartOptions = {
  port: number
  mqttPort: number
  simulator: boolean
  stations: number
  every: number
  historyEvery: number
  realTime?: boolean
  logLevel: LogLevel
}

const WEB = fileURLToPath(new URL('../../web/dist', import.meta.url))
const ADMINISTRATOR = 'admin'
const WHOLE_COUNTRY = '000000000000'
const SAVED_EVERY_MS = 2 * MINUTE_MS
const END_WITHIN_MS = 10_000
const SWEEPS_MAX = 10

const whole = (min: number, max: number) => (text: string) => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max)
    throw new InvalidArgumentError(`a whole number from ${min} to ${max}`)
  return value
}

const duration = (text: string): number => {
  const ms = parseDuration(text)
  if (ms === undefined || ms < 1_000 || ms > HOUR_MS) throw new InvalidArgumentError('a duration from 1s to 1h, e.g. 15s or 5m')
  return ms
}

/** Creates the first administrator in a platform without one; its password is printed this once and kept nowhere. */
const logInLine = async (server: Server): Promise<string> => {
  try {
    const user = { userName: ADMINISTRATOR, role: 'administrator', regionCode: WHOLE_COUNTRY }
    const { password } = (await server.call('POST', '/api/registry/users', user)) as { password: string }
    return `${ADMINISTRATOR} / ${password}   (shown this once: keep it)`
  } catch (error) {
    if (error instanceof CommandError)
      return `${ADMINISTRATOR}, with the password shown at the first start; lost? ./yangguang user ${ADMINISTRATOR} --new-password --write`
    throw error
  }
}

/** What the past comes to, once all of it is acknowledged. */
const settlePast = async (runtime: Runtime): Promise<void> => {
  await runtime.quiesce()
  // A day may find out about another one, which is then to be computed again before its month is settled.
  for (let run = 0; run < SWEEPS_MAX && (await runtime.run('sweep-generation')).did > 0; run += 1);
  await runtime.run('sweep-settlement')
  await runtime.run('sweep-performance')
  print('Generation, statements and allocations of the past are computed.')
}

/** Remembers how far the county has been published: the past once it is whole, then every few minutes of live rounds. */
const bookmark = (dataDir: string, demo: Demonstration) => {
  let saved = demo
  let isPastWhole = false
  const save = (publishedToMs: number): void => {
    saved = { ...saved, publishedToMs }
    saveDemonstration(dataDir, saved)
  }
  return {
    pastDone: (atMs: number): void => {
      isPastWhole = true
      save(atMs)
    },
    // A round older than a minute is surely acknowledged; publishing one again would only make duplicates.
    live: (atMs: number): void => {
      if (isPastWhole && atMs - saved.publishedToMs >= SAVED_EVERY_MS) save(atMs - MINUTE_MS)
    },
  }
}

/** One inverter of Wuli fell silent on the morning the county was drawn up: something for the alerts to find. */
const faultOf = ({ today }: Demonstration): Fault => parseFault(`inverter-offline:WL2-INV-2@${today}T06:00/P30D`)

/** The demonstration county, live from now on, with the past since it was last here beside it. */
const demonstrate = async (
  runtime: Runtime,
  dataDir: string,
  options: StartOptions,
  clockShiftMs: number,
): Promise<RunningSimulator> => {
  const known = await loadDemonstration(dataDir)
  const demo = known
    ? { ...known, clockShiftMs }
    : await withServer(dataDir, (server) => drawUpDemonstration(server, dataDir, { stations: options.stations, clockShiftMs }))
  saveDemonstration(dataDir, demo)
  const { secrets, seed, publishedToMs: fromMs } = demo
  const place = bookmark(dataDir, demo)
  const bar = progressBar('past')
  const toMs = Date.now() + clockShiftMs
  return startSimulator(
    {
      mode: 'live',
      fleet: demonstrationFleet(demo),
      secrets,
      mqttUrl: runtime.mqttUrl,
      seed,
      everyMs: options.every,
      fromMs: toMs,
      past: { fromMs, everyMs: options.historyEvery },
      faults: [faultOf(demo)],
    },
    ({ part, atMs, readings }) => {
      if (part === 'live') place.live(atMs)
      else if (readings > 0)
        bar.at(atMs - fromMs, toMs - fromMs, `${formatInstant(atMs).slice(0, 10)}, ${readings.toLocaleString('en')} readings`)
    },
    ({ atMs, readings }) => {
      bar.end(`The past since ${formatInstant(fromMs).slice(0, 10)} is in: ${readings.toLocaleString('en')} readings.`)
      place.pastDone(Math.max(atMs, fromMs))
      void settlePast(runtime).catch((error: unknown) => print(`The past could not be computed: ${String(error)}`))
    },
  )
}

/** Waits for a signal, then stops what was started, last started first; the process ends within ten seconds. */
const untilSignal = async (): Promise<void> => {
  const signalled = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => signalled.resolve())
  await signalled.promise
  setTimeout(() => process.exit(1), END_WITHIN_MS).unref()
}

/** How far this data folder's clock is ahead: never less than before, and put forward only for a demonstration begun at night. */
const clockShift = async (dataDir: string, { simulator, realTime }: StartOptions): Promise<number> => {
  const shiftMs = (await loadDemonstration(dataDir))?.clockShiftMs ?? 0
  return simulator && !realTime ? demonstrationShiftMs({ nowMs: Date.now(), shiftMs }) : shiftMs
}

const start = async (dataDir: string, options: StartOptions): Promise<void> => {
  if (!existsSync(WEB)) throw new CommandError('the dashboard is not built: run it as `npm start`, which builds it')
  if (options.simulator && !(await loadDemonstration(dataDir)) && (await holdsRegistry(dataDir))) {
    throw new CommandError(
      `${dataDir} holds a registry of its own: start it with --no-simulator, or give the demonstration another --data`,
    )
  }
  const signalled = untilSignal()
  const shiftMs = await clockShift(dataDir, options)
  const now = (): number => Date.now() + shiftMs
  const runtime = await startRuntime({
    dataDir,
    httpPort: options.port,
    mqttPort: options.mqttPort,
    webDir: WEB,
    now,
    log: jsonLog(options.logLevel),
  })
  const logIn = await withServer(dataDir, logInLine)
  print(
    '',
    '阳光 Yangguang is running',
    `  dashboard  ${runtime.httpUrl}`,
    `  log-in     ${logIn}`,
    `  MQTT       ${runtime.mqttUrl}`,
    `  data       ${dataDir}`,
    ...(shiftMs > 0
      ? [`  clock      ${formatInstant(now())}: it was night, so the demonstration's clock is ahead (--real-time)`]
      : []),
    '  Ctrl-C ends it cleanly.',
    '',
  )
  const simulator = options.simulator ? await demonstrate(runtime, dataDir, options, shiftMs) : undefined
  try {
    const failure = await Promise.race([signalled, runtime.failure, ...(simulator ? [simulator.done] : [])])
    if (failure instanceof Error) throw new CommandError(failure.message)
  } finally {
    await simulator?.stop()
    await runtime.close()
  }
}

export const addStartCommand = (program: Command, dataDir: () => string): void => {
  program
    .command('start')
    .description('runs the platform on this machine until Ctrl-C')
    .option('--port <port>', 'of the dashboard and the API, on loopback', whole(0, 65_535), 8_080)
    .option('--mqtt-port <port>', 'of the broker, on loopback', whole(0, 65_535), 1_883)
    .option('--no-simulator', 'the empty platform, without the demonstration county')
    .option('--stations <count>', 'village stations of the demonstration county, when it is first drawn up', whole(5, 347), 12)
    .addOption(new Option('--every <duration>', 'how often simulated devices report').argParser(duration).default(15_000, '15s'))
    .addOption(
      new Option('--history-every <duration>', 'the same, for the past').argParser(duration).default(15 * MINUTE_MS, '15m'),
    )
    .addOption(new Option('--log-level <level>', 'what of the log is printed, as JSON lines').choices(LOG_LEVELS).default('warn'))
    .option('--real-time', 'do not put the clock of a demonstration forward to the morning when it is night')
    .action(async (options: StartOptions) => start(resolve(dataDir()), options))
}
