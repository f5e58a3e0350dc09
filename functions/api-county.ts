import * as z from 'zod'

import type { Alert } from '../domain/alert.ts'
import { addMonths, dayOf, monthOf } from '../domain/calendar.ts'
import { sumKnown } from '../domain/overview.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { AlertsPage, CountyIncome, CountyView, RegionChoices } from './api-types.ts'
import { alertsPage } from './edge/alert-pages.ts'
import { alertView, type Fleet, loadFleet, placeOf } from './edge/fleet.ts'
import { api, type ApiContext, parseQuery, problem, scope } from './edge/http.ts'
import { monthParam, type OpenRegion, openRegion, regionChoices, regionCodeParam, regionRef } from './edge/region.ts'
import { statementsOfCountyMonth } from '../stores/months.ts'
import type { Deps } from './entry.ts'

/**
 * A region at a glance, asked for every few seconds by every open dashboard: few queries, and every sum says what it covers.
 * Any region in scope will do, not only a county. Power comes from signs of life, energy from computed station-days.
 */

type CountyDeps = Deps<
  'verifyKeys' | 'regions' | 'stations' | 'devices' | 'liveness' | 'generation' | 'alerts' | 'villageStatements'
>

const ALERTS_SHOWN_MAX = 100

const overviewQuery = z.strictObject({ code: regionCodeParam.optional() })
const alertsQuery = z.strictObject({ code: regionCodeParam.optional(), cursor: z.string().min(1).max(500).optional() })
const incomeQuery = z.strictObject({ code: regionCodeParam.optional(), month: monthParam.optional() })

const count = <Item>(items: readonly Item[], holds: (item: Item) => boolean): number => items.filter(holds).length
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

const overviewOf = (fleet: Fleet, opened: OpenRegion, nowMs: number): CountyView => {
  const items = fleet.stations.map(({ item }) => item)
  const energies = items.map(({ todayWh }) => todayWh)
  const names = new Map(items.map(({ stationId, name }) => [stationId, name]))
  return {
    asOfMs: nowMs,
    region: regionRef(opened.region),
    dcCapacityW: total(items.map(({ dcCapacityW }) => dcCapacityW)),
    power: {
      acPowerW: sumKnown(items.map(({ power }) => power.acPowerW)),
      known: total(items.map(({ power }) => power.known)),
      of: total(items.map(({ power }) => power.of)),
    },
    today: {
      day: dayOf(nowMs),
      energyWh: sumKnown(energies),
      known: count(energies, (energy) => energy !== null),
      of: items.length,
    },
    inverters: {
      online: total(items.map(({ invertersOnline }) => invertersOnline)),
      of: total(items.map(({ inverters }) => inverters)),
    },
    stations: { online: count(items, ({ invertersOnline }) => invertersOnline > 0), of: items.length },
    openAlerts: fleet.alerts.length,
    alerts: fleet.alerts.slice(0, ALERTS_SHOWN_MAX).map((alert) => alertView(alert, (stationId) => names.get(stationId))),
    tiles: fleet.stations.map(({ station, item }) => ({
      stationId: station.stationId,
      name: station.name,
      status: item.status,
      latitudeDeg: station.latitudeDeg,
      longitudeDeg: station.longitudeDeg,
      dcCapacityW: station.dcCapacityW,
      acPowerW: item.power.acPowerW,
      inverters: item.inverters,
      invertersOnline: item.invertersOnline,
    })),
  }
}

const alertsOf = async (
  deps: CountyDeps,
  opened: OpenRegion,
  cursor: string | undefined,
): Promise<Omit<AlertsPage, 'asOfMs'> | undefined> => {
  const { countyCode, region } = opened
  const stations = await allRows((next) =>
    deps.stations.queryIndex('byCounty', { partition: countyCode, ...(next && { cursor: next }) }),
  )
  const held = await Promise.all(stations.map((station) => opened.holds(placeOf(station))))
  const names = new Map(stations.filter((_, at) => held[at]).map(({ stationId, name }) => [stationId, name]))
  const holds = ({ stationId }: Alert): boolean => stationId === undefined || names.has(stationId)
  const page = await alertsPage(deps.alerts, { countyCode, regionCode: region.code, holds }, cursor)
  return page && { ...page, alerts: page.alerts.map((alert) => alertView(alert, (stationId) => names.get(stationId))) }
}

const incomeOf = async (deps: CountyDeps, opened: OpenRegion, month: CountyIncome['month']): Promise<CountyIncome> => {
  const rows = await statementsOfCountyMonth(deps.villageStatements, opened.countyCode, month)
  const villages = new Set(opened.villages.map(({ code }) => code))
  const statements = rows.filter(({ villageCode }) => villages.has(villageCode))
  return {
    month,
    villages: { known: statements.length, of: villages.size },
    netFen: sumKnown(statements.map(({ netFen }) => netFen)),
    provisional: statements.some(({ provisional }) => provisional),
  }
}

export const create = (deps: CountyDeps) => {
  const app = api(deps)
  const open = (context: ApiContext, code: string | undefined) => openRegion(context, deps, { code, resource: 'station' })

  app.get('/api/county', async (context) => {
    const query = parseQuery(context, overviewQuery)
    if (query instanceof Response) return query
    const opened = await open(context, query.code)
    if (opened instanceof Response) return opened
    const nowMs = deps.now()
    return context.json(overviewOf(await loadFleet(deps, opened, nowMs), opened, nowMs) satisfies CountyView)
  })

  app.get('/api/county/choices', async (context) => {
    const regions = await regionChoices(context, deps)
    return context.json({ regions: regions.map(regionRef) } satisfies RegionChoices)
  })

  app.get('/api/county/alerts', async (context) => {
    const query = parseQuery(context, alertsQuery)
    if (query instanceof Response) return query
    const opened = await open(context, query.code)
    if (opened instanceof Response) return opened
    const page = await alertsOf(deps, opened, query.cursor)
    if (!page) return problem(context, 'bad_request', 'cursor: not one of this list')
    return context.json({ asOfMs: deps.now(), ...page } satisfies AlertsPage)
  })

  app.get('/api/county/income', async (context) => {
    const query = parseQuery(context, incomeQuery)
    if (query instanceof Response) return query
    const opened = await open(context, query.code)
    if (opened instanceof Response) return opened
    if (!(await scope(context, 'income', opened.region.code))) {
      return problem(context, 'forbidden', 'Income is for village accountants and officers.')
    }
    const month = query.month ?? addMonths(monthOf(deps.now()), -1)
    return context.json((await incomeOf(deps, opened, month)) satisfies CountyIncome)
  })

  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
