import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ITEM_KEY, indexKey } from '../../stores/dynamodb/definitions.ts'
import { openDynamoTable } from '../../stores/dynamodb/table.ts'
import type { Table, TableSpec } from '../../stores/table.ts'
import { aClient, createTable, type DynamoServer, startDynamo } from '../stores/dynamodb-server.ts'
import { itemBytes, type Meter, meterOf } from './meter.ts'

/** The meter itself: what AWS documents about units, on rows whose size is known. */

type Parcel = { id: string; shelf?: string; content: string }
const parcels: TableSpec<Parcel, 'id', 'byShelf'> = {
  name: 'parcels',
  key: ({ id }) => ({ partition: 'all', sort: id }),
  indexes: { byShelf: ({ shelf, id }) => (shelf === undefined ? undefined : { partition: shelf, sort: id }) },
}
const aParcel = (id: string, bytes: number, shelf?: string): Parcel => ({
  id,
  content: 'x'.repeat(bytes),
  ...(shelf !== undefined && { shelf }),
})

let dynamo: DynamoServer
let meter: Meter
let table: Table<Parcel, 'id', 'byShelf'>
const metered = async (step: () => Promise<unknown>) => {
  meter.take()
  await step()
  return meter.take()
}

beforeAll(async () => {
  dynamo = await startDynamo()
  const index = { name: 'byShelf', key: indexKey('byShelf') }
  await createTable(dynamo.client, parcels.name, { key: ITEM_KEY, indexes: [index] })
  const client = aClient(dynamo.endpoint)
  meter = meterOf(client, () => [index.key])
  table = openDynamoTable(client, parcels.name, parcels)
})
afterAll(() => dynamo.close())

describe('a write costs', () => {
  test.each<[string, Parcel[], number]>([
    ['a unit for each KiB begun', [aParcel('a', 100)], 1],
    ['two for a little more than one KiB', [aParcel('b', 1_024)], 2],
    ['as much again in the index that holds it', [aParcel('c', 1_024, 'left')], 4],
    ['as much as the larger of old and new', [aParcel('d', 3_000), aParcel('d', 100)], 3],
    ['a removal and an addition where it moves in the index', [aParcel('e', 100, 'left'), aParcel('e', 100, 'right')], 3],
    ['a removal where it leaves the index', [aParcel('f', 100, 'left'), aParcel('f', 100)], 2],
    ['one more where only its content changes', [aParcel('g', 100, 'left'), aParcel('g', 200, 'left')], 2],
  ])('%s', async (_what, versions, units) => {
    const last = versions.at(-1)
    for (const version of versions.slice(0, -1)) await table.put(version)
    const { writeUnits, requests, rows } = await metered(async () => last && table.put(last))
    expect([writeUnits, requests, rows]).toEqual([units, 1, 1])
  })
})

describe('a read costs', () => {
  beforeAll(() => table.putBatch(['h1', 'h2', 'h3'].map((id) => aParcel(id, 4_000, 'h'))))

  test.each<[string, () => Promise<unknown>, number]>([
    ['a unit for each 4 KiB', () => table.get({ id: 'h1' }), 1],
    ['a unit when nothing is there', () => table.get({ id: 'nobody' }), 1],
    ['half as much from an index', () => table.queryIndex('byShelf', { partition: 'nobody' }), 0.5],
  ])('%s', async (_what, read, units) => {
    expect((await metered(read)).readUnits).toBeCloseTo(units, 1)
  })

  test('in a query the sum of its items, as the server counts it', async () => {
    const { readUnits, rows } = await metered(() => table.query({ partition: 'all', from: 'h', to: 'h~' }))
    const { ConsumedCapacity, Items = [] } = await dynamo.client.send(
      new QueryCommand({
        TableName: parcels.name,
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
        KeyConditionExpression: 'pk = :all AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':all': { S: 'all' }, ':from': { S: 'h' }, ':to': { S: 'h~' } },
      }),
    )
    expect(rows).toBe(3)
    expect(Math.ceil(readUnits)).toBe(ConsumedCapacity?.CapacityUnits)
    expect(readUnits * 4_096).toBeCloseTo(Items.reduce((bytes, item) => bytes + itemBytes(item), 0))
  })
})

test('requests at the same time are one wait, one after another are as many', async () => {
  const together = await metered(() => Promise.all(['a', 'b', 'c'].map((id) => table.get({ id }))))
  const inTurn = await metered(async () => {
    for (const id of ['a', 'b', 'c']) await table.get({ id })
  })
  expect([together.waits, inTurn.waits]).toEqual([1, 3])
})
