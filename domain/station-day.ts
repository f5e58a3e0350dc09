import type { ChinaDay } from './calendar.ts'
import { dayEndMs } from './calendar.ts'
import type { DeviceReadings, Echo } from './device-day.ts'
import { computeDeviceDay } from './device-day.ts'
import type { DeviceDay, Finding, Quality, StationDay } from './energy.ts'
import type { FeedIn, Station } from './registry.ts'

/** A station's day from its devices' days: the revenue meter decides, else the sum of the inverters stands in for it. */

/** All of a StationDay but when and as which version it was written. */
export type StationDayFigure = Omit<StationDay, 'version' | 'computedAtMs'>

/** Inverters lose 1 to 4 % on the way to the meter; a steady difference outside this range points at a meter, a CT or a device. */
const METER_GAP_SHARE_MAX = 0.05
const METER_GAP_SHARE_MIN = -0.01
/** Whole-kWh counters make small sums incomparable. */
const SUM_CHECK_FROM_WH = 20_000
/** A device that shows no energy at all is frozen or dead if a sibling made half an hour's worth at rated power. */
const SIBLING_EQUIVALENT_HOURS = 0.5
const STUCK_COVERAGE_PERMILLE = 500

/** The figure of a station-day. The same readings give the same figure, in whatever order they are handed over. */
export const computeStationDay = (input: {
  station: Pick<Station, 'stationId' | 'countyCode' | 'latitudeDeg' | 'longitudeDeg' | 'feedIn'>
  day: ChinaDay
  nowMs: number
  devices: readonly DeviceReadings[]
}): { figure: StationDayFigure; echoes: Echo[] } => {
  const { station, day, nowMs } = input
  const frame = { site: station, day, untilMs: Math.min(dayEndMs(day), nowMs) }
  const computed = input.devices.map((readings) => ({
    ...computeDeviceDay(readings, frame),
    ratedPowerW: readings.device.ratedPowerW,
  }))
  return stationDayOf(station, day, computed)
}

/** A device's day as computed, and what the device is rated at. */
export type ComputedDevice = { deviceDay: DeviceDay; echoes: readonly Echo[]; ratedPowerW: number }

/** The figure of a station-day whose devices' days are known, in any order. */
export const stationDayOf = (
  { stationId, countyCode, feedIn }: Pick<Station, 'stationId' | 'countyCode' | 'feedIn'>,
  day: ChinaDay,
  computed: readonly ComputedDevice[],
): { figure: StationDayFigure; echoes: Echo[] } => {
  const inOrder = computed.toSorted((a, b) => (a.deviceDay.deviceId < b.deviceDay.deviceId ? -1 : 1))
  const devices = markStuckAmongSiblings(inOrder)
  return {
    figure: { stationId, countyCode, day, devices, ...combine(devices, feedIn) },
    echoes: inOrder.flatMap(({ echoes }) => echoes),
  }
}

type Combined = Omit<StationDayFigure, 'stationId' | 'countyCode' | 'day' | 'devices'>

const combine = (devices: readonly DeviceDay[], feedIn: FeedIn | undefined): Combined => {
  const inverters = devices.filter(({ kind }) => kind === 'inverter')
  const meters = devices.filter(({ kind }) => kind === 'meter')
  const inverterWh = sumOfKnownWh(inverters)
  const meterWh = meters.every(isKnown) ? sumOfKnownWh(meters) : null
  const basis = meterWh !== null ? 'meter' : inverterWh !== null ? 'inverters' : 'none'
  return {
    inverterWh,
    meterWh,
    energyWh: meterWh ?? inverterWh,
    basis,
    quality: basis === 'meter' ? worstQuality(meters) : worstQuality(inverters),
    coveragePermille: Math.floor(devices.reduce((sum, each) => sum + each.coveragePermille, 0) / Math.max(1, devices.length)),
    findings: inverters.every(isKnown) ? sumCheck(inverterWh, meterWh, feedIn) : [],
  }
}

const isKnown = ({ energyWh }: DeviceDay): boolean => energyWh !== null

const sumOfKnownWh = (devices: readonly DeviceDay[]): number | null =>
  devices.some(isKnown) ? devices.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0) : null

/** A sum that lacks a device is an estimate; only without any device known is it missing. */
const worstQuality = (devices: readonly DeviceDay[]): Quality => {
  if (!devices.some(isKnown)) return 'missing'
  return devices.every(({ quality }) => quality === 'measured') ? 'measured' : 'estimated'
}

/** What a station uses on the spot its inverters make and its meter does not see. */
const sumCheck = (inverterWh: number | null, meterWh: number | null, feedIn: FeedIn | undefined): Finding[] => {
  if (inverterWh === null || meterWh === null || inverterWh < SUM_CHECK_FROM_WH) return []
  const share = (inverterWh - meterWh) / inverterWh
  if ((share <= METER_GAP_SHARE_MAX || feedIn === 'surplus') && share >= METER_GAP_SHARE_MIN) return []
  return [
    {
      code: 'sum_check',
      detail: `inverters ${inverterWh} Wh, revenue meter ${meterWh} Wh: ${(share * 100).toFixed(1)} % apart`,
    },
  ]
}

const markStuckAmongSiblings = (computed: readonly { deviceDay: DeviceDay; ratedPowerW: number }[]): DeviceDay[] => {
  const bestHours = Math.max(
    0,
    ...computed
      .filter(({ deviceDay }) => deviceDay.kind === 'inverter')
      .map(({ deviceDay, ratedPowerW }) => (deviceDay.energyWh ?? 0) / ratedPowerW),
  )
  return computed.map(({ deviceDay }) => {
    const stuck =
      deviceDay.energyWh === 0 &&
      deviceDay.coveragePermille >= STUCK_COVERAGE_PERMILLE &&
      bestHours >= SIBLING_EQUIVALENT_HOURS &&
      deviceDay.findings.every(({ code }) => code !== 'stuck_value')
    if (!stuck) return deviceDay
    const finding: Finding = {
      code: 'stuck_value',
      deviceId: deviceDay.deviceId,
      detail: 'no energy while the other inverters made some',
    }
    return { ...deviceDay, quality: 'estimated', findings: [...deviceDay.findings, finding] }
  })
}

/** Whether a stored figure already shows what another day's computation found out about it. */
export const accountsFor = (stored: StationDay | undefined, { finding }: Echo): boolean => {
  const device = stored?.devices.find(({ deviceId }) => deviceId === finding.deviceId)
  return (
    device?.findings.some(
      ({ code, atMs, detail }) =>
        code === finding.code && (code !== 'gap' || (atMs === finding.atMs && detail === finding.detail)),
    ) ?? false
  )
}
