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
  const values = brief && briefValues(brief, row)
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

/** A number JSON has no word for becomes null, and a null would be taken for an absent value. */
const isSayable = (value: unknown): boolean => (typeof value === 'number' ? Number.isFinite(value) : value !== null)

/** Values in the order of the fields; undefined when the row holds what these and its key cannot say. */
const briefValues = <Row extends object>({ partition, sort, valuesOf }: Brief<Row>, row: Row): unknown[] | undefined => {
  const values = valuesOf(row)
  const keyed = partition.length + sort.length
  for (let at = 0; at < keyed; at += 1) {
    const [text, isLastOfPart] = [values[at], at === partition.length - 1 || at === keyed - 1]
    if (typeof text !== 'string' || (!isLastOfPart && text.includes('#'))) return undefined
  }
  let [said, end] = [keyed, keyed]
  for (let at = keyed; at < values.length; at += 1) {
    if (values[at] === undefined) continue
    if (!isSayable(values[at])) return undefined
    said += 1
    end = at + 1
  }
  return said === Object.keys(row).length ? values.slice(keyed, end) : undefined
}
