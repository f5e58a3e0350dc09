import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { User } from '../../domain/access.ts'
import { addDays, dayOf, dayStartMs } from '../../domain/calendar.ts'
import type { Archive } from '../../stores/archive.ts'
import { archiveKey, packStationDay, unpackStationDay } from '../../stores/archive-file.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { type ExportFrom, exportSystem } from '../../stores/export.ts'
import { openFolderArchive } from '../../stores/folder/archive.ts'
import { importSystem } from '../../stores/import.ts'
import type { ImportInto } from '../../stores/import-rows.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { type TableName, tables as specs } from '../../stores/tables.ts'
import { readFileList, readManifest } from '../../stores/transfer-files.ts'
import { TABLES_IN_ORDER } from '../../stores/transfer-scope.ts'
import { anEvent } from '../a-plan-life.ts'
import { NOW_MS, OTHER_COUNTY, OTHER_VILLAGE, seedCounty } from '../a-county.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { aDevice, aGateway, aStation, COUNTY, day, someRegions, TOWN, aResetRecord } from '../registry.ts'
import { anOpening, aReceipt, aTransfer } from '../receipts.ts'
import { aDeduction, aDueRule, anIncome, aPrice, aRegionDeduction, aStationDay, aVatRule } from '../settlement.ts'
import { aSlip, aWithdrawal } from '../slips.ts'

const DAY = dayOf(NOON_MS)

/** One side of a transfer. */
type Side = { folder: string; tables: SqliteTables; readings: DuckDbReadingStore; archive: Archive; close: () => Promise<void> }
const aSide = async (): Promise<Side> => {
  const folder = mkdtempSync(join(tmpdir(), 'transfer-'))
  const tables = openTables(join(folder, 'tables.db'))
  const readings = await openReadingStore(join(folder, 'readings.duckdb'))
  const close = async (): Promise<void> => {
    await readings.close()
    tables.close()
    rmSync(folder, { recursive: true })
  }
  return { folder, tables, readings, archive: openFolderArchive(join(folder, 'archive')), close }
}

let home: Side
let away: Side
beforeEach(async () => {
  home = await aSide()
  away = await aSide()
})
afterEach(async () => Promise.all([home.close(), away.close()]))

const exportFolder = () => openFolderArchive(join(home.folder, 'export'))
const exportHome = (over: Partial<ExportFrom> = {}, county?: string) => {
  const { tables, readings, archive } = home
  const from = { tables, readings, archive, now: () => NOW_MS, ...over }
  return exportSystem(from, { to: exportFolder(), ...(county !== undefined && { county }) })
}
const take = (over: Partial<ImportInto> = {}) => {
  const { tables, readings, archive } = away
  return importSystem({ tables, readings, archive, now: () => NOW_MS, ...over }, { from: exportFolder(), write: true })
}
const rowsIn = ({ folder }: Side, table: TableName): string[] => {
  const database = new DatabaseSync(join(folder, 'tables.db'))
  const rows = database.prepare(`SELECT body FROM "${specs[table].name}"`).all()
  database.close()
  return rows.map(({ body }) => String(body)).sort()
}
const readingsOf = ({ readings }: Side, deviceIds: readonly string[]) =>
  readings.list({ deviceIds, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, 10_000)

/** A station, its device and a settled mark on a day. */
const seedStation = async (side: Side): Promise<void> => {
  await side.tables.regions.putBatch(someRegions)
  await side.tables.stations.put(aStation())
  await side.tables.gateways.put(aGateway())
  await side.tables.devices.put(aDevice())
  await side.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: DAY, markedAtMs: 1, settledAtMs: 2 })
}

const someUser: User = { userName: 'user', role: 'operator', regionCode: COUNTY, passwordHash: 'none', disabled: false }

/** The mark that an import leaves on the day. */
const aMovedMark = (atMs: number) => ({
  countyCode: COUNTY,
  stationId: 'ZL1',
  day: DAY,
  markedAtMs: atMs,
  causes: [{ code: 'moved', atMs }],
})

describe('every row', () => {
  /** What the seeded county has none of, and regions and people in unusual places. */
  const seedTheRest = async ({ tables }: Side): Promise<void> => {
    await tables.regions.putBatch([
      { code: '340000000000', name: '示范省', level: 'province' },
      { code: '341600000000', name: '示范市', level: 'city', parentCode: '340000000000' },
      { code: '341698105001', name: '并入村', level: 'village', parentCode: TOWN },
      { code: '341698105009', name: '无主村', level: 'village', parentCode: '341698105000' },
    ])
    await tables.households.putBatch(
      ['341698105001', '341698105009'].map((villageCode) => ({ householdId: 'H1', villageCode, headName: '示范户甲' })),
    )
    await tables.users.putBatch(
      ['000000000000', '340000000000', '341600000000', COUNTY, OTHER_VILLAGE, '341698105001', '341698105009'].map(
        (regionCode, at) => ({
          ...someUser,
          userName: `user-${at}`,
          regionCode,
        }),
      ),
    )
    await tables.gateways.put(aGateway({ countyCode: OTHER_COUNTY }))
    await tables.prices.put(aPrice())
    await tables.moneyRecords.putBatch([aReceipt(), aTransfer(), anOpening()])
    await tables.payeeAccounts.put({
      villageCode: '341698105001',
      personId: 'P1',
      accountNumber: '6200000000000005',
      accountName: '示范甲',
      recordedBy: 'user',
      recordedAtMs: 1,
    })
    await tables.deliveries.put({ villageCode: '341698105001', countyCode: COUNTY, month: '2026-10' as never, deliveredAtMs: 1 })
    const photo = {
      villageCode: '341698105001',
      countyCode: COUNTY,
      month: '2026-10' as never,
      photoId: 'F1',
      type: 'image/png',
    } as const
    await tables.noticePhotos.put({ ...photo, base64: 'AAAA', takenBy: 'user', takenAtMs: 1 })
    await tables.bankFiles.put({
      villageCode: '341698105001',
      countyCode: COUNTY,
      fileId: 'F1',
      kind: 'export',
      paymentId: '2026-10.payment.0001',
      month: '2026-10' as never,
      rows: 1,
      amountFen: 1,
      by: 'user',
      atMs: 1,
    })
    await tables.counterResets.putBatch([aResetRecord({ withdrawnBy: 'user', withdrawnAtMs: 2 }), aResetRecord({ revision: 2 })])
    await tables.acknowledgements.put({
      stationId: 'ZL1',
      countyCode: COUNTY,
      day: DAY,
      deviceId: 'ZL1-INV-1',
      code: 'conflict',
      findingAtMs: null,
      detail: 'D',
      reason: '示范',
      acknowledgedBy: 'user',
      acknowledgedAtMs: 1,
    })
    const closed = { countyCode: COUNTY, month: '2026-10' as never }
    await tables.closings.put({ ...closed, state: 'closed', requestedBy: 'officer', requestedAtMs: 1, blockers: [] })
    await tables.restatements.put({ ...closed, villageCode: '341698105001', version: 1, computedAtMs: 1 } as never)
    await tables.deductions.put(aDeduction())
    await tables.incomes.put(anIncome())
    await tables.regionDeductions.put(aRegionDeduction())
    await tables.vatRules.put(aVatRule())
    await tables.dueRules.put(aDueRule())
    await tables.slips.putBatch([aSlip(), aWithdrawal()])
    const villageCode = '341698105001'
    await tables.memberships.put({ villageCode, personId: 'P1', householdId: 'H1', validFrom: DAY })
    await tables.planEvents.put(anEvent({ villageCode }))
    const recorded = { recordedBy: 'an-accountant', recordedAtMs: 1 }
    await tables.attendance.put({ villageCode, month: '2026-10' as never, version: 1, entries: [], document: 'D', ...recorded })
    const rule = { kind: 'notice_days' as const, count: 10, clause: '一', document: 'D' }
    await tables.policyRules.put({ countyCode: COUNTY, validFrom: DAY, ...rule })
    const judged = { countyCode: COUNTY, day: DAY }
    await tables.assessments.put({ ...judged, stationId: 'ZL1' } as Parameters<typeof tables.assessments.put>[0])
    await tables.countyDays.put({ ...judged, part: 0 } as Parameters<typeof tables.countyDays.put>[0])
    await tables.performanceLimits.put({ countyCode: COUNTY } as Parameters<typeof tables.performanceLimits.put>[0])
    await tables.stationStatements.put({
      stationId: 'ZL1',
      countyCode: COUNTY,
      month: '2026-10',
      version: 1,
      computedAtMs: 1,
    } as Parameters<typeof tables.stationStatements.put>[0])
    await tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: DAY, markedAtMs: 1, settledAtMs: 2 })
  }

  test('of a whole system is found without a scan, and arrives as it was', async () => {
    await seedCounty(home.tables, home.readings, 3)
    await seedTheRest(home)
    const { rows } = await exportHome()
    const there = Object.fromEntries(TABLES_IN_ORDER.map((table) => [table, rowsIn(home, table).length]))
    expect(rows).toEqual(there)
    expect(Object.values(there).filter((count) => count === 0)).toEqual([])
    await take()
    for (const table of TABLES_IN_ORDER.filter((each) => each !== 'users')) {
      expect(rowsIn(away, table), table).toEqual(rowsIn(home, table))
    }
  })

  test('of a log-in comes as it was, but shut out when it oversaw more than a county', async () => {
    await seedCounty(home.tables, home.readings, 3)
    await seedTheRest(home)
    await home.tables.users.put({ ...someUser, userName: 'user-9', disabled: true })
    await exportHome()
    await take()
    const here = rowsIn(home, 'users').map((row) => JSON.parse(row) as User)
    const overseers = ['user-0', 'user-1', 'user-2', 'user-6']
    const expected = here.map((user) => ({ ...user, disabled: user.disabled || overseers.includes(user.userName) }))
    const arrived = () => rowsIn(away, 'users').map((row) => JSON.parse(row) as User)
    expect(new Set(arrived())).toEqual(new Set(expected))
    const [user] = arrived().filter(({ userName }) => userName === 'user-0')
    await away.tables.users.put({ ...(user ?? someUser), disabled: false })
    await take()
    expect(arrived().find(({ userName }) => userName === 'user-0')).toMatchObject({ disabled: false })
  })

  test('of one county comes without its neighbour, without what is above and with what has moved into it', async () => {
    await seedCounty(home.tables, home.readings, 3)
    await seedTheRest(home)
    await exportHome({}, COUNTY)
    await take()
    const text = TABLES_IN_ORDER.flatMap((table) => rowsIn(away, table)).join('\n')
    expect(text).toContain('341698105001')
    expect(text).not.toContain(OTHER_COUNTY)
    expect(text).not.toContain('341698105009')
    expect(rowsIn(away, 'users').map((row) => (JSON.parse(row) as { userName: string }).userName)).toEqual(['user-3', 'user-5'])
  })

  test('comes except for keys and watches', async () => {
    await seedStation(home)
    await home.tables.signingKeys.put({ keyId: 'current', jwk: 'secret', createdAtMs: 1 })
    await home.tables.verifyKeys.put({ keyId: 'current', jwk: 'public', createdAtMs: 1 })
    await home.tables.watches.put({ countyCode: COUNTY, ranAtMs: 1, listeningSinceMs: 1 })
    await exportHome()
    await take()
    for (const table of ['signingKeys', 'verifyKeys', 'watches'] as const) expect(rowsIn(away, table)).toEqual([])
  })
})

describe('every reading', () => {
  test('comes that the store has let go and the archive holds, and lies in the archive there too', async () => {
    await seedStation(home)
    const [expired, kept] = [aReading(), aReading({ atMs: NOON_MS + 1 })]
    const place = { countyCode: COUNTY, stationId: 'ZL1', day: DAY }
    await home.archive.put(archiveKey(place), packStationDay({ ...place, readings: [expired] }))
    await home.readings.append([kept])
    expect((await exportHome()).readings).toBe(2)
    const later = () => NOW_MS + 60 * 86_400_000
    await take({ now: later })
    expect(await readingsOf(away, ['ZL1-INV-1'])).toEqual([expired, kept])
    expect(unpackStationDay((await away.archive.get(archiveKey(place))) ?? new Uint8Array()).readings).toEqual([expired, kept])
    expect((await away.tables.staleDays.get(place))?.row.archivedAtMs).toBe(later())
    // What then expires there is no reason to take it in once more, but a new store in its place is.
    const empty = await openReadingStore(join(away.folder, 'expired.duckdb'))
    const { append, list, conflicts } = empty
    const expiring = { append, list, conflicts, wholeSinceMs: () => NOON_MS + 1 }
    expect((await take({ readings: expiring, now: later })).readings).toBe(1)
    expect(await readingsOf({ ...away, readings: empty }, ['ZL1-INV-1'])).toEqual([kept])
    expect((await take({ readings: empty, now: later })).readings).toBe(1)
    await empty.close()
  })

  test('of a day that grows old enough for the archive during an import is archived by its schedule', async () => {
    await seedStation(home)
    await home.readings.append([aReading()])
    await exportHome()
    const place = { countyCode: COUNTY, stationId: 'ZL1', day: DAY }
    let nowMs = dayStartMs(addDays(DAY, 46)) - 1
    await take({ now: () => nowMs++ })
    expect(await away.archive.get(archiveKey(place))).toBeUndefined()
    expect((await away.tables.staleDays.get(place))?.row).not.toHaveProperty('archivedAtMs')
  })

  test('stays in the archive when its schedule and an import write one file at once', async () => {
    await seedStation(home)
    await home.readings.append([aReading()])
    await exportHome()
    await seedStation(away)
    const place = { countyCode: COUNTY, stationId: 'ZL1', day: DAY }
    await away.readings.append([aReading(), aReading({ atMs: NOON_MS + 1 })])
    const later = () => NOW_MS + 60 * 86_400_000
    const { put, ...reader } = away.archive
    const meanwhile = async (...[key, bytes]: Parameters<Archive['put']>): Promise<void> => {
      const mark = await away.tables.staleDays.get(place)
      if (mark) await away.tables.staleDays.put({ ...mark.row, archivedAtMs: later() })
      await put(key, bytes)
    }
    await take({ archive: { ...reader, put: meanwhile }, now: later })
    expect((await away.tables.staleDays.get(place))?.row, 'archived anew').toEqual(aMovedMark(later()))
    await away.tables.staleDays.put({ ...place, markedAtMs: 1, settledAtMs: 2, archivedAtMs: 3 })
    await take({ now: later })
    expect((await away.tables.staleDays.get(place))?.row, 'and once').toHaveProperty('archivedAtMs')
  })

  test('comes of a device that has moved, and of one the corrected registry places nowhere', async () => {
    await seedStation(home)
    await home.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await home.tables.devices.putBatch([
      aDevice({ deviceId: 'MOVED', validTo: DAY }),
      aDevice({ deviceId: 'MOVED', stationId: 'ZL2', gatewayId: 'GW-ZL2', validFrom: DAY }),
      aDevice({ deviceId: 'LOST', validTo: addDays(DAY, -1) }),
    ])
    const all = ['LOST', 'MOVED', 'ZL1-INV-1'].map((deviceId) => aReading({ deviceId }))
    await home.readings.append(all)
    expect((await exportHome()).readings).toBe(3)
    await take()
    expect(await readingsOf(away, ['LOST', 'MOVED', 'ZL1-INV-1'])).toEqual(all)
  })

  test('is there once when an import that failed in the middle is done again', async () => {
    await seedStation(home)
    const days = Array.from({ length: 12 }, (_, at) => addDays(DAY, -at))
    const all = days.map((_, at) => aReading({ atMs: NOON_MS - at * 86_400_000 })).reverse()
    await home.readings.append(all)
    await home.tables.staleDays.putBatch(
      days.map((each) => ({ countyCode: COUNTY, stationId: 'ZL1', day: each, markedAtMs: 1, settledAtMs: 2 })),
    )
    await exportHome()
    let appends = 0
    const failing = {
      append: async (batch: Parameters<DuckDbReadingStore['append']>[0]) => {
        appends += 1
        if (appends === 6) throw new Error('the disk is full')
        return away.readings.append(batch)
      },
      list: away.readings.list,
      conflicts: away.readings.conflicts,
    }
    await expect(take({ readings: failing })).rejects.toThrow('the disk is full')
    expect(rowsIn(away, 'regions'), 'no schedule finds a county before all of it is there').toEqual([])
    expect((await take()).readings).toBeLessThan(12)
    expect(await readingsOf(away, ['ZL1-INV-1'])).toEqual(all)
    expect(rowsIn(away, 'regions')).toHaveLength(someRegions.length)
  })

  test('that arrives while it is exported comes or waits for the next, and its day travels as not computed', async () => {
    await seedStation(home)
    await home.readings.append([aReading()])
    const place = { countyCode: COUNTY, stationId: 'ZL1', day: DAY }
    const arriving = {
      conflicts: home.readings.conflicts,
      list: async (...ask: Parameters<DuckDbReadingStore['list']>) => {
        const found = await home.readings.list(...ask)
        await home.readings.append([aReading({ atMs: NOON_MS + 7 })])
        await home.tables.staleDays.put({ ...place, markedAtMs: 3, settledAtMs: 4 })
        return found
      },
    }
    await exportHome({ readings: arriving })
    await take()
    expect((await away.tables.staleDays.get(place))?.row).toEqual({ ...place, markedAtMs: 3 })
    await exportHome()
    expect((await take()).readings).toBe(1)
    expect(await readingsOf(away, ['ZL1-INV-1'])).toHaveLength(2)
  })
})

describe('a second export into the same folder', () => {
  test('asks the store only for days whose mark is another', async () => {
    await seedStation(home)
    await home.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: addDays(DAY, 1), markedAtMs: 1, settledAtMs: 2 })
    await home.readings.append([aReading(), aReading({ atMs: NOON_MS + 86_400_000 })])
    const asked: number[] = []
    const counting = {
      conflicts: home.readings.conflicts,
      list: async (...ask: Parameters<DuckDbReadingStore['list']>) => {
        asked.push(ask[0].fromMs)
        return home.readings.list(...ask)
      },
    }
    await exportHome({ readings: counting })
    expect(asked).toHaveLength(2)
    await home.readings.append([aReading({ atMs: NOON_MS + 1 })])
    await home.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: DAY, markedAtMs: 3 })
    const { readings } = await exportHome({ readings: counting })
    expect([asked.length, readings]).toEqual([3, 3])
  })
})

describe('an export into the folder of another system', () => {
  test('takes no day of the other for its own, though their marks have been written as often', async () => {
    await seedStation(home)
    await home.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: DAY, markedAtMs: 2, settledAtMs: 3 })
    await home.readings.append([aReading()])
    await exportHome()
    await take()
    await away.readings.append([aReading({ atMs: NOON_MS + 1 })])
    await away.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: DAY, markedAtMs: 4 })
    expect((await exportHome(away)).readings).toBe(2)
  })
})

describe('an export whose records this end has otherwise', () => {
  test.each([
    ['moneyRecords', async ({ tables }: Side, amountFen: number) => tables.moneyRecords.put(aTransfer({ amountFen }))],
    ['counterResets', async ({ tables }: Side, startWh: number) => tables.counterResets.put(aResetRecord({ startWh }))],
  ])('%s is refused before anything is written', async (table, record) => {
    await seedStation(home)
    await home.readings.append([aReading()])
    await record(home, 1)
    await record(away, 2)
    await exportHome()
    await expect(take()).rejects.toThrow(`1 of ${table}; nothing was written`)
    expect(rowsIn(away, 'stations')).toEqual([])
    await record(away, 1)
    expect((await take()).readings).toBe(1)
  })
})

describe('an export that was cut short', () => {
  test('is refused until it has run to its end', async () => {
    await seedStation(home)
    await home.readings.append([aReading()])
    await expect(take()).rejects.toThrow('it holds no finished export')
    await exportHome()
    await home.readings.append([aReading({ atMs: NOON_MS + 1 })])
    await home.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: DAY, markedAtMs: 3 })
    const failing = { ...home.tables, persons: { ...home.tables.persons, query: async () => Promise.reject(new Error('no')) } }
    await expect(exportHome({ tables: failing })).rejects.toThrow('no')
    await expect(take()).rejects.toThrow(/is not as it was exported; nothing was written/)
    await exportHome()
    expect((await take()).readings).toBe(2)
  })

  test.each([
    ['a file is gone', 'is missing'],
    ['the list is another', 'is not the one of the manifest'],
    ['the manifest is another', 'is not that of an export'],
  ])('or in which %s writes nothing', async (what, why) => {
    await seedStation(home)
    await home.readings.append([aReading()])
    await exportHome()
    const archive = exportFolder()
    const manifest = await readManifest(archive)
    const [file] = manifest ? await readFileList(archive, manifest) : []
    if (what.startsWith('a file')) rmSync(join(home.folder, 'export', file?.key ?? ''))
    else await archive.put(what.startsWith('the list') ? 'files.ndjson.gz' : 'manifest.json', new Uint8Array([123, 125]))
    await expect(take()).rejects.toThrow(why)
    expect(TABLES_IN_ORDER.flatMap((table) => rowsIn(away, table))).toEqual([])
  })
})

describe('a day that has been computed here', () => {
  const figure = (energyWh: number, computedAtMs: number) => aStationDay({ day: day(DAY), energyWh, computedAtMs })
  test('with another figure is kept and computed anew; with the same figure it is left alone', async () => {
    const place = { countyCode: COUNTY, stationId: 'ZL1', day: DAY }
    const put = async ({ tables }: Side, energyWh: number) => tables.generation.put(figure(energyWh, 1))
    for (const side of [home, away]) await seedStation(side)
    await put(home, 100)
    await put(away, 100)
    await exportHome()
    await take()
    expect((await away.tables.staleDays.get(place))?.row).toHaveProperty('settledAtMs')
    await put(away, 90)
    expect((await take()).rows.generation).toMatchObject({ kept: 1, replaced: 0 })
    expect((await away.tables.generation.get({ ...place, version: 1 }))?.row.energyWh).toBe(90)
    expect((await away.tables.staleDays.get(place))?.row).toEqual(aMovedMark(NOW_MS))
  })
})
