import { type ChinaDay, dayEndMs, HALF_DAY_MS } from '../domain/calendar.ts'
import type { CounterReset } from '../domain/counter-reset.ts'
import { computeDeviceDay, type Echo } from '../domain/device-day.ts'
import type { Installation } from '../domain/generation-work.ts'
import {
  type DayLight,
  type DaySky,
  isOfSummaryTerms,
  lightOf,
  ordinaryDay,
  skyOf,
  summaryTerms,
} from '../domain/ordinary-day.ts'
import type { Quantity } from '../domain/reading.ts'
import type { Station } from '../domain/registry.ts'
import { type ComputedDevice, stationDayOf, type StationDayFigure } from '../domain/station-day.ts'
import { summaryAt } from '../domain/summary-columns.ts'
import { readingsOfDay, registerOf } from './day-readings.ts'
import type { ReadingReader } from './readings.ts'

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

/** Devices whose readings are fetched at once: ten thousand have four million readings in two days. */
const DEVICES_PER_ASK = 10_000

const NO_ECHOES: Echo[] = []

/** A device of a station; `computed` is its day, once it is known. */
type DeviceAsk = Pick<StationAsk, 'station' | 'resets'> & { installation: Installation; computed?: ComputedDevice }

/** One answer for each station, in the order given. */
export const stationDays = async (
  reader: ReadingReader,
  asked: readonly StationAsk[],
  day: ChinaDay,
  nowMs: number,
): Promise<StationDayAnswer[]> => {
  const sky = skyOf(day, nowMs)
  const stations = asked.map(({ station, installations, resets }) =>
    installations.map((installation): DeviceAsk => ({ station, installation, resets })),
  )
  if (reader.sparesReadings) await settleOrdinary(reader, stations, sky)
  const rest = stations.flatMap((devices) => devices.filter(({ computed }) => !computed))
  for (let from = 0; from < rest.length; from += DEVICES_PER_ASK)
    await computeFromReadings(reader, rest.slice(from, from + DEVICES_PER_ASK), day, nowMs)
  return asked.map(({ station }, at) =>
    stationDayOf(
      station,
      day,
      (stations[at] ?? []).flatMap(({ computed }) => computed ?? []),
    ),
  )
}

/** Computes the day of every device from its readings. */
const computeFromReadings = async (reader: ReadingReader, asked: readonly DeviceAsk[], day: ChinaDay, nowMs: number) => {
  const installations = asked.map(({ installation }) => installation)
  const read = await readingsOfDay(reader, installations, day, nowMs)
  const untilMs = Math.min(dayEndMs(day), nowMs)
  for (const [index, of] of asked.entries()) {
    const readings = read[index]
    const { deviceId, ratedPowerW } = of.installation.device
    if (!readings) throw new Error(`no readings of ${deviceId}`)
    const computed = computeDeviceDay({ ...readings, resets: resetsOf(of) }, { site: of.station, day, untilMs })
    of.computed = { ...computed, ratedPowerW }
  }
}

const resetsOf = ({ resets, installation: { device } }: DeviceAsk): readonly CounterReset[] =>
  resets.length === 0 ? resets : resets.filter(({ deviceId }) => deviceId === device.deviceId)

/** Settles the days that are ordinary. */
const settleOrdinary = async (reader: ReadingReader, stations: readonly DeviceAsk[][], sky: DaySky): Promise<void> => {
  const candidates = stations.flat().filter(({ installation }) => installation.device.counter === 'lifetime')
  const conflicting = await reader.conflicts({ deviceIds: idsOf(candidates), fromMs: sky.startMs, toMs: sky.endMs })
  const disputed = new Set(conflicting.map(({ deviceId }) => deviceId))
  const undisputed = candidates.filter(({ installation: { device } }) => !disputed.has(device.deviceId))
  for (const [register, ofRegister] of Map.groupBy(undisputed, ({ installation }) => registerOf(installation.device))) {
    // A few small devices must not have all others asked for with terms of theirs.
    const alike = Map.groupBy(ofRegister, ({ installation }) => isOfSummaryTerms(installation.device))
    for (const group of alike.values()) await settleGroup(reader, group, register, sky)
  }
}

const idsOf = (asked: readonly DeviceAsk[]): string[] => asked.map(({ installation }) => installation.device.deviceId)

const settleGroup = async (
  reader: ReadingReader,
  group: readonly DeviceAsk[],
  register: Quantity,
  sky: DaySky,
): Promise<void> => {
  const terms = summaryTerms(group.map(({ installation }) => installation.device))
  const starts = [-1, 0, 1, 2].map((halfDays) => sky.startMs + halfDays * HALF_DAY_MS)
  const spans = starts.map((fromMs) => ({ fromMs, toMs: fromMs + HALF_DAY_MS }))
  const [evening, forenoon, afternoon, morning] = await reader.summaries({ deviceIds: idsOf(group), spans, register, ...terms })
  if (!evening || !forenoon || !afternoon || !morning) throw new Error('four spans were asked for')
  let light: DayLight | undefined
  for (const [place, of] of group.entries()) {
    if (light?.site !== of.station) light = lightOf(sky, of.station)
    const subject = {
      ...of.installation,
      conflicts: 0,
      resets: resetsOf(of),
      evening: summaryAt(evening, place),
      forenoon: summaryAt(forenoon, place),
      afternoon: summaryAt(afternoon, place),
      morning: summaryAt(morning, place),
      quietPowerW: terms.quietPowerW,
    }
    const deviceDay = ordinaryDay(subject, light)
    if (deviceDay) of.computed = { deviceDay, echoes: NO_ECHOES, ratedPowerW: of.installation.device.ratedPowerW }
  }
}
