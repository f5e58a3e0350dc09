import * as z from 'zod'

import { parseMonth } from '../domain/calendar.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { maskName } from '../domain/mask.ts'
import { linesOfRun } from '../stores/runs.ts'
import type { Trace } from './api-types-trace.ts'
import { onAws } from './edge/aws.ts'
import { api, type ApiContext, notFound, parseQuery } from './edge/http.ts'
import { dayParam, openRegion, regionRef } from './edge/region.ts'
import { chainOf } from './edge/trace-chain.ts'
import { traceDay } from './edge/trace-day.ts'
import type { Deps } from './entry.ts'

/**
 * 溯源: where a payee's fen comes from. From the line of a run to its pot, the village's statement, each station's line and the village's
 * part of it, the station's month, one of its days, and the readings of that day; every joint worked out again on the spot. Whoever
 * may see the village's households may ask; a line of elsewhere answers as one that is nowhere. Names are masked.
 */

type TraceDeps = Deps<
  | 'verifyKeys'
  | 'regions'
  | 'stations'
  | 'devices'
  | 'counterResets'
  | 'shares'
  | 'prices'
  | 'incomes'
  | 'deductions'
  | 'regionDeductions'
  | 'vatRules'
  | 'slips'
  | 'generation'
  | 'readings'
  | 'stationStatements'
  | 'villageStatements'
  | 'restatements'
  | 'allocations'
  | 'allocationLines'
  | 'persons'
>

const LINE = /^(\d{12})\.(\d{4}-\d{2})\.(.{1,200})$/
const traceQuery = z.strictObject({
  run: z.string().min(1).max(200).optional(),
  station: z.string().regex(ID_PATTERN).optional(),
  day: dayParam.optional(),
})

/** The line asked for, of a village that the person may see; with its run when that is the one that counts. */
const lineAsked = async (context: ApiContext, deps: TraceDeps, run: string | undefined) => {
  const [, villageCode = '', monthText = '', lineId = ''] = LINE.exec(context.req.param('line') ?? '') ?? []
  const month = parseMonth(monthText)
  if (month === undefined) return notFound(context)
  const opened = await openRegion(context, deps, { code: villageCode, resource: 'household' })
  if (opened instanceof Response) return opened
  const of = { villageCode, month }
  const allocation = (await deps.allocations.get(of))?.row
  if (!allocation || opened.region.level !== 'village') return notFound(context)
  const runId = run ?? allocation.runId
  const lines = await linesOfRun(deps, of, runId)
  const line = lines.find((each) => each.lineId === lineId)
  if (!line) return notFound(context)
  return { opened, of, line, run: runId === allocation.runId ? { allocation, lines, line } : undefined }
}

const trace = (deps: TraceDeps) => async (context: ApiContext) => {
  const query = parseQuery(context, traceQuery)
  if (query instanceof Response) return query
  const asked = await lineAsked(context, deps, query.run)
  if (asked instanceof Response) return asked
  const { opened, of, line, run } = asked
  const person = (await deps.persons.get({ villageCode: of.villageCode, personId: line.personId }))?.row
  const head = {
    asOfMs: deps.now(),
    village: regionRef(opened.region),
    month: of.month,
    lineId: line.lineId,
    payee: maskName(person?.name ?? ''),
    amountFen: line.amountFen,
    isCounted: run !== undefined,
  }
  const nothing = { isSame: false, steps: [], stations: [], stationId: null, days: [], day: null }
  // Of a run that another has followed only its lines are left: the row that said what it divided names the new one.
  if (!run) return context.json({ ...head, ...nothing } satisfies Trace)

  const statement = (await deps.villageStatements.get({ ...of, version: run.allocation.statementVersion }))?.row
  const { steps, stations } = await chainOf(deps, run, statement)
  const looked = stations.find(({ station }) => station.stationId === query.station) ?? stations[0]
  const days = looked?.statement.days ?? []
  const chosen = days.find(({ day }) => day === query.day) ?? days.find(({ energyWh }) => (energyWh ?? 0) > 0)
  const below = looked && chosen ? await traceDay(deps, looked.station, chosen) : undefined
  const all = below ? [...steps, below.step] : steps
  return context.json({
    ...head,
    isSame: all.every(({ isSame }) => isSame !== false),
    steps: all,
    stations: stations.map(({ station, statement: { version } }) => ({
      stationId: station.stationId,
      name: station.name,
      version,
    })),
    stationId: looked?.station.stationId ?? null,
    days,
    day: below && chosen ? { day: chosen.day, version: chosen.version, devices: below.devices } : null,
  } satisfies Trace)
}

export const create = (deps: TraceDeps) => {
  const app = api(deps)
  app.get('/api/trace/:line', trace(deps))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
