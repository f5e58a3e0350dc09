import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseMapping, rowMapper } from '../../devices/mapping.ts'
import { replay } from '../../devices/replay.ts'
import { MESSAGE_BYTES } from '../../devices/rounds.ts'
import { parseMessage } from '../../domain/message.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import { aBroker, type Taken } from './a-broker.ts'
import { china } from './a-fleet.ts'

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const SOLARLOG = 'devices/mappings/solarlog.json'
const solarlog = parseMapping(readJson(SOLARLOG))
const HEADER = 'source_file,timestamp_local,inverter,pac_w,pdc1_w,pdc2_w,e_day_wh,udc1_v,udc2_v'

const folder = mkdtempSync(join(tmpdir(), 'yangguang-replay-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** A recorded file, newest first as such loggers write; all values are invented. */
const aFile = (...lines: string[]): string => {
  const path = join(folder, `${lines.length}-${Math.abs(lines.join().length)}.csv`)
  writeFileSync(path, `\uFEFF${[HEADER, ...lines].join('\r\n')}\r\n`)
  return path
}
const someRows = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => {
    const minute = String(at % 60).padStart(2, '0')
    const hour = String(8 + Math.floor(at / 60)).padStart(2, '0')
    return `a.js,2026-05-04 ${hour}:${minute}:00,INV${(at % 2) + 1},${100 + at},${110 + at},,${at},300,`
  }).toReversed()
const readingsIn = (taken: readonly Taken[]) =>
  taken.flatMap(({ payload }) => {
    const parsed = parseMessage(new TextEncoder().encode(payload))
    if (!('readings' in parsed)) return expect.unreachable(parsed.rejection.detail)
    return parsed.readings.map((one) => ('reading' in one ? one.reading : expect.unreachable(one.rejection.detail)))
  })

describe('a row of a recorded file', () => {
  const map = rowMapper(solarlog, HEADER)

  test('becomes a reading: wall clock in China, columns summed, empty absent', () => {
    expect(map('a.js,2026-05-04 12:05:00,INV1,1200,650,610,3456,301,305')).toEqual({
      reading: {
        deviceId: 'SL-INV-1',
        atMs: china('2026-05-04T12:05:00'),
        acPowerW: 1200,
        energyTodayWh: 3456,
        dcPowerW: 1260,
        strings: [{ voltageV: 301 }, { voltageV: 305 }],
      },
    })
    expect(map('a.js,2026-05-04 12:05:00,INV2,0,,,,,')).toEqual({
      reading: { deviceId: 'SL-INV-2', atMs: china('2026-05-04T12:05:00'), acPowerW: 0 },
    })
  })

  test.each([
    ['a.js,2008-01-32 17:10:00,INV1,1,1,1,1,1,1', 'impossible time "2008-01-32"'],
    ['a.js,2026-05-04 24:10:00,INV1,1,1,1,1,1,1', 'impossible time "2026-05-04"'],
    ['a.js,,INV1,1,1,1,1,1,1', 'impossible time ""'],
    ['a.js,2026-05-04 12:05:00,INV3,1,1,1,1,1,1', 'device "INV3" is not in the mapping'],
    ['a.js,2026-05-04 12:05:00,toString,1,1,1,1,1,1', 'device "toString" is not in the mapping'],
    ['a.js,2026-05-04 12:05:00,INV1,n/a,1,1,1,1,1', 'not a number in pac_w'],
    ['a.js,2026-05-04 12:05:00,INV1,0x10,1,1,1,1,1', 'not a number in pac_w'],
    ['a.js,2026-05-04 12:05:00,INV1,,,,,,', 'no value in any mapped column'],
    ['a.js,2026-05-04 12:05:00,INV1,1,1', 'not 9 columns'],
    ['a.js,"2026-05-04 12:05:00,INV1,1,1,1,1,1,1', 'not 9 columns'],
  ])('%s is left out: %s', (line, skipped) => {
    expect(map(line)).toEqual({ skipped })
  })

  test('is converted to the units of the platform', () => {
    const mapping = parseMapping({
      timestamp: { column: 't' },
      device: { column: 'd', ids: { a: 'A' } },
      quantities: [
        { quantity: 'acPowerW', columns: ['p'], unit: 'kW' },
        { quantity: 'energyTotalWh', columns: ['e'], unit: 'MWh' },
        { quantity: 'temperatureC', columns: ['c'], unit: 'degC' },
      ],
    })
    expect(rowMapper(mapping, 't,d,p,e,c')('2026-05-04T12:05,a,1.5,2,-3.5')).toMatchObject({
      reading: { acPowerW: 1500, energyTotalWh: 2_000_000, temperatureC: -3.5 },
    })
  })
})

describe('a mapping', () => {
  const good = readJson(SOLARLOG) as Record<string, unknown>
  test.each([
    ['nothing at all', undefined, /the mapping is not usable/],
    ['without a timestamp', { ...good, timestamp: undefined }, /timestamp/],
    ['with an unknown key', { ...good, timezone: 'Europe/Berlin' }, /timezone/],
    ['with an unknown quantity', { ...good, quantities: [{ quantity: 'power', columns: ['p'], unit: 'W' }] }, /quantity/],
    [
      'with an unknown unit',
      { ...good, quantities: [{ quantity: 'acPowerW', columns: ['p'], unit: 'hp' }] },
      /unit "hp"; known are W, kW/,
    ],
    ['in the wrong unit', { ...good, quantities: [{ quantity: 'acPowerW', columns: ['p'], unit: 'kWh' }] }, /acPowerW in kWh/],
    [
      'of energy in watts',
      { ...good, quantities: [{ quantity: 'energyTodayWh', columns: ['p'], unit: 'W' }] },
      /energyTodayWh in W,/,
    ],
    ['with an impossible device id', { ...good, device: { column: 'd', ids: { a: 'a b' } } }, /device/],
    ['of no quantity', { ...good, quantities: [] }, /quantities/],
  ])('%s is refused', (_, value, why) => {
    expect(() => parseMapping(value)).toThrow(why)
  })

  test('that names columns the file has not is refused with both lists', () => {
    expect(() => rowMapper(solarlog, 'timestamp_local,inverter,pac_w')).toThrow(
      'the file has no column e_day_wh, pdc1_w, pdc2_w, udc1_v, udc2_v; its first line names: timestamp_local, inverter, pac_w',
    )
  })
})

describe('a replay', () => {
  const account = { gatewayId: 'GW-SL', secret: 'secret', mapping: solarlog }

  test('publishes every row once, in order of time, in messages below 5 KiB', async () => {
    await using broker = await aBroker()
    const outcome = await replay({ ...account, csvPath: aFile(...someRows(300)), mqttUrl: broker.url })
    const readings = readingsIn(broker.taken)
    expect(outcome).toEqual({ rows: 300, readings: 300, messages: broker.taken.length, skipped: {} })
    expect(readings.map(({ energyTodayWh }) => energyTodayWh)).toEqual(Array.from({ length: 300 }, (_, at) => at))
    expect(Math.max(...broker.taken.map(({ payload }) => payload.length))).toBeLessThanOrEqual(MESSAGE_BYTES)
    expect(broker.taken.every(({ topic }) => topic === 'pv/GW-SL/readings')).toBe(true)
  })

  test('as recorded keeps the order of the file', async () => {
    await using broker = await aBroker()
    await replay({ ...account, csvPath: aFile(...someRows(40)), mqttUrl: broker.url, asRecorded: true })
    expect(readingsIn(broker.taken).map(({ energyTodayWh }) => energyTodayWh)).toEqual(
      Array.from({ length: 40 }, (_, at) => 39 - at),
    )
  })

  test('counts what it leaves out, by reason', async () => {
    await using broker = await aBroker()
    const impossible = someRows(4).map((row) => row.replace('2026-05-04', '2008-01-32'))
    const outcome = await replay({ ...account, csvPath: aFile(...someRows(6), ...impossible, 'short'), mqttUrl: broker.url })
    expect(outcome.skipped).toEqual({ 'impossible time "2008-01-32"': 4, 'not 9 columns': 1 })
    expect(outcome).toMatchObject({ rows: 11, readings: 6 })
  })

  test.each([
    ['that is not there', join(folder, 'nowhere.csv'), /ENOENT/],
    ['that is empty', '', /is empty; its first line must name the columns/],
    ['of other columns', 'a,b\r\n1,2\r\n', /has no column timestamp_local/],
  ])('of a file %s is refused and sends nothing', async (_, content, why) => {
    await using broker = await aBroker()
    const csvPath = content.endsWith('.csv') ? content : join(folder, 'bad.csv')
    if (csvPath !== content) writeFileSync(csvPath, content)
    await expect(replay({ ...account, csvPath, mqttUrl: broker.url })).rejects.toThrow(why)
    expect(broker.taken).toEqual([])
  })

  test('with the wrong secret is refused with the reason', async () => {
    await using broker = await aBroker()
    const options = { ...account, secret: 'guess', csvPath: aFile(...someRows(5)), mqttUrl: broker.url }
    await expect(replay(options)).rejects.toThrow('refuses gateway GW-SL')
  })
})

test('the registry of the Solar-Log recording imports without an error and has the devices of its mapping', () => {
  const at = 'devices/mappings/solarlog-registry'
  const files = Object.fromEntries(readdirSync(at).map((name) => [name, readFileSync(join(at, name), 'utf8')]))
  const { rows, errors } = parseRegistry(files)
  expect(errors).toEqual([])
  expect(rows.devices.map(({ deviceId }) => deviceId).toSorted()).toEqual(Object.values(solarlog.device.ids).toSorted())
  expect(rows.devices.every(({ counter, validFrom }) => counter === 'day' && validFrom === '2007-01-01')).toBe(true)
})
