import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { FIRST_QUANTITIES } from '../../domain/reading.ts'
import { appendReadings } from '../../stores/duckdb/append.ts'
import { openDatabase } from '../../stores/duckdb/database.ts'
import { createReader } from '../../stores/duckdb/queries.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import type { Fate } from '../../stores/readings.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { type OpenedStore, readingStoreContract } from './reading-store.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'yangguang-readings-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const aPath = (): string => {
  files += 1
  return join(folder, `${files}.duckdb`)
}

const openAt = async (path: string): Promise<OpenedStore> => {
  const store = await openReadingStore(path)
  const reopen = async (): Promise<OpenedStore> => {
    await store.close()
    return openAt(path)
  }
  return { store, reopen, close: store.close }
}

readingStoreContract('duckdb', () => openAt(aPath()))

const deviceId = 'ZL1-INV-1'
const at = (count: number) => aReading({ deviceId, atMs: NOON_MS + count * 1_000, acPowerW: count })
const everything = { deviceIds: [deviceId], fromMs: NOON_MS, toMs: NOON_MS + 86_400_000 }
const stored = async (store: DuckDbReadingStore): Promise<number[]> =>
  (await store.series(everything, ['acPowerW']))[0]?.values.acPowerW?.map(Number) ?? []

/** The files as a crash leaves them: one reading in the database, `appends` of three readings each in its write-ahead log. */
const crashed = async (appends: number): Promise<string> => {
  const path = aPath()
  const copy = aPath()
  const store = await openReadingStore(path)
  await store.append([at(0)])
  await store.checkpoint()
  for (let count = 1; count <= appends; count += 1) await store.append([at(count * 10), at(count * 10 + 1), at(count * 10 + 2)])
  for (const end of ['', '.wal', '.rows']) copyFileSync(path + end, copy + end)
  await store.close()
  return copy
}

/** A file as the first release made it: no quantity that came later has a column. */
const anOldFile = async (): Promise<string> => {
  const path = aPath()
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  const isWhole = (quantity: string) => quantity.endsWith('Wh')
  const columns = FIRST_QUANTITIES.map((quantity) => `"${quantity}" ${isWhole(quantity) ? 'BIGINT' : 'DOUBLE'}`).join(', ')
  const table = `(device_number INTEGER NOT NULL, at_ms BIGINT NOT NULL, received_at_ms BIGINT NOT NULL, ${columns}, state UTINYINT, extras VARCHAR)`
  await connection.run('CREATE TABLE devices (device_number INTEGER NOT NULL, device_id VARCHAR NOT NULL)')
  for (const name of ['readings', 'conflicts']) await connection.run(`CREATE TABLE ${name} ${table}`)
  await connection.run(`INSERT INTO devices VALUES (0, '${deviceId}')`)
  const nulls = FIRST_QUANTITIES.slice(1).map(() => 'NULL')
  const row = (count: number, powerW: number) =>
    `(0, ${NOON_MS + count * 1_000}, ${NOON_MS + 1_000}, ${[powerW, ...nulls].join(', ')}, 1, NULL)`
  await connection.run(`INSERT INTO readings VALUES ${row(0, 0)}, ${row(1, 1)}`)
  await connection.run(`INSERT INTO conflicts VALUES ${row(1, 7)}`)
  connection.closeSync()
  instance.closeSync()
  return path
}

describe('a duckdb file of before irradiance was measured', () => {
  test('is opened, keeps what it holds, and takes in the new quantity', async () => {
    const path = await anOldFile()
    for (const opening of [1, 2]) {
      const store = await openReadingStore(path)
      const old = aReading({ deviceId, atMs: NOON_MS, acPowerW: 0, energyTotalWh: undefined, state: 'running' })
      expect(await store.append([old, { ...at(2), irradianceWPerM2: 812.5 }])).toEqual(
        opening === 1 ? ['duplicate', 'stored'] : ['duplicate', 'duplicate'],
      )
      expect(await store.append([{ ...at(2), irradianceWPerM2: 900 }])).toEqual([opening === 1 ? 'conflict' : 'duplicate'])
      expect(await store.series(everything, ['acPowerW', 'irradianceWPerM2'])).toEqual([
        { deviceId, atMs: [NOON_MS], values: { acPowerW: [0], irradianceWPerM2: [null] } },
      ])
      const claims = (await store.conflicts(everything)).map(({ readings }) => readings.map((each) => each.irradianceWPerM2))
      expect(claims).toEqual([[undefined, undefined], expect.arrayContaining([812.5, 900])])
      await store.close()
    }
  })
})

describe('a duckdb file', () => {
  test('opens once in this process, whatever its path is called', async () => {
    const path = aPath()
    const store = await openReadingStore(path)
    await expect(openReadingStore(path.replace('.duckdb', '.duckdb/../') + path.split('/').at(-1))).rejects.toThrow()
    await expect(openReadingStore(join(folder, '.', path.split('/').at(-1) ?? ''))).rejects.toThrow(/already open/)
    await store.close()
    await (await openReadingStore(path)).close()
  })

  test('refuses use after it was closed, and closing twice is closing once', async () => {
    const store = await openReadingStore(aPath())
    await Promise.all([store.close(), store.close()])
    await expect(store.append([at(1)])).rejects.toThrow(/closed/)
    await expect(store.series(everything, [])).rejects.toThrow(/closed/)
  })

  test('closing lets what was asked before finish', async () => {
    const path = aPath()
    const store = await openReadingStore(path)
    const appended = store.append([at(1)])
    await store.close()
    expect(await appended).toEqual(['stored'])
  })

  test('a refused batch leaves nothing behind and the store as it was', async () => {
    const store = await openReadingStore(aPath())
    const bad = { ...at(2), energyTotalWh: 0.5 }
    await expect(store.append([at(1), bad])).rejects.toThrow(RangeError)
    expect(await store.append([at(1)])).toEqual(['stored'])
    await store.close()
  })

  test('a batch that fails half way is rolled back', async () => {
    const store = await openReadingStore(aPath())
    await store.append([at(1), aReading({ deviceId: 'OTHER' })])
    const unwritable = { ...at(3), faultCodes: [1n as unknown as string] }
    await expect(store.append([at(1), at(2), { ...at(1), acPowerW: 9 }, unwritable])).rejects.toThrow(TypeError)
    expect(await store.conflicts(everything)).toEqual([])
    expect(await stored(store)).toEqual([1])
    expect(await store.append([at(1), at(2)])).toEqual(['duplicate', 'stored'])
    await store.close()
  })

  test('a commit that happened although it failed is not forgotten', async () => {
    const { writer, reader, devices, kept, close } = await openDatabase(aPath(), { memoryLimitMb: 100, threads: 1 })
    const failing = Object.create(writer, {
      run: {
        value: async (sql: string) => {
          const result = await writer.run(sql)
          if (sql === 'COMMIT') throw new Error('the disk went away')
          return result
        },
      },
    }) as typeof writer
    const committed = () => undefined
    await expect(appendReadings({ connection: failing, devices, kept, committed }, [at(1), at(2)])).rejects.toThrow('went away')
    const fates = await appendReadings({ connection: writer, devices, kept, committed }, [at(1), at(2), at(3)])
    expect(fates).toEqual(['duplicate', 'duplicate', 'stored'])
    expect((await createReader(reader, devices, kept).list(everything, 10)).length).toBe(3)
    await close()
  })

  test('what a checkpoint covered needs no write-ahead log', async () => {
    const path = aPath()
    const store = await openReadingStore(path)
    await store.append([at(1)])
    const slowRead = store.list(everything, 10)
    await store.append([at(2)])
    await store.checkpoint()
    await slowRead
    const copy = aPath()
    copyFileSync(path, copy)
    await store.close()
    const restored = await openReadingStore(copy)
    expect(await stored(restored)).toEqual([1, 2])
    expect(restored.walSetAside).toBe(false)
    await restored.close()
  })

  test('an undamaged write-ahead log is replayed whole', async () => {
    const store = await openReadingStore(await crashed(3))
    expect(store.walSetAside).toBe(false)
    expect(await stored(store)).toEqual([0, 10, 11, 12, 20, 21, 22, 30, 31, 32])
    await store.close()
  })
})

describe('a damaged write-ahead log', () => {
  /** Opens a damaged copy: what it says must be true, and appending everything again must bring everything back. */
  const expectRepair = async (path: string): Promise<void> => {
    const store = await openReadingStore(path)
    const all = [at(0), at(10), at(11), at(12), at(20), at(21), at(22)]
    expect(store.walSetAside).toBe(true)
    expect((await stored(store)).length).toBeLessThan(all.length)
    const fates: Fate[] = await store.append(all)
    expect(fates).not.toContain('conflict')
    expect(await stored(store)).toEqual([0, 10, 11, 12, 20, 21, 22])
    await store.close()
    const again = await openReadingStore(path)
    expect(again.walSetAside).toBe(false)
    expect(await stored(again)).toHaveLength(7)
    await again.close()
  }

  test('cut off anywhere, it is noticed and what it lost can come again', async () => {
    const original = await crashed(2)
    const log = readFileSync(`${original}.wal`)
    for (const share of [0, 0.01, 0.3, 0.5, 0.8, 0.999]) {
      const path = aPath()
      for (const end of ['', '.wal', '.rows']) copyFileSync(original + end, path + end)
      truncateSync(`${path}.wal`, Math.floor(log.length * share))
      await expectRepair(path)
    }
  })

  test('with one flipped bit anywhere, it is noticed and what it lost can come again', async () => {
    const original = await crashed(2)
    const log = readFileSync(`${original}.wal`)
    for (const place of [0, 5, 49, 53, Math.floor(log.length / 2), log.length - 100, log.length - 1]) {
      const path = aPath()
      for (const end of ['', '.rows']) copyFileSync(original + end, path + end)
      const flipped = Buffer.from(log)
      flipped.writeUInt8((flipped[place] ?? 0) ^ 0x10, place)
      writeFileSync(`${path}.wal`, flipped)
      await expectRepair(path)
    }
  })

  test('that was deleted is noticed', async () => {
    const path = await crashed(2)
    rmSync(`${path}.wal`)
    await expectRepair(path)
  })

  test('that refuses to open is kept for looking at', async () => {
    const path = await crashed(1)
    const log = readFileSync(`${path}.wal`)
    log.writeUInt8((log[2_000 % log.length] ?? 0) ^ 0xff, log.length - 200)
    writeFileSync(`${path}.wal`, log)
    await (await openReadingStore(path)).close()
    expect(readFileSync(`${path}.wal.damaged-1`).equals(log)).toBe(true)
  })

  test('stays noticed until what it lost has come again', async () => {
    const path = await crashed(2)
    rmSync(`${path}.wal`)
    const store = await openReadingStore(path)
    await store.append([at(10)])
    await store.close()
    await expectRepair(path)
  })

  test('is not blamed for a damaged database', async () => {
    const path = await crashed(1)
    const database = readFileSync(path)
    database.fill(0x55, 0, 4_096)
    writeFileSync(path, database)
    await expect(openReadingStore(path)).rejects.toThrow()
    expect(existsSync(`${path}.wal`)).toBe(true)
  })

  test('an unreadable row count counts as damage, once', async () => {
    const path = await crashed(1)
    writeFileSync(`${path}.rows`, 'rubbish')
    const store = await openReadingStore(path)
    expect(store.walSetAside).toBe(true)
    await store.append([at(99)])
    await store.close()
    const again = await openReadingStore(path)
    expect(again.walSetAside).toBe(false)
    await again.close()
  })
})

describe('another process', () => {
  const child = (path: string) => {
    const started = spawn(process.execPath, [new URL('append-forever.ts', import.meta.url).pathname, path])
    return { started, lines: createInterface({ input: started.stdout })[Symbol.asyncIterator]() }
  }

  test('that is killed while it appends has kept every append that returned', async () => {
    const path = aPath()
    let returned = -1
    for (let round = 0; round < 3; round += 1) {
      const { started, lines } = child(path)
      const until = returned + 40
      while (returned < until) returned = Number((await lines.next()).value)
      started.kill('SIGKILL')
      await once(started, 'exit')
      for (let line = await lines.next(); !line.done; line = await lines.next()) returned = Number(line.value)
    }
    const store = await openReadingStore(path)
    const values = await stored(store)
    expect(store.walSetAside).toBe(false)
    expect(values.slice(0, returned + 1)).toEqual(Array.from({ length: returned + 1 }, (_, count) => count))
    await store.close()
  })

  test('that has the file open keeps it to itself, log included', async () => {
    const path = aPath()
    const { started, lines } = child(path)
    await lines.next()
    await expect(openReadingStore(path)).rejects.toThrow(/lock/i)
    const next = Number((await lines.next()).value)
    started.kill('SIGKILL')
    await once(started, 'exit')
    const store = await openReadingStore(path)
    expect((await stored(store)).length).toBeGreaterThan(next)
    await store.close()
  })
})
