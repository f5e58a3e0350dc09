import * as z from 'zod'

import { addDays, type ChinaDay, type ChinaMonth, monthOfDay } from '../../domain/calendar.ts'
import { formatFraction, parseFraction } from '../../domain/fraction.ts'
import type { RegionCode, Share, Station } from '../../domain/registry.ts'
import { monthsToSettle } from '../../domain/settlement-work.ts'
import { changeVillages, partsOf, setOn, shareRows, type VillageShare } from '../../domain/share-set.ts'
import { settledMonths } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import type { Deps } from '../entry.ts'
import { type ApiContext, notFound, parseBody, problem, scope } from './http.ts'
import { dayParam, regionCodeParam } from './region.ts'

/**
 * Sets of shares as they stand in the registry: an import may not leave a village of a set out unsaid, and villages that merge or
 * divide get a new set from a day on. Sets of earlier days, and so the months before that day, are never touched.
 */

type PartInWords = { villageCode: RegionCode; share: string }
/** POST /api/registry/shares/change : what villages that merge or divide mean for joint stations, from a day on. */
export type ShareChangeView = {
  written: boolean
  stations: {
    stationId: string
    name: string
    /** Parts in words, `2/175` or `62.5 %`. */
    before: PartInWords[]
    after: PartInWords[]
    /** Settled months since that day, which are settled again; months before it stay as they are. */
    settledAgain: ChinaMonth[]
  }[]
  /** Stations that belong to one of the leaving villages whole: no set of shares can hand those on. */
  wholeStations: { stationId: string; name: string }[]
}

type ShareDeps = Deps<'verifyKeys' | 'stationStatements', 'regions' | 'stations' | 'shares', 'settle-station'>

const sharesOfStation = (deps: Pick<ShareDeps, 'shares'>, stationId: string): Promise<Share[]> =>
  allRows((cursor) => deps.shares.query({ partition: stationId, cursor }))

/** A village that an imported set no longer names, though the set stored for the same day gives it a part: the two would add up. */
export const leftOutOfSets = async (deps: Pick<ShareDeps, 'shares'>, shares: readonly Share[]): Promise<Share | undefined> => {
  const named = new Set(shares.map(({ stationId, validFrom, villageCode }) => `${stationId}#${validFrom}#${villageCode}`))
  const sets = new Set(shares.map(({ stationId, validFrom }) => `${stationId}#${validFrom}`))
  for (const stationId of new Set(shares.map((share) => share.stationId))) {
    const left = (await sharesOfStation(deps, stationId)).find(
      ({ validFrom, villageCode, weight }) =>
        weight > 0 && sets.has(`${stationId}#${validFrom}`) && !named.has(`${stationId}#${validFrom}#${villageCode}`),
    )
    if (left) return left
  }
  return undefined
}

const partCell = z
  .string()
  .max(64)
  .transform((text, context) => {
    const part = parseFraction(text)
    if (part) return part
    context.addIssue('write an exact part: 1/1, 1/3 or 62.5%')
    return z.NEVER
  })

const changeSchema = z.strictObject({
  dryRun: z.boolean(),
  validFrom: dayParam,
  document: z.string().min(1).max(200),
  from: z.array(regionCodeParam).min(1).max(50),
  to: z
    .array(z.strictObject({ villageCode: regionCodeParam, share: partCell }))
    .min(1)
    .max(50),
})
type Change = z.output<typeof changeSchema>

type Changed = { station: Station; before: VillageShare[]; after: VillageShare[]; rows: Share[]; months: ChinaMonth[] }

const sameRow = (a: Share, b: Share): boolean =>
  a.villageCode === b.villageCode && a.weight === b.weight && a.weightTotal === b.weightTotal && a.document === b.document

/** One station's new set; the reason when it cannot be made, undefined when none of the villages has a part in it by then. */
const changeOf = async (deps: ShareDeps, station: Station, change: Change): Promise<Changed | string | undefined> => {
  const { stationId } = station
  const shares = await sharesOfStation(deps, stationId)
  const before = partsOf(setOn(shares, addDays(change.validFrom, -1)))
  const changed = changeVillages(before, change)
  if (changed.kind === 'unchanged') return undefined
  if (changed.kind === 'refused') return changed.detail
  const rows = shareRows(changed.shares, { ...change, stationId })
  if ('refused' in rows) return `${stationId}: ${rows.refused}`
  const later = shares.filter(({ validFrom }) => validFrom >= change.validFrom)
  // A change that was written in part is completed by asking for it again.
  const isOurs = (share: Share): boolean => share.validFrom === change.validFrom && rows.some((row) => sameRow(row, share))
  const other = later.find((share) => !isOurs(share))
  if (other)
    return `${stationId} has a set of shares from ${other.validFrom} on already: choose a later day, or import that set anew.`
  const since = monthsToSettle(deps.now()).filter((month) => month >= monthOfDay(change.validFrom))
  const months = await settledMonths(deps.stationStatements, stationId, since)
  return { station, before, after: changed.shares, rows, months }
}

const inWords = (shares: readonly VillageShare[]): PartInWords[] =>
  shares.map(({ villageCode, share }) => ({ villageCode, share: formatFraction(share) }))

const viewOf = (changes: readonly Changed[], own: readonly Station[], written: boolean): ShareChangeView => ({
  written,
  stations: changes.map(({ station, before, after, months }) => ({
    stationId: station.stationId,
    name: station.name,
    before: inWords(before),
    after: inWords(after),
    settledAgain: months,
  })),
  wholeStations: own.map(({ stationId, name }) => ({ stationId, name })),
})

const isVillage = async (deps: ShareDeps, code: RegionCode): Promise<boolean> =>
  (await deps.regions.get({ code }))?.row.level === 'village'

/** Every joint station in which one of the villages has ever had a part, and the stations they own whole. */
const stationsConcerned = async (deps: ShareDeps, from: readonly RegionCode[]) => {
  const rows = await Promise.all(
    from.map(async (partition) => ({
      shares: await allRows((cursor) => deps.shares.queryIndex('byVillage', { partition, cursor })),
      own: await allRows((cursor) => deps.stations.queryIndex('byVillage', { partition, cursor })),
    })),
  )
  const ids = [...new Set(rows.flatMap(({ shares }) => shares.map(({ stationId }) => stationId)))].toSorted()
  const found = await Promise.all(ids.map(async (stationId) => (await deps.stations.get({ stationId }))?.row))
  return { joint: found.filter((station) => station !== undefined), own: rows.flatMap(({ own }) => own) }
}

/** Villages that merge or divide from a day on: a new set of shares for every joint station they have a part in, dry run first. */
export const changeShares = (deps: ShareDeps) => async (context: ApiContext) => {
  const change = await parseBody(context, changeSchema)
  if (change instanceof Response) return change
  const named = [...change.from, ...change.to.map(({ villageCode }) => villageCode)]
  for (const code of new Set(named)) if (!(await scope(context, 'registry', code))) return notFound(context)
  for (const { villageCode } of change.to)
    if (!(await isVillage(deps, villageCode))) return problem(context, 'bad_request', 'to: only villages have shares')

  const { joint, own } = await stationsConcerned(deps, change.from)
  const changes: Changed[] = []
  for (const station of joint) {
    if (!(await scope(context, 'registry', station.countyCode))) return notFound(context)
    const changed = await changeOf(deps, station, change)
    if (typeof changed === 'string') return problem(context, 'conflict', changed)
    if (changed) changes.push(changed)
  }
  if (changes.length === 0)
    return problem(context, 'conflict', 'None of these villages has a part in a joint station on that day.')
  if (!change.dryRun) await write(deps, changes, change.validFrom)
  return context.json(viewOf(changes, own, !change.dryRun))
}

const write = async (deps: ShareDeps, changes: readonly Changed[], validFrom: ChinaDay): Promise<void> => {
  await deps.shares.putBatch(changes.flatMap(({ rows }) => rows))
  const work = changes.flatMap(({ station: { stationId }, months }) => months.map((month) => ({ stationId, month })))
  if (work.length > 0) await deps.queues['settle-station'].send(work)
  deps.log.info({ stations: changes.length, validFrom }, 'shares changed')
}
