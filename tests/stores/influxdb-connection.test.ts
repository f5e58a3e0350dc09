import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pauseMs } from '../../stores/influxdb/connection.ts'
import { type InfluxReadingStore, openInfluxReadings } from '../../stores/influxdb/reading-store.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { type InfluxGate, startInfluxGate } from './influx-gate.ts'

/** What is sent and what is made of the answers, without an InfluxDB: the answers are those that 1.x, 2.x and 3.x document. */

const deviceId = 'ZL1-INV-1'
const span = { deviceIds: [deviceId], fromMs: NOON_MS, toMs: NOON_MS + 1_000 }
const token = 'an invented token'

let gate: InfluxGate
let store: InfluxReadingStore
beforeAll(async () => {
  gate = await startInfluxGate()
  store = openInfluxReadings({ url: gate.url, database: 'county' })
})
afterAll(async () => {
  store.close()
  await gate.close()
})
beforeEach(() => gate.requests.splice(0))

const paths = (): string[] => gate.requests.map(({ path }) => path)
const answered = (results: unknown) => ({ status: 200, body: `${JSON.stringify({ results })}\r\n` })

describe('a request that fails', () => {
  test.each([
    ['busy', { status: 503, headers: { 'retry-after': '0' } }],
    ['asked too often', { status: 429, headers: { 'retry-after': '0' } }],
    ['in trouble', { status: 500, body: '{"error":"timeout"}', headers: { 'retry-after': '0' } }],
    ['cut off', 'lost before' as const],
  ])('for a server that is %s is sent again', async (_, mishap) => {
    gate.next('/query', mishap)
    gate.next('/write', mishap, mishap)
    expect(await store.append([aReading()])).toEqual(['stored'])
    expect(paths()).toEqual(['/query', '/query', '/write', '/write', '/write'])
    const bodies = new Set(gate.requests.filter(({ path }) => path === '/write').map(({ body }) => body))
    expect(bodies.size).toBe(1)
  })

  test('is sent five times at most, and then its error is thrown', async () => {
    const busy = { status: 503, body: 'the last word', headers: { 'retry-after': '0' } }
    gate.next('/write', busy, busy, busy, busy, busy)
    await expect(store.append([aReading()])).rejects.toThrow(/answered 503: the last word/)
    expect(paths().filter((path) => path === '/write')).toHaveLength(5)
    expect(await store.append([aReading()])).toEqual(['stored'])
  })

  test('waits a random part of a doubling pause, or what the server asks for within reason', () => {
    for (const [attempt, longestMs] of [400, 800, 1_600, 3_200].entries()) {
      const pausesMs = Array.from({ length: 50 }, () => pauseMs(attempt + 1, undefined))
      expect(Math.max(...pausesMs)).toBeLessThan(longestMs)
      expect(new Set(pausesMs).size).toBeGreaterThan(10)
    }
    expect([pauseMs(1, '2'), pauseMs(1, '0'), pauseMs(1, '3600'), pauseMs(1, '-1')]).toEqual([2_000, 0, 5_000, 0])
    expect(pauseMs(1, 'Fri, 31 Dec 1999 23:59:59 GMT')).toBeLessThan(400)
  })

  test.each([
    [400, '{"error":"unable to parse"}', /answered 400: .*unable to parse/],
    [403, '{"code":"forbidden"}', /403 \(let the token or the user read and write/],
    [404, '{"code":"not found"}', /404 \(create the database; on 2.x map the bucket/],
    [413, 'too large', /answered 413/],
  ])('with %i is not sent again', async (status, body, message) => {
    gate.next('/write', { status, body })
    await expect(store.append([aReading()])).rejects.toThrow(message)
    expect(paths()).toEqual(['/query', '/write'])
  })

  test('with 200 instead of 204 was not carried out', async () => {
    gate.next('/write', { status: 200, body: '{"results":[{"error":"hinted handoff queue not empty"}]}' })
    await expect(store.append([aReading()])).rejects.toThrow(/answered 200 to a write: .*hinted handoff/)
  })

  test('for a server that says nothing ends in time and is not sent again at once', async () => {
    const impatient = openInfluxReadings({ url: gate.url, database: 'county', silenceMsMax: 100 })
    gate.next('/query', 'silence')
    await expect(impatient.append([aReading()])).rejects.toThrow(/said nothing for 100 ms/)
    expect(paths()).toEqual(['/query'])
    impatient.close()
  })

  test('for a server that is not there is thrown', async () => {
    const gone = await startInfluxGate()
    await gone.close()
    const lonely = openInfluxReadings({ url: gone.url, database: 'county' })
    await expect(lonely.append([aReading()])).rejects.toThrow(/ECONNREFUSED/)
    lonely.close()
  })
})

describe('what is sent', () => {
  test('is one line per reading, by the API of 1.x', async () => {
    await store.append([
      { deviceId, atMs: 1, receivedAtMs: 2, acPowerW: -0.5, energyTotalWh: 7, state: 'off', faultCodes: ['a "b\\"'] },
    ])
    const [asked, written] = gate.requests
    expect(asked?.query).toEqual({ db: 'county', chunked: 'true', chunk_size: '10000' })
    expect(new URLSearchParams(asked?.body).get('q')).toMatch(
      /^SELECT "receivedAtMs", .* FROM "readings" WHERE "deviceId"='ZL1-INV-1' AND time >= 1000000 AND time < 2000000 GROUP BY "deviceId"$/,
    )
    expect(written?.query).toEqual({ db: 'county', precision: 'ns' })
    expect(written?.body).toMatch(
      /^readings,deviceId=ZL1-INV-1 receivedAtMs=2i,acPowerW=-0.5,energyTotalWh=7i,state="off",extras=".*" 1\d{6}$/,
    )
    expect(written?.body).toContain(String.raw`extras="{\"faultCodes\":[\"a \\\"b\\\\\\\"\"]}"`)
    expect(written?.headers.authorization).toBeUndefined()
  })

  test('is nothing for no readings', async () => {
    expect(await store.append([])).toEqual([])
    expect(paths()).toEqual([])
  })

  test('goes to the API of 2.x with organization, bucket and token, and queries stay InfluxQL', async () => {
    const version2 = await startInfluxGate({ token })
    const credentials = async () => ({ token })
    const opened = openInfluxReadings({ url: version2.url, database: 'county', organization: '县', credentials })
    expect(await opened.append([aReading()])).toEqual(['stored'])
    const [asked, written] = version2.requests
    expect(asked).toMatchObject({ path: '/query', query: { db: 'county' }, headers: { authorization: `Token ${token}` } })
    expect(written).toMatchObject({
      path: '/api/v2/write',
      query: { org: '县', bucket: 'county', precision: 'ns' },
      headers: { authorization: `Token ${token}` },
    })
    opened.close()
    const stranger = openInfluxReadings({ url: version2.url, database: 'county', organization: '县' })
    await expect(stranger.append([aReading()])).rejects.toThrow(/401 \(check the token/)
    stranger.close()
    await version2.close()
  })

  test('goes below the path of the address', async () => {
    const below = openInfluxReadings({ url: `${gate.url}/influx/`, database: 'county' })
    await below.append([aReading()])
    expect(paths()).toEqual(['/influx/query', '/influx/write'])
    below.close()
  })

  test('comes in writes of five thousand lines over a connection that is kept', async () => {
    const fresh = await startInfluxGate()
    const opened = openInfluxReadings({ url: fresh.url, database: 'county' })
    const readings = Array.from({ length: 12_000 }, (_, index) => aReading({ atMs: NOON_MS + index * 1_000 }))
    await opened.append(readings)
    const writes = fresh.requests.filter(({ path }) => path === '/write').map(({ body }) => body.split('\n').length)
    expect(writes).toEqual([5_000, 5_000, 2_000])
    expect(fresh.connections()).toBe(1)
    opened.close()
    await fresh.close()
  })

  test('is never more than a server takes at once, however long the lines', async () => {
    const faultCodes = ['x'.repeat(50_000)]
    const readings = Array.from({ length: 200 }, (_, index) => aReading({ atMs: NOON_MS + index, faultCodes }))
    await store.append(readings)
    const writes = gate.requests.filter(({ path }) => path === '/write').map(({ body }) => body.length)
    expect(writes).toHaveLength(3)
    expect(Math.max(...writes)).toBeLessThan(5_000_000)
  })
})

describe('an answer', () => {
  const at = ['2026-11-02T04:00:00.000000123Z', NOON_MS + 5, 1]

  test('may name the device as a column, as 3.x does, and leave the time zone out', async () => {
    const columns = ['time', 'deviceId', 'receivedAtMs', 'acPowerW']
    const values = [
      ['2026-11-02T04:00:00.000000123', 'A', NOON_MS, 1],
      ['2026-11-02T04:00:00.5', 'A', NOON_MS, 2],
      ['2026-11-02T04:00:00', 'B', NOON_MS, null],
    ]
    gate.next('/query', answered([{ statement_id: 0, series: [{ name: 'readings', columns, values }] }]))
    expect(await store.series({ ...span, deviceIds: ['A', 'B'] }, ['acPowerW'])).toEqual([
      { deviceId: 'A', atMs: [NOON_MS, NOON_MS + 500], values: { acPowerW: [1, 2] } },
      { deviceId: 'B', atMs: [NOON_MS], values: { acPowerW: [null] } },
    ])
  })

  test.each([
    ['nothing', ''],
    ['no results', '{}\n'],
    ['an empty list of results', '{"results":[]}\n'],
    ['no series', '{"results":[{"statement_id":0}]}'],
    ['an empty list of series', '{"results":[{"statement_id":0,"series":[]}]}\r\n'],
  ])('of %s holds no reading or is thrown', async (_, body) => {
    gate.next('/query', { status: 200, body })
    if (body === '') await expect(store.series(span, [])).rejects.toThrow(/before it was whole/)
    else expect(await store.series(span, [])).toEqual([])
  })

  test.each([
    [
      'is not all of it',
      answered([{ series: [{ tags: { deviceId }, columns: ['time', 'receivedAtMs'], values: [at], partial: true }] }]),
      /whole/,
    ],
    [
      'failed on the way',
      answered([{ error: 'max-select-point limit exceeded' }]),
      /cannot answer from county: max-select-point/,
    ],
    ['lacks a column', answered([{ series: [{ tags: { deviceId }, columns: ['time'], values: [['x']] }] }]), /other columns/],
    ['lacks the device', answered([{ series: [{ columns: ['time', 'receivedAtMs'], values: [at] }] }]), /other columns/],
    [
      'has no time',
      answered([{ series: [{ tags: { deviceId }, columns: ['time', 'receivedAtMs'], values: [['x', 1]] }] }]),
      /where a time/,
    ],
    ['is no JSON', { status: 200, body: '<html>' }, /JSON/],
  ])('that %s is thrown', async (_, mishap, message) => {
    gate.next('/query', mishap)
    await expect(store.series(span, [])).rejects.toThrow(message)
  })
})
