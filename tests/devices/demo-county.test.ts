import { describe, expect, test } from 'vitest'
import { type ChinaDay, parseDay } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import { demoCounty } from '../../devices/demo-county.ts'

const TODAY = parseDay('2026-11-22') as ChinaDay
const registryOf = (stations: number) => parseRegistry(demoCounty({ stations, today: TODAY }))

/** Its capacities, prices and deductions are in the worked examples, `tests/domain/worked-examples.test.ts`. */
describe('the demonstration county', () => {
  test.each([5, 12, 346, 347])('with %i village stations passes every check of an import', (stations) => {
    const { rows, errors } = registryOf(stations)
    expect(errors).toEqual([])
    expect(rows.stations.filter(({ kind }) => kind === 'village')).toHaveLength(stations)
    expect(rows.stations.filter(({ kind }) => kind === 'joint')).toHaveLength(1)
  })

  const { rows } = registryOf(347)
  const joint = rows.stations.find(({ kind }) => kind === 'joint')
  const shares = rows.shares.filter(({ stationId }) => stationId === joint?.stationId)

  test('gives every village station a revenue meter and a gateway, and no gateway more than 60 devices', () => {
    for (const station of rows.stations.filter(({ kind }) => kind === 'village')) {
      const own = rows.devices.filter(({ stationId }) => stationId === station.stationId)
      expect(own.filter(({ kind }) => kind === 'meter')).toHaveLength(1)
      expect(new Set(own.map(({ gatewayId }) => gatewayId)).size).toBe(1)
    }
    const loads = Map.groupBy(rows.devices, ({ gatewayId }) => gatewayId)
    expect(loads.size).toBe(rows.gateways.length)
    for (const devices of loads.values()) expect(devices.length).toBeLessThanOrEqual(60)
  })

  test('has an irradiance sensor at a few stations, behind their gateway', () => {
    const sensors = rows.devices.filter(({ kind }) => kind === 'irradiance')
    expect(sensors.map(({ stationId }) => stationId)).toEqual(expect.arrayContaining(['ZL2', 'KT']))
    expect(sensors.length).toBeGreaterThan(10)
    expect(sensors.every(({ ratedPowerW }) => ratedPowerW === 0)).toBe(true)
  })

  test('has an executing plan for this year and an announced one for the last in every village with income', () => {
    const earning = new Set([...shares, ...rows.stations].flatMap(({ villageCode }) => (villageCode ? [villageCode] : [])))
    const plansOf = Map.groupBy(rows.plans, ({ villageCode }) => villageCode)
    for (const village of earning) {
      expect(plansOf.get(village)?.map(({ year, state }) => [year, state])).toEqual([
        [2025, 'announced'],
        [2026, 'executing'],
      ])
    }
  })

  test('has nobody who looks real, and says of every paper that it is for demonstration', () => {
    const names = [...rows.persons.map(({ name }) => name), ...rows.households.map(({ headName }) => headName)]
    const carers = rows.stations.map(({ carer }) => carer)
    expect([...names, ...carers].filter((name) => !name.includes('示范'))).toEqual([])
    const documents = [...rows.prices, ...rows.shares, ...rows.deductions, ...rows.plans].map(({ document }) => document)
    expect(documents.filter((document) => !document.startsWith('示范数据'))).toEqual([])
  })

  test('grows by adding: a larger county keeps every village and station of a smaller one', () => {
    const small = registryOf(12).rows
    const ids = new Set(rows.stations.map(({ stationId }) => stationId))
    expect(small.stations.filter(({ stationId }) => !ids.has(stationId))).toEqual([])
    const codes = new Map(rows.regions.map(({ code, name }) => [code, name]))
    expect(small.regions.filter(({ code, name }) => codes.get(code) !== name)).toEqual([])
  })

  test('is the same for the same arguments', () => {
    expect(demoCounty({ stations: 12, today: TODAY })).toEqual(demoCounty({ stations: 12, today: TODAY }))
  })

  test.each([4, 348, 5.5, Number.NaN])('does not exist with %s village stations', (stations) => {
    expect(() => demoCounty({ stations, today: TODAY })).toThrow(RangeError)
  })
})
