import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { COST_STORES, type CostFleet, FLEET_DEFAULTS } from '../../domain/cost-fleet.ts'
import { unpricedMeters } from '../../domain/cost.ts'
import { priceList } from '../../domain/cost-prices.ts'
import { usageOf } from '../../domain/cost-usage.ts'
import { manifest } from '../../functions/manifest.ts'
import { PRICED_REGIONS, pricesOf } from '../../local/cli/cost-command.ts'
import { costDocument } from '../../local/cli/cost-document.ts'
import { costOf, jsonOf, reportOf } from '../../local/cli/cost-report.ts'

const aFleet = (over: Partial<CostFleet> = {}): CostFleet => ({
  ...FLEET_DEFAULTS,
  stations: 1_000,
  inverters: 4,
  everyMs: 300_000,
  store: 'dynamodb',
  ...over,
})

describe('docs/cost.md', () => {
  test('is what the command writes today: `./yangguang cost --document > docs/cost.md`', async () => {
    const written = readFileSync('docs/cost.md', 'utf8')
    expect(written).toBe(costDocument(await Promise.all(PRICED_REGIONS.map(pricesOf))))
  })
})

describe('the price lists of the repository', () => {
  test('are those the command offers, each of the region its file is named after', () => {
    const files = readdirSync('local/prices')
    expect(files.toSorted()).toEqual(PRICED_REGIONS.map((region) => `${region}.json`).toSorted())
    for (const file of files)
      expect(priceList.parse(JSON.parse(readFileSync(`local/prices/${file}`, 'utf8'))).region).toBe(file.replace('.json', ''))
  })

  test.each(PRICED_REGIONS)('%s prices a fleet on every store, or says which store it has no prices for', async (region) => {
    const list = await pricesOf(region)
    const without = COST_STORES.filter((store) => {
      const { usage } = usageOf(aFleet({ store }), manifest)
      return unpricedMeters(usage, list).length > 0
    })
    expect(without).toEqual(region === 'us-east-1' ? [] : ['timestream'])
  })

  test.each(['cn-north-1', 'cn-northwest-1'])('%s has none: it is refused with what to do', async (region) => {
    await expect(pricesOf(region)).rejects.toThrow(
      `there are no prices of ${region} here, only of us-east-1, ap-northeast-1: copy local/prices/us-east-1.json`,
    )
  })
})

describe('a report', () => {
  test('marks every price that is not verified, and names it', async () => {
    const list = await pricesOf('us-east-1')
    const report = reportOf(costOf(aFleet(), list))
    expect(report.filter((line) => line.includes('rules triggered'))).toEqual([expect.stringContaining('0.15 *')])
    expect(report.filter((line) => line.includes('write request units'))).toHaveLength(1)
    expect(report.join('\n')).toMatch(/\* \d+ prices are not verified: iotRules, iotActions/)
  })

  test('says what it rests on', async () => {
    const report = reportOf(costOf(aFleet({ store: 'influxdb' }), await pricesOf('ap-northeast-1'))).join('\n')
    for (const said of [
      'ap-northeast-1',
      'prices as of',
      'free tiers are not counted',
      '30.4 days',
      'the InfluxDB itself is not',
    ])
      expect(report).toContain(said)
  })

  test('has the same total for machines, in cents, with everything behind it', async () => {
    const costed = costOf(aFleet(), await pricesOf('us-east-1'))
    const json = JSON.parse(JSON.stringify(jsonOf(costed))) as Record<string, unknown>
    expect(json).toMatchObject({ region: 'us-east-1', currency: 'USD', totalCents: costed.bill.totalCents, unmodelled: [] })
    expect(Object.keys(json)).toEqual(expect.arrayContaining(['traffic', 'services', 'functions', 'warnings', 'centsPerStation']))
  })

  test('of a list without a needed price is refused by the name of the price', async () => {
    const list = await pricesOf('ap-northeast-1')
    expect(() => costOf(aFleet({ store: 'timestream' }), list)).toThrow(
      /no price in ap-northeast-1 for timestreamWrites \(Timestream/,
    )
  })

  test('has an InfluxDB in it when the price of its hour is given', async () => {
    const list = await pricesOf('us-east-1')
    const own = { price: 0.5, source: 'an invented list', verified: true }
    const priced = { ...list, prices: { ...list.prices, influxInstanceHours: own } }
    const [without, having] = [list, priced].map((each, at) =>
      costOf(aFleet({ store: 'influxdb', influxInstance: at === 1 }), each),
    )
    expect((having?.bill.totalCents ?? 0) - (without?.bill.totalCents ?? 0)).toBe(36_480)
  })
})
