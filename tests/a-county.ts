import type { User } from '../domain/access.ts'
import type { AllocationLine } from '../domain/allocation-run.ts'
import { type ChinaDay, dayOf, dayStartMs, daysOfMonth, HOUR_MS, MINUTE_MS, monthOf } from '../domain/calendar.ts'
import type { StationDay } from '../domain/energy.ts'
import type { StatementLine } from '../domain/income.ts'
import type { VillageStatement } from '../domain/village-statement.ts'
import type { Reading } from '../domain/reading.ts'
import type { Device, Region, Station } from '../domain/registry.ts'
import { issueToken, newSigningKey, verifyKeyOf } from '../functions/edge/session.ts'
import type { ReadingStore } from '../stores/readings.ts'
import type { SqliteTables } from '../stores/sqlite/table.ts'
import { aDevice, aStation, COUNTY, day, TOWN } from './registry.ts'
import { aDueRule, aPlan, aShare, aStationDay, month } from './settlement.ts'

/** A whole invented county, seeded into the stores: stations in every state, a month of days, statements and allocations. */

/** 2026-11-22, 12:02 in China. */
export const NOW_MS = Date.UTC(2026, 10, 22, 4, 2)
export const OTHER_COUNTY = '341699000000'
export const OTHER_VILLAGE = '341699105220'
const OTHER_TOWN = '341699105000'
const TOWN_2 = '341623106000'
export const XSS_NAME = '<img src=x onerror=alert(1)>"><svg/onload=alert(2)>\u202e{{7*7}}站'
export const LAST_MONTH = month('2026-10')

export const villageCode = (at: number): string => `${at % 2 === 1 ? '341623105' : '341623106'}${String(200 + at)}`
export const stationId = (at: number): string => `ZL${at}`
/** 户号 of a village's station. */
export const accountOf = (at: number): string => `3400000001${three(at)}`
const three = (at: number) => String(at).padStart(3, '0')

const regionsOf = (villages: number): Region[] => [
  { code: COUNTY, name: '示范县', level: 'county' },
  { code: TOWN, name: '示范镇', level: 'town', parentCode: COUNTY },
  { code: TOWN_2, name: '试点镇', level: 'town', parentCode: COUNTY },
  ...Array.from(
    { length: villages },
    (_, at): Region => ({
      code: villageCode(at + 1),
      name: `示范${three(at + 1)}村`,
      level: 'village',
      parentCode: (at + 1) % 2 === 1 ? TOWN : TOWN_2,
    }),
  ),
  { code: OTHER_COUNTY, name: '邻示县', level: 'county' },
  { code: OTHER_TOWN, name: '邻示镇', level: 'town', parentCode: OTHER_COUNTY },
  { code: OTHER_VILLAGE, name: '邻示村', level: 'village', parentCode: OTHER_TOWN },
]

const stationsOf = (villages: number): Station[] =>
  [
    ...Array.from({ length: villages }, (_, at) =>
      aStation({
        stationId: stationId(at + 1),
        name: at + 1 === 2 ? XSS_NAME : `示范${three(at + 1)}村光伏帮扶电站`,
        villageCode: villageCode(at + 1),
        townCode: (at + 1) % 2 === 1 ? TOWN : TOWN_2,
        billingAccount: accountOf(at + 1),
        latitudeDeg: 33.05 + ((at * 7) % 23) / 60,
        longitudeDeg: 116.1 + ((at * 11) % 29) / 50,
      }),
    ),
    aStation({ stationId: 'KT', name: '示范镇联建光伏帮扶电站', kind: 'joint', dcCapacityW: 1_000_000, villageCode: '' }),
    aStation({
      stationId: 'LS1',
      name: '邻示村电站',
      countyCode: OTHER_COUNTY,
      townCode: OTHER_TOWN,
      villageCode: OTHER_VILLAGE,
    }),
  ].map(({ villageCode: village, ...station }) => (village ? { ...station, villageCode: village } : station))

const devicesOf = ({ stationId, countyCode }: Station): Device[] => [
  ...[1, 2, 3].map((at) => aDevice({ deviceId: `${stationId}-INV-${at}`, stationId, countyCode, gatewayId: `GW-${stationId}` })),
  aDevice({
    deviceId: `${stationId}-METER`,
    kind: 'meter',
    stationId,
    countyCode,
    gatewayId: `GW-${stationId}`,
    ratedPowerW: 200_000,
    ctMultiplier: 40,
  }),
]

/** W of one inverter at an instant of a clear day: nothing before six and after eighteen o'clock. */
export const clearSkyW = (atMs: number): number => {
  const hours = (atMs - dayStartMs(dayOf(atMs))) / HOUR_MS
  return Math.max(0, Math.round(52_000 * Math.sin(((hours - 6) / 12) * Math.PI)))
}

/** Stations 3 to 6 are off the air, short of one inverter, at fault and never seen; the others are well. */
const seedNow = async (tables: SqliteTables, devices: readonly Device[], nowMs: number): Promise<void> => {
  const silent = (deviceId: string) => deviceId.startsWith(`${stationId(3)}-`) || deviceId === `${stationId(4)}-INV-2`
  const seen = devices.filter((device) => device.stationId !== stationId(6))
  await tables.liveness.putBatch(
    seen.map(({ deviceId, stationId: of, countyCode, kind }) => {
      const atMs = silent(deviceId) ? nowMs - 3 * HOUR_MS : nowMs - MINUTE_MS
      const state = deviceId === `${stationId(5)}-INV-1` ? 'fault' : 'running'
      const live = kind === 'inverter' ? { acPowerW: state === 'fault' ? 0 : clearSkyW(atMs), state } : {}
      return { deviceId, stationId: of, countyCode, lastReceivedAtMs: atMs, lastAtMs: atMs, ...live }
    }),
  )
  await tables.alerts.putBatch([
    {
      countyCode: COUNTY,
      stationId: stationId(3),
      kind: 'station_offline',
      subject: stationId(3),
      openedAtMs: nowMs - 2 * HOUR_MS,
      lastSeenAtMs: nowMs - 3 * HOUR_MS,
      deviceIds: [1, 2, 3].map((at) => `${stationId(3)}-INV-${at}`),
    },
    {
      countyCode: COUNTY,
      stationId: stationId(4),
      kind: 'device_offline',
      subject: `${stationId(4)}-INV-2`,
      openedAtMs: nowMs - HOUR_MS,
      deviceIds: [`${stationId(4)}-INV-2`],
    },
    {
      countyCode: COUNTY,
      stationId: stationId(1),
      kind: 'device_offline',
      subject: `${stationId(1)}-INV-1`,
      openedAtMs: nowMs - 50 * HOUR_MS,
      closedAtMs: nowMs - 49 * HOUR_MS,
      deviceIds: [`${stationId(1)}-INV-1`],
    },
  ])
}

/** Energy of a station's day: as weather would have it, the 7th estimated, the 9th unknown. */
export const energyOf = (at: number, on: ChinaDay): number | null =>
  on.endsWith('-09') ? null : 350_000 + ((Number(on.slice(8)) * 7919 + at * 104_729) % 400) * 1_000

const dayOfStation = (station: Station, at: number, on: ChinaDay, today: ChinaDay): StationDay => {
  const energyWh = energyOf(at, on)
  const quality = energyWh === null ? 'missing' : on.endsWith('-07') ? 'estimated' : 'measured'
  return aStationDay({
    stationId: station.stationId,
    countyCode: station.countyCode,
    day: on,
    version: on === today ? 0 : 1,
    energyWh,
    inverterWh: energyWh,
    meterWh: energyWh,
    basis: energyWh === null ? 'none' : 'meter',
    quality,
    coveragePermille: energyWh === null ? 0 : 1_000,
    findings: quality === 'estimated' ? [{ code: 'gap', detail: '3 h' }] : [],
    devices: [1, 2, 3].map((inverter) => ({
      deviceId: `${station.stationId}-INV-${inverter}`,
      kind: 'inverter',
      energyWh: energyWh === null ? null : Math.round(energyWh / 3),
      quality,
      coveragePermille: 1_000,
      readings: 140,
      findings: [],
    })),
  })
}

const fenOf = (energyWh: number, priceE4YuanPerKwh: number) => Math.round((energyWh * priceE4YuanPerKwh) / 100_000)

const linesOf = (of: string, energyWh: number): StatementLine[] => {
  const [from, to] = [day('2026-10-01'), day('2026-10-31')]
  const income = (kind: 'benchmark' | 'subsidy', priceE4YuanPerKwh: number): StatementLine => ({
    stationId: of,
    kind,
    from,
    to,
    energyWh,
    priceE4YuanPerKwh,
    amountFen: fenOf(energyWh, priceE4YuanPerKwh),
    document: '示范价〔2016〕1号',
  })
  const gross = fenOf(energyWh, 3_844) + fenOf(energyWh, 4_656)
  return [
    income('benchmark', 3_844),
    income('subsidy', 4_656),
    { stationId: of, kind: 'land_rent', from, to, amountFen: -41_667, document: '示范租〔2016〕1号' },
    {
      stationId: of,
      kind: 'operation',
      from,
      to,
      rateBp: 290,
      amountFen: -Math.round((gross * 290) / 10_000),
      document: '示范运〔2024〕3号',
    },
  ]
}
const netOf = (lines: readonly StatementLine[]) => lines.reduce((sum, { amountFen }) => sum + amountFen, 0)

const monthWh = (at: number) => daysOfMonth(LAST_MONTH).reduce((sum, on) => sum + (energyOf(at, on) ?? 0), 0)

export const statementOf = (at: number): VillageStatement => {
  const own = linesOf(stationId(at), monthWh(at))
  const joint = at <= 2 ? linesOf('KT', 3_000_000 + at * 2_222_210) : []
  const stations = [
    { stationId: stationId(at), version: 1, lines: own, netFen: netOf(own), provisional: true },
    ...(at <= 2 ? [{ stationId: 'KT', version: 1, lines: joint, netFen: netOf(joint), provisional: false }] : []),
  ]
  const netFen = stations.reduce((sum, station) => sum + station.netFen, 0)
  const base = { villageCode: villageCode(at), countyCode: COUNTY, month: LAST_MONTH, version: 2, computedAtMs: NOW_MS - HOUR_MS }
  return { ...base, stations, netFen, provisional: true }
}

const NAMES = ['甲某某', '乙某', '𠮷某某', '阿某某·某某某', '丁某', '戊某某']

const seedMoney = async (tables: SqliteTables, villages: number): Promise<void> => {
  for (let at = 1; at <= villages; at++) {
    if (at === 7) continue
    const statement = statementOf(at)
    await tables.villageStatements.put({ ...statement, version: 1, netFen: 0, stations: [] })
    await tables.villageStatements.put(statement)
    const where = { villageCode: statement.villageCode, month: LAST_MONTH }
    const persons = NAMES.map((name, person) => ({
      personId: `P${at}-${person}`,
      householdId: `H${at}-${person}`,
      villageCode: where.villageCode,
      name,
    }))
    await tables.persons.putBatch(persons)
    await tables.households.putBatch(
      persons.map(({ householdId, villageCode: of, name }) => ({ householdId, villageCode: of, headName: name })),
    )
    const potFen = statement.netFen
    const reserveFen = Math.floor(potFen / 5)
    const distributedFen = potFen - reserveFen
    const each = Math.floor(distributedFen / persons.length)
    const lines = persons.map(
      ({ personId, householdId }, person): AllocationLine => ({
        ...where,
        runId: 'R1',
        lineId: `L${person}`,
        personId,
        householdId,
        kind: person < 4 ? 'post' : person < 5 ? 'works' : 'reward',
        post: person < 4 ? (['保洁员', '护路员', '护林员', '电站管护员'][person] ?? '') : '',
        weight: 60_000,
        amountFen: each + (person < distributedFen - each * persons.length ? 1 : 0),
      }),
    )
    await tables.allocationLines.putBatch([
      ...lines,
      ...['R0', 'R2'].flatMap((runId) => lines.map((line) => ({ ...line, runId, amountFen: 1 }))),
    ])
    await tables.allocations.put({
      ...where,
      countyCode: COUNTY,
      runId: 'R1',
      computedAtMs: NOW_MS - HOUR_MS,
      statementVersion: 2,
      planVersion: 1,
      potFen,
      reserveFen,
      distributedFen,
      undistributedFen: 0,
      payees: lines.length,
    })
    await tables.plans.put(aPlan({ villageCode: where.villageCode }))
  }
  await tables.shares.putBatch([1, 2].map((at) => aShare({ villageCode: villageCode(at), weight: at * 100 })))
}

const dayReadings = (of: string, on: ChinaDay, nowMs: number): Reading[] => {
  const readings: Reading[] = []
  let wh = 0
  for (let atMs = dayStartMs(on); atMs <= Math.min(nowMs, dayStartMs(on) + 24 * HOUR_MS - 1); atMs += 5 * MINUTE_MS) {
    // A gap of an hour in the morning, on every inverter.
    const hour = (atMs - dayStartMs(on)) / HOUR_MS
    wh += Math.round((clearSkyW(atMs) * 3 * 5) / 60 / 40)
    if (hour >= 9 && hour < 10) continue
    const at = { atMs, receivedAtMs: atMs + 1_000 }
    for (const inverter of [1, 2, 3]) readings.push({ deviceId: `${of}-INV-${inverter}`, ...at, acPowerW: clearSkyW(atMs) })
    readings.push({ deviceId: `${of}-METER`, ...at, exportTotalWh: 1_000_000 + wh })
  }
  return readings
}

/** Seeds everything, for a county of as many villages with one station each, a joint station, and a neighbour county. */
export const seedCounty = async (tables: SqliteTables, readings: ReadingStore, villages = 8, nowMs = NOW_MS): Promise<void> => {
  const stations = stationsOf(villages)
  const devices = stations.flatMap(devicesOf)
  const today = dayOf(nowMs)
  const days = [...daysOfMonth(LAST_MONTH), ...daysOfMonth(monthOf(nowMs)).filter((on) => on <= today)]
  await tables.regions.putBatch(regionsOf(villages))
  await tables.dueRules.put(aDueRule({ countyCode: COUNTY }))
  await tables.stations.putBatch(stations)
  await tables.devices.putBatch(devices)
  await seedNow(tables, devices, nowMs)
  await tables.generation.putBatch(
    stations.flatMap((station, at) =>
      station.stationId === stationId(6) ? [] : days.map((on) => dayOfStation(station, at + 1, on, today)),
    ),
  )
  await seedMoney(tables, villages)
  await tables.quarantine.putBatch(
    Array.from({ length: 60 }, (_, at) => ({
      countyCode: at === 0 ? ('unknown' as const) : at === 1 ? OTHER_COUNTY : COUNTY,
      gatewayId: 'GW-ZL1',
      messageId: `M${at}`,
      index: -1,
      reason: 'schema' as const,
      detail: 'acPowerW: expected number',
      receivedAtMs: nowMs - at * 1_000,
      payloadBase64: Buffer.from(`{"at":${at}}`).toString('base64'),
    })),
  )
  await readings.append(dayReadings(stationId(1), today, nowMs))
  await readings.append(dayReadings(stationId(2), today, nowMs))
}

/** A token of somebody, good for 15 minutes from `nowMs`; its key is put where the functions verify it. */
export const tokenOf = async (
  tables: SqliteTables,
  who: Partial<Pick<User, 'role' | 'regionCode'>>,
  nowMs = NOW_MS,
): Promise<string> => {
  const signingKey = await newSigningKey('current', nowMs)
  await tables.verifyKeys.put(verifyKeyOf(signingKey))
  const principal = { userName: 'a-user', role: 'county_officer' as const, regionCode: COUNTY, ...who }
  return (await issueToken({ signingKey, principal, nowMs })).token
}
