import type { Assessment } from '../../domain/assessment.ts'
import { type ChinaDay, dayEndMs, HOUR_MS } from '../../domain/calendar.ts'
import type { CountyDay, Digest } from '../../domain/county-assessment.ts'
import type { StationDay } from '../../domain/energy.ts'
import { QUARTERS_PER_DAY, quarterStartMs } from '../../domain/quarter-curve.ts'
import type { Reading } from '../../domain/reading.ts'
import { create } from '../../functions/assess-performance.ts'
import { countyDaysOf } from '../../stores/performance.ts'
import { aDeviceDay, aFinalDay, ON, sunnyQuarters } from '../performance.ts'
import { aDevice, aStation, COUNTY, someRegions } from '../registry.ts'
import { aPrice } from '../settlement.ts'
import { depsOf, type Generating } from './generating.ts'
import { delivered, rowsOf } from './settling.ts'

/** A county of equal stations of two inverters each, with readings every quarter of an hour, as compute-generation leaves it. */

export const stationIds = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `S${String(at + 1).padStart(2, '0')}`)
export const NIGHT_MS = dayEndMs(ON) + HOUR_MS

export const seedStations = async ({ tables }: Generating, count: number): Promise<void> => {
  await tables.regions.putBatch(someRegions)
  for (const stationId of stationIds(count)) {
    await tables.stations.put(aStation({ stationId, name: `示范${stationId}`, dcCapacityW: 124_800, acCapacityW: 120_000 }))
    await tables.devices.putBatch(
      [1, 2].map((at) => aDevice({ stationId, deviceId: `${stationId}-INV-${at}`, gatewayId: `GW-${stationId}` })),
    )
    await tables.prices.putBatch([aPrice({ stationId, priceE4YuanPerKwh: 8_500 })])
  }
}

/** 499.2 kWh of 124.8 kWp: four equivalent hours, `share` of them. */
export const finalOf = (stationId: string, over: Partial<StationDay> & { share?: number } = {}): StationDay => {
  const { share = 1, ...row } = over
  const devices = [1, 2].map((at) => aDeviceDay({ deviceId: `${stationId}-INV-${at}` }))
  return aFinalDay({ stationId, devices, energyWh: Math.round(499_200 * share), ...row })
}

/** What the inverters of a station reported on a day; `powerOf` changes what it was in a quarter, null for silence. */
export const curveReadings = (
  stationId: string,
  day: ChinaDay,
  powerOf: (powerW: number, quarter: number, inverter: number) => number | null = (powerW) => powerW,
): Reading[] =>
  [1, 2].flatMap((inverter) =>
    sunnyQuarters(50_000).flatMap((sunnyW, quarter): Reading[] => {
      const acPowerW = powerOf(sunnyW, quarter, inverter)
      const atMs = quarterStartMs(day, quarter)
      return acPowerW === null || quarter >= QUARTERS_PER_DAY
        ? []
        : [{ deviceId: `${stationId}-INV-${inverter}`, atMs, receivedAtMs: atMs + 1_000, acPowerW, state: 'running' }]
    }),
  )

export const markCounty = (world: Generating, day: ChinaDay = ON, markedAtMs = NIGHT_MS) =>
  world.tables.staleCountyDays.put({ countyCode: COUNTY, day, markedAtMs })

/** Has a county's day assessed, as the queue would deliver the work. */
export const assess = (world: Generating, day: ChinaDay = ON, over: object = {}) =>
  create(depsOf(world, over))(delivered({ countyCode: COUNTY, day }))

export const assessmentOf = async (world: Generating, stationId: string, day: ChinaDay = ON): Promise<Assessment | undefined> =>
  (await world.tables.assessments.get({ stationId, day }))?.row
export const countyDay = async (world: Generating, day: ChinaDay = ON): Promise<CountyDay | undefined> =>
  (await world.tables.countyDays.get({ countyCode: COUNTY, day, part: 0 }))?.row
/** What is kept of the county's stations on a day, as a ranking reads it. */
export const countyDigests = async (world: Generating, day: ChinaDay = ON): Promise<Digest[]> =>
  (await countyDaysOf(world.tables.countyDays, COUNTY, day, day)).flatMap(({ digests }) => digests)
/** Days of the county that wait. */
export const waiting = async (world: Generating): Promise<string[]> =>
  (await rowsOf(world.tables.staleCountyDays.queryIndex('pending', { partition: COUNTY }))).map(({ day }) => day)
