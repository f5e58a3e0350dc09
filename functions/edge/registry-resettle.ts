import type { ChinaMonth } from '../../domain/calendar.ts'
import type { RegistryRows } from '../../domain/registry-import.ts'
import { monthsToSettle, type StationMonthWork, type VillageMonthWork } from '../../domain/settlement-work.ts'
import { settledMonths } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import type { Deps } from '../entry.ts'

/** What an import means for months already settled. */

type ResettleDeps = Deps<
  'stations' | 'stationStatements' | 'villageStatements' | 'staleMonths',
  never,
  'settle-station' | 'settle-village'
>

/** Statements of so many stations or villages are in memory at once. */
const READS_AT_ONCE = 25

const inTurns = async <Of, Work>(all: readonly Of[], workOf: (one: Of) => Promise<Work[]>): Promise<Work[]> => {
  const work: Work[] = []
  for (let at = 0; at < all.length; at += READS_AT_ONCE) {
    work.push(...(await Promise.all(all.slice(at, at + READS_AT_ONCE).map(workOf))).flat())
  }
  return work
}

/** Marked months wait for what the registry lacked, a price perhaps: the sweep alone would try them again within the hour. */
const markedMonths = async ({ staleMonths }: ResettleDeps, stationId: string, months: readonly ChinaMonth[]) => {
  const range = { partition: stationId, from: months.at(-1), to: months[0] }
  const marks = await allRows((cursor) => staleMonths.query({ ...range, cursor }))
  return marks.filter(({ settledAtMs }) => settledAtMs === undefined).map(({ month }) => month)
}

/** Plans divide the months of their own year alone. */
const yearsByVillage = (plans: RegistryRows['plans']): [string, Set<string>][] => {
  const grouped = Map.groupBy(plans, ({ villageCode }) => villageCode)
  return [...grouped].map(([villageCode, own]) => [villageCode, new Set(own.map(({ year }) => String(year)))])
}

/** The imported stations, and all of counties whose own deductions or tax rules are imported. */
const stationsConcerned = async (
  { stations }: ResettleDeps,
  rows: Pick<RegistryRows, 'stations' | 'regionDeductions' | 'vatRules'>,
): Promise<string[]> => {
  const regions = rows.regionDeductions.map(({ regionCode }) => regionCode)
  const counties = new Set([...regions, ...rows.vatRules.map(({ countyCode }) => countyCode)])
  const ofCounties = await inTurns([...counties], (partition) =>
    allRows((cursor) => stations.queryIndex('byCounty', { partition, cursor })),
  )
  return [...new Set([...rows.stations, ...ofCounties].map(({ stationId }) => stationId))]
}

/**
 * Sends every month of the imported stations that has a statement or a mark, of the last fourteen, to settle-station, which passes
 * it on to the villages; and the settled months of the villages of imported plans, memberships and deductions to settle-village. So a
 * corrected price, share, deduction or plan becomes a new version where it changes anything, and where it does not nothing is written. To be called once the rows
 * are written: an import that stops in between is completed by the same import again. A month with neither is the sweep's.
 */
export const resettle = async (
  deps: ResettleDeps,
  rows: Pick<RegistryRows, 'stations' | 'regionDeductions' | 'vatRules' | 'plans' | 'memberships'>,
): Promise<{ stationMonths: number; villageMonths: number }> => {
  const { plans, memberships } = rows
  const months = monthsToSettle(deps.now())
  const stationWork = await inTurns(await stationsConcerned(deps, rows), async (stationId): Promise<StationMonthWork[]> => {
    const settled = await settledMonths(deps.stationStatements, stationId, months)
    const marked = await markedMonths(deps, stationId, months)
    return [...new Set([...settled, ...marked])].map((month) => ({ stationId, month }))
  })
  const moved = new Set([
    ...memberships.map(({ villageCode }) => villageCode),
    ...rows.regionDeductions.map(({ regionCode }) => regionCode),
  ])
  const years = new Map([...[...moved].map((villageCode) => [villageCode, new Set<string>()] as const), ...yearsByVillage(plans)])
  const villageWork = await inTurns([...years], async ([villageCode, planYears]): Promise<VillageMonthWork[]> => {
    const planned = months.filter((month) => moved.has(villageCode) || planYears.has(month.slice(0, 4)))
    const settled = await settledMonths(deps.villageStatements, villageCode, planned)
    return settled.map((month) => ({ villageCode, month }))
  })
  if (stationWork.length > 0) await deps.queues['settle-station'].send(stationWork)
  if (villageWork.length > 0) await deps.queues['settle-village'].send(villageWork)
  return { stationMonths: stationWork.length, villageMonths: villageWork.length }
}
