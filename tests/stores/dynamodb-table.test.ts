import { ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayOf } from '../../domain/calendar.ts'
import { ITEM_KEY, indexKey, tableDefinitions } from '../../stores/dynamodb/definitions.ts'
import { openDynamoTable, openDynamoTables } from '../../stores/dynamodb/table.ts'
import { noteSpec } from './a-note.ts'
import { createTable, createTables, type DynamoServer, startDynamo } from './dynamodb-server.ts'
import { tableContract } from './table.contract.ts'

tableContract('DynamoDB', async () => {
  const { client, close } = await startDynamo()
  const indexes = Object.keys(noteSpec.indexes).map((name) => ({ name, key: indexKey(name) }))
  await createTable(client, noteSpec.name, { key: ITEM_KEY, indexes })
  return { table: openDynamoTable(client, noteSpec.name, noteSpec), close }
})

describe('the tables of the system in DynamoDB', () => {
  let dynamo: DynamoServer
  beforeAll(async () => {
    dynamo = await startDynamo()
    await createTables(dynamo.client, 'pv-')
  })
  afterAll(() => dynamo.close())

  test('all can be created from their definitions', async () => {
    const { TableNames = [] } = await dynamo.client.send(new ListTablesCommand({}))
    expect(TableNames.toSorted()).toEqual(
      tableDefinitions()
        .map(({ title }) => `pv-${title}`)
        .toSorted(),
    )
  })

  test('only those named are opened, under their physical names', async () => {
    const opened = openDynamoTables({ client: dynamo.client, names: ['staleDays', 'alerts'], tableName: physical })
    expect(Object.keys(opened)).toEqual(['staleDays', 'alerts'])
    const mark = { countyCode: '530127', stationId: 'S1', day: dayOf(Date.UTC(2026, 10, 1)), markedAtMs: 1 }
    expect(await opened.staleDays.put(mark, 'absent')).toBe('written')
    expect((await opened.staleDays.query({ partition: '530127' })).rows).toEqual([{ row: mark, version: 1 }])
    expect((await opened.alerts.queryIndex('open', { partition: '530127' })).rows).toEqual([])
  })

  test('an outage is thrown and never taken for a conflict', async () => {
    const { users } = openDynamoTables({ client: dynamo.client, names: ['users'], tableName: () => 'no-such-table' })
    await expect(users.delete({ userName: 'nobody' }, { version: 1 })).rejects.toThrow('resource not found')
  })
})

const physical = (name: string): string => (name === 'staleDays' ? 'pv-stale-days' : `pv-${name}`)
