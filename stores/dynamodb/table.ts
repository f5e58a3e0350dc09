import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { checkedKey, type Filed, fileRow, fileRows, indexNames, openRange, sealCursor } from '../filing.ts'
import type { Condition, Key, Page, Range, Table, TableSpec, Versioned } from '../table.ts'
import { type TableName, type TableOf, tables } from '../tables.ts'
import { BODY, ITEM_KEY, indexKey, type KeyAttributes, VERSION } from './definitions.ts'

/**
 * The Table port on DynamoDB.
 *
 * An item is the row as JSON text with its version and the keys it is filed under. Every write is one UpdateItem or DeleteItem,
 * because a version must grow with each: batch writes cannot do that. A conditional write whose answer is lost is sent again by
 * the SDK and may then say 'conflict' although it happened; who needs to know reads the row.
 */

/** Writes of one batch that are under way at a time: a few less than the SDK opens connections. */
const CONCURRENT_WRITES = 40

/** Opens the named tables; `tableName` gives the physical name of each. */
export const openDynamoTables = <Name extends TableName>(options: {
  client: DynamoDBClient
  names: readonly Name[]
  tableName: (name: Name) => string
}): { [Each in Name]: TableOf<Each> } => {
  const { client, names, tableName } = options
  const opened: Record<string, unknown> = Object.fromEntries(
    names.map((name) => [name, openDynamoTable(client, tableName(name), tables[name] as TableSpec<object, never, string>)]),
  )
  return opened as { [Each in Name]: TableOf<Each> }
}

/** One table by its physical name. */
export const openDynamoTable = <Row extends object, Id extends keyof Row, Index extends string>(
  client: DynamoDBClient,
  tableName: string,
  spec: TableSpec<Row, Id, Index>,
): Table<Row, Id, Index> => {
  const documents = DynamoDBDocumentClient.from(client)
  const query = queries<Row>(documents, tableName)
  const write = (filed: Filed, condition?: Condition): Promise<Written> =>
    unlessConflict(documents.send(new UpdateCommand({ TableName: tableName, ...updateOf(filed, indexNames(spec), condition) })))
  return {
    get: async (id) => {
      const { Item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: itemKey(checkedKey(spec.key(id))), ConsistentRead: true }),
      )
      return Item && versioned<Row>(Item)
    },
    query: async (range) => query(undefined, range),
    queryIndex: async (index, range) => query(index, range),
    put: async (row, condition) => write(fileRow(spec, row), condition),
    putBatch: async (rows) => {
      const filed = fileRows(spec, rows)
      for (let at = 0; at < filed.length; at += CONCURRENT_WRITES) {
        await Promise.all(filed.slice(at, at + CONCURRENT_WRITES).map((each) => write(each)))
      }
    },
    delete: async (id, condition) => {
      const Key = itemKey(checkedKey(spec.key(id)))
      return unlessConflict(documents.send(new DeleteCommand({ TableName: tableName, Key, ...versionIs(condition) })))
    },
  }
}

type Written = 'written' | 'conflict'

const unlessConflict = async (sent: Promise<unknown>): Promise<Written> => {
  try {
    await sent
    return 'written'
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'conflict'
    throw error
  }
}

const itemKey = ({ partition, sort }: Key) => ({ [ITEM_KEY.partition]: partition, [ITEM_KEY.sort]: sort })
const versioned = <Row>(item: Record<string, unknown>): Versioned<Row> => ({
  row: JSON.parse(String(item[BODY])) as Row,
  version: Number(item[VERSION]),
})
const versionIs = (condition: { version: number } | undefined) =>
  condition && { ConditionExpression: `${VERSION} = :version`, ExpressionAttributeValues: { ':version': condition.version } }

/** One UpdateItem that replaces the row, files it in its indexes and no other, and counts its version up. */
const updateOf = ({ key, indexKeys, body }: Filed, indexes: readonly string[], condition: Condition | undefined) => {
  const set: [string, string][] = [[BODY, body]]
  const remove: string[] = []
  for (const index of indexes) {
    const attributes = indexKey(index)
    const filedUnder = indexKeys[index]
    if (filedUnder) set.push([attributes.partition, filedUnder.partition], [attributes.sort, filedUnder.sort])
    else remove.push(attributes.partition, attributes.sort)
  }
  const conditional = condition === 'absent' ? { ConditionExpression: `attribute_not_exists(${VERSION})` } : versionIs(condition)
  return {
    Key: itemKey(key),
    UpdateExpression: [
      `SET ${set.map(([attribute]) => `${attribute} = :${attribute}`).join(', ')}`,
      ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
      `ADD ${VERSION} :one`,
    ].join(' '),
    ...conditional,
    ExpressionAttributeValues: {
      ':one': 1,
      ...Object.fromEntries(set.map(([attribute, value]) => [`:${attribute}`, value])),
      ...(conditional && 'ExpressionAttributeValues' in conditional ? conditional.ExpressionAttributeValues : {}),
    },
  }
}

const queries =
  <Row extends object>(documents: DynamoDBDocumentClient, tableName: string) =>
  async (index: string | undefined, range: Range): Promise<Page<Row>> => {
    const place = index === undefined ? tableName : `${tableName}/${index}`
    const { partition, from, to, limit, reverse, after } = openRange(place, range)
    // DynamoDB refuses a range whose lower bound lies above its upper one.
    if (from !== undefined && to !== undefined && Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0) return { rows: [] }
    const key = index === undefined ? ITEM_KEY : indexKey(index)
    const bounds = boundsOf(key.sort, from, to)
    const { Items = [], LastEvaluatedKey: last } = await documents.send(
      new QueryCommand({
        TableName: tableName,
        ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
        KeyConditionExpression: [`${key.partition} = :partition`, ...bounds.expressions].join(' AND '),
        ExpressionAttributeValues: { ':partition': partition, ...bounds.values },
        ScanIndexForward: !reverse,
        Limit: limit,
        ...(after && { ExclusiveStartKey: startKey(key, partition, after) }),
      }),
    )
    const rows = Items.map(versioned<Row>)
    return last ? { rows, cursor: sealCursor(place, range, positionOf(key, last)) } : { rows }
  }

const boundsOf = (sort: string, from: string | undefined, to: string | undefined) => {
  const values = { ...(from !== undefined && { ':from': from }), ...(to !== undefined && { ':to': to }) }
  if (from !== undefined && to !== undefined) return { expressions: [`${sort} BETWEEN :from AND :to`], values }
  if (from !== undefined) return { expressions: [`${sort} >= :from`], values }
  return { expressions: to === undefined ? [] : [`${sort} <= :to`], values }
}

/** A position is the sort key, and in an index the item's own key too, because index keys are not unique. */
const positionOf = (key: KeyAttributes, last: Record<string, unknown>): string[] =>
  (key === ITEM_KEY ? [key.sort] : [key.sort, ITEM_KEY.partition, ITEM_KEY.sort]).map((attribute) => String(last[attribute]))

const startKey = (key: KeyAttributes, partition: string, [sort = '', itemPartition = '', itemSort = '']: string[]) => ({
  [key.partition]: partition,
  [key.sort]: sort,
  ...(key !== ITEM_KEY && itemKey({ partition: itemPartition, sort: itemSort })),
})
