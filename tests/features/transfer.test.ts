import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fleetOf } from '../../devices/fleet.ts'
import { type GatewayMessage, rounds } from '../../devices/rounds.ts'
import { type ChinaDay, type ChinaMonth, DAY_MS, dayStartMs, monthEndMs, monthStartMs } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import type { VillageView } from '../../functions/api-types.ts'
import { create as computeGeneration } from '../../functions/compute-generation.ts'
import { create as settleStation } from '../../functions/settle-station.ts'
import { create as settleVillage } from '../../functions/settle-village.ts'
import { archiveKey, unpackStationDay } from '../../stores/archive-file.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { openDynamoTables } from '../../stores/dynamodb/table.ts'
import { openFolderArchive } from '../../stores/folder/archive.ts'
import { importSystem, type ImportReport } from '../../stores/import.ts'
import { type TableName, tables as specs } from '../../stores/tables.ts'
import { type ListedFile, readFileList, readManifest, type TransferManifest } from '../../stores/transfer-files.ts'
import { delivered } from '../functions/settling.ts'
import { aDeviceLine, asFiles, someLines } from '../registry-files.ts'
import { createTables, type DynamoServer, startDynamo } from '../stores/dynamodb-server.ts'
import { startWorld, type World } from '../world.ts'

/**
 * A county grows out of one machine: exported, taken in by another one and by the tables of the cloud, and nothing is lost or
 * double, to the reading and to the fen. What arrives after the first export comes by a second one.
 */

const MONTH = '2026-10' as ChinaMonth
const AFTER_MS = monthEndMs(MONTH) + 6 * 3_600_000
const LATE_DAY = '2026-10-20' as ChinaDay
const COUNTY = '341623000000'
const VILLAGES = ['341623105220', '341623105221']

const lines = someLines()
lines['devices.csv'].push(
  aDeviceLine({ device_id: 'KT-INV-1', station_id: 'KT', rated_power_kw: '187.2' }),
  aDeviceLine({ device_id: 'KT-METER', station_id: 'KT', kind: 'meter', rated_power_kw: '187.2', ct_multiplier: '60' }),
)
lines['prices.csv'].push(...lines['prices.csv'].map((price) => ({ ...price, station_id: 'KT' })))
const files = asFiles(lines)
const fleet = fleetOf(parseRegistry(files).rows)

const messagesOf = (fromMs: number, toMs: number): GatewayMessage[] =>
  [...rounds({ fleet, seed: 11, fromMs, toMs, everyMs: 2 * 3_600_000 })].flatMap((round) => round.messages)

const settle = async (world: World): Promise<void> => {
  for (let run = 0; run < 10 && (await world.run('sweep-generation', AFTER_MS)) > 0; run += 1);
  await world.run('sweep-settlement', AFTER_MS)
}

const figuresOf = async (world: World) => {
  const views = await Promise.all(VILLAGES.map((code) => world.call('GET', `/api/villages/${code}?month=${MONTH}`)))
  return views.map(({ body }) => {
    const { generation, statement, allocation } = body as VillageView
    return { generation, statement, allocation }
  })
}

const root = mkdtempSync(join(tmpdir(), 'yangguang-transfer-'))
const folder = join(root, 'export')
const listed = async (of = folder): Promise<ListedFile[]> => {
  const archive = openFolderArchive(of)
  const manifest = await readManifest(archive)
  return manifest ? readFileList(archive, manifest) : []
}
/** What an export says, by file; a log-in of the target stays its own. */
const contentOf = (all: readonly ListedFile[]): string[] =>
  all.filter(({ key }) => !/\/(users|staleDays)-/.test(key)).map(({ key, sha256 }) => `${key} ${sha256}`)

let home: World
let late: GatewayMessage[]
let first: TransferManifest
beforeAll(async () => {
  home = await startWorld({ now: () => AFTER_MS })
  await home.importRegistry(files, fleet.gatewayIds)
  const lateMs = dayStartMs(LATE_DAY)
  const messages = messagesOf(monthStartMs(MONTH), monthEndMs(MONTH))
  late = messages.filter(({ atMs }) => atMs >= lateMs + 8 * 3_600_000 && atMs < lateMs + DAY_MS)
  const twisted = messages
    .filter(({ payload }) => /"acPowerW":[1-9]/.test(payload))
    .slice(0, 1)
    .map((message) => ({ ...message, payload: message.payload.replace(/"acPowerW":\d/g, '$&1') }))
  const bad = messages.slice(0, 1).map((message) => ({ ...message, payload: '{' }))
  await home.publish([...messages.filter((message) => !late.includes(message)), ...twisted, ...bad])
  await settle(home)
  first = (await home.job('export', { folder })) as TransferManifest
}, 120_000)
afterAll(async () => {
  await home.close()
  rmSync(root, { recursive: true })
})

describe('an export', () => {
  test('holds every reading that was stored, both sides of a conflict included, and every row', async () => {
    const { stored, conflict, quarantined } = home.runtime.status().counts
    expect(conflict).toBeGreaterThan(0)
    expect(quarantined).toBe(1)
    expect(first.readings).toBe(stored + conflict)
    expect(first.rows).toMatchObject({
      regions: 5,
      stations: 2,
      devices: 4,
      quarantine: 1,
      persons: 1,
      users: 1,
    })
    expect(first.rows.generation).toBeGreaterThanOrEqual(62)
  })

  test('is for its owner alone, and holds no key that opens the other system', async () => {
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const all = await listed()
    for (const { key } of all) expect(statSync(join(folder, key)).mode & 0o777, key).toBe(0o600)
    expect(all.filter(({ key }) => /Keys|watches/.test(key))).toEqual([])
  })

  test('of a system nothing happened in is the same files again', async () => {
    const before = contentOf(await listed())
    await home.job('export', { folder })
    expect(contentOf(await listed())).toEqual(before)
  })

  test('of one county is all of a system that has only one, but what lies above it', async () => {
    const { rows, readings } = (await home.job('export', { folder: join(root, 'county'), county: COUNTY })) as TransferManifest
    expect(readings).toBe(first.readings)
    expect(rows).toEqual({ ...first.rows, regions: 4, users: 0 })
  })

  test.each([
    ['of another scope', { folder, county: COUNTY }, 'holds the export of the whole system'],
    ['of a county that is not there', { folder: join(root, 'none'), county: '999999000000' }, 'there is no county'],
    ['into a folder of other things', { folder: root }, 'there are other files already'],
  ])('%s is refused', async (_what, ask, why) => {
    writeFileSync(join(root, 'notes.txt'), 'something else')
    await expect(home.job('export', ask)).rejects.toThrow(why)
  })

  test('into a folder that others may read is refused', async () => {
    const open = mkdtempSync(join(root, 'open-'))
    await import('node:fs').then(({ chmodSync }) => chmodSync(open, 0o755))
    await expect(home.job('export', { folder: open })).rejects.toThrow('others may look into')
  })
})

describe('taken in by another machine', () => {
  let away: World
  beforeAll(async () => {
    away = await startWorld({ now: () => AFTER_MS })
  })
  afterAll(async () => away.close())

  test('it is looked at first, and nothing is written', async () => {
    const report = (await away.job('restore', { folder, write: false })) as ImportReport
    expect(report.written).toBe(false)
    expect(report.rows.stations).toMatchObject({ new: 2, same: 0 })
    expect((await away.call('GET', `/api/county?code=${COUNTY}`)).status).toBe(404)
  })

  test('it is not taken in when a file is not as it was exported', async () => {
    const [file] = (await listed()).filter(({ key }) => key.startsWith('readings/'))
    const path = join(folder, file?.key ?? '')
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.with(100, 255 - (bytes[100] ?? 0)))
    await expect(away.job('restore', { folder, write: true })).rejects.toThrow('is not as it was exported; nothing was written')
    writeFileSync(path, bytes)
    expect((await away.call('GET', `/api/county?code=${COUNTY}`)).status).toBe(404)
  })

  test('every statement and allocation is the same, to the fen', async () => {
    const report = (await away.job('restore', { folder, write: true })) as ImportReport
    expect(report).toMatchObject({ written: true, readings: first.readings })
    expect(await figuresOf(away)).toEqual(await figuresOf(home))
    expect((await figuresOf(away))[0]?.statement?.netFen).toBeGreaterThan(0)
  })

  test('what it exports is what came, byte for byte', async () => {
    await away.job('export', { folder: join(root, 'back') })
    expect(contentOf(await listed(join(root, 'back')))).toEqual(contentOf(await listed()))
  })

  test('taken in twice it changes nothing', async () => {
    const { rows, readings } = (await away.job('restore', { folder, write: true })) as ImportReport
    expect(readings).toBe(0)
    expect(Object.values(rows).map((counts) => counts.new + counts.replaced)).toEqual(Object.keys(rows).map(() => 0))
  })

  test('everything computed anew is the same fen', async () => {
    const before = await figuresOf(away)
    const ask = { from: `${MONTH}-01`, to: `${MONTH}-31`, write: true }
    expect(await away.job('backfill', ask)).toMatchObject({ stationDays: 62, changed: 0 })
    await settle(away)
    expect(await figuresOf(away)).toEqual(before)
  })

  test('survives a restart', async () => {
    const before = await figuresOf(away)
    await away.restart()
    expect(await figuresOf(away)).toEqual(before)
    expect(await away.job('export', { folder: join(root, 'back') })).toMatchObject({ readings: first.readings })
  })
})

describe('taken in by the tables of the cloud', () => {
  let dynamo: DynamoServer
  let readings: DuckDbReadingStore
  beforeAll(async () => {
    dynamo = await startDynamo()
    await createTables(dynamo.client, 'pv-')
    readings = await openReadingStore(join(root, 'cloud.duckdb'))
  })
  afterAll(async () => {
    await readings.close()
    await dynamo.close()
  })
  const cloudTables = () => {
    const names = Object.keys(specs) as TableName[]
    return openDynamoTables({ client: dynamo.client, names, tableName: (name) => `pv-${specs[name].name}` })
  }
  const take = (write = true) => {
    const into = { tables: cloudTables(), readings, now: () => AFTER_MS }
    return importSystem(into, { from: openFolderArchive(folder), write })
  }

  test('every row and reading is there, once, and again it changes nothing', async () => {
    const report = await take()
    expect(report.readings).toBe(first.readings)
    expect(Object.fromEntries(Object.entries(report.rows).map(([table, { new: added }]) => [table, added]))).toEqual(first.rows)
    const again = await take()
    expect(again.readings).toBe(0)
    expect(Object.values(again.rows).reduce((sum, { same }) => sum + same, 0)).toBe(
      Object.values(first.rows).reduce((sum, count) => sum + count, 0),
    )
  })

  test('the months of what came are marked, so that what was not settled yet is soon', async () => {
    const { rows } = await cloudTables().staleMonths.queryIndex('pending', { partition: COUNTY, to: `${MONTH}#~` })
    expect(rows.map(({ row: { stationId, month } }) => `${stationId} ${month}`)).toContain(`ZL1 ${MONTH}`)
  })

  test('a settlement computed there from the readings that came is the same fen: no version is added', async () => {
    const tables = cloudTables()
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    const queue = { send: async () => {} }
    const deps = { ...tables, readings, log, count: () => {}, now: () => AFTER_MS }
    const days = Array.from({ length: 31 }, (_, at) => ({ stationId: 'ZL1', day: `${MONTH}-${String(at + 1).padStart(2, '0')}` }))
    const versions = async () =>
      Promise.all([
        tables.generation.query({ partition: 'ZL1' }),
        tables.stationStatements.query({ partition: 'ZL1' }),
        tables.villageStatements.query({ partition: VILLAGES[0] ?? '' }),
        tables.allocations.query({ partition: VILLAGES[0] ?? '' }),
      ])
    const before = await versions()
    const done = { kind: 'done', failed: [] }
    expect(await computeGeneration({ ...deps, queues: {} })(delivered(...days))).toEqual(done)
    expect(
      await settleStation({ ...deps, queues: { 'settle-village': queue } })(delivered({ stationId: 'ZL1', month: MONTH })),
    ).toEqual(done)
    expect(await settleVillage({ ...deps, queues: {} })(delivered({ villageCode: VILLAGES[0], month: MONTH }))).toEqual(done)
    expect(await versions()).toEqual(before)
    expect(before[2].rows[0]?.row.netFen).toBeGreaterThan(0)
  })
})

describe('what arrives after the first export', () => {
  let away: World
  beforeAll(async () => {
    away = await startWorld({ now: () => AFTER_MS })
    await away.job('restore', { folder, write: true })
    // One half of it still reaches the old system, the other half the new one.
    await home.publish(late.slice(0, late.length / 2))
    await settle(home)
    for (const gatewayId of fleet.gatewayIds) await away.importRegistry(files, [gatewayId])
    await away.publish(late.slice(late.length / 2))
  }, 60_000)
  afterAll(async () => away.close())

  test('comes by a second one that reads only what changed', async () => {
    const before = new Map((await listed()).map(({ key, sha256 }) => [key, sha256]))
    await home.job('export', { folder })
    const changed = (await listed()).filter(({ key, sha256 }) => key.startsWith('readings/') && before.get(key) !== sha256)
    expect(changed.map(({ key }) => key)).toEqual(
      ['KT', 'ZL1'].map((stationId) => archiveKey({ countyCode: COUNTY, day: LATE_DAY, stationId })),
    )
  })

  test('joins what the new system has taken in meanwhile: none lost, none double', async () => {
    const halves = [late.slice(0, late.length / 2), late.slice(late.length / 2)]
    const [old = 0] = halves.map((half) => half.reduce((sum, { readings }) => sum + readings, 0))
    expect(await away.job('restore', { folder, write: true })).toMatchObject({ readings: old })
    await away.job('export', { folder: join(root, 'joined') })
    const atMsOf = async (of: string, stationId: string) => {
      const bytes = await openFolderArchive(of).get(archiveKey({ countyCode: COUNTY, day: LATE_DAY, stationId }))
      return unpackStationDay(bytes ?? new Uint8Array()).readings.map(({ deviceId, atMs }) => `${deviceId} ${atMs}`)
    }
    const joined = await atMsOf(join(root, 'joined'), 'ZL1')
    expect(joined).toHaveLength(new Set(joined).size)
    expect(new Set(joined.map((claim) => claim.split(' ')[1])).size).toBe(12)
    expect(joined).toEqual(expect.arrayContaining(await atMsOf(folder, 'ZL1')))
  })

  test('and comes to the same fen as if everything had arrived at the old system', async () => {
    await home.publish(late)
    await Promise.all([settle(home), settle(away)])
    const withoutVersions = async (world: World) =>
      JSON.stringify(await figuresOf(world), (key, value: unknown) => (/version|computedAtMs/i.test(key) ? undefined : value))
    expect(await withoutVersions(away)).toBe(await withoutVersions(home))
  })

  test('a month both have settled differently is refused before anything is written', async () => {
    const again = join(root, 'again')
    await home.job('export', { folder: again })
    const other = await startWorld({ now: () => AFTER_MS })
    await other.importRegistry(files, fleet.gatewayIds)
    await other.publish(late)
    await settle(other)
    const before = await figuresOf(other)
    await expect(other.job('restore', { folder: again, write: true })).rejects.toThrow('has settled for itself')
    expect(await figuresOf(other)).toEqual(before)
    await other.close()
  }, 30_000)
})
