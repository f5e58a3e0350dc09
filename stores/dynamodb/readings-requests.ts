import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { setTimeout as wait } from 'node:timers/promises'
import type { Key } from '../table.ts'
import { READINGS_KEY } from './readings-definition.ts'

/** What is asked of the table of readings, one kind of request each. Every read sees what was written before it began. */

export type Item = Readonly<Record<string, unknown>>
/** Items of a partition from a sort key to another, both included, in their order or from its end, `pageItems` at a time if given. */
export type Range = { partition: string; from: string; to: string; isReverse?: boolean; pageItems?: number }

export type Requests = {
  pages: (range: Range) => AsyncGenerator<Item[]>
  /** All pages. */
  query: (range: Range) => Promise<readonly Item[]>
  get: (key: Key) => Promise<Item | undefined>
  /** Those that exist, in no order. */
  getMany: (keys: readonly Key[]) => Promise<Item[]>
  /** Writes an item where there is none. */
  putNew: (key: Key, item: Item) => Promise<'written' | 'exists'>
  update: (key: Key, change: Change) => Promise<'written' | 'unmet'>
}
export type Change = Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>

/** Requests of one call that are under way at a time. */
const LANES = 32
/** A page holds at most 1 MB. */
const PAGES_MAX = 1_000
const KEYS_PER_GET = 100
const ATTEMPTS_MAX = 6
const FIRST_WAIT_MS = 25

const { partition: PARTITION, sort: SORT } = READINGS_KEY

/** Does the work for each, LANES at a time; the first failure is thrown once all that began has ended, and nothing begins after it. */
export const eachOf = async <Of, Result>(all: readonly Of[], work: (one: Of) => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = []
  const failures: unknown[] = []
  const entries = all.entries()
  const lane = async (): Promise<void> => {
    for (const [at, one] of entries) {
      try {
        results[at] = await work(one)
      } catch (error) {
        failures.push(error)
      }
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: Math.min(LANES, all.length) }, lane))
  if (failures.length > 0) throw failures[0]
  return results
}

const keyed = ({ partition, sort }: Key): Record<string, string> => ({ [PARTITION]: partition, [SORT]: sort })

export const createRequests = (documents: DynamoDBDocumentClient, tableName: string): Requests => ({
  pages: (range) => pages(documents, tableName, range),
  query: (range) => allPages(pages(documents, tableName, range)),
  get: async (key) =>
    (await documents.send(new GetCommand({ TableName: tableName, Key: keyed(key), ConsistentRead: true }))).Item,
  getMany: async (keys) => {
    const groups = Array.from({ length: Math.ceil(keys.length / KEYS_PER_GET) }, (_, nth) =>
      keys.slice(nth * KEYS_PER_GET, (nth + 1) * KEYS_PER_GET),
    )
    return (await eachOf(groups, (group) => getGroup(documents, tableName, group))).flat()
  },
  putNew: async (key, item) =>
    (await isMet(
      documents.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...keyed(key), ...item },
          ConditionExpression: `attribute_not_exists(${PARTITION})`,
        }),
      ),
    ))
      ? 'written'
      : 'exists',
  update: async (key, change) =>
    (await isMet(documents.send(new UpdateCommand({ TableName: tableName, Key: keyed(key), ...change })))) ? 'written' : 'unmet',
})

const isMet = async (sent: Promise<unknown>): Promise<boolean> => {
  try {
    await sent
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

async function* pages(documents: DynamoDBDocumentClient, tableName: string, range: Range): AsyncGenerator<Item[]> {
  const { partition, from, to, isReverse = false, pageItems } = range
  const command = {
    TableName: tableName,
    KeyConditionExpression: `${PARTITION} = :partition AND ${SORT} BETWEEN :from AND :to`,
    ExpressionAttributeValues: { ':partition': partition, ':from': from, ':to': to },
    ConsistentRead: true,
    ScanIndexForward: !isReverse,
    Limit: pageItems,
  }
  let start: Record<string, unknown> | undefined
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await documents.send(new QueryCommand({ ...command, ExclusiveStartKey: start }))
    yield answer.Items ?? []
    start = answer.LastEvaluatedKey
    if (!start) return
  }
  throw new RangeError(`a query of readings has more than ${PAGES_MAX} pages`)
}

const allPages = async (pages: AsyncIterable<Item[]>): Promise<Item[]> => {
  const items: Item[] = []
  for await (const page of pages) items.push(...page)
  return items
}

/** What DynamoDB left unprocessed is asked for again, a little later each time. */
const getGroup = async (documents: DynamoDBDocumentClient, tableName: string, group: readonly Key[]): Promise<Item[]> => {
  const found: Item[] = []
  let keys: Record<string, unknown>[] = group.map(keyed)
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await wait(FIRST_WAIT_MS * 2 ** attempt)
    const { Responses, UnprocessedKeys } = await documents.send(
      new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } }),
    )
    found.push(...(Responses?.[tableName] ?? []))
    keys = UnprocessedKeys?.[tableName]?.Keys ?? []
    if (keys.length === 0) return found
  }
  throw new Error(`DynamoDB left ${keys.length} keys unread in ${ATTEMPTS_MAX} attempts`)
}
