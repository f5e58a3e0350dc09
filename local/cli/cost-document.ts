import { APPETITES, STATION_BYTES, type Appetite } from '../../domain/cost-appetites.ts'
import { COST_STORES, type CostFleet, type CostStore, FLEET_DEFAULTS } from '../../domain/cost-fleet.ts'
import { METERS, METER_NAMES, type PriceList } from '../../domain/cost-prices.ts'
import { usageOf } from '../../domain/cost-usage.ts'
import { unpricedMeters } from '../../domain/cost.ts'
import { manifest } from '../../functions/manifest.ts'
import { assumptionsOf, type Costed, costOf, inMoney, perMillionReadings, perStation, subjectOf } from './cost-report.ts'

/** docs/cost.md, made by the code that answers `yangguang cost`; a test compares. */

/** A demonstration, the county the project is modelled on, a province, and every village station of the country. */
const FLEETS = [10, 347, 5_000, 83_000]
const FIVE_MINUTES_MS = 300_000

const fleetOf = (stations: number, store: CostStore): CostFleet => ({
  ...FLEET_DEFAULTS,
  stations,
  inverters: 4,
  everyMs: FIVE_MINUTES_MS,
  store,
})

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(titles),
  row(titles.map((_, at) => (at === 0 ? '---' : '---:'))),
  ...rows.map(row),
]

/** Undefined where the list has no prices for the store. */
const costed = (stations: number, store: CostStore, list: PriceList): Costed | undefined => {
  const fleet = fleetOf(stations, store)
  return unpricedMeters(usageOf(fleet, manifest).usage, list).length > 0 ? undefined : costOf(fleet, list)
}

const fleetTable = (list: PriceList): string[] =>
  table(
    ['stations', ...COST_STORES.flatMap((store) => [`${store}, a month`, 'a station', 'a million readings'])],
    FLEETS.map((stations) => [
      stations.toLocaleString('en-US'),
      ...COST_STORES.flatMap((store) => {
        const found = costed(stations, store, list)
        return found ? [inMoney(found.bill.totalCents), perStation(found), perMillionReadings(found)] : ['no prices', '', '']
      }),
    ]),
  )

const serviceTable = (list: PriceList): string[] => {
  const all = FLEETS.map((stations) => costOf(fleetOf(stations, 'dynamodb'), list))
  const services = [...new Set(all.flatMap(({ bill }) => bill.services.map(({ service }) => service)))]
  return table(
    ['service', ...FLEETS.map((stations) => `${stations.toLocaleString('en-US')} stations`)],
    [
      ...services.map((service) => [
        service,
        ...all.map(({ bill }) => inMoney(bill.services.find((each) => each.service === service)?.cents ?? 0)),
      ]),
      ['**total**', ...all.map(({ bill }) => `**${inMoney(bill.totalCents)}**`)],
    ],
  )
}

const million = (units: number): string => Number((units / 1_000_000).toPrecision(3)).toLocaleString('en-US')
const functionTable = ({ month }: Costed): string[] =>
  table(
    ['function', 'invocations, thousand', 'ms each', 'million read units', 'million write units', 'GB-seconds'],
    month.functions.map(({ name, invocations, durationMs, readUnits, writeUnits, gbSeconds }) => [
      `\`${name}\``,
      Math.round(invocations / 1_000).toLocaleString('en-US'),
      Math.round(durationMs).toLocaleString('en-US'),
      million(readUnits),
      million(writeUnits),
      Math.round(gbSeconds).toLocaleString('en-US'),
    ]),
  )

const appetiteTable = (): string[] =>
  table(
    ['what it does', 'for each', 'read units', 'write units', 'requests', 'waits', 'rows'],
    Object.entries(APPETITES).flatMap(([occasion, drivers]) =>
      Object.entries<Appetite>(drivers).map(([driver, { readUnits, writeUnits, requests, waits, rows }]) => [
        `\`${occasion}\``,
        driver,
        ...[readUnits, writeUnits, requests, waits, rows].map(String),
      ]),
    ),
  )

const priceTable = (lists: readonly PriceList[]): string[] =>
  table(
    ['price', 'of', ...lists.map(({ region, currency }) => `${region}, ${currency}`)],
    METER_NAMES.map((meter) => [
      `${METERS[meter].service}: ${METERS[meter].what}`,
      METERS[meter].unit,
      ...lists.map(({ prices: { [meter]: found } }) =>
        found ? `${found.price < 0.001 ? found.price.toFixed(10) : found.price}${found.verified ? '' : ' \\*'}` : 'none',
      ),
    ]),
  )

const warningLines = (list: PriceList): string[] => {
  const lines = FLEETS.flatMap((stations) => {
    const { warnings } = costOf(fleetOf(stations, 'dynamodb'), list).month
    return warnings.map((warning) => `- ${stations.toLocaleString('en-US')} stations: ${warning}.`)
  })
  return lines.length > 0
    ? lines
    : ['None of these does: every run ends in time, and no function needs more instances than it may have.']
}

/** The whole page, for the lists of the repository; the first of them is the one looked at closely. */
export const costDocument = (lists: readonly PriceList[]): string => {
  const [main] = lists
  if (!main) throw new RangeError('a document needs a price list')
  const county = costOf(fleetOf(347, 'dynamodb'), main)
  return [
    '# What it costs on AWS',
    '',
    'Generated by `./yangguang cost --document > docs/cost.md`; a test keeps it current. For a fleet of your own:',
    '',
    '    ./yangguang cost --stations 1000 --inverters 4 --every 5m --region us-east-1',
    '    ./yangguang cost --help',
    '',
    'A month in units AWS bills by: what every function of the manifest reads, writes and sends is measured with the real code, how',
    'often it does so follows from its trigger and the fleet, and a dated price list in the repository (`local/prices/`) says what a',
    'unit costs. Lines are rounded to the cent and add up to the total exactly.',
    '',
    ...lists.flatMap((list) => [
      `## By size and store: ${list.region}, ${list.currency}, as of ${list.asOf}`,
      '',
      ...fleetTable(list),
      '',
    ]),
    'Stations of four inverters and a meter, a round every five minutes. The InfluxDB itself is not in its column.',
    '',
    `## By service: DynamoDB, ${main.region}, ${main.currency}`,
    '',
    ...serviceTable(main),
    '',
    '## By function',
    '',
    `${subjectOf(county)}.`,
    '',
    ...functionTable(county),
    '',
    '## Where a fleet outgrows what is deployed',
    '',
    ...warningLines(main),
    '',
    '## Assumed',
    '',
    ...assumptionsOf(county).map((each) => `- ${each}`),
    '',
    '## Measured',
    '',
    'Per thing worked on, on the tables alone; the test that measures again fails when a figure is 3 % off. `waits` are requests that',
    'wait for one another. In the tables a station takes',
    `${STATION_BYTES.withIndexes.once.toLocaleString('en-US')} bytes and ${STATION_BYTES.withIndexes.month.toLocaleString('en-US')} more for each month of its history, indexes included.`,
    '',
    ...appetiteTable(),
    '',
    '## Prices',
    '',
    'Where each is from stands in its list. Prices with a star are not verified: no copy of the provider’s own page or price list was',
    'seen that has them. Timestream for LiveAnalytics is closed to new accounts. For the regions of China no source was found: the',
    'command refuses them and says where to put prices of your own (`--prices FILE`).',
    '',
    ...priceTable(lists),
    '',
  ].join('\n')
}
