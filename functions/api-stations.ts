import * as z from 'zod'

import { type ChinaDay, dayEndMs, dayOf, dayStartMs, monthOf, parseDay } from '../domain/calendar.ts'
import { meterCurve, powerCurve, SLOT_MS } from '../domain/curve.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { maskName } from '../domain/mask.ts'
import { deviceNow, installedOn, sumKnown } from '../domain/overview.ts'
import type { Device, Station } from '../domain/registry.ts'
import { matches, sortStations, STATION_SORTS } from '../domain/station-list.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { CurveView, DevicesView, GenerationView, StationDetail, StationsPage } from './api-types.ts'
import type { DayHistory } from './api-types-days.ts'
import { alertView, loadFleet, placeOf, stationItem } from './edge/fleet.ts'
import { api, type ApiContext, notFound, parseQuery, problem, scope } from './edge/http.ts'
import { dayParam, monthParam, type OpenRegion, openRegion, regionCodeParam, regionRef } from './edge/region.ts'
import { dayHistory, daysOf, generationOf } from './edge/station-days.ts'
import { offsetOf, pageOf } from './edge/station-pages.ts'
import type { Deps } from './entry.ts'

/**
 * Stations for those who look after them: the list, one station, its day as a curve, its devices, its month, and what became of
 * each of its days and why. No money, no people.
 */

type StationsDeps = Deps<
  'verifyKeys' | 'regions' | 'stations' | 'devices' | 'liveness' | 'generation' | 'staleDays' | 'alerts' | 'readings'
>

const listQuery = z.strictObject({
  county: regionCodeParam.optional(),
  q: z.string().max(64).default(''),
  sort: z.enum(STATION_SORTS).default('name'),
  cursor: z.string().min(1).max(1_000).optional(),
})
const nothing = z.strictObject({})
const curveQuery = z.strictObject({ day: dayParam.optional() })
const generationQuery = z.strictObject({ month: monthParam.optional() })

/** INV-2 before INV-10. */
const byNumber = new Intl.Collator('zh-CN', { numeric: true })

const devicesOf = (deps: StationsDeps, { stationId }: Station): Promise<Device[]> =>
  allRows((cursor) => deps.devices.queryIndex('byStation', { partition: stationId, ...(cursor && { cursor }) }))

const livenessOf = (deps: StationsDeps, { countyCode, stationId }: Station) =>
  allRows((cursor) =>
    deps.liveness.query({
      partition: countyCode,
      from: `${stationId}#`,
      to: `${stationId}#~`,
      ...(cursor && { cursor }),
    }),
  )

const detailOf = async (deps: StationsDeps, station: Station, opened: OpenRegion): Promise<StationDetail> => {
  const nowMs = deps.now()
  const today = dayOf(nowMs)
  const [devices, liveness, days, open] = await Promise.all([
    devicesOf(deps, station),
    livenessOf(deps, station),
    daysOf(deps, station.stationId, today, today),
    allRows((cursor) => deps.alerts.queryIndex('open', { partition: station.countyCode, ...(cursor && { cursor }) })),
  ])
  const openAlerts = open.filter(({ stationId }) => stationId === station.stationId)
  const facts = { devices, liveness, openAlerts, ...(days[0] && { today: days[0] }) }
  return {
    asOfMs: nowMs,
    ...stationItem(station, facts, opened, nowMs),
    countyName: opened.nameOf(station.countyCode),
    villageCode: station.villageCode ?? null,
    latitudeDeg: station.latitudeDeg,
    longitudeDeg: station.longitudeDeg,
    commissionedOn: station.commissionedOn,
    decommissionedOn: station.decommissionedOn ?? null,
    billingAccount: station.billingAccount,
    omOrganisation: station.omOrganisation,
    carer: maskName(station.carer),
    alerts: openAlerts.map((alert) => alertView(alert, () => station.name)),
  }
}

const curveOf = async (deps: StationsDeps, station: Station, day: ChinaDay): Promise<CurveView> => {
  const nowMs = deps.now()
  const installed = installedOn(await devicesOf(deps, station), day)
  const inverters = installed.filter(({ kind }) => kind === 'inverter')
  const meters = installed.filter(({ kind }) => kind === 'meter')
  const span = { fromMs: dayStartMs(day), toMs: dayEndMs(day) }
  const idsOf = (devices: Device[]) => ({ deviceIds: devices.map(({ deviceId }) => deviceId) })
  const [powers, counters] = await Promise.all([
    inverters.length > 0 ? deps.readings.series({ ...span, ...idsOf(inverters) }, ['acPowerW']) : [],
    meters.length > 0 ? deps.readings.series({ ...span, ...idsOf(meters) }, ['exportTotalWh']) : [],
  ])
  const samples = powers.map(({ atMs, values }) => ({ atMs, values: values.acPowerW ?? [] }))
  const { powerW, reporting } = powerCurve(samples, day, nowMs)
  const meterCurves = meters.map(({ deviceId, ctMultiplier, ratedPowerW }) => {
    const series = counters.find((found) => found.deviceId === deviceId)
    return meterCurve({ atMs: series?.atMs ?? [], values: series?.values.exportTotalWh ?? [], ctMultiplier, ratedPowerW }, day)
  })
  const meterW = powerW.map((_, slot) => sumKnown(meterCurves.map((curve) => curve[slot] ?? null)))
  return {
    asOfMs: nowMs,
    stationId: station.stationId,
    day,
    startMs: span.fromMs,
    slotMs: SLOT_MS,
    inverters: inverters.length,
    powerW,
    reporting,
    meterW: meters.length > 0 ? meterW : null,
  }
}

const devicesView = async (deps: StationsDeps, station: Station): Promise<DevicesView> => {
  const nowMs = deps.now()
  const today = dayOf(nowMs)
  const [devices, liveness, days] = await Promise.all([
    devicesOf(deps, station),
    livenessOf(deps, station),
    daysOf(deps, station.stationId, today, today),
  ])
  const seen = new Map(liveness.map((row) => [row.deviceId, row]))
  const energies = new Map(days[0]?.devices.map(({ deviceId, energyWh }) => [deviceId, energyWh]))
  const installed = installedOn(devices, today)
  return {
    asOfMs: nowMs,
    stationId: station.stationId,
    devices: installed
      .sort((a, b) => byNumber.compare(a.deviceId, b.deviceId))
      .map(({ deviceId, kind, ratedPowerW }) => ({
        deviceId,
        kind,
        ratedPowerW,
        ...deviceNow(seen.get(deviceId), nowMs),
        todayWh: energies.get(deviceId) ?? null,
      })),
  }
}

/** The station asked for, or the one answer for those that are elsewhere and those that are nowhere. */
const stationAsked = async (context: ApiContext, deps: StationsDeps): Promise<Station | Response> => {
  const stationId = context.req.param('id') ?? ''
  const station = ID_PATTERN.test(stationId) ? (await deps.stations.get({ stationId }))?.row : undefined
  if (!station || !(await scope(context, 'station', placeOf(station)))) return notFound(context)
  return station
}

const listOf = async (context: ApiContext, deps: StationsDeps): Promise<Response> => {
  const query = parseQuery(context, listQuery)
  if (query instanceof Response) return query
  const opened = await openRegion(context, deps, { code: query.county, resource: 'station' })
  if (opened instanceof Response) return opened
  const ask = { regionCode: opened.region.code, q: query.q.trim(), sort: query.sort }
  const offset = offsetOf(ask, query.cursor)
  if (offset === undefined) return problem(context, 'bad_request', 'cursor: not one of this list')
  const nowMs = deps.now()
  const fleet = await loadFleet(deps, opened, nowMs)
  const found = fleet.stations.map(({ item }) => item).filter((item) => matches(item, ask.q))
  const page = pageOf(ask, sortStations(found, ask.sort), offset)
  return context.json({ asOfMs: nowMs, region: regionRef(opened.region), ...page } satisfies StationsPage)
}

export const create = (deps: StationsDeps) => {
  const app = api(deps)

  app.get('/api/stations', (context) => listOf(context, deps))

  app.get('/api/stations/:id', async (context) => {
    const query = parseQuery(context, nothing)
    if (query instanceof Response) return query
    const station = await stationAsked(context, deps)
    if (station instanceof Response) return station
    const opened = await openRegion(context, deps, { code: placeOf(station), resource: 'station' })
    if (opened instanceof Response) return opened
    return context.json((await detailOf(deps, station, opened)) satisfies StationDetail)
  })

  app.get('/api/stations/:id/curve', async (context) => {
    const query = parseQuery(context, curveQuery)
    if (query instanceof Response) return query
    const station = await stationAsked(context, deps)
    if (station instanceof Response) return station
    const today = dayOf(deps.now())
    const day = query.day ?? today
    if (day > today || day < station.commissionedOn) {
      return problem(context, 'bad_request', 'day: from the day of commissioning to today')
    }
    return context.json((await curveOf(deps, station, day)) satisfies CurveView)
  })

  app.get('/api/stations/:id/devices', async (context) => {
    const query = parseQuery(context, nothing)
    if (query instanceof Response) return query
    const station = await stationAsked(context, deps)
    if (station instanceof Response) return station
    return context.json((await devicesView(deps, station)) satisfies DevicesView)
  })

  app.get('/api/stations/:id/generation', async (context) => {
    const query = parseQuery(context, generationQuery)
    if (query instanceof Response) return query
    const station = await stationAsked(context, deps)
    if (station instanceof Response) return station
    const month = query.month ?? monthOf(deps.now())
    if (month > monthOf(deps.now())) return problem(context, 'bad_request', 'month: not later than this month')
    return context.json((await generationOf(deps, station, month)) satisfies GenerationView)
  })

  app.get('/api/stations/:id/days/:day', async (context) => {
    const query = parseQuery(context, nothing)
    if (query instanceof Response) return query
    const station = await stationAsked(context, deps)
    if (station instanceof Response) return station
    const day = parseDay(context.req.param('day'))
    if (day === undefined || day > dayOf(deps.now()) || day < station.commissionedOn) {
      return problem(context, 'bad_request', 'day: from the day of commissioning to today, YYYY-MM-DD')
    }
    return context.json((await dayHistory(deps, station, day)) satisfies DayHistory)
  })

  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
