import type { ChinaDay } from '../domain/calendar.ts'
import type { CounterReset } from '../domain/counter-reset.ts'
import { computeDeviceDay, type Echo } from '../domain/device-day.ts'
import type { DeviceDay } from '../domain/energy.ts'
import { CONTEXT_MS, type Installation } from '../domain/generation-work.ts'
import { type DaySky, lightOf, ordinaryDay, skyOf, summaryTerms } from '../domain/ordinary-day.ts'
import type { ReadingSummary } from '../domain/reading-summary.ts'
import type { Station } from '../domain/registry.ts'
import { type ComputedDevice, stationDayOf, type StationDayFigure } from '../domain/station-day.ts'
import { readingsOfDay, registerOf } from './day-readings.ts'
import type { ReadingReader, SummaryAsk } from './readings.ts'

/**
 * One day of any number of stations from a store of readings. Of a store that sums readings up, all devices are first asked for at
 * once that way; only the readings of those whose day is not ordinary are fetched. Which way a device's day goes is decided by its
 * own readings and records alone, and both ways give the same, so nothing depends on what was asked for together.
 */

/** A station with its devices on the day (`installationsOn`) and what is on record of their registers. */
export type StationAsk = {
  station: Pick<Station, 'stationId' | 'countyCode' | 'latitudeDeg' | 'longitudeDeg'>
  installations: readonly Installation[]
  resets: readonly CounterReset[]
}
export type StationDayAnswer = { figure: StationDayFigure; echoes: Echo[] }

/** Devices whose readings are fetched at once: five thousand have two million readings in two days. */
const DEVICES_PER_ASK = 5_000

/** One answer for each station, in the order given. */
export const stationDays = async (
  reader: ReadingReader,
  asked: readonly StationAsk[],
  day: ChinaDay,
  nowMs: number,
): Promise<StationDayAnswer[]> => {
  const sky = skyOf(day, nowMs)
  const settled = reader.sparesReadings ? await settledDays(reader, asked, sky) : new Map<Installation, DeviceDay>()
  const rest = asked.flatMap(({ station, installations, resets }) =>
    installations.filter((installation) => !settled.has(installation)).map((installation) => ({ station, installation, resets })),
  )
  const computed = new Map<Installation, ComputedDevice>()
  for (let from = 0; from < rest.length; from += DEVICES_PER_ASK) {
    const part = rest.slice(from, from + DEVICES_PER_ASK)
    const installations = part.map(({ installation }) => installation)
    const read = await readingsOfDay(reader, installations, day, nowMs)
    for (const [index, { station, installation, resets }] of part.entries()) {
      const readings = read[index]
      const { deviceId, ratedPowerW } = installation.device
      if (!readings) throw new Error(`no readings of ${deviceId}`)
      const own = resets.filter((reset) => reset.deviceId === deviceId)
      const frame = { site: station, day, untilMs: sky.untilMs }
      computed.set(installation, { ...computeDeviceDay({ ...readings, resets: own }, frame), ratedPowerW })
    }
  }
  return asked.map(({ station, installations }) => {
    const devices = installations.flatMap((installation) => {
      const deviceDay = settled.get(installation)
      const { ratedPowerW } = installation.device
      return deviceDay ? { deviceDay, echoes: [], ratedPowerW } : (computed.get(installation) ?? [])
    })
    return stationDayOf(station, day, devices)
  })
}

type Summed = { evening: Map<string, ReadingSummary>; ofDay: Map<string, ReadingSummary>; morning: Map<string, ReadingSummary> }

/** The days that are ordinary, by installation. */
const settledDays = async (
  reader: ReadingReader,
  asked: readonly StationAsk[],
  sky: DaySky,
): Promise<Map<Installation, DeviceDay>> => {
  const settled = new Map<Installation, DeviceDay>()
  const places = asked.map(({ station, installations, resets }) => ({ light: lightOf(sky, station), installations, resets }))
  const candidates = places.flatMap(({ light, installations, resets }) =>
    installations.map((installation) => ({ light, installation, resets, register: registerOf(installation.device) })),
  )
  const lifetime = candidates.filter(({ installation }) => installation.device.counter === 'lifetime')
  const conflicting = await reader.conflicts({
    deviceIds: lifetime.map(({ installation }) => installation.device.deviceId),
    fromMs: sky.startMs,
    toMs: sky.endMs,
  })
  const disputed = new Set(conflicting.map(({ deviceId }) => deviceId))
  const undisputed = lifetime.filter(({ installation }) => !disputed.has(installation.device.deviceId))
  for (const [register, group] of Map.groupBy(undisputed, (candidate) => candidate.register)) {
    const terms = summaryTerms(group.map(({ installation }) => installation.device))
    const deviceIds = group.map(({ installation }) => installation.device.deviceId)
    const summed = await summariesOfDay(reader, { deviceIds, register, ...terms }, sky)
    for (const { light, installation, resets } of group) {
      const { deviceId } = installation.device
      const subject = {
        ...installation,
        conflicts: 0,
        resets: resets.length === 0 ? resets : resets.filter((reset) => reset.deviceId === deviceId),
        evening: summed.evening.get(deviceId),
        ofDay: summed.ofDay.get(deviceId),
        morning: summed.morning.get(deviceId),
        quietPowerW: terms.quietPowerW,
      }
      const deviceDay = ordinaryDay(subject, light)
      if (deviceDay) settled.set(installation, deviceDay)
    }
  }
  return settled
}

const summariesOfDay = async (
  reader: ReadingReader,
  ask: Omit<SummaryAsk, 'fromMs' | 'toMs'>,
  { startMs, endMs }: DaySky,
): Promise<Summed> => {
  const evening = await reader.summaries({ ...ask, fromMs: startMs - CONTEXT_MS, toMs: startMs })
  const ofDay = await reader.summaries({ ...ask, fromMs: startMs, toMs: endMs })
  const morning = await reader.summaries({ ...ask, fromMs: endMs, toMs: endMs + CONTEXT_MS })
  return { evening, ofDay, morning }
}
