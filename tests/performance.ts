import { dayStartMs } from '../domain/calendar.ts'
import type { Digest } from '../domain/county-assessment.ts'
import type { Samples } from '../domain/curve.ts'
import type { DeviceDay, StationDay } from '../domain/energy.ts'
import { type InverterCurve, QUARTERS_PER_DAY, type Quarters, quarterStartMs } from '../domain/quarter-curve.ts'
import { solarElevationDeg } from '../domain/sun.ts'
import { aStation, COUNTY, day } from './registry.ts'

/** Builders of what an assessment stands on: days as computed, and curves of a cloudless sky. */

export const ON = day('2026-06-02')

export const aDeviceDay = (over: Partial<DeviceDay> = {}): DeviceDay => ({
  deviceId: 'ZL1-INV-1',
  kind: 'inverter',
  energyWh: 250_000,
  quality: 'measured',
  coveragePermille: 1_000,
  readings: 180,
  findings: [],
  ...over,
})

/** 748.8 kWh of 187.2 kWp are four equivalent hours. */
export const aFinalDay = (over: Partial<StationDay> = {}): StationDay => ({
  stationId: 'ZL1',
  countyCode: COUNTY,
  day: ON,
  version: 1,
  computedAtMs: 1,
  devices: [1, 2, 3].map((at) => aDeviceDay({ deviceId: `${over.stationId ?? 'ZL1'}-INV-${at}` })),
  inverterWh: 750_000,
  meterWh: 748_800,
  energyWh: 748_800,
  basis: 'meter',
  quality: 'measured',
  coveragePermille: 1_000,
  findings: [],
  ...over,
})

/** Station and figure of a county of equal stations, each with its energy; null is a day nothing is known of. */
export const aCounty = (energiesWh: readonly (number | null)[]) =>
  energiesWh.map((energyWh, at) => {
    const stationId = `S${String(at + 1).padStart(2, '0')}`
    const over = energyWh === null ? { quality: 'missing' as const, coveragePermille: 0, basis: 'none' as const } : {}
    return { station: aStation({ stationId }), figure: aFinalDay({ stationId, energyWh, ...over }) }
  })

const elevationAt = (quarter: number, on = ON): number => {
  const { latitudeDeg, longitudeDeg } = aStation()
  return solarElevationDeg({ latitudeDeg, longitudeDeg, atMs: quarterStartMs(on, quarter) + 450_000 })
}

/** Power by the sine of the sun's height, `peakW` straight below it; 0 in the dark. */
export const sunnyQuarters = (peakW: number): number[] =>
  Array.from({ length: QUARTERS_PER_DAY }, (_, quarter) => {
    const elevationDeg = elevationAt(quarter)
    return elevationDeg <= 0 ? 0 : Math.round(peakW * Math.sin((elevationDeg * Math.PI) / 180))
  })

export const anInverterCurve = (over: Partial<InverterCurve> = {}): InverterCurve => ({
  deviceId: 'ZL1-INV-1',
  ratedPowerW: 60_000,
  powerW: sunnyQuarters(54_000),
  ...over,
})

/** The same curve with something else in some quarters. */
export const changed = (quarters: Quarters, from: number, to: number, become: (value: number) => number | null) =>
  quarters.map((value, quarter) => (quarter >= from && quarter < to ? become(value ?? 0) : value))

/** The quarter an hour of the day begins in. */
export const atHour = (hour: number): number => Math.floor(hour * 4)

/** A sensor every five minutes of the day. */
export const sunnySensor = (peakWPerM2 = 1_000, everyMinutes = 5): Samples => {
  const atMs = Array.from({ length: (24 * 60) / everyMinutes }, (_, round) => dayStartMs(ON) + round * everyMinutes * 60_000)
  const { latitudeDeg, longitudeDeg } = aStation()
  return {
    atMs,
    values: atMs.map((at) => {
      const elevationDeg = solarElevationDeg({ latitudeDeg, longitudeDeg, atMs: at })
      return elevationDeg <= 0 ? -2 : peakWPerM2 * Math.sin((elevationDeg * Math.PI) / 180)
    }),
  }
}

export const aDigest = (over: Partial<Digest> = {}): Digest => ({
  stationId: 'ZL1',
  energyWh: 748_800,
  dcWhPerKw: 4_000,
  shareBp: 10_000,
  coveragePermille: 1_000,
  causes: [],
  degraded: false,
  peersWhPerKw: 4_000,
  time: { producing: 1_000, idle: 0, noData: 0 },
  lostWh: null,
  lostFen: null,
  hasFinding: false,
  ...over,
})
