import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/**
 * Counts what DynamoDB would bill for everything a client does, by the rules AWS documents: a read costs the bytes of its items in
 * units of 4 KiB, half as much from an index, at least one unit; a write the larger of the old and the new item in whole KiB, and
 * the same again in each index that holds the item, twice where it moves. (dynalite itself leaves the indexes out.) Beyond its
 * first unit a query is not rounded up, so that what was measured on a small county holds for a large one.
 */
export type Meter = {
  /** What was counted since the last call. */
  take: () => Metered
}
export type Metered = {
  readUnits: number
  writeUnits: number
  /** Requests that began while no other was under way: what waits one after another. */
  waits: number
  requests: number
  /** Items that came back or were written. */
  rows: number
}

/** The attributes that file an item in an index. */
export type Indexed = { partition: string; sort: string }

type Item = Record<string, unknown>
type Asked = { TableName: string; ConsistentRead?: boolean; ExpressionAttributeValues?: Item; Key?: Item; Item?: Item }
type Answer = { Item?: Item; Items?: Item[]; Attributes?: Item; Responses?: Record<string, Item[]> }
type BatchAsked = { RequestItems: Record<string, { Keys: Item[]; ConsistentRead?: boolean }> }

const utf8 = (text: string): number => Buffer.byteLength(text)
const numberBytes = (text: string): number => Math.ceil(text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length / 2) + 1

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
const valueBytes = (value: unknown): number => {
  if (typeof value === 'string') return utf8(value)
  if (typeof value === 'number') return numberBytes(String(value))
  if (value instanceof Uint8Array) return value.byteLength
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, each) => sum + 1 + valueBytes(each), 0)
  if (typeof value !== 'object' || value === null) return 1
  const [only, ...others] = Object.entries(value)
  const [type, content] = only ?? ['', undefined]
  // The document client hands over plain values, the client itself typed ones.
  if (others.length === 0 && TYPES.has(type)) return type === 'N' ? numberBytes(String(content)) : valueBytes(content)
  return 3 + itemBytes(value) + Object.keys(value).length
}
const TYPES: ReadonlySet<string> = new Set(['S', 'N', 'B', 'L', 'M', 'BOOL', 'NULL'])
export const itemBytes = (item: object): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + utf8(name) + valueBytes(value), 0)

const READ_UNIT_BYTES = 4 * 1024
const WRITE_UNIT_BYTES = 1024

const readUnitsOf = ({ ConsistentRead = false }: Asked, { Item, Items }: Answer): number => {
  const bytes = (Items ?? [Item ?? {}]).reduce((sum, item) => sum + itemBytes(item), 0)
  return Math.max(1, bytes / READ_UNIT_BYTES) * (ConsistentRead ? 1 : 0.5)
}

const writeUnitsOf = (...items: (Item | undefined)[]): number =>
  Math.max(1, ...items.map((item) => Math.ceil((item ? itemBytes(item) : 0) / WRITE_UNIT_BYTES)))

/** The item an UpdateItem of our adapter leaves: every value it sets, the key, and the version it counts up. */
const itemAfter = ({ Key = {}, ExpressionAttributeValues = {}, Item }: Asked): Item => {
  if (Item) return Item
  const set = Object.entries(ExpressionAttributeValues).filter(([name]) => name !== ':one' && name !== ':version')
  return { ...Key, v: 1, ...Object.fromEntries(set.map(([name, value]) => [name.slice(1), value])) }
}

const indexUnits = (index: Indexed, before: Item | undefined, after: Item): number => {
  const placeIn = (item: Item | undefined) => item?.[index.partition] && JSON.stringify([item[index.partition], item[index.sort]])
  const [from, to] = [placeIn(before), placeIn(after)]
  if (from === undefined && to === undefined) return 0
  const units = writeUnitsOf(before, after)
  return from !== undefined && to !== undefined && from !== to ? 2 * units : units
}

const nothing = (): Metered => ({ readUnits: 0, writeUnits: 0, waits: 0, requests: 0, rows: 0 })

/** Puts a meter on a client: everything sent through it from now on is counted. `indexesOf` names a table's indexes. */
export const meterOf = (client: DynamoDBClient, indexesOf: (tableName: string) => readonly Indexed[]): Meter => {
  let counted = nothing()
  let underWay = 0
  const countRead = (asked: Asked, answer: Answer): void => {
    counted.readUnits += readUnitsOf(asked, answer)
    counted.rows += answer.Items?.length ?? (answer.Item ? 1 : 0)
  }
  /** Every key that is asked for is a read of its own, found or not. */
  const countBatch = ({ RequestItems }: BatchAsked, { Responses = {} }: Answer): void => {
    for (const [table, { Keys, ConsistentRead = false }] of Object.entries(RequestItems)) {
      const found = Responses[table] ?? []
      const bytes = found.map((item) => Math.ceil(itemBytes(item) / READ_UNIT_BYTES))
      const units = bytes.reduce((sum, each) => sum + each, 0) + Keys.length - found.length
      counted.readUnits += units * (ConsistentRead ? 1 : 0.5)
      counted.rows += found.length
    }
  }
  const countWrite = (asked: Asked, before: Item | undefined, after: Item): void => {
    counted.writeUnits += writeUnitsOf(before, after)
    counted.rows += 1
    for (const index of indexesOf(asked.TableName)) counted.writeUnits += indexUnits(index, before, after)
  }
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName)
      const asked = args.input as Asked
      const writes = /^(Put|Update|Delete)Item/.test(command)
      if (!writes && !/^(GetItem|Query|BatchGetItem)/.test(command))
        throw new Error(`the meter does not know what ${command} costs`)
      // An item of readings is written once and never again; what it was before is nothing.
      if (/^(Update|Delete)Item/.test(command)) Object.assign(asked, { ReturnValues: 'ALL_OLD' })
      counted.requests += 1
      if (underWay === 0) counted.waits += 1
      underWay += 1
      try {
        const result = await next(args)
        const answer = result.output as Answer
        if (writes) countWrite(asked, answer.Attributes, command.startsWith('Delete') ? {} : itemAfter(asked))
        else if (command.startsWith('BatchGetItem')) countBatch(args.input as BatchAsked, answer)
        else countRead(asked, answer)
        return result
      } finally {
        underWay -= 1
      }
    },
    { step: 'serialize', priority: 'high', name: 'meter' },
  )
  return {
    take: () => {
      const taken = counted
      counted = nothing()
      return taken
    },
  }
}
