import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addUsage, billOf, unpricedMeters, type Usage } from '../../domain/cost.ts'
import { complaintOf, METER_NAMES, METERS, type MeterName, type PriceList } from '../../domain/cost-prices.ts'

const aList = (prices: Partial<Record<MeterName, number>> = {}): PriceList => ({
  region: 'us-east-1',
  currency: 'USD',
  asOf: '2026-11-22',
  prices: Object.fromEntries(
    Object.entries({ iotRules: 0.15, sqsRequests: 0.4, lambdaRequests: 0.2, alarms: 0.1, ...prices }).map(([meter, price]) => [
      meter,
      { price, source: 'an invented list', verified: true },
    ]),
  ),
})

const usages = fc.dictionary(
  fc.constantFrom('iotRules', 'sqsRequests', 'lambdaRequests', 'alarms'),
  fc.double({ min: 0, max: 1e12, noNaN: true }),
)

describe('a bill', () => {
  test.each<[string, Usage, number]>([
    ['of nothing is nothing', {}, 0],
    ['prices a million at the price of a million', { iotRules: 1_000_000 }, 15],
    ['rounds half a cent up', { alarms: 0.05 }, 1],
    ['rounds less than half a cent down', { alarms: 0.049 }, 0],
    ['rounds each line and adds what is rounded', { alarms: 0.05, lambdaRequests: 25_000 }, 2],
  ])('%s', (_what, usage, cents) => {
    expect(billOf(usage, aList()).totalCents).toBe(cents)
  })

  test('adds up: lines to services, services to the total, all in whole cents', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        const { services, totalCents } = billOf(usage, aList())
        const lines = services.flatMap(({ lines: own }) => own)
        const sum = (parts: readonly { cents: number }[]) => parts.reduce((cents, part) => cents + part.cents, 0)
        for (const service of services) expect(sum(service.lines)).toBe(service.cents)
        expect([sum(services), sum(lines)]).toEqual([totalCents, totalCents])
        expect(lines.every(({ cents }) => Number.isInteger(cents))).toBe(true)
      }),
    )
  })

  test('is off by at most half a cent a line', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (sqsRequests) => {
        expect(Math.abs(billOf({ sqsRequests }, aList()).totalCents - (sqsRequests / 1e6) * 40)).toBeLessThanOrEqual(0.5 + 1e-6)
      }),
    )
  })

  test('has a price for everything, or is none', () => {
    const usage = { iotRules: 1, kmsKeys: 1, secrets: 0 }
    expect(unpricedMeters(usage, aList())).toEqual(['kmsKeys'])
    expect(() => billOf(usage, aList())).toThrow('no price for kmsKeys')
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a quantity of %s', (alarms) => {
    expect(() => billOf({ alarms }, aList())).toThrow(RangeError)
  })

  test('of several usages is that of their sum', () => {
    expect(addUsage({ alarms: 1 }, { alarms: 2, iotRules: 5 }, {})).toEqual({ alarms: 3, iotRules: 5 })
  })
})

describe('a price list', () => {
  const whole = { ...aList(), prices: {} }
  test.each<[string, object]>([
    ['region', { ...whole, region: 'China' }],
    ['currency', { ...whole, currency: 'EUR' }],
    ['asOf', { ...whole, asOf: '2026-02-30' }],
    ['prices.alarms.source', { ...whole, prices: { alarms: { price: 0.1, source: '', verified: true } } }],
    ['prices.alarms.price', { ...whole, prices: { alarms: { price: -0.1, source: 'here', verified: true } } }],
    ['prices', { ...whole, prices: { lunches: { price: 10, source: 'here', verified: true } } }],
  ])('is refused for its %s', (field, list) => {
    expect(complaintOf(list)).toContain(field)
  })

  test('may lack prices', () => {
    expect(complaintOf(whole)).toBeUndefined()
  })

  test('prices every meter by some service', () => {
    expect(METER_NAMES.filter((name) => METERS[name].service === '' || METERS[name].per < 1)).toEqual([])
  })
})
