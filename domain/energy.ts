import type { ChinaDay } from './calendar.ts'
import type { DayCause } from './day-cause.ts'
import type { DeviceKind } from './registry.ts'

/** How far a figure can be trusted: read off a counter, booked by a rule across a gap, or not known at all. */
export type Quality = 'measured' | 'estimated' | 'missing'

export const ENERGY_FINDINGS = [
  'counter_dip',
  'counter_reset',
  'counter_reset_unconfirmed',
  'counter_reset_contradicted',
  'counter_rollover',
  'rate_implausible',
  'two_counters',
  'gap',
  'night_output',
  'clock_shift',
  'stuck_value',
  'high_low',
  'stands_alone',
  'conflict',
  'sum_check',
  'no_data',
] as const
export type FindingCode = (typeof ENERGY_FINDINGS)[number]
/** Something an officer should look at; figures stand in `detail` as plain text without personal data. */
export type Finding = { code: FindingCode; deviceId?: string; atMs?: number; detail: string }

/** Energy of one device on one day. `energyWh` is null exactly when the quality is 'missing': unknown is not zero. */
export type DeviceDay = {
  deviceId: string
  kind: DeviceKind
  energyWh: number | null
  quality: Quality
  /** Sun-up hours of the day with at least one reading, per mille of all sun-up hours. 0..1000. */
  coveragePermille: number
  readings: number
  findings: Finding[]
}

/** What decides a station's figure: the revenue meter (关口表), else the inverters' sum, which is an estimate and says so. */
export type Basis = 'meter' | 'inverters' | 'none'

/** One version of a station's day. Version 0 is the running figure of a day not over yet and may be replaced; from 1 on, never. */
export type StationDay = {
  stationId: string
  countyCode: string
  day: ChinaDay
  version: number
  computedAtMs: number
  /** Why this version was written, as `toldCauses` tells it; a running figure has none. What it says is not judged by them. */
  causes?: DayCause[]
  devices: DeviceDay[]
  /** Sum of the inverters that are known; null when none is. */
  inverterWh: number | null
  /** Energy fed into the grid by the revenue meters, CT multiplier applied; null without a reading meter. */
  meterWh: number | null
  /** What counts, by `basis`; null when nothing is known. */
  energyWh: number | null
  basis: Basis
  quality: Quality
  coveragePermille: number
  /** Of the station as a whole; those of one device stand with the device. */
  findings: Finding[]
}

/** Performance ratio (IEC 61724): hours at full DC rating over hours of full sun (1 kW/m²), for in-plane irradiation in Wh/m². */
export const performanceRatio = (equivalentHours: number, irradiationWhPerM2: number): number =>
  equivalentHours / (irradiationWhPerM2 / 1_000)
