import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { DEVICE_STATES, QUANTITIES, type Reading } from '../../domain/reading.ts'
import { isCounter, readingValues } from '../../domain/reading-values.ts'
import type { Credentials } from '../../stores/influxdb/connection.ts'
import { placeOf } from '../../stores/influxdb/points.ts'
import { type InfluxReadingStore, openInfluxReadings } from '../../stores/influxdb/reading-store.ts'
import { END_MS, FIRST_MS } from '../../stores/influxdb/statements.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { type InfluxGate, startInfluxGate } from './influx-gate.ts'
import { hasInflux, type InfluxServer, manage, startInflux } from './influx-server.ts'
import { type OpenedStore, readingStoreContract } from './reading-store.contract.ts'
import { selfSigned } from './self-signed.ts'

let databases = 0
/** An empty database on this server. */
const aDatabase = async (url: string): Promise<string> => {
  databases += 1
  await manage({ url }, `CREATE DATABASE "county-${databases}"`)
  return `county-${databases}`
}

const everything = (deviceId: string) => ({ deviceIds: [deviceId], fromMs: -Infinity, toMs: Infinity })

/** Two sets of values that belong to one place: found by trying, as of a million places two are soon the same. */
const collidingPowersW = (deviceId: string): [number, number] => {
  const seen = new Map<number, number>()
  for (let acPowerW = 0; ; acPowerW += 1) {
    const place = placeOf(readingValues(aReading({ deviceId, acPowerW })))
    const other = seen.get(place)
    if (other !== undefined) return [other, acPowerW]
    seen.set(place, acPowerW)
  }
}

describe.skipIf(!hasInflux)('on InfluxDB 1.x', () => {
  let server: InfluxServer
  let gate: InfluxGate
  let ofVersion2: InfluxGate
  beforeAll(async () => {
    server = await startInflux({ maxRowLimit: 7 })
    gate = await startInfluxGate({ upstream: server.url })
    ofVersion2 = await startInfluxGate({ upstream: server.url, token: 'an invented token' })
  })
  afterAll(async () => {
    await Promise.all([gate.close(), ofVersion2.close()])
    await server.close()
  })

  readingStoreContract('influxdb', async () => {
    const database = await aDatabase(server.url)
    const openAt = (): OpenedStore => {
      const store = openInfluxReadings({ url: gate.url, database })
      return {
        store,
        reopen: async () => {
          store.close()
          return openAt()
        },
        interrupt: () => gate.next('/write', 'half written'),
        close: async () => store.close(),
      }
    }
    return openAt()
  })

  readingStoreContract('influxdb, by the API of 2.x', async () => {
    const database = await aDatabase(server.url)
    const credentials = async () => ({ token: 'an invented token' })
    const store = openInfluxReadings({ url: ofVersion2.url, database, organization: 'county', credentials })
    return { store, close: async () => store.close() }
  })

  describe('a database', () => {
    let database: string
    let store: InfluxReadingStore
    let throughGate: InfluxReadingStore
    beforeAll(async () => {
      database = await aDatabase(server.url)
      store = openInfluxReadings({ url: server.url, database })
      throughGate = openInfluxReadings({ url: gate.url, database })
    })
    afterAll(() => {
      store.close()
      throughGate.close()
    })

    test('holds any text, any number and any id as it is', async () => {
      const id = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '9', '_', '-'), minLength: 1, maxLength: 64 })
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('"', '\\', '\\"', '\n', ',= ', "'", '绝缘故障', '\\n', '#'),
      )
      const value = fc.double({ noNaN: true, noDefaultInfinity: true })
      const quantity = fc
        .constantFrom(...QUANTITIES)
        .chain((name) => fc.tuple(fc.constant(name), isCounter(name) ? fc.maxSafeNat() : value))
      const one = fc.record(
        {
          quantities: fc.array(quantity, { maxLength: 4 }),
          state: fc.constantFrom(...DEVICE_STATES),
          strings: fc.array(fc.record({ voltageV: value, currentA: value }, { requiredKeys: [] }), { maxLength: 2 }),
          faultCodes: fc.array(text, { maxLength: 3 }),
        },
        { requiredKeys: ['quantities'] },
      )
      let runs = 0
      await fc.assert(
        fc.asyncProperty(id, fc.array(one, { minLength: 1, maxLength: 8 }), async (deviceId, sketches) => {
          runs += 1
          const readings = sketches.map(({ quantities, ...rest }, index): Reading => {
            const atMs = NOON_MS + runs * 1_000 + index
            return { deviceId, atMs, receivedAtMs: NOON_MS, ...Object.fromEntries(quantities), ...rest }
          })
          expect(await store.append(readings)).toEqual(readings.map(() => 'stored'))
          const span = { deviceIds: [deviceId], fromMs: NOON_MS + runs * 1_000, toMs: NOON_MS + runs * 1_000 + 100 }
          const found = await store.list(span, 100)
          expect(found.map(readingValues)).toEqual(readings.map(readingValues))
          expect(await store.append(found)).toEqual(readings.map(() => 'duplicate'))
        }),
        { numRuns: 60 },
      )
    })

    test('keeps rivals whose places collide, in either order, and knows them again', async () => {
      for (const deviceId of ['COLLIDE-1', 'COLLIDE-2']) {
        const powersW = collidingPowersW(deviceId)
        const rivals = powersW.map((acPowerW) => aReading({ deviceId, acPowerW }))
        const inTurn = deviceId === 'COLLIDE-1' ? rivals : rivals.toReversed()
        for (const [index, rival] of inTurn.entries())
          expect(await store.append([rival])).toEqual([index === 0 ? 'stored' : 'conflict'])
        expect(await store.append(rivals)).toEqual(['duplicate', 'duplicate'])
        expect(await store.append([aReading({ deviceId, acPowerW: -1 })])).toEqual(['conflict'])
        const [conflict] = await store.conflicts(everything(deviceId))
        expect(new Set(conflict?.readings.map(({ acPowerW }) => acPowerW))).toEqual(new Set([-1, ...powersW]))
      }
      const deviceId = 'COLLIDE-3'
      const rivals = collidingPowersW(deviceId).map((acPowerW) => aReading({ deviceId, acPowerW }))
      expect(await store.append([...rivals, ...rivals])).toEqual(['stored', 'conflict', 'duplicate', 'duplicate'])
      expect((await store.conflicts(everything(deviceId)))[0]?.readings).toHaveLength(2)
    })

    test('keeps what two processes write at the same moment: equal ones once, rivals both', async () => {
      const deviceId = 'TWO-PROCESSES'
      const other = openInfluxReadings({ url: server.url, database })
      const readingsOf = (acPowerW: number): Reading[] =>
        Array.from({ length: 40 }, (_, index) =>
          aReading({ deviceId, atMs: NOON_MS + index, acPowerW: index % 2 === 0 ? acPowerW : 0 }),
        )
      await Promise.all([store.append(readingsOf(1)), other.append(readingsOf(2))])
      // InfluxDB 1.6 was once seen to show a series that two requests began at the same moment a little later.
      await vi.waitFor(
        async () => {
          const listed = await store.list(everything(deviceId), 100)
          expect(listed.map(({ acPowerW }) => acPowerW)).toEqual(Array(20).fill(0))
        },
        { timeout: 10_000, interval: 200 },
      )
      const conflicts = await other.conflicts(everything(deviceId))
      expect(conflicts.map(({ readings }) => readings.map(({ acPowerW }) => acPowerW))).toEqual(
        Array.from({ length: 20 }, () => [1, 2]),
      )
      other.close()
    })

    test('finds the nearest value behind many disputed ones', async () => {
      const deviceId = 'DISPUTED'
      const at = (index: number, acPowerW: number) => aReading({ deviceId, atMs: NOON_MS + index * 600_000, acPowerW })
      const rivals = Array.from({ length: 60 }, (_, index) => [at(index + 1, 1), at(index + 1, 2)]).flat()
      await store.append([at(0, 7), ...rivals, at(61, 9)])
      const near = { deviceIds: [deviceId], fromMs: NOON_MS + 1, notBeforeMs: 0, beforeMs: NOON_MS + 61 * 600_000 }
      expect(await store.lastBefore(near, 'acPowerW')).toEqual([{ deviceId, atMs: NOON_MS, value: 7 }])
      expect(await store.firstAfter(near, 'acPowerW')).toEqual([])
      const further = { ...near, beforeMs: Infinity }
      expect(await store.firstAfter(further, 'acPowerW')).toEqual([{ deviceId, atMs: NOON_MS + 61 * 600_000, value: 9 }])
    })

    test('holds the first and the last instant of InfluxDB and refuses what is beyond', async () => {
      const deviceId = 'AGES'
      const readings = [FIRST_MS, -1, 0, 1, END_MS - 1].map((atMs) => aReading({ deviceId, atMs }))
      expect(await store.append(readings)).toEqual(readings.map(() => 'stored'))
      expect(await store.append(readings)).toEqual(readings.map(() => 'duplicate'))
      expect(await store.list(everything(deviceId), 10)).toEqual(readings)
      const [series] = await store.series({ deviceIds: [deviceId], fromMs: -1, toMs: 0.5 }, [])
      expect(series?.atMs).toEqual([-1, 0])
      for (const atMs of [FIRST_MS - 1, END_MS])
        await expect(store.append([aReading({ deviceId: 'BEYOND' }), aReading({ deviceId, atMs })])).rejects.toThrow(RangeError)
      expect(await store.list(everything('BEYOND'), 10)).toEqual([])
      await expect(store.series({ ...everything(deviceId), fromMs: Number.NaN }, [])).rejects.toThrow(RangeError)
    })

    test.each(["x' OR '1'='1", 'x"', 'a b', 'a,b=c', '', 'x'.repeat(65), '设备'])(
      'refuses %j as a device id',
      async (deviceId) => {
        await expect(store.append([aReading({ deviceId })])).rejects.toThrow(RangeError)
        await expect(store.series(everything(deviceId), ['acPowerW'])).rejects.toThrow(RangeError)
        await expect(store.list(everything(deviceId), 5)).rejects.toThrow(RangeError)
        await expect(store.conflicts(everything(deviceId))).rejects.toThrow(RangeError)
        await expect(store.firstAfter({ deviceIds: [deviceId], fromMs: 0, beforeMs: 1 }, 'acPowerW')).rejects.toThrow(RangeError)
      },
    )

    test('is asked about more devices than a statement holds', async () => {
      const deviceIds = Array.from({ length: 5_000 }, (_, index) => String(index).padStart(64, '0'))
      const readings = [3, 1_700, 4_999].map((index) => aReading({ deviceId: deviceIds[index] ?? '' }))
      await store.append(readings)
      const span = { deviceIds: deviceIds.toReversed(), fromMs: 0, toMs: NOON_MS + 1 }
      expect(await store.list(span, 10)).toEqual(readings)
      expect(await store.list(span, 2)).toEqual(readings.slice(0, 2))
      expect(await store.lastBefore({ ...span, beforeMs: span.toMs, notBeforeMs: 0 }, 'acPowerW')).toHaveLength(3)
    })

    test('answers more rows than a chunk and than its limit for answers that are not chunked', async () => {
      const deviceId = 'LONG'
      const readings = Array.from({ length: 12_000 }, (_, index) => aReading({ deviceId, atMs: NOON_MS + index * 1_000 }))
      expect(new Set(await store.append(readings))).toEqual(new Set(['stored']))
      expect((await store.series(everything(deviceId), []))[0]?.atMs).toEqual(readings.map(({ atMs }) => atMs))
      expect(await store.list(everything(deviceId), 10_001)).toEqual(readings.slice(0, 10_001))
    })

    test('throws when an answer ends before it is whole, in good order or with the connection', async () => {
      const deviceIds = ['CUT-1', 'CUT-2']
      await store.append(deviceIds.map((deviceId) => aReading({ deviceId })))
      const span = { deviceIds, fromMs: 0, toMs: Infinity }
      gate.next('/query', 'cut short', 'torn')
      await expect(throughGate.series(span, [])).rejects.toThrow(/before it was whole/)
      await expect(throughGate.series(span, [])).rejects.toThrow()
      expect(await throughGate.series(span, [])).toHaveLength(2)
    })

    test('has stored once what was written by a request whose answer was lost', async () => {
      const reading = aReading({ deviceId: 'LOST' })
      gate.next('/write', 'lost after', 'lost before')
      expect(await throughGate.append([reading])).toEqual(['stored'])
      expect(await throughGate.append([reading])).toEqual(['duplicate'])
      expect(await store.list(everything('LOST'), 10)).toEqual([reading])
    })

    test('whose field has another type refuses, and that is thrown', async () => {
      const mistyped = await aDatabase(server.url)
      const lines = { method: 'POST', body: `readings,deviceId=D energyTotalWh=1.5 ${NOON_MS}000000` }
      expect((await fetch(`${server.url}/write?db=${mistyped}`, lines)).status).toBe(204)
      const unlucky = openInfluxReadings({ url: server.url, database: mistyped })
      await expect(unlucky.append([aReading()])).rejects.toThrow(/answered 400: .*field type conflict/)
      unlucky.close()
    })

    test('that is not there is named, for writing and for reading', async () => {
      const missing = openInfluxReadings({ url: server.url, database: 'nowhere' })
      await expect(missing.append([aReading()])).rejects.toThrow(/nowhere/)
      await expect(missing.list(everything('D'), 1)).rejects.toThrow(/database not found: nowhere/)
      missing.close()
    })

    test('with a retention policy refuses what is beyond it, every time, and keeps the rest', async () => {
      const short = await aDatabase(server.url)
      await manage({ url: server.url }, `ALTER RETENTION POLICY "autogen" ON "${short}" DURATION 1d SHARD DURATION 1h`)
      const brief = openInfluxReadings({ url: server.url, database: short })
      const [old, fresh] = [2 * 86_400_000, 60_000].map((agoMs) => aReading({ atMs: Date.now() - agoMs }))
      if (!old || !fresh) throw new Error('two readings were made')
      for (let times = 0; times < 2; times += 1)
        await expect(brief.append([old, fresh])).rejects.toThrow(/partial write: points beyond retention policy dropped/)
      expect(await brief.append([fresh])).toEqual(['duplicate'])
      expect(await brief.list(everything(fresh.deviceId), 10)).toEqual([fresh])
      brief.close()
    })
  })
})

describe.skipIf(!hasInflux)('an InfluxDB 1.x with users and https', () => {
  const tls = selfSigned()
  const [user, password] = ['clerk', 'an invented password']
  let server: InfluxServer
  let trusted: { url: string; database: string; ca: string }
  beforeAll(async () => {
    server = await startInflux({ auth: true, tls })
    trusted = { url: server.url, database: 'county', ca: tls.certificate }
    const admin = { ...trusted, credentials: async () => ({ user: 'admin', password }) }
    await manage(trusted, `CREATE USER admin WITH PASSWORD '${password}' WITH ALL PRIVILEGES`)
    await manage(admin, 'CREATE DATABASE county')
    await manage(admin, `CREATE USER ${user} WITH PASSWORD '${password}'`)
    await manage(admin, `CREATE USER guest WITH PASSWORD '${password}'`)
    await manage(admin, `GRANT ALL ON county TO ${user}`)
  })
  afterAll(() => server.close())

  /** What becomes of one reading written by someone with these credentials, or why it was not. */
  const appended = async (over: { ca?: string; credentials?: () => Promise<Credentials> }): Promise<unknown> => {
    const { ca: _, ...untrusting } = trusted
    const store = openInfluxReadings({ ...('ca' in over ? untrusting : trusted), ...over })
    const outcome = await store.append([aReading()]).catch((error: unknown) => error)
    store.close()
    return outcome
  }
  const theUser = async (): Promise<Credentials> => ({ user, password })

  test('takes a user it knows', async () => {
    expect([['stored'], ['duplicate']]).toContainEqual(await appended({ credentials: theUser }))
  })

  test('asks for the credentials once while they are good, and again when they are refused', async () => {
    let asked = 0
    const store = openInfluxReadings({
      ...trusted,
      credentials: async () => {
        asked += 1
        return asked === 1 ? { user, password: 'an older one' } : { user, password }
      },
    })
    await store.append([aReading({ deviceId: 'RENEWED' })])
    await store.append([aReading({ deviceId: 'RENEWED', atMs: NOON_MS + 1 })])
    expect(asked).toBe(2)
    store.close()
  })

  test.each([
    ['no user', {}],
    ['a wrong password', { credentials: async () => ({ user, password: 'a wrong password' }) }],
    ['a user without rights', { credentials: async () => ({ user: 'guest', password }) }],
  ])('refuses %s with advice, and the error holds no password', async (_, over) => {
    const outcome = await appended(over)
    expect(outcome).toBeInstanceOf(Error)
    expect(String(outcome)).toMatch(/40[13]|not authorized/)
    expect(String(outcome)).not.toContain('an invented password')
    expect(String(outcome)).not.toContain('a wrong password')
  })

  test('is not trusted without its certificate, nor with another one', async () => {
    expect(String(await appended({ ca: selfSigned().certificate, credentials: theUser }))).toMatch(/self.signed|certificate/)
    const { ca: _, ...untrusting } = trusted
    const store = openInfluxReadings({ ...untrusting, credentials: theUser })
    await expect(store.append([aReading()])).rejects.toThrow(/self-signed certificate/)
    store.close()
  })
})
