import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseFault } from '../../devices/fault-syntax.ts'
import type { Fault } from '../../devices/faults.ts'
import { type Fleet, fleetOf } from '../../devices/fleet.ts'
import { type Mapping, parseMapping } from '../../devices/mapping.ts'
import { replay, type ReplayOptions } from '../../devices/replay.ts'
import { formatInstant, MINUTE_MS, parseDuration, parseInstant } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import { readConnectionFile } from './connection-file.ts'
import { loadDemonstration } from './data-folder.ts'
import { demonstrationFleet } from './demonstration.ts'
import { issueSecret, readFolder } from './registry-commands.ts'
import { CommandError, withServer } from './server.ts'
import { startSimulator } from './simulator.ts'
import { print, progressBar } from './terminal.ts'

/** `simulate` and `replay`: readings that no device of today sends, through the same door. */

type SimulateOptions = {
  from: number
  to: number
  every: number
  seed?: number
  fault: Fault[]
  registry?: string
  secrets?: string
  dryRun?: boolean
}

const instant = (text: string): number => {
  const atMs = parseInstant(text)
  if (atMs === undefined) throw new InvalidArgumentError('a day or an instant, e.g. 2026-10-01 or 2026-10-01T06:00')
  return atMs
}
const duration = (text: string): number => {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('a duration, e.g. 30s, 5m or 1h')
  return ms
}
const seed = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('a whole number')
  return value
}
const oneMoreFault = (text: string, faults: Fault[]): Fault[] => {
  try {
    return [...faults, parseFault(text)]
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

const readJson = async (path: string): Promise<unknown> => {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(`"${path}" cannot be read`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new CommandError(`"${path}" is not JSON`)
  }
}

type Cast = { fleet: Fleet; secrets: Record<string, string>; seed: number }

/** Who takes part: the demonstration county of the data folder, or a registry folder with the secrets of its gateways. */
const castOf = async (dataDir: string, options: SimulateOptions): Promise<Cast> => {
  const demo = await loadDemonstration(dataDir)
  if (options.registry === undefined) {
    if (!demo)
      throw new CommandError('there is no demonstration county here: `npm start` first, or give --registry and --secrets')
    return { fleet: demonstrationFleet(demo), secrets: demo.secrets, seed: options.seed ?? demo.seed }
  }
  const { rows, errors } = parseRegistry(await readFolder(options.registry))
  if (errors.length > 0) throw new CommandError(`${options.registry} has errors: see \`yangguang import ${options.registry}\``)
  if (options.secrets === undefined) throw new CommandError('give --secrets: a JSON file of {"GATEWAY": "secret"}')
  const secrets = (await readJson(options.secrets)) as Record<string, string>
  return { fleet: fleetOf(rows), secrets, seed: options.seed ?? 1 }
}

const simulateSpan = async (dataDir: string, options: SimulateOptions): Promise<void> => {
  const { from: fromMs, to: toMs, every: everyMs, fault: faults } = options
  if (toMs <= fromMs) throw new CommandError('--to must be later than --from')
  const cast = await castOf(dataDir, options)
  const what = `${cast.fleet.devices.length} devices behind ${cast.fleet.gatewayIds.length} gateways, ${faults.length} faults`
  const span = `${formatInstant(fromMs)} to ${formatInstant(toMs)} every ${everyMs / 1_000} s`
  if (options.dryRun) return print(`a dry run, nothing was published: ${what}, ${span}, seed ${cast.seed}`)
  return withServer(dataDir, async ({ mqttUrl, call }) => {
    const bar = progressBar('simulate')
    const simulator = startSimulator({ mode: 'span', ...cast, mqttUrl, everyMs, fromMs, toMs, faults }, ({ atMs, readings }) => {
      if (readings > 0) bar.at(atMs - fromMs, toMs - fromMs, `${formatInstant(atMs).slice(0, 10)}, ${readings} readings`)
    })
    const published = await simulator.done.catch((error: unknown) => {
      throw new CommandError(error instanceof Error ? error.message : String(error))
    })
    await call('POST', '/local/quiesce')
    bar.end(`${published?.readings ?? 0} readings in ${published?.messages ?? 0} messages, every one acknowledged; ${span}`)
  })
}

type ReplayCommandOptions = {
  map: string
  gateway?: string
  secretFile?: string
  connection?: string
  asRecorded?: boolean
  dryRun?: boolean
}

/** From a file: a secret on a command line would show in the list of processes. */
const secretIn = async (path: string | undefined): Promise<string | undefined> => {
  if (path === undefined) return undefined
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(`"${path}" cannot be read`)
  })
  return text.trim()
}

/** The gateway that speaks, and where to. */
type Speaker = Pick<ReplayOptions, 'gatewayId' | 'secret' | 'mqttUrl'>

const speakerIn = async (path: string): Promise<Speaker> => {
  const connection = await readConnectionFile(path)
  if (connection.kind !== 'password') throw new CommandError(`"${path}" is for AWS: replay speaks to the broker of one machine`)
  const { gatewayId, password: secret, mqttUrl } = connection
  return { gatewayId, secret, mqttUrl }
}

const replayAs = async (csvPath: string, mapping: Mapping, speaker: Speaker, asRecorded = false): Promise<void> => {
  const bar = progressBar('replay')
  const outcome = await replay({
    csvPath,
    mapping,
    ...speaker,
    asRecorded,
    onProgress: ({ rows, readings }) => bar.at(readings, rows, `${readings} readings`),
  }).catch((error: unknown) => {
    throw new CommandError(error instanceof Error ? error.message : String(error))
  })
  bar.end(`${outcome.rows} rows: ${outcome.readings} readings in ${outcome.messages} messages, every one acknowledged`)
  for (const [reason, count] of Object.entries(outcome.skipped)) print(`${count} rows left out: ${reason}`)
}

const replayFile = async (dataDir: () => string, csvPath: string, options: ReplayCommandOptions): Promise<void> => {
  const mapping = parseMapping(await readJson(options.map))
  const known = options.connection === undefined ? undefined : await speakerIn(options.connection)
  const gatewayId = known?.gatewayId ?? options.gateway
  if (gatewayId === undefined) throw new CommandError('say who speaks: --gateway, or --connection with its connection file')
  if (options.dryRun) {
    const devices = Object.values(mapping.device.ids).join(', ')
    return print(`a dry run, nothing was published: ${csvPath} would go as gateway ${gatewayId}, devices ${devices}`)
  }
  if (known) return replayAs(csvPath, mapping, known, options.asRecorded)
  return withServer(dataDir(), async (server) => {
    // Without a secret given, a new one is issued: whoever may run this command may do that too.
    const secret = (await secretIn(options.secretFile)) ?? (await issueSecret(server, gatewayId))
    await replayAs(csvPath, mapping, { gatewayId, secret, mqttUrl: server.mqttUrl }, options.asRecorded)
    await server.call('POST', '/local/quiesce')
  })
}

export const addFleetCommands = (program: Command, dataDir: () => string): void => {
  program
    .command('simulate')
    .description('publishes a past span of the simulated fleet at full speed; the same span again makes only duplicates')
    .requiredOption('--from <instant>', 'first day or instant, Asia/Shanghai', instant)
    .requiredOption('--to <instant>', 'end, exclusive', instant)
    .addOption(new Option('--every <duration>', 'how often devices report').argParser(duration).default(5 * MINUTE_MS, '5m'))
    .option('--seed <number>', 'another sky and other devices', seed)
    .option('--fault <fault>', 'e.g. inverter-offline:ZL1-INV-1@2026-10-07T10:00/PT5H; may be repeated', oneMoreFault, [])
    .option('--registry <folder>', 'a registry other than the demonstration county')
    .option('--secrets <file>', 'JSON of its gateways and their secrets')
    .option('--dry-run', 'only say what would be published')
    .action(async (options: SimulateOptions) => simulateSpan(dataDir(), options))
  program
    .command('replay <csv>')
    .description('publishes recorded telemetry as a gateway would; see docs/replay.md')
    .requiredOption('--map <file>', 'how columns become readings, e.g. devices/mappings/solarlog.json')
    .option('--gateway <gateway>', 'the gateway that speaks')
    .option('--connection <file>', 'or its connection file: through the broker it names, without the data folder')
    .option('--secret-file <file>', "holds the gateway's secret; without it a new one is issued and its old one ends")
    .option('--as-recorded', 'in file order instead of by device time')
    .option('--dry-run', 'only check the mapping')
    .action(async (csv: string, options: ReplayCommandOptions) => replayFile(dataDir, csv, options))
}
