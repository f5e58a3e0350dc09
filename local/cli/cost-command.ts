import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { MINUTE_MS, parseDuration } from '../../domain/calendar.ts'
import { COST_STORES, type CostFleet, type CostStore, FLEET_DEFAULTS } from '../../domain/cost-fleet.ts'
import { complaintOf, priceList, type PriceList } from '../../domain/cost-prices.ts'
import { costDocument } from './cost-document.ts'
import { costOf, jsonOf, reportOf } from './cost-report.ts'
import { CommandError } from './server.ts'
import { print } from './terminal.ts'

/** `cost`: what a fleet costs on AWS in a month, from the manifest's triggers, measured appetites and a dated price list. */

/** Regions with a list of their own. */
export const PRICED_REGIONS = ['us-east-1', 'ap-northeast-1'] as const
const LISTS = new URL('../prices/', import.meta.url)

type CostOptions = {
  region?: string
  stations: number
  inverters: number
  every: number
  batch?: number
  hours: number
  store: CostStore
  months: number
  countyStations: number
  payees: number
  dashboardHours: number
  architecture: CostFleet['architecture']
  plainTopic?: boolean
  influxInstance?: number
  prices?: string
  json?: boolean
  document?: boolean
}

const whole = (min: number, max: number) => (text: string) => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
    throw new InvalidArgumentError(`a whole number from ${min} to ${max}`)
  return value
}
const positive = (text: string): number => {
  const value = Number(text)
  if (!(value > 0 && value < 1_000_000)) throw new InvalidArgumentError('a price above 0')
  return value
}
const duration = (text: string): number => {
  const ms = parseDuration(text)
  if (ms === undefined || ms < 1_000 || ms > 60 * MINUTE_MS)
    throw new InvalidArgumentError('a duration from 1s to 1h, e.g. 30s or 5m')
  return ms
}

/** Reads a price list and refuses one that is not whole. */
const listIn = async (path: string | URL): Promise<PriceList> => {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(`"${String(path)}" cannot be read`)
  })
  const parsed = parsedJson(text)
  const complaint = complaintOf(parsed)
  if (complaint !== undefined) throw new CommandError(`"${String(path)}" is no price list: ${complaint}`)
  return priceList.parse(parsed)
}
const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The list of the repository for a region. */
export const pricesOf = async (region: string): Promise<PriceList> => {
  if (PRICED_REGIONS.some((known) => known === region)) return listIn(new URL(`${region}.json`, LISTS))
  const known = PRICED_REGIONS.join(', ')
  throw new CommandError(
    `there are no prices of ${region} here, only of ${known}: copy local/prices/us-east-1.json, put in the prices of ${region} ` +
      `and its currency${region.startsWith('cn-') ? ' (CNY; www.amazonaws.cn lists them)' : ''}, and give the file with --prices`,
  )
}

const fleetOf = (options: CostOptions): CostFleet => ({
  stations: options.stations,
  inverters: options.inverters,
  everyMs: options.every,
  ...(options.batch !== undefined && { readingsPerMessage: options.batch }),
  reportingHours: options.hours,
  stationsPerCounty: options.countyStations,
  historyMonths: options.months,
  payees: options.payees,
  dashboardHours: options.dashboardHours,
  throughBroker: options.plainTopic === true,
  architecture: options.architecture,
  store: options.store,
  ...(options.influxInstance !== undefined && { influxInstance: true }),
})

/** With the price of an InfluxDB's hour that the user gave. */
const withInstance = (list: PriceList, price: number | undefined): PriceList =>
  price === undefined
    ? list
    : { ...list, prices: { ...list.prices, influxInstanceHours: { price, source: 'the command line', verified: true } } }

const cost = async (options: CostOptions): Promise<void> => {
  if (options.document) return print(costDocument(await Promise.all(PRICED_REGIONS.map(pricesOf))).trimEnd())
  if (options.influxInstance !== undefined && options.store !== 'influxdb')
    throw new CommandError('--influx-instance is for --store influxdb')
  const list = options.prices === undefined ? await pricesOf(options.region ?? PRICED_REGIONS[0]) : await listIn(options.prices)
  if (options.prices !== undefined && options.region !== undefined && options.region !== list.region)
    throw new CommandError(`"${options.prices}" is a price list of ${list.region}: leave --region out`)
  const costed = costOf(fleetOf(options), withInstance(list, options.influxInstance))
  print(...(options.json ? [JSON.stringify(jsonOf(costed), undefined, 2)] : reportOf(costed)))
}

export const addCostCommand = (program: Command): void => {
  program
    .command('cost')
    .description('what a fleet costs on AWS in a month, by service and per station; see docs/cost.md')
    .addOption(new Option('--stations <number>', 'how many').argParser(whole(1, 1_000_000)).default(347))
    .addOption(new Option('--inverters <number>', 'of a station; a meter comes on top').argParser(whole(1, 1_000)).default(4))
    .addOption(new Option('--every <duration>', 'how often devices report').argParser(duration).default(5 * MINUTE_MS, '5m'))
    .option('--batch <readings>', 'readings that may travel in one message; those of one round unless told', whole(1, 1_000))
    .addOption(
      new Option('--hours <number>', 'a gateway reports a day').argParser(whole(1, 24)).default(FLEET_DEFAULTS.reportingHours),
    )
    .addOption(new Option('--store <store>', 'the time series').choices(COST_STORES).default('dynamodb'))
    .option('--region <region>', `a region with a price list: ${PRICED_REGIONS.join(', ')}`)
    .option('--prices <file>', 'a price list of your own instead, of the form of local/prices/us-east-1.json')
    .option('--influx-instance <price>', 'an hour of an InfluxDB instance, to have it in the bill', positive)
    .addOption(new Option('--months <number>', 'of history kept').argParser(whole(1, 600)).default(FLEET_DEFAULTS.historyMonths))
    .addOption(
      new Option('--county-stations <number>', 'stations of one county')
        .argParser(whole(1, 10_000))
        .default(FLEET_DEFAULTS.stationsPerCounty),
    )
    .addOption(new Option('--payees <number>', 'of one village').argParser(whole(0, 1_000)).default(FLEET_DEFAULTS.payees))
    .addOption(
      new Option('--dashboard-hours <number>', 'a month that it is open in a county')
        .argParser(whole(0, 100_000))
        .default(FLEET_DEFAULTS.dashboardHours),
    )
    .addOption(new Option('--architecture <name>').choices(['arm64', 'x86_64']).default(FLEET_DEFAULTS.architecture))
    .option('--plain-topic', 'gateways publish on the plain topic, not by Basic Ingest')
    .option('--json', 'for machines, with everything behind the figures')
    .option('--document', 'write docs/cost.md to standard output')
    .action(cost)
}
