import type { Brief, Key, TableSpec } from '../table.ts'

/**
 * A row as a SQLite file keeps it: its JSON object, or briefer where its table says how. A brief body is a JSON list of the values
 * alone, without what the key says; a row that would not read back the same, whatever it holds, is kept as an object. Both are read.
 */

type Fields = Record<string, unknown>

/** A longer one is kept as an object, so that how long a row may be is the same everywhere. */
const BRIEF_LENGTH_MAX = 1_000

/** The body of a row. */
export const keptBody = <Row extends object, Id extends keyof Row, Index extends string>(
  { brief }: TableSpec<Row, Id, Index>,
  row: Row,
): string => {
  const values = brief && briefValues(brief as Brief<Fields>, row as Fields)
  const body = values && JSON.stringify(values)
  return body !== undefined && body.length <= BRIEF_LENGTH_MAX ? body : JSON.stringify(row)
}

/** The row of a body that was kept under a key. */
export const keptRow = <Row extends object, Id extends keyof Row, Index extends string>(
  { name, brief }: TableSpec<Row, Id, Index>,
  key: Key,
  body: string,
): Row => {
  const kept: unknown = JSON.parse(body)
  if (!Array.isArray(kept)) return kept as Row
  if (!brief || kept.length > brief.fields.length) throw new Error(`a row of ${name} was kept by another release`)
  const row: Fields = {}
  readKeyPart(row, brief.partition, key.partition)
  readKeyPart(row, brief.sort, key.sort)
  for (const [at, value] of kept.entries()) if (value !== null) row[brief.fields[at] as string] = value
  return row as Row
}

/** Only the last field of a part of a key may hold the sign between them. */
const readKeyPart = (row: Fields, fields: readonly string[], part: string): void => {
  const texts = part.split('#')
  for (const [at, field] of fields.entries()) row[field] = at < fields.length - 1 ? texts[at] : texts.slice(at).join('#')
}

const saysKeyPart = (row: Fields, fields: readonly string[]): boolean =>
  fields.every((field, at) => {
    const text = row[field]
    return typeof text === 'string' && (at === fields.length - 1 || !text.includes('#'))
  })

/** A number JSON has no word for becomes null, and a null would be taken for an absent value. */
const isSayable = (value: unknown): boolean => (typeof value === 'number' ? Number.isFinite(value) : value !== null)

/** Values in the order of the fields, null for an absent one; undefined when the row holds what these cannot say. */
const briefValues = ({ partition, sort, fields }: Brief<Fields>, row: Fields): unknown[] | undefined => {
  if (!saysKeyPart(row, partition) || !saysKeyPart(row, sort)) return undefined
  const values: unknown[] = []
  let said = partition.length + sort.length
  let length = 0
  for (const field of fields) {
    const value = row[field]
    values.push(value)
    if (value === undefined) continue
    if (!isSayable(value)) return undefined
    said += 1
    length = values.length
  }
  if (said !== Object.keys(row).length) return undefined
  values.length = length
  return values
}
