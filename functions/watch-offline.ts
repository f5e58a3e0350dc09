import type { Alert, AlertKind } from '../domain/alert.ts'
import { dayOf } from '../domain/calendar.ts'
import { watchCounty } from '../domain/county-watch.ts'
import { CLOSED_MATTERS_MS } from '../domain/episode.ts'
import { inService } from '../domain/generation-work.ts'
import { allRows, type Page, type Range, type Versioned } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Opens and closes the alerts about what is silent, judged as of `atMs` from signs of life, so a skipped run
 * is made good by the next and a doubled one changes nothing: an episode is identified by when it was opened, and a row somebody
 * else has changed meanwhile is left to the next run. While anything is silent each run logs how much is, which on AWS is the figure
 * an alarm looks at.
 */

type WatchDeps = Deps<'regions' | 'stations' | 'devices' | 'liveness', 'alerts' | 'watches'>

const everyRow = <Row extends object>(query: (range: Range) => Promise<Page<Row>>, range: Range): Promise<Row[]> =>
  allRows((cursor) => query({ ...range, cursor }))

/** With their versions, so that what was judged is what is replaced. */
const everyVersion = <Row extends object>(query: (range: Range) => Promise<Page<Row>>, range: Range): Promise<Versioned<Row>[]> =>
  allRows(async (cursor) => {
    const page = await query({ ...range, cursor })
    return { ...page, rows: page.rows.map((found) => ({ row: found, version: found.version })) }
  })

/** Everything a county is judged by. */
const loadCounty = async (deps: WatchDeps, countyCode: string, atMs: number) => {
  const all = { partition: countyCode }
  const lately = { ...all, from: String(atMs - CLOSED_MATTERS_MS).padStart(15, '0') }
  const watch = await deps.watches.get({ countyCode })
  // Closed ones first: an episode another run takes up again meanwhile is then seen twice, and not missed.
  const closed = await everyVersion((range) => deps.alerts.queryIndex('closed', range), lately)
  const [open, stations, devices, liveness] = await Promise.all([
    everyVersion((range) => deps.alerts.queryIndex('open', range), all),
    everyRow((range) => deps.stations.queryIndex('byCounty', range), all),
    everyRow((range) => deps.devices.queryIndex('byCounty', range), all),
    everyRow((range) => deps.liveness.query(range), all),
  ])
  return { watch, open, closed, devices, liveness, stations: stations.filter((station) => inService(station, dayOf(atMs))) }
}

const idOf = ({ kind, subject, openedAtMs }: Alert): string => `${openedAtMs}#${kind}#${subject}`
const rowsOf = <Row>(found: readonly Versioned<Row>[]): Row[] => found.map(({ row }) => row)

/** `did` is how many alerts of a county began or ended, `open` what is silent now. */
type Run = { did: number; open: Alert[] }

const watch = async (deps: WatchDeps, countyCode: string, atMs: number): Promise<Run> => {
  const { watch: before, open, closed, ...county } = await loadCounty(deps, countyCode, atMs)
  const alerts = { open: rowsOf(open), closed: rowsOf(closed) }
  const watched = watchCounty({ countyCode, ...county, ...alerts, before: before?.row, nowMs: atMs })
  if (!watched) return { did: 0, open: alerts.open }

  const versions = new Map([...closed, ...open].map(({ row, version }) => [idOf(row), version]))
  let did = 0
  for (const alert of watched.changes) {
    const version = versions.get(idOf(alert))
    if ((await deps.alerts.put(alert, version === undefined ? 'absent' : { version })) === 'written') did += 1
  }
  // Last, so that an interrupted run is done again; a conflict means that another run of the same moment came first.
  await deps.watches.put(watched.watch, before ? { version: before.version } : 'absent')
  const after = new Map([...alerts.open, ...watched.changes].map((alert) => [idOf(alert), alert]))
  return { did, open: [...after.values()].filter(({ closedAtMs }) => closedAtMs === undefined) }
}

export const create =
  (deps: WatchDeps): Handler<ScheduleTrigger> =>
  async ({ atMs }) => {
    let did = 0
    const silent: Partial<Record<AlertKind, number>> = {}
    for (const { code } of await everyRow((range) => deps.regions.queryIndex('byLevel', range), { partition: 'county' })) {
      const run = await watch(deps, code, atMs)
      did += run.did
      for (const { kind } of run.open) silent[kind] = (silent[kind] ?? 0) + 1
    }
    if (Object.keys(silent).length > 0) deps.log.info({ silent }, 'silent')
    return { kind: 'done', did }
  }

export const handler = onAws('schedule', create)
