import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { create } from '../../functions/watch-offline.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { at } from '../domain/sunny.ts'
import { aDevice, aStation, COUNTY, day, someRegions } from '../registry.ts'
import { aSettling, rowsOf } from './settling.ts'

const NOON_MS = at('2026-06-01', 12)
const ids = ['ZL1-INV-1', 'ZL1-INV-2']

let tables: SqliteTables

const watch = (atMs = NOON_MS) => create({ ...tables, ...aSettling().ambient })({ atMs })
const spoke = (deviceId: string, lastReceivedAtMs: number, stationId = 'ZL1') =>
  tables.liveness.put({ deviceId, stationId, countyCode: COUNTY, lastReceivedAtMs })
/** The watch has run every minute for hours until a minute before. */
const listened = (untilMs = NOON_MS) =>
  tables.watches.put({ countyCode: COUNTY, ranAtMs: untilMs - MINUTE_MS, listeningSinceMs: untilMs - 5 * HOUR_MS })
const watchRow = async () => (await tables.watches.get({ countyCode: COUNTY }))?.row
const alerts = () => rowsOf(tables.alerts.query({ partition: COUNTY }))
const did = (count: number) => ({ kind: 'done', did: count })

beforeEach(async () => {
  tables = openTables(':memory:')
  await tables.regions.putBatch(someRegions)
  await tables.stations.put(aStation())
  await tables.devices.putBatch(ids.map((deviceId) => aDevice({ deviceId })))
  for (const id of ids) await spoke(id, NOON_MS - MINUTE_MS)
  await listened()
})
afterEach(() => tables.close())

describe('watching', () => {
  test('leaves a station that speaks alone', async () => {
    expect(await watch()).toEqual(did(0))
    expect(await alerts()).toEqual([])
  })

  test('opens one alert for a silent device, once', async () => {
    await spoke('ZL1-INV-1', NOON_MS - 16 * MINUTE_MS)
    expect(await watch()).toEqual(did(1))
    expect(await watch()).toEqual(did(0))
    expect(await watch(NOON_MS + 30_000)).toEqual(did(0))
    expect(await alerts()).toMatchObject([{ kind: 'device_offline', subject: 'ZL1-INV-1', openedAtMs: NOON_MS }])
  })

  test('says how much is silent as long as it is, and nothing when all speak', async () => {
    const said: Record<string, unknown>[] = []
    const ambient = aSettling().ambient
    const log = { ...ambient.log, info: (fields: Record<string, unknown>) => void said.push(fields) }
    const run = (atMs: number) => create({ ...tables, ...ambient, log })({ atMs })
    await run(NOON_MS)
    expect(said).toEqual([])
    await spoke('ZL1-INV-1', NOON_MS - 16 * MINUTE_MS)
    await run(NOON_MS)
    await run(NOON_MS)
    expect(said).toEqual([{ silent: { device_offline: 1 } }, { silent: { device_offline: 1 } }])
    await spoke('ZL1-INV-1', NOON_MS)
    await run(NOON_MS + MINUTE_MS)
    expect(said).toHaveLength(2)
  })

  test('opens it once although two runs of the same minute overlap', async () => {
    await spoke('ZL1-INV-1', NOON_MS - 16 * MINUTE_MS)
    const outcomes = await Promise.all([watch(), watch()])
    expect(outcomes.reduce((sum, { did }) => sum + did, 0)).toBe(1)
    expect(await alerts()).toHaveLength(1)
  })

  test('gathers a silent station into one alert and closes it when a message came', async () => {
    await spoke('ZL1-INV-1', NOON_MS - 16 * MINUTE_MS)
    await watch()
    const laterMs = NOON_MS + 20 * MINUTE_MS
    await listened(laterMs)
    expect(await watch(laterMs)).toEqual(did(2))
    for (const id of ids) await spoke(id, laterMs + MINUTE_MS)
    expect(await watch(laterMs + 2 * MINUTE_MS)).toEqual(did(1))
    expect(await alerts()).toMatchObject([
      { kind: 'device_offline', openedAtMs: NOON_MS, closedAtMs: laterMs },
      { kind: 'station_offline', subject: 'ZL1', openedAtMs: laterMs, closedAtMs: laterMs + MINUTE_MS, deviceIds: ids },
    ])
    expect(await rowsOf(tables.alerts.queryIndex('open', { partition: COUNTY }))).toEqual([])
  })

  test('takes an episode up again when the silence comes back within half an hour, and finds a new one later', async () => {
    await spoke('ZL1-INV-1', NOON_MS - 16 * MINUTE_MS)
    await watch()
    const silentFrom = async (lastMs: number) => {
      await spoke('ZL1-INV-1', lastMs)
      await watch(lastMs + MINUTE_MS)
      const noticedMs = lastMs + 18 * MINUTE_MS
      await spoke('ZL1-INV-2', noticedMs)
      await listened(noticedMs)
      expect(await watch(noticedMs)).toEqual(did(1))
      expect(await watch(noticedMs)).toEqual(did(0))
      return (await alerts()).map(({ openedAtMs, closedAtMs, reopened }) => [openedAtMs, closedAtMs, reopened])
    }
    expect(await silentFrom(NOON_MS + MINUTE_MS)).toEqual([[NOON_MS, undefined, 1]])
    await spoke('ZL1-INV-1', NOON_MS + 20 * MINUTE_MS)
    await listened(NOON_MS + 21 * MINUTE_MS)
    await watch(NOON_MS + 21 * MINUTE_MS)
    expect(await silentFrom(NOON_MS + 60 * MINUTE_MS)).toEqual([
      [NOON_MS, NOON_MS + 20 * MINUTE_MS, 1],
      [NOON_MS + 78 * MINUTE_MS, undefined, undefined],
    ])
  })

  test('takes an episode up once although two runs overlap', async () => {
    await spoke('ZL1-INV-1', NOON_MS - 16 * MINUTE_MS)
    await watch()
    await spoke('ZL1-INV-1', NOON_MS + MINUTE_MS)
    await watch(NOON_MS + 2 * MINUTE_MS)
    await spoke('ZL1-INV-2', NOON_MS + 18 * MINUTE_MS)
    await listened(NOON_MS + 18 * MINUTE_MS)
    const outcomes = await Promise.all([watch(NOON_MS + 18 * MINUTE_MS), watch(NOON_MS + 18 * MINUTE_MS)])
    expect(outcomes.reduce((sum, { did }) => sum + did, 0)).toBe(1)
    expect(await alerts()).toMatchObject([{ reopened: 1 }])
  })

  test('remembers since when it listens, and a break ends that', async () => {
    await tables.watches.delete({ countyCode: COUNTY })
    await watch()
    await watch(NOON_MS + 3 * MINUTE_MS)
    expect(await watchRow()).toEqual({ countyCode: COUNTY, ranAtMs: NOON_MS + 3 * MINUTE_MS, listeningSinceMs: NOON_MS })
    await watch(NOON_MS + 9 * MINUTE_MS)
    expect(await watchRow()).toMatchObject({ listeningSinceMs: NOON_MS + 9 * MINUTE_MS })
  })

  test('blames no station after the platform was down', async () => {
    expect(await watch(NOON_MS + HOUR_MS)).toEqual(did(0))
    expect(await watch(NOON_MS + HOUR_MS + MINUTE_MS)).toEqual(did(0))
  })

  test('leaves a run that comes late to the one that came before it', async () => {
    await watch(NOON_MS + MINUTE_MS)
    await spoke('ZL1-INV-1', NOON_MS - 20 * MINUTE_MS)
    expect(await watch()).toEqual(did(0))
    expect(await watchRow()).toMatchObject({ ranAtMs: NOON_MS + MINUTE_MS })
  })

  test('is done again when it was interrupted', async () => {
    await spoke('ZL1-INV-1', NOON_MS - 16 * MINUTE_MS)
    const broken = { ...tables.alerts, put: async () => Promise.reject(new Error('throttled')) }
    await expect(create({ ...tables, ...aSettling().ambient, alerts: broken })({ atMs: NOON_MS })).rejects.toThrow('throttled')
    expect(await watchRow()).toMatchObject({ ranAtMs: NOON_MS - MINUTE_MS })
    expect(await watch()).toEqual(did(1))
  })

  test('tells once that nothing of a whole county arrives, until something does', async () => {
    for (const stationId of ['ZL2', 'ZL3']) {
      await tables.stations.put(aStation({ stationId }))
      await tables.devices.put(aDevice({ deviceId: `${stationId}-INV-1`, stationId }))
      await spoke(`${stationId}-INV-1`, NOON_MS - MINUTE_MS, stationId)
    }
    for (let minute = 0; minute < 40; minute += 1) await watch(NOON_MS + minute * MINUTE_MS)
    await spoke('ZL2-INV-1', NOON_MS + 40 * MINUTE_MS, 'ZL2')
    expect(await watch(NOON_MS + 40 * MINUTE_MS)).toEqual(did(1))
    expect(await watch(NOON_MS + 41 * MINUTE_MS)).toEqual(did(0))
    const [openedAtMs, closedAtMs] = [NOON_MS + 15 * MINUTE_MS, NOON_MS + 40 * MINUTE_MS]
    expect(await alerts()).toMatchObject([{ kind: 'platform_silent', subject: COUNTY, openedAtMs, closedAtMs }])
  })

  test('is silent at night', async () => {
    expect(await watch(at('2026-06-01', 23))).toEqual(did(0))
  })

  test('keeps stations apart', async () => {
    await tables.stations.put(aStation({ stationId: 'ZL2' }))
    await tables.devices.put(aDevice({ deviceId: 'ZL2-INV-1', stationId: 'ZL2' }))
    await spoke('ZL2-INV-1', NOON_MS - 20 * MINUTE_MS, 'ZL2')
    await watch()
    expect(await alerts()).toMatchObject([{ kind: 'station_offline', stationId: 'ZL2', deviceIds: ['ZL2-INV-1'] }])
  })

  test('leaves stations that are not in service alone, and ends what is still open about them', async () => {
    for (const id of ids) await spoke(id, NOON_MS - 20 * MINUTE_MS)
    await watch()
    await tables.stations.put(aStation({ decommissionedOn: day('2026-06-01') }))
    expect(await watch(NOON_MS + MINUTE_MS)).toEqual(did(1))
    expect(await watch(NOON_MS + 2 * MINUTE_MS)).toEqual(did(0))
    expect(await alerts()).toMatchObject([{ closedAtMs: NOON_MS + MINUTE_MS }])
  })
})
