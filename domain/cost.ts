import { METER_NAMES, METERS, type MeterName, type PriceList } from './cost-prices.ts'

/**
 * A bill: quantities times prices. Rounded in one place only: each line to the cent, half up. A service is the sum of its lines and
 * the total the sum of them all, so what is printed always adds up. Nothing is free here: free tiers belong to accounts, not to
 * fleets. Every quantity is billed at the price of the first tier, so a very large fleet pays somewhat less.
 */

/** A month's quantities. */
export type Usage = Partial<Record<MeterName, number>>

export type BillLine = {
  meter: MeterName
  service: string
  what: string
  /** In units of the price. */
  quantity: number
  unit: string
  price: number
  cents: number
  verified: boolean
}
export type ServiceBill = { service: string; cents: number; lines: BillLine[] }
export type Bill = { currency: PriceList['currency']; services: ServiceBill[]; totalCents: number }

/** Of the same fleet: usages added up, meter by meter. */
export const addUsage = (...usages: readonly Usage[]): Usage => {
  const sum: Usage = {}
  for (const usage of usages) {
    for (const [meter, quantity] of Object.entries(usage) as [MeterName, number][]) sum[meter] = (sum[meter] ?? 0) + quantity
  }
  return sum
}

/** Meters that are used and have no price in the list. */
export const unpricedMeters = (usage: Usage, list: PriceList): MeterName[] =>
  METER_NAMES.filter((meter) => (usage[meter] ?? 0) > 0 && list.prices[meter] === undefined)

const centsOf = (amount: number): number => Math.floor(amount * 100 + 0.5)

/** Prices a month. Throws a RangeError for a meter without a price, and for a quantity that is none. */
export const billOf = (usage: Usage, list: PriceList): Bill => {
  const [unpriced] = unpricedMeters(usage, list)
  if (unpriced) throw new RangeError(`the price list of ${list.region} has no price for ${unpriced}`)
  const lines = METER_NAMES.flatMap((name): BillLine[] => {
    const counted = usage[name] ?? 0
    if (!(counted >= 0 && Number.isFinite(counted))) throw new RangeError(`${name} cannot be ${counted}`)
    const priced = list.prices[name]
    if (counted === 0 || !priced) return []
    const { service, what, per, unit } = METERS[name]
    const quantity = counted / per
    const { price, verified } = priced
    return [{ meter: name, service, what, quantity, unit, price, cents: centsOf(quantity * price), verified }]
  })
  const services = [...Map.groupBy(lines, ({ service }) => service)].map(
    ([service, own]): ServiceBill => ({ service, cents: sumOf(own), lines: own }),
  )
  return { currency: list.currency, services, totalCents: sumOf(services) }
}

const sumOf = (parts: readonly { cents: number }[]): number => parts.reduce((sum, { cents }) => sum + cents, 0)
