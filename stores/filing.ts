import { createHash } from 'node:crypto'
import { PAGE_ROWS_MAX, ROW_BYTES_MAX } from '../domain/limits.ts'
import type { Key, Range, TableSpec } from './table.ts'

/** How rows are filed and pages are cut: the rules every adapter of the Table port obeys in the same way. */

/** DynamoDB refuses longer keys. */
const PARTITION_BYTES_MAX = 2048
const SORT_BYTES_MAX = 1024
/** Attribute names and number overheads that DynamoDB counts beside keys and body. */
const FRAME_BYTES = 256

/** A row ready to be written: its key, the keys of the indexes it is in, and its JSON. */
export type Filed = { key: Key; indexKeys: Record<string, Key | undefined>; body: string }

const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8')

/** A code unit takes at most so many: most texts need not be counted to know that they are short enough. */
const BYTES_PER_UNIT_MAX = 3

const checkedKeyPart = (text: string, bytesMax: number): string => {
  if (text === '') throw new RangeError('a key is empty')
  // A lone surrogate has no UTF-8 form, and SQLite ends a text at NUL.
  if (!text.isWellFormed() || text.includes('\0')) throw new RangeError('a key is not plain text')
  const mayBeLong = text.length * BYTES_PER_UNIT_MAX > bytesMax
  if (mayBeLong && bytesOf(text) > bytesMax) throw new RangeError(`a key has more than ${bytesMax} bytes`)
  return text
}

/** The key as given; RangeError when a part is empty, too long or not plain text. */
export const checkedKey = (key: Key): Key => {
  checkedKeyPart(key.partition, PARTITION_BYTES_MAX)
  checkedKeyPart(key.sort, SORT_BYTES_MAX)
  return key
}

/** How an adapter keeps a row; as its JSON, or as less than that. */
type BodyOf = <Row extends object, Id extends keyof Row, Index extends string>(
  spec: TableSpec<Row, Id, Index>,
  row: Row,
) => string
const wholeBody: BodyOf = (_, row) => JSON.stringify(row)

/** Files one row; RangeError when a key is refused or the row with all its keys would exceed ROW_BYTES_MAX. */
export const fileRow = <Row extends object, Id extends keyof Row, Index extends string>(
  spec: TableSpec<Row, Id, Index>,
  row: Row,
  bodyOf = wholeBody,
): Filed => {
  const key = checkedKey(spec.key(row))
  const body = bodyOf(spec, row)
  const indexes = indexNames(spec)
  const indexKeys: Filed['indexKeys'] = indexes.length === 0 ? NO_INDEX_KEYS : {}
  let units = body.length + key.partition.length + key.sort.length
  for (const index of indexes) {
    const indexKey = spec.indexes[index](row)
    indexKeys[index] = indexKey && checkedKey(indexKey)
    if (indexKey) units += indexKey.partition.length + indexKey.sort.length
  }
  const filed = { key, indexKeys, body }
  if (FRAME_BYTES + units * BYTES_PER_UNIT_MAX > ROW_BYTES_MAX) checkRowBytes(spec.name, filed)
  return filed
}

const NO_INDEX_KEYS: Filed['indexKeys'] = Object.freeze({})

const checkRowBytes = (name: string, { key, indexKeys, body }: Filed): void => {
  const keys = [key, ...Object.values(indexKeys)].filter((each) => each !== undefined)
  const texts = [body, ...keys.flatMap(({ partition, sort }) => [partition, sort])]
  const bytes = texts.reduce((sum, text) => sum + bytesOf(text), FRAME_BYTES)
  if (bytes > ROW_BYTES_MAX) throw new RangeError(`a row of ${name} has ${bytes} bytes, more than ${ROW_BYTES_MAX}`)
}

/** Files a batch: one write per key, the later row of two with one key. All rows are checked here, before any of them is written. */
export const fileRows = <Row extends object, Id extends keyof Row, Index extends string>(
  spec: TableSpec<Row, Id, Index>,
  rows: readonly Row[],
  bodyOf = wholeBody,
): Filed[] => {
  const filed = rows.map((row) => fileRow(spec, row, bodyOf))
  if (isAscending(filed)) return filed
  return [...new Map(filed.map((each) => [`${each.key.partition}\0${each.key.sort}`, each])).values()]
}

/** Each behind the one before, as most batches come: then no two have one key. */
const isAscending = (filed: readonly Filed[]): boolean => filed.every(({ key }, at) => isBehind(key, filed[at - 1]?.key))
const isBehind = ({ partition, sort }: Key, before: Key | undefined): boolean =>
  before === undefined || partition > before.partition || (partition === before.partition && sort > before.sort)

/** The index names of a table, as the spec types them. */
export const indexNames = <Row extends object, Id extends keyof Row, Index extends string>(
  spec: TableSpec<Row, Id, Index>,
): Index[] => Object.keys(spec.indexes) as Index[]

/** A checked query: `after` is where the page before it ended. */
export type Ask = { partition: string; from?: string; to?: string; limit: number; reverse: boolean; after?: string[] }

/** Checks a range and opens its cursor; RangeError for a limit, a bound or a cursor that is not of this query. */
export const openRange = (name: string, range: Range): Ask => {
  const { limit = PAGE_ROWS_MAX, reverse = false, from, to } = range
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_ROWS_MAX) throw new RangeError(`a limit is 1 to ${PAGE_ROWS_MAX}`)
  return {
    partition: checkedKeyPart(range.partition, PARTITION_BYTES_MAX),
    limit,
    reverse,
    ...(from !== undefined && { from: checkedKeyPart(from, SORT_BYTES_MAX) }),
    ...(to !== undefined && { to: checkedKeyPart(to, SORT_BYTES_MAX) }),
    ...(range.cursor !== undefined && { after: openCursor(name, range, range.cursor) }),
  }
}

/** The cursor that continues this query behind a position: opaque, and good for this query only. */
export const sealCursor = (name: string, range: Range, position: readonly string[]): string =>
  Buffer.from(JSON.stringify([checksum(name, range, position), ...position])).toString('base64url')

const checksum = (name: string, { partition, from, to, reverse }: Range, position: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([name, partition, from ?? null, to ?? null, reverse ?? false, position]))
    .digest('base64url')
    .slice(0, 16)

const openCursor = (name: string, range: Range, cursor: string): string[] => {
  const [check, ...position] = textsIn(Buffer.from(cursor, 'base64url').toString())
  if (check !== checksum(name, range, position)) throw new RangeError('a cursor is not of this query')
  return position
}

/** The texts of a JSON list, or none when it is anything else. */
const textsIn = (json: string): string[] => {
  try {
    const list: unknown = JSON.parse(json)
    return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : []
  } catch {
    return []
  }
}
