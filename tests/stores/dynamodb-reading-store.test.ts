import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { ROW_BYTES_MAX } from '../../domain/limits.ts'
import type { Reading } from '../../domain/reading.ts'
import { packStationDay, unpackStationDay } from '../../stores/archive-file.ts'
import { readingsOfDay } from '../../stores/day-readings.ts'
import { openDynamoReadings } from '../../stores/dynamodb/reading-store.ts'
import { BODY, EXPIRES_AT } from '../../stores/dynamodb/readings-definition.ts'
import { importStationDay } from '../../stores/import-readings.ts'
import type { ReadingStore } from '../../stores/readings.ts'
import { openTables } from '../../stores/sqlite/table.ts'
import { settle } from '../../stores/undisputed.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { aDevice, COUNTY } from '../registry.ts'
import { createReadingsTable, type DynamoServer, startDynamo } from './dynamodb-server.ts'
import { type OpenedStore, readingStoreContract } from './reading-store.contract.ts'
import { type Sent, type WatchedClient, watchedClient } from './watched-client.ts'

const RETENTION_DAYS = 400
const storeOn = ({ client }: Pick<WatchedClient, 'client'>, tableName = 'readings'): ReadingStore =>
  openDynamoReadings({ client, tableName, retentionDays: RETENTION_DAYS })

/** Counts are approximate of rivals that arrive at once; that equal messages at once count once is tested below. */
readingStoreContract(
  'DynamoDB',
  async () => {
    const { client, endpoint, close } = await startDynamo()
    await createReadingsTable(client, 'readings')
    const open = (): OpenedStore => {
      const watched = watchedClient(endpoint)
      let written = 0
      const isSecond = (input: Sent['input']) => BODY in (input['Item'] as object) && (written += 1) > 1
      return {
        store: storeOn(watched),
        interrupt: () => watched.failNext(({ command, input }) => command === 'PutItem' && isSecond(input), 1, 'broken'),
        reopen: async () => open(),
        close,
      }
    }
    return open()
  },
  { countsExactly: false },
)

/** What a gateway of some inverters and a meter sends of one sampling round. */
const aRound = (station: string, atMs: number, receivedAtMs = atMs + 1_837, inverters = 4): Reading[] => [
  ...Array.from({ length: inverters }, (_, index) => index + 1).map((nth) => ({
    deviceId: `${station}-INV-${nth}`,
    atMs,
    receivedAtMs,
    acPowerW: 31_250 + nth,
    energyTotalWh: 81_234_560 + nth * 1_000 + Math.floor((atMs - NOON_MS) / 1_000),
    energyTodayWh: 120_400,
    dcPowerW: 32_110,
    dcVoltageV: 655.4,
    dcCurrentA: 49.02,
    acVoltageV: 231.7,
    acCurrentA: 45.31,
    frequencyHz: 50.01,
    temperatureC: 41.5,
    state: 'running' as const,
  })),
  { deviceId: `${station}-METER`, atMs, receivedAtMs, exportTotalWh: 912_345_678, importTotalWh: 1_234_567 },
]
const byText = (one: string, other: string): number => (one < other ? -1 : 1)
const idsOf = (readings: readonly Reading[]): string[] => [...new Set(readings.map(({ deviceId }) => deviceId))]
const around = (readings: readonly Reading[]) => ({
  deviceIds: idsOf(readings),
  fromMs: NOON_MS - 60 * DAY_MS,
  toMs: NOON_MS + 60 * DAY_MS,
})

describe('the store of readings in DynamoDB', () => {
  let dynamo: DynamoServer
  let watched: WatchedClient
  let store: ReadingStore
  let stations = 0
  const aStation = (): string => `S${String((stations += 1)).padStart(3, '0')}`
  beforeAll(async () => {
    dynamo = await startDynamo()
    await createReadingsTable(dynamo.client, 'readings')
  })
  afterAll(() => dynamo.close())
  beforeEach(() => {
    watched = watchedClient(dynamo.endpoint)
    store = storeOn(watched)
  })

  /** Every item whose keys begin like this. */
  const itemsOf = async (partition: string): Promise<Record<string, unknown>[]> => {
    const found: Record<string, unknown>[] = []
    const documents = DynamoDBDocumentClient.from(dynamo.client)
    let start: Record<string, unknown> | undefined
    do {
      const scan = new ScanCommand({ TableName: 'readings', ExclusiveStartKey: start })
      const { Items = [], LastEvaluatedKey } = await documents.send(scan)
      found.push(...Items.filter(({ pk }) => String(pk).startsWith(partition)))
      start = LastEvaluatedKey
    } while (start)
    return found
  }
  const messagesOf = (station: string) => itemsOf(`${station}-INV-1#`)
  const unitsOf = (command: string): number[] => watched.sent.filter((each) => each.command === command).map(({ units }) => units)

  test('one message is one item, whatever else is in the batch', async () => {
    const [one, other] = [aStation(), aStation()]
    const rounds = [0, 5, 10].map((minutes) => NOON_MS + minutes * MINUTE_MS)
    await store.append(rounds.flatMap((atMs) => [...aRound(one, atMs), ...aRound(other, atMs + 1)]))
    expect(await messagesOf(one)).toHaveLength(3)
    expect(await messagesOf(other)).toHaveLength(3)
  })

  test('six rounds in one message are one item, and hours of them one for each hour', async () => {
    const station = aStation()
    const rounds = (count: number, fromMs: number) =>
      Array.from({ length: count }, (_, nth) => aRound(station, fromMs + nth * 5 * MINUTE_MS, NOON_MS + DAY_MS)).flat()
    await store.append(rounds(6, NOON_MS))
    expect(await messagesOf(station)).toHaveLength(1)
    await store.append(rounds(36, NOON_MS - 6 * HOUR_MS))
    expect(await messagesOf(station)).toHaveLength(4)
  })

  test('midnight in China divides a message', async () => {
    const station = aStation()
    const midnightMs = NOON_MS + DAY_MS / 2
    const readings = [...aRound(station, midnightMs - 1, midnightMs + 1_000), ...aRound(station, midnightMs, midnightMs + 1_000)]
    await store.append(readings)
    expect((await messagesOf(station)).map(({ pk }) => String(pk)).sort(byText)).toEqual([
      `${station}-INV-1#2026-11-02`,
      `${station}-INV-1#2026-11-03`,
    ])
    expect(await store.list(around(readings), 100)).toHaveLength(10)
  })

  test('a repeat writes nothing, and of a message that is new in part only that part', async () => {
    const station = aStation()
    const round = aRound(station, NOON_MS)
    await store.append(round)
    watched.sent.length = 0
    expect(new Set(await store.append(round))).toEqual(new Set(['duplicate']))
    expect(watched.sent.map(({ command }) => command)).toEqual(['Query'])
    const next = aRound(station, NOON_MS + 1, NOON_MS + 90_000)
    expect(await store.append([...round, ...next].map((each) => ({ ...each, receivedAtMs: NOON_MS + 90_000 })))).toEqual([
      ...round.map(() => 'duplicate'),
      ...next.map(() => 'stored'),
    ])
    expect(unitsOf('PutItem')).toHaveLength(1)
    expect(await store.list(around(round), 100)).toHaveLength(10)
  })

  test('equal messages at once are stored once and counted once, whenever each was received', async () => {
    const station = aStation()
    await store.append(aRound(station, NOON_MS - HOUR_MS))
    const round = aRound(station, NOON_MS)
    const stores = Array.from({ length: 6 }, () => storeOn(watched))
    // All of them have looked before the first writes.
    let looking = stores.length
    const { promise: allHaveLooked, resolve: goOn } = Promise.withResolvers<void>()
    watched.holdBefore('PutItem', () => {
      looking -= 1
      if (looking === 0) goOn()
      return allHaveLooked
    })
    const received = (delayMs: number) => round.map((each) => ({ ...each, receivedAtMs: each.receivedAtMs + delayMs }))
    const fates = await Promise.all(stores.map((each, nth) => each.append(received(nth * 700))))
    expect(fates.flat().filter((fate) => fate === 'stored')).toHaveLength(round.length)
    expect(fates.flat().filter((fate) => fate === 'duplicate')).toHaveLength(5 * round.length)
    expect(await messagesOf(station)).toHaveLength(2)
  })

  test('messages divided otherwise and rivals among them, from four instances at once, come to the same readings', async () => {
    const split = fc.record({
      size: fc.integer({ min: 1, max: 9 }),
      rival: fc.option(fc.nat(14), { nil: undefined }),
      delayMs: fc.nat(3),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(split, { minLength: 2, maxLength: 4 }), async (splits) => {
        const station = aStation()
        const all = [0, 1, 2].flatMap((nth) => aRound(station, NOON_MS + nth * 40 * MINUTE_MS, NOON_MS + HOUR_MS * 2))
        const given: Reading[] = []
        await Promise.all(
          splits.map(async ({ size, rival, delayMs }) => {
            const instance = storeOn(watched)
            const own = all.map((each, nth) => (nth === rival ? { ...each, temperatureC: 12.5 + size } : each))
            given.push(...own)
            for (let at = 0; at < own.length; at += size)
              await instance.append(
                own.slice(at, at + size).map((each) => ({ ...each, receivedAtMs: each.receivedAtMs + delayMs })),
              )
          }),
        )
        const expected = settle(given)
        const bare = (reading: Reading): Reading => ({ ...reading, receivedAtMs: 0 })
        expect((await storeOn(watched).list(around(all), 100)).map(bare)).toEqual(expected.undisputed.map(bare))
        const conflicts = await storeOn(watched).conflicts(around(all))
        expect(conflicts.map(({ readings }) => readings.map(bare))).toEqual(
          expected.conflicts.map(({ readings }) => readings.map(bare)),
        )
      }),
      { numRuns: 12 },
    )
  })

  test('the nearest value may be in an item that began long before, and so may be what disputes it', async () => {
    const station = aStation()
    const [clear, disputed, other] = ['A', 'B', 'C'].map((name) => `${station}-${name}`) as [string, string, string]
    const ago = (minutes: number): number => NOON_MS - minutes * MINUTE_MS
    // Fifty minutes in one message, and behind it more messages than a page of the search holds.
    await store.append(
      [
        { deviceId: other, atMs: ago(50) },
        { deviceId: clear, atMs: ago(1), acPowerW: 1 },
        { deviceId: disputed, atMs: ago(25), acPowerW: 2 },
        { deviceId: disputed, atMs: ago(49), acPowerW: 3 },
      ].map((each) => aReading({ receivedAtMs: NOON_MS, ...each })),
    )
    const nearer = [clear, disputed].map((deviceId) => ({ deviceId, atMs: ago(25), acPowerW: 4 }))
    const between = Array.from({ length: 30 }, (_, nth) => ({ deviceId: other, atMs: ago(48 - nth), acPowerW: nth }))
    await store.append([...nearer, ...between].map((each) => aReading({ ...each, receivedAtMs: each.atMs + 1 })))
    const ask = { deviceIds: [clear, disputed], beforeMs: NOON_MS, notBeforeMs: ago(60) }
    expect(await store.lastBefore(ask, 'acPowerW')).toEqual([
      { deviceId: clear, atMs: ago(1), value: 1 },
      { deviceId: disputed, atMs: ago(49), value: 3 },
    ])
    expect(await store.firstAfter({ ...ask, fromMs: ago(40) }, 'acPowerW')).toEqual([
      { deviceId: clear, atMs: ago(25), value: 4 },
    ])
  })

  test('instances that meet the same devices at once put each into one group, and find all readings', async () => {
    const station = aStation()
    const ids = Array.from({ length: 40 }, (_, nth) => `${station}-D${nth}`)
    const readings = ids.map((deviceId, nth) => aReading({ deviceId, acPowerW: nth }))
    const parts = [readings.slice(0, 25), readings.slice(15), readings.toReversed(), readings.slice(10, 30)]
    await Promise.all(parts.map((part) => storeOn(watched).append(part)))
    const directory = await itemsOf(`device/${station}-D`)
    expect(directory).toHaveLength(40)
    expect(await store.list(around(readings), 100)).toEqual(
      readings.toSorted((one, other) => byText(one.deviceId, other.deviceId)),
    )
  })

  test('a device that comes with others later joins them, and stays where it is when it moves', async () => {
    const [station, elsewhere] = [aStation(), aStation()]
    await store.append(aRound(station, NOON_MS))
    const joining = aReading({ deviceId: `${station}-NEW`, receivedAtMs: NOON_MS + 61_837, atMs: NOON_MS + MINUTE_MS })
    await storeOn(watched).append([...aRound(station, NOON_MS + MINUTE_MS, joining.receivedAtMs), joining])
    expect(await itemsOf(`device/${station}-NEW`)).toMatchObject([{ group: `${station}-INV-1` }])
    const moved = { ...joining, atMs: NOON_MS + 2 * MINUTE_MS, receivedAtMs: NOON_MS + 121_837 }
    await store.append([...aRound(elsewhere, moved.atMs, moved.receivedAtMs), moved])
    expect(await itemsOf(`device/${station}-NEW`)).toMatchObject([{ group: `${station}-INV-1` }])
    expect(await store.list(around([joining]), 10)).toEqual([joining, moved])
  })

  test('a station-day brought from another system is filed as it was there, message by message', async () => {
    const station = aStation()
    const rounds = [0, 5, 10, 15].map((minutes) => aRound(station, NOON_MS + minutes * MINUTE_MS))
    const file = { countyCode: COUNTY, stationId: station, day: dayOf(NOON_MS), readings: rounds.flat() }
    const tables = openTables(':memory:')
    const into = { tables, readings: store, now: () => NOON_MS + DAY_MS, lastArchivedDay: dayOf(NOON_MS - DAY_MS) }
    expect(await importStationDay(into, unpackStationDay(packStationDay(file)))).toBe(rounds.flat().length)
    expect(await itemsOf(`${station}-`)).toHaveLength(rounds.length)
    expect(await importStationDay(into, file)).toBe(0)
    tables.close()
  })

  test('a group takes in 32 devices and then another one begins', async () => {
    const station = aStation()
    const readings = Array.from({ length: 70 }, (_, nth) => aReading({ deviceId: `${station}-${String(nth).padStart(2, '0')}` }))
    await store.append(readings)
    const groups = Map.groupBy(await itemsOf(`device/${station}-`), ({ group }) => group)
    expect([...groups.values()].map(({ length }) => length).sort((one, other) => one - other)).toEqual([6, 32, 32])
  })

  test('an item expires so many days after it was received, its day and its devices not before', async () => {
    const station = aStation()
    const round = aRound(station, NOON_MS - 20 * DAY_MS, NOON_MS)
    await store.append(round)
    const expiresAtS = (NOON_MS + RETENTION_DAYS * DAY_MS) / 1_000
    expect(await messagesOf(station)).toMatchObject([{ [EXPIRES_AT]: expiresAtS }])
    const [day] = await itemsOf(`days/${station}-INV-1`)
    expect(day?.[EXPIRES_AT]).toBeGreaterThanOrEqual(expiresAtS)
    for (const item of await itemsOf(`device/${station}`)) expect(item).not.toHaveProperty(EXPIRES_AT)

    await storeOn(watched).append([
      aReading({ ...round[0], atMs: NOON_MS - 20 * DAY_MS + 1, receivedAtMs: NOON_MS + 99 * DAY_MS }),
    ])
    const [later] = await itemsOf(`days/${station}-INV-1`)
    expect(later?.[EXPIRES_AT]).toBeGreaterThanOrEqual(expiresAtS + (99 * DAY_MS) / 1_000)
    await storeOn(watched).append([
      aReading({ deviceId: `${station}-INV-9`, atMs: NOON_MS - 20 * DAY_MS, receivedAtMs: NOON_MS }),
    ])
    expect((await itemsOf(`days/${station}-INV-1`))[0]?.[EXPIRES_AT]).toBe(later?.[EXPIRES_AT])
  })

  test('says since when it is whole: what was received before has begun to expire', () => {
    const sinceMs = store.wholeSinceMs?.(NOON_MS) ?? Number.NaN
    const expiresAtMs = (receivedAtMs: number): number => receivedAtMs + RETENTION_DAYS * DAY_MS
    // A device clock may be ahead of the receive time, by five minutes at most.
    expect(expiresAtMs(sinceMs - 5 * MINUTE_MS)).toBe(NOON_MS)
  })

  test('a thousand readings of 64 strings are items below the limit, and come back whole', async () => {
    const deviceId = `${aStation()}-WIDE`
    const readings = Array.from({ length: 1_000 }, (_, nth) =>
      aReading({
        deviceId,
        atMs: NOON_MS + nth * 1_000,
        strings: Array.from({ length: 64 }, (_, string) => ({
          voltageV: Math.sqrt(nth + string),
          currentA: (nth % 97) / (string + 7),
        })),
      }),
    )
    expect(new Set(await store.append(readings))).toEqual(new Set(['stored']))
    const items = await itemsOf(`${deviceId}#`)
    expect(items.length).toBeGreaterThan(1)
    for (const { body } of items) expect((body as Uint8Array).length).toBeLessThan(ROW_BYTES_MAX)
    expect(await store.list(around(readings), 2_000)).toEqual(readings)
  })

  test('one reading that fits no item is refused', async () => {
    const strings = Array.from({ length: 50_000 }, (_, nth) => ({ voltageV: Math.sqrt(nth + 2) }))
    await expect(store.append([aReading({ deviceId: `${aStation()}-HUGE`, strings })])).rejects.toThrow(/does not fit/)
  })

  test('a reading whose write was answered by nobody was stored, and is no duplicate', async () => {
    const round = aRound(aStation(), NOON_MS)
    watched.failNext(({ command, input }) => command === 'PutItem' && BODY in (input['Item'] as object), 1, 'lost')
    expect(new Set(await store.append(round))).toEqual(new Set(['stored']))
    expect(new Set(await store.append(round))).toEqual(new Set(['duplicate']))
  })

  test('a device whose entry was answered by nobody is in its group', async () => {
    const round = aRound(aStation(), NOON_MS)
    watched.failNext(({ command }) => command === 'PutItem', 1, 'lost')
    expect(new Set(await store.append(round))).toEqual(new Set(['stored']))
    expect(await storeOn(watched).list(around(round), 10)).toEqual(round)
  })

  test('an outage is thrown when trying again did not help, and then appending again is safe', async () => {
    const station = aStation()
    const round = aRound(station, NOON_MS)
    await store.append(aRound(station, NOON_MS - MINUTE_MS))
    watched.failNext(({ command }) => command === 'PutItem', 1_000, 'unavailable')
    await expect(store.append(round)).rejects.toThrow('as ordered')
    watched.failNext(() => false, 0, 'unavailable')
    expect(new Set(await store.append(round))).toEqual(new Set(['stored']))
  })

  test('devices that DynamoDB left unread are asked for again', async () => {
    const round = aRound(aStation(), NOON_MS)
    await store.append(round)
    const fresh = storeOn(watched)
    watched.answerNext('BatchGetItem', (output) => {
      const { readings = [] } = output['Responses'] as Record<string, { pk: unknown; sk: unknown }[]>
      const Keys = readings.splice(1).map(({ pk, sk }) => ({ pk, sk }))
      output['UnprocessedKeys'] = { readings: { Keys } }
    })
    expect(await fresh.list(around(round), 10)).toEqual(round)
  })

  test.each(["x' OR '1'='1", 'a#b', 'days/x', '', 'x'.repeat(65), '设备'])('refuses %j as a device id', async (deviceId) => {
    const span = { deviceIds: [deviceId], fromMs: 0, toMs: NOON_MS }
    await expect(store.append([aReading({ deviceId })])).rejects.toThrow(RangeError)
    await expect(store.series(span, ['acPowerW'])).rejects.toThrow(RangeError)
    await expect(store.list(span, 5)).rejects.toThrow(RangeError)
    await expect(store.conflicts(span)).rejects.toThrow(RangeError)
    await expect(store.firstAfter({ ...span, beforeMs: 1 }, 'acPowerW')).rejects.toThrow(RangeError)
    expect(watched.sent).toEqual([])
  })

  test.each([Date.UTC(1991, 0, 1), Date.UTC(2200, 0, 1)])(
    'refuses %d, which has no day in the books, and stores nothing',
    async (atMs) => {
      const readings = [aReading({ deviceId: 'TIMELESS' }), aReading({ deviceId: 'TIMELESS', atMs })]
      await expect(store.append(readings)).rejects.toThrow(RangeError)
      expect(watched.sent).toEqual([])
    },
  )

  test('names no device in an error of DynamoDB', async () => {
    await expect(storeOn(watched, 'no-such-table').append([aReading({ deviceId: 'SECRET-1' })])).rejects.not.toThrow(/SECRET/)
  })

  describe('what it costs (docs/dynamodb-readings.md)', () => {
    const ROUNDS = 288
    let station: string
    const roundsOf = (day: number, of = station) =>
      Array.from({ length: ROUNDS }, (_, nth) => aRound(of, NOON_MS - DAY_MS / 2 + day * DAY_MS + nth * 5 * MINUTE_MS))
    const silentId = () => `${station}-INV-3`

    /** Three days of a station; its third inverter is silent from the second on. */
    beforeAll(async () => {
      station = aStation()
      const filling = storeOn(dynamo)
      const [silentFrom, ...others] = [roundsOf(0), roundsOf(1), roundsOf(2)]
      for (const round of silentFrom) await filling.append(round)
      await filling.append(others.flat(2).filter(({ deviceId }) => deviceId !== silentId()))
    })

    /** Rounds of a gateway in messages of so many rounds, with values as uneven as real ones. */
    const messagesFrom = (of: string, sends: Sends, hours: { from: number; to: number }): Reading[][] => {
      const stepMs = 5 * MINUTE_MS * sends.rounds
      const messages = Array.from({ length: ((hours.to - hours.from) * HOUR_MS) / stepMs }, (_, nth) => {
        const firstMs = NOON_MS + hours.from * HOUR_MS + nth * stepMs
        return Array.from({ length: sends.rounds }, (_, round) => firstMs + round * 5 * MINUTE_MS).flatMap((atMs) =>
          aRound(of, atMs, firstMs + stepMs - 298_163, 5)
            .filter(({ deviceId }) => sends.devices.some((device) => deviceId.endsWith(device)))
            .map((reading, device) => uneven(reading, atMs / MINUTE_MS + device * 31)),
        )
      })
      return messages
    }
    const uneven = (reading: Reading, seed: number): Reading => ({
      ...reading,
      ...(reading.acPowerW !== undefined && {
        acPowerW: (seed * 7_919) % 50_000,
        dcPowerW: (seed * 104_729) % 52_000,
        energyTodayWh: (seed * 1_299_709) % 150_000,
        dcVoltageV: 600 + ((seed * 15_485_863) % 1_500) / 10,
        dcCurrentA: ((seed * 49_979_687) % 8_000) / 100,
        acCurrentA: ((seed * 67_867_967) % 7_000) / 100,
        temperatureC: 30 + ((seed * 32_452_843) % 200) / 10,
      }),
    })
    type Sends = { devices: readonly string[]; rounds: number }
    const [ONE, SIX, TWENTY_FOUR]: [Sends, Sends, Sends] = [
      { devices: ['INV-1'], rounds: 1 },
      { devices: ['INV-1', 'INV-2', 'INV-3', 'INV-4', 'INV-5', 'METER'], rounds: 1 },
      { devices: ['INV-1', 'INV-2', 'INV-3', 'INV-4'], rounds: 6 },
    ]

    test.each([
      { readings: 1, sends: ONE, itemBytes: 132, dayUnits: 21 },
      { readings: 6, sends: SIX, itemBytes: 294, dayUnits: 44 },
      { readings: 24, sends: TWENTY_FOUR, itemBytes: 937, dayUnits: 24 },
    ])('of $readings readings in a message', async ({ readings, sends, itemBytes, dayUnits }) => {
      const of = aStation()
      await storeOn(dynamo).append(messagesFrom(of, sends, { from: -24, to: 22 }).flat())
      const messages = messagesFrom(of, sends, { from: 22, to: 24 })
      for (const message of messages) await store.append(message)
      expect(messages[0]).toHaveLength(readings)
      // Written and compared with what is there; the day is in the index already.
      expect(unitsOf('PutItem')).toEqual(messages.map(() => 1))
      expect(unitsOf('Query')).toEqual(messages.map(() => 1))
      expect(unitsOf('UpdateItem')).toEqual([])
      const items = await messagesOf(of)
      expect(Math.round(items.reduce((sum, item) => sum + bytesOf(item), 0) / items.length)).toBe(itemBytes)

      watched.sent.length = 0
      const found = await readingsOfDay(store, installations(of, sends.devices), dayOf(NOON_MS), NOON_MS + DAY_MS - 1)
      expect(found.map(({ atMs }) => atMs.length)).toEqual(sends.devices.map(() => 576))
      expect(unitsOf('Query').reduce((sum, units) => sum + units, 0)).toBe(dayUnits)
    })

    /** As DynamoDB counts: names and values, a number at two digits a byte and one more. */
    const bytesOf = (item: Record<string, unknown>): number =>
      Object.entries(item).reduce((sum, [name, value]) => {
        if (typeof value === 'number') return sum + name.length + Math.ceil(String(value).length / 2) + 1
        return sum + name.length + (value as string | Uint8Array).length
      }, 0)
    const installations = (of: string, devices: readonly string[]) =>
      devices.map((device) => ({
        device: aDevice({ deviceId: `${of}-${device}`, kind: device === 'METER' ? 'meter' : 'inverter' }),
        installedOn: aDevice().validFrom,
      }))

    test('a message takes one write unit and one read unit, and its day one write unit more', async () => {
      for (const round of roundsOf(3, aStation()).slice(0, 24)) await store.append(round)
      // And one for each device, once for ever.
      expect(unitsOf('PutItem')).toEqual(Array.from({ length: 24 + 5 }, () => 1))
      // The first finds nothing, for which dynalite takes no unit and DynamoDB one.
      expect(unitsOf('Query').slice(1)).toEqual(Array.from({ length: 23 }, () => 1))
      expect(unitsOf('UpdateItem')).toEqual([1])
      // Five devices, looked up once and remembered.
      expect(unitsOf('BatchGetItem')).toEqual([5])
    })

    const computed = async (nth: number) => {
      const devices = installations(station, ['INV-1', 'INV-2', 'INV-3', 'INV-4', 'METER'])
      const found = await readingsOfDay(store, devices, dayOf(NOON_MS + nth * DAY_MS), NOON_MS + (nth + 1) * DAY_MS - HOUR_MS)
      const queries = watched.sent.filter(({ command }) => command === 'Query')
      const isOfDays = ({ input }: Sent) => JSON.stringify(input).includes('days/')
      const [days, readings] = [queries.filter(isOfDays), queries.filter((each) => !isOfDays(each))]
      return { found, days: days.map(({ units }) => units), readings: readings.map(({ units }) => units) }
    }

    test('a day with half a day on each side takes three queries and one of their index, its conflicts included', async () => {
      const { found, days, readings } = await computed(1)
      expect(found.map(({ atMs }) => atMs.length)).toEqual([576, 576, 144, 576, 576])
      expect(days).toEqual([1])
      expect(readings.toSorted((one, other) => one - other)).toEqual([8, 10, 16])
    })

    test('the last sign of a device that fell silent is found without reading the days in between', async () => {
      const { found, days, readings } = await computed(2)
      expect(found[2]?.atMs).toEqual([NOON_MS + DAY_MS / 2 - 5 * MINUTE_MS])
      expect(days).toEqual([1, 1])
      // The last of them is one page of the evening on which the device spoke last.
      expect(readings.at(-1)).toBe(2)
    })
  })

  test('what is asked for before an append has come back may lack it, what is asked for after never does', async () => {
    const round = aRound(aStation(), NOON_MS)
    const span = around(round)
    await store.append(round.slice(0, 1))
    const before = store.series(span, ['acPowerW'])
    await store.append(round.slice(1))
    const [early, late] = await Promise.all([before, store.series(span, ['acPowerW'])])
    expect(early.length).toBeLessThanOrEqual(late.length)
    expect(late).toHaveLength(round.length)
  })

  test('spans of the same devices asked for at once are answered each for itself', async () => {
    const deviceIds = [`${aStation()}-A`]
    const hour = (nth: number): number => NOON_MS + nth * HOUR_MS
    await store.append([0, 1, 2, 3].map((nth) => aReading({ deviceId: deviceIds[0], atMs: hour(nth) })))
    const spans = [
      [1, 2],
      [0, 4],
      [2, 4],
      [-9, -8],
      [0, 1],
      [-1, 9],
    ] as const
    watched.sent.length = 0
    const found = await Promise.all(
      spans.map(([from, to]) => store.series({ deviceIds, fromMs: hour(from), toMs: hour(to) }, [])),
    )
    expect(found.map(([series]) => series?.atMs ?? [])).toEqual([
      [hour(1)],
      [0, 1, 2, 3].map(hour),
      [hour(2), hour(3)],
      [],
      [hour(0)],
      [0, 1, 2, 3].map(hour),
    ])
  })
})
