import { type Bill, billOf, type BillLine, unpricedMeters } from '../../domain/cost.ts'
import { type CostFleet, DAYS_PER_MONTH } from '../../domain/cost-fleet.ts'
import { METERS, type PriceList } from '../../domain/cost-prices.ts'
import { ASSUMED, type MonthUsage, STANDING, usageOf } from '../../domain/cost-usage.ts'
import { manifest } from '../../functions/manifest.ts'
import { CommandError } from './server.ts'
import { tableLines } from './terminal.ts'

/** A month's bill of a fleet, for people and for machines. */

export type Costed = { fleet: CostFleet; list: PriceList; month: MonthUsage; bill: Bill }

/** Prices a fleet by a list. Throws a CommandError when the list lacks a price, naming it and where it belongs. */
export const costOf = (fleet: CostFleet, list: PriceList): Costed => {
  const month = usageOf(fleet, manifest)
  const unpriced = unpricedMeters(month.usage, list)
  if (unpriced.length > 0) {
    const named = unpriced.map((meter) => `${meter} (${METERS[meter].service}, ${METERS[meter].what})`).join(', ')
    throw new CommandError(`there is no price in ${list.region} for ${named}: put it into a price list of your own, see --prices`)
  }
  return { fleet, list, month, bill: billOf(month.usage, list) }
}

const grouped = (digits: number) =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const wholes = grouped(0)
const money = grouped(2)
export const inMoney = (cents: number): string => money.format(cents / 100)
const amount = (quantity: number): string =>
  quantity >= 1_000 ? wholes.format(quantity) : String(Number(quantity.toPrecision(3)))

export const perStation = ({ fleet, bill }: Costed): string => money.format(bill.totalCents / 100 / fleet.stations)
export const perMillionReadings = ({ month, bill }: Costed): string =>
  money.format(bill.totalCents / 100 / (month.traffic.readings / 1_000_000))

const minutes = ({ everyMs }: CostFleet): string => (everyMs % 60_000 === 0 ? `${everyMs / 60_000} min` : `${everyMs / 1_000} s`)

/** What is billed, in one sentence. */
export const subjectOf = ({ fleet, month: { traffic } }: Costed): string =>
  `${wholes.format(fleet.stations)} stations of ${fleet.inverters} inverters and a meter, a round every ${minutes(fleet)}, ` +
  `${fleet.reportingHours} hours a day: ${amount(traffic.readings / 1_000_000)} million readings ` +
  `in ${amount(traffic.messages / 1_000_000)} million messages a month`

/** What the figures rest on besides what was measured, one sentence each. */
export const assumptionsOf = ({ fleet, month: { traffic } }: Costed): string[] => [
  `a month has ${DAYS_PER_MONTH} days; free tiers are not counted, nor tax, support or discounts; every price is that of the first tier`,
  `one gateway per station, connected all month, ${amount(traffic.readingsPerMessage)} readings in a message of ` +
    `${wholes.format(traffic.messageBytes)} bytes${fleet.throughBroker ? ', on the plain topic' : ' by Basic Ingest'}`,
  `${traffic.counties} ${traffic.counties === 1 ? 'county' : 'counties'} of up to ${fleet.stationsPerCounty} stations; ` +
    `${fleet.historyMonths} months of history kept, raw readings too; ${fleet.payees} payees in a village`,
  `the dashboard is open ${fleet.dashboardHours} hours a month in each county and asks every 5 seconds`,
  `Lambda (${fleet.architecture}): ${ASSUMED.baseMs} ms an invocation, ${ASSUMED.msPerWait} ms a request waited for, ` +
    `${ASSUMED.cpuMsPerRequest} ms of a whole CPU a request and ${ASSUMED.cpuMsPerRow} ms a row: not measured on AWS`,
  'nothing is repeated, quarantined or retried, and nothing is alarmed about: what should be rare costs little',
  'queues are asked 15 times a minute in vain; a scheduled function begins in a fresh instance 12 times a day',
  `in the stack: alarms on ${STANDING.alarms} metrics, ${STANDING.dashboards} dashboard, ${STANDING.metrics} metrics, ${STANDING.kmsKeys} keys`,
  ...(fleet.store === 'influxdb' && !fleet.influxInstance
    ? ['the InfluxDB itself is not in the bill: give the price of its hour with --influx-instance']
    : []),
]

const lineCells = ({ service, what, quantity, unit, price, cents, verified }: BillLine): string[] => [
  service,
  what,
  amount(quantity),
  unit,
  `${price < 0.001 ? price.toFixed(10) : price}${verified ? '' : ' *'}`,
  inMoney(cents),
]

/** For a terminal. */
export const reportOf = (costed: Costed): string[] => {
  const { bill, list, fleet, month } = costed
  const { currency, services } = bill
  const lines = services.flatMap(({ lines: own }) => own)
  const unverified = lines.filter(({ verified }) => !verified)
  return [
    subjectOf(costed),
    `${fleet.store}, ${list.region}; prices as of ${list.asOf} in ${currency}`,
    '',
    ...tableLines(
      [
        { title: 'service' },
        { title: 'what' },
        { title: 'a month', right: true },
        { title: 'of' },
        { title: 'price', right: true },
        { title: currency, right: true },
      ],
      lines.map(lineCells),
    ),
    '',
    ...tableLines(
      [{ title: 'service' }, { title: currency, right: true }],
      [...services.map(({ service, cents }) => [service, inMoney(cents)]), ['total a month', inMoney(bill.totalCents)]],
    ),
    '',
    `${perStation(costed)} ${currency} a station, ${perMillionReadings(costed)} ${currency} a million readings`,
    '',
    ...(unverified.length > 0
      ? [`* ${unverified.length} prices are not verified: ${unverified.map(({ meter }) => meter).join(', ')}`]
      : []),
    ...assumptionsOf(costed).map((each) => `assumed: ${each}`),
    ...month.warnings.map((each) => `WARNING: ${each}`),
    ...month.unmodelled.map((name) => `WARNING: nothing is known of what ${name} takes; it is not in the bill`),
  ]
}

/** For machines: everything behind the bill, money in cents. */
export const jsonOf = ({ fleet, list, month, bill }: Costed): object => ({
  region: list.region,
  pricesAsOf: list.asOf,
  fleet,
  traffic: month.traffic,
  ...bill,
  centsPerStation: bill.totalCents / fleet.stations,
  centsPerMillionReadings: bill.totalCents / (month.traffic.readings / 1_000_000),
  functions: month.functions,
  warnings: month.warnings,
  unmodelled: month.unmodelled,
})
