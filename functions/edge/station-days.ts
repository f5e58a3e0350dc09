import { type ChinaDay, type ChinaMonth, dayOf, daysOfMonth } from '../../domain/calendar.ts'
import { type DayCause, isBackfilled, toldCauses } from '../../domain/day-cause.ts'
import type { StationDay } from '../../domain/energy.ts'
import { equivalentHours, newestVersions, sumKnown } from '../../domain/overview.ts'
import type { Station } from '../../domain/registry.ts'
import { beginningWith } from '../../stores/months.ts'
import { allRows, firstRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { GenerationDay, GenerationView } from '../api-types.ts'
import type { DayCauseView, DayHistory, DayVersion } from '../api-types-days.ts'

/** A station's days as they were computed: a month of them, and every version of one with what made it. */

type DaysDeps = { now: () => number; generation: TableReaderOf<'generation'> }

const VERSIONS_MAX = 50
const NEVER_COMPUTED: Omit<GenerationDay, 'day'> = {
  version: null,
  energyWh: null,
  basis: 'none',
  quality: 'missing',
  coveragePermille: 0,
  findings: [],
  isBackfilled: false,
}

const versionsBetween = (deps: DaysDeps, stationId: string, from: ChinaDay, to: ChinaDay): Promise<StationDay[]> => {
  const range = { partition: stationId, from: `${from}#`, to: `${to}#~` }
  return allRows((cursor) => deps.generation.query({ ...range, ...(cursor && { cursor }) }))
}

/** The newest version of each day, the running figure of today included. */
export const daysOf = async (deps: DaysDeps, stationId: string, from: ChinaDay, to: ChinaDay): Promise<StationDay[]> =>
  newestVersions(await versionsBetween(deps, stationId, from, to), ({ day }) => day)

/** A station's month, day by day. */
export const generationOf = async (deps: DaysDeps, station: Station, month: ChinaMonth): Promise<GenerationView> => {
  const nowMs = deps.now()
  const calendar = daysOfMonth(month).filter((day) => day <= dayOf(nowMs) && day >= station.commissionedOn)
  const [first, last] = [calendar[0], calendar.at(-1)]
  const versions = first && last ? await versionsBetween(deps, station.stationId, first, last) : []
  const computed = newestVersions(versions, (row) => row.day)
  const backfilled = new Set(versions.filter(isBackfilled).map((row) => row.day))
  const byDay = new Map(computed.map((row) => [row.day, row]))
  const days = calendar.map((day): GenerationView['days'][number] => {
    const row = byDay.get(day)
    if (!row) return { ...NEVER_COMPUTED, day }
    const { version, energyWh, basis, quality, coveragePermille, findings } = row
    return {
      day,
      version,
      energyWh,
      basis,
      quality,
      coveragePermille,
      findings: [...findings, ...row.devices.flatMap((device) => device.findings)],
      isBackfilled: backfilled.has(day),
    }
  })
  const energyWh = sumKnown(days.map((day) => day.energyWh))
  return {
    asOfMs: nowMs,
    stationId: station.stationId,
    month,
    energyWh,
    equivalentHours: equivalentHours(energyWh, station.dcCapacityW),
    days,
  }
}

const causeView = ({ about, by, ...cause }: DayCause): DayCauseView => ({ ...cause, about: about ?? null, by: by ?? null })

const versionView = (row: StationDay, before: StationDay | undefined): DayVersion => {
  const { version, computedAtMs, energyWh, basis, quality, coveragePermille, findings, devices } = row
  const beforeWh = before?.energyWh ?? null
  return {
    version,
    computedAtMs,
    energyWh,
    basis,
    quality,
    coveragePermille,
    findings: [...findings, ...devices.flatMap((device) => device.findings)],
    causes: toldCauses(row).map(causeView),
    differenceWh: energyWh === null || beforeWh === null ? null : energyWh - beforeWh,
    devices: devices.map(({ deviceId, kind, energyWh: nowWh, quality: how }) => ({
      deviceId,
      kind,
      energyWh: nowWh,
      quality: how,
      beforeWh: before?.devices.find((device) => device.deviceId === deviceId)?.energyWh ?? null,
    })),
  }
}

/** What a day's figure was and is, and why. The running figure before a final one is what was there while the day ran, no version. */
export const dayHistory = async (
  deps: DaysDeps & { staleDays: TableReaderOf<'staleDays'> },
  { stationId, countyCode }: Station,
  day: ChinaDay,
): Promise<DayHistory> => {
  const range = { partition: stationId, ...beginningWith(`${day}#`), reverse: true }
  const [{ rows }, mark] = await Promise.all([
    firstRows((asked) => deps.generation.query(asked), range, VERSIONS_MAX + 1),
    deps.staleDays.get({ countyCode, stationId, day }),
  ])
  const all = rows.map(({ row }) => row)
  const versions = all.some(({ version }) => version > 0) ? all.filter(({ version }) => version > 0) : all
  const waits = mark !== undefined && mark.row.settledAtMs === undefined
  return {
    asOfMs: deps.now(),
    stationId,
    day,
    versions: versions.slice(0, VERSIONS_MAX).map((row, at) => versionView(row, versions[at + 1])),
    earlier: Math.max(0, (versions[0]?.version ?? 0) - VERSIONS_MAX),
    waiting: waits ? (mark.row.causes ?? [{ code: 'readings' as const, atMs: mark.row.markedAtMs }]).map(causeView) : null,
  }
}
