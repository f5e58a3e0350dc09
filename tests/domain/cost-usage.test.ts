import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../domain/calendar.ts'
import { TIMESTREAM_RECORD_BYTES } from '../../domain/cost-appetites.ts'
import { COST_STORES, type CostFleet, DAYS_PER_MONTH, FLEET_DEFAULTS, trafficOf } from '../../domain/cost-fleet.ts'
import { METER_NAMES } from '../../domain/cost-prices.ts'
import { usageOf } from '../../domain/cost-usage.ts'
import { manifest } from '../../functions/manifest.ts'

const aFleet = (over: Partial<CostFleet> = {}): CostFleet => ({
  ...FLEET_DEFAULTS,
  stations: 347,
  inverters: 4,
  everyMs: 5 * MINUTE_MS,
  store: 'dynamodb',
  ...over,
})

describe('what a fleet sends', () => {
  test('is a message a round, of all inverters and the meter', () => {
    const { messages, readings, readingsPerMessage, arrivals } = trafficOf(aFleet({ stations: 1 }))
    expect([arrivals, readingsPerMessage]).toEqual([168, 5])
    expect(messages).toBeCloseTo(168 * DAYS_PER_MONTH)
    expect(readings).toBeCloseTo(5 * 168 * DAYS_PER_MONTH)
  })

  test.each([
    ['a large station is split below 5 KiB', { inverters: 60 }, 3],
    ['a small station is not', { inverters: 4 }, 1],
    ['fewer readings a message than a round has are more messages', { readingsPerMessage: 2 }, 3],
  ])('%s', (_what, over, perRound) => {
    const { messages, messageBytes } = trafficOf(aFleet({ stations: 1, ...over }))
    expect(messages).toBeCloseTo(perRound * 168 * DAYS_PER_MONTH)
    expect(messageBytes).toBeLessThan(5 * 1024)
  })

  test('readings may wait for the rounds after: as many readings in fewer messages', () => {
    const [each, four] = [trafficOf(aFleet()), trafficOf(aFleet({ readingsPerMessage: 20 }))]
    expect(four.messages * 4).toBeCloseTo(each.messages)
    expect(four.readings).toBe(each.readings)
    expect(four.devicesPerMessage).toBe(5)
  })

  test('no reading is lost in the splitting', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
        (inverters, batch) => {
          const { messages, readingsPerMessage, readings } = trafficOf(
            aFleet({ inverters, ...(batch !== undefined && { readingsPerMessage: batch }) }),
          )
          expect(messages * readingsPerMessage).toBeCloseTo(readings, 3)
        },
      ),
    )
  })
})

describe('what AWS counts', () => {
  test('every function of the manifest is in it', () => {
    const { unmodelled, functions } = usageOf(aFleet(), manifest)
    expect(unmodelled).toEqual([])
    expect(functions.map(({ name }) => name)).toEqual(Object.keys(manifest))
    expect(functions.filter(({ invocations }) => !(invocations > 0))).toEqual([])
  })

  test('a function nobody planned for is named', () => {
    const stranger = { on: { everyMinutes: 5 }, memoryMb: 512, timeoutSeconds: 60 }
    expect(usageOf(aFleet(), { ...manifest, 'count-clouds': stranger }).unmodelled).toEqual(['count-clouds'])
  })

  test('a schedule that runs twice as often is invoked twice as often', () => {
    const watch = manifest['watch-offline']
    const rarer = { ...manifest, 'watch-offline': { ...watch, on: { everyMinutes: 2 } } }
    const runsOf = (of: typeof manifest | typeof rarer) =>
      usageOf(aFleet(), of).functions.find(({ name }) => name === 'watch-offline')?.invocations
    expect(runsOf(manifest)).toBeCloseTo(2 * (runsOf(rarer) ?? 0))
  })

  test('more of anything never costs less', () => {
    const more: Partial<CostFleet>[] = [
      { stations: 700 },
      { inverters: 12 },
      { everyMs: MINUTE_MS },
      { historyMonths: 36 },
      { payees: 200 },
      { dashboardHours: 1_000 },
      { reportingHours: 24 },
      { throughBroker: true },
    ]
    for (const store of COST_STORES) {
      const { usage } = usageOf(aFleet({ store }), manifest)
      for (const over of more) {
        const grown = usageOf(aFleet({ store, ...over }), manifest).usage
        const less = METER_NAMES.filter((meter) => (grown[meter] ?? 0) < (usage[meter] ?? 0) * (1 - 1e-9))
        expect(less, `${store}, ${JSON.stringify(over)}`).toEqual([])
      }
    }
  })

  test('Basic Ingest pays for no message, the plain topic for each', () => {
    const fleet = aFleet({ throughBroker: true })
    expect(usageOf(aFleet(), manifest).usage.iotMessages).toBe(0)
    expect(usageOf(fleet, manifest).usage.iotMessages).toBeCloseTo(trafficOf(fleet).messages)
  })

  test('Timestream rounds every request up to a KiB: alone a message costs two, together four of them fill five', () => {
    const writesPerMessage = (stations: number) => {
      const { usage, traffic } = usageOf(aFleet({ stations, store: 'timestream' }), manifest)
      return (usage.timestreamWrites ?? 0) / traffic.messages
    }
    expect(writesPerMessage(10)).toBe(2)
    expect(writesPerMessage(83_000)).toBeCloseTo((5 * TIMESTREAM_RECORD_BYTES) / 1_024, 1)
  })

  test('Timestream bills four compute units while anything is asked, and a magnetic store of 100 GB while anything is kept', () => {
    const small = usageOf(aFleet({ stations: 10, store: 'timestream' }), manifest).usage
    const hours = FLEET_DEFAULTS.reportingHours * DAYS_PER_MONTH
    expect(small.timestreamTcuHours).toBeGreaterThan(3.5 * hours)
    expect(small.timestreamTcuHours).toBeLessThanOrEqual(4 * hours)
    expect(small.timestreamMagneticGbMonths).toBe(100)
  })

  test('DynamoDB takes a write unit for a message of up to twenty readings, however they are batched', () => {
    const unitsOf = (readingsPerMessage: number) => {
      const { usage, traffic } = usageOf(aFleet({ readingsPerMessage }), manifest)
      const other = usageOf(aFleet({ readingsPerMessage, store: 'influxdb' }), manifest).usage
      return ((usage.dynamoWriteUnits ?? 0) - (other.dynamoWriteUnits ?? 0)) / traffic.messages
    }
    expect(unitsOf(5)).toBeCloseTo(1)
    expect(unitsOf(20)).toBeCloseTo(1)
  })

  test('is all in numbers, from one station to all there are', () => {
    for (const stations of [1, 10, 83_000]) {
      for (const store of COST_STORES) {
        const quantities = Object.entries(usageOf(aFleet({ stations, store }), manifest).usage)
        expect(quantities.filter(([, quantity]) => !(quantity >= 0 && Number.isFinite(quantity)))).toEqual([])
      }
    }
  })

  test('a fleet that outgrows a timeout is told so', () => {
    expect(usageOf(aFleet({ stations: 10 }), manifest).warnings).toEqual([])
    const all = aFleet({ stations: 83_000 })
    expect(usageOf(all, manifest).warnings.join('\n')).not.toMatch(/a run would take/)
    const hasty = { ...manifest, 'sweep-settlement': { ...manifest['sweep-settlement'], timeoutSeconds: 5 } }
    expect(usageOf(all, hasty).warnings.join('\n')).toMatch(/sweep-settlement: a run would take about \d+ s, more than its 5 s/)
  })
})
