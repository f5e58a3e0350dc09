import { addDays, type ChinaDay, dayOf } from '../../domain/calendar.ts'
import type { CounterReset } from '../../domain/counter-reset.ts'
import { installationsOn, inService } from '../../domain/generation-work.ts'
import { REACH_DAYS } from '../../domain/generation-work.ts'
import { newestVersions } from '../../domain/overview.ts'
import type { Station } from '../../domain/registry.ts'
import { daysTouched, nearestDays } from '../../domain/reset-record.ts'
import { computeStationDay } from '../../domain/station-day.ts'
import { readingsOfDay } from '../../stores/day-readings.ts'
import { beginningWith } from '../../stores/months.ts'
import type { ReadingReader } from '../../stores/readings.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { ResetEffect } from '../api-types-days.ts'

/** What a record of a reset means for the days around it: which are touched, and what their figures become. */

type EffectDeps = {
  now: () => number
  devices: TableReaderOf<'devices'>
  generation: TableReaderOf<'generation'>
  readings: ReadingReader
}

/** More days than these are computed by the schedule and not shown beforehand; those around the record are. */
const SHOWN_DAYS_MAX = 5

/** The days a record about that instant may change, of those on which the station is in service. */
export const daysAround = async (
  { generation, now }: Pick<EffectDeps, 'generation' | 'now'>,
  station: Station,
  reset: Pick<CounterReset, 'deviceId' | 'atMs'>,
): Promise<ChinaDay[]> => {
  const own = dayOf(reset.atMs)
  const to = beginningWith(`${addDays(own, REACH_DAYS)}#`).to
  const range = { partition: station.stationId, from: addDays(own, -REACH_DAYS), to }
  const versions = await allRows((cursor) => generation.query({ ...range, cursor }))
  const figures = new Map(newestVersions(versions, ({ day }) => day).map((row) => [row.day, row]))
  return daysTouched(reset, figures, dayOf(now())).filter((day) => inService(station, day))
}

/** What some days around an instant are with the records as they stand, and with those that are meant; from the readings as they are now. */
export const effectOf = async (
  deps: EffectDeps,
  station: Station,
  { days, atMs }: { days: readonly ChinaDay[]; atMs: number },
  records: { standing: readonly CounterReset[]; meant: readonly CounterReset[] },
): Promise<ResetEffect[]> => {
  const partition = station.stationId
  const rows = await allRows((cursor) => deps.devices.queryIndex('byStation', { partition, cursor }))
  const nowMs = deps.now()
  const effects: ResetEffect[] = []
  for (const day of nearestDays(days, atMs, SHOWN_DAYS_MAX)) {
    const read = await readingsOfDay(deps.readings, installationsOn(rows, day), day, nowMs)
    const figureWith = (resets: readonly CounterReset[]) => {
      const devices = read.map((each) => ({
        ...each,
        resets: resets.filter(({ deviceId }) => deviceId === each.device.deviceId),
      }))
      return computeStationDay({ station, day, nowMs, devices }).figure
    }
    const [before, after] = [figureWith(records.standing), figureWith(records.meant)]
    effects.push({
      day,
      beforeWh: before.energyWh,
      afterWh: after.energyWh,
      quality: after.quality,
      devices: after.devices.map(({ deviceId, kind, energyWh }, at) => ({
        deviceId,
        kind,
        beforeWh: before.devices[at]?.energyWh ?? null,
        afterWh: energyWh,
      })),
    })
  }
  return effects
}
