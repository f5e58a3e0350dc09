import type { Quantity, Reading } from '../../domain/reading.ts'
import { type Conflict, conflictsOf, type Point, type ReadingReader, type Series, type Span } from '../readings.ts'
import { summariesFrom } from '../summaries.ts'
import { CONFLICT, READING, READING_COLUMNS, readingOfRow, type Row } from './records.ts'
import { idLiteral, type Statements, timeLiteral } from './statements.ts'

/** A statement may have 256 KiB; ids have up to 64 characters. */
const DEVICES_PER_STATEMENT = 1_000
const IDENTITIES_PER_STATEMENT = 500
const STATEMENTS_AT_ONCE = 4

type Identity = { deviceId: string; atMs: number }

const groupsOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, group) => items.slice(group * size, (group + 1) * size))

/** The span in parts that fit a statement, in the order of device ids. */
const partsOf = (span: Span): Span[] =>
  groupsOf([...new Set(span.deviceIds)].sort(), DEVICES_PER_STATEMENT).map((deviceIds) => ({ ...span, deviceIds }))

const spanSql = ({ deviceIds, fromMs, toMs }: Span): string =>
  `deviceId IN (${deviceIds.map(idLiteral).join(', ')}) AND time >= ${timeLiteral(fromMs)} AND time < ${timeLiteral(toMs)}`

/** One row per undisputed identity of the span: an identity in conflict has more than one record. `max` picks from that one. */
const undisputedSql = ({ table }: Statements, span: Span, columns: readonly string[]): string =>
  `SELECT ${['deviceId', 'to_milliseconds(time) AS atMs', ...columns.map((column) => `max("${column}") AS "${column}"`)].join(', ')}
   FROM ${table} WHERE ${spanSql(span)} AND measure_name IN ('${READING}', '${CONFLICT}')
   GROUP BY deviceId, time HAVING count(*) = 1`

/** The rows of the span with those of `columns` that exist; none when no device has written anything yet. */
const undisputedRows = async (
  statements: Statements,
  { span, columns, limit }: { span: Span; columns: readonly string[]; limit?: number },
): Promise<Row[]> => {
  const existing = await statements.existing(['deviceId', ...columns])
  if (!existing.has('deviceId')) return []
  const present = columns.filter((column) => existing.has(column))
  const end = limit === undefined ? '' : ` LIMIT ${limit}`
  const statement = `${undisputedSql(statements, span, present)} ORDER BY deviceId, atMs${end}`
  return statements.rows(statement, ['deviceId', 'atMs', ...present])
}

const numberOrNull = (value: string | undefined): number | null => (value === undefined ? null : Number(value))

const series = async (statements: Statements, whole: Span, quantities: readonly Quantity[]): Promise<Series[]> => {
  const found = new Map<string, Row[]>()
  for (const span of partsOf(whole)) {
    for (const row of await undisputedRows(statements, { span, columns: quantities })) {
      const deviceId = row.deviceId ?? ''
      const rows = found.get(deviceId)
      if (rows) rows.push(row)
      else found.set(deviceId, [row])
    }
  }
  return [...found].map(([deviceId, rows]) => ({
    deviceId,
    atMs: rows.map(({ atMs }) => Number(atMs)),
    values: Object.fromEntries(quantities.map((quantity) => [quantity, rows.map((row) => numberOrNull(row[quantity]))])),
  }))
}

const nearest = async (
  statements: Statements,
  whole: Span,
  { quantity, side }: { quantity: Quantity; side: 'min' | 'max' },
): Promise<Point[]> => {
  const points: Point[] = []
  const existing = await statements.existing(['deviceId', quantity])
  if (!existing.has(quantity)) return []
  for (const span of partsOf(whole)) {
    const statement = `SELECT deviceId, ${side}(atMs) AS atMs, ${side}_by("${quantity}", atMs) AS value
      FROM (${undisputedSql(statements, span, [quantity])}) WHERE "${quantity}" IS NOT NULL GROUP BY deviceId ORDER BY deviceId`
    for (const { deviceId = '', atMs, value } of await statements.rows(statement, ['deviceId', 'atMs', 'value']))
      points.push({ deviceId, atMs: Number(atMs), value: Number(value) })
  }
  return points
}

const list = async (statements: Statements, whole: Span, limit: number): Promise<Reading[]> => {
  if (!Number.isSafeInteger(limit) || limit < 0) throw new RangeError('a limit is a whole number from 0')
  const readings: Reading[] = []
  for (const span of partsOf(whole)) {
    const left = limit - readings.length
    if (left === 0) break
    const rows = await undisputedRows(statements, { span, columns: READING_COLUMNS, limit: left })
    readings.push(...rows.map(readingOfRow))
  }
  return readings
}

/** The records of some identities, each device named once. */
const identitiesSql = (identities: readonly Identity[]): string =>
  [...Map.groupBy(identities, ({ deviceId }) => deviceId)]
    .map(([deviceId, group]) => {
      const times = new Set(group.map(({ atMs }) => timeLiteral(atMs)))
      return `(deviceId = ${idLiteral(deviceId)} AND time IN (${[...times].join(', ')}))`
    })
    .join(' OR ')

/** Whole records, of which there may be several for one identity, by measure name. */
export const recordsOf = async (
  statements: Statements,
  identities: readonly Identity[],
  measureNames: readonly string[],
): Promise<Row[]> => {
  const existing = await statements.existing(READING_COLUMNS)
  const columns = READING_COLUMNS.filter((column) => existing.has(column))
  if (columns.length === 0) return []
  const selected = ['deviceId', 'to_milliseconds(time) AS atMs', ...columns.map((column) => `"${column}"`)].join(', ')
  const inTime = identities.toSorted((one, other) => one.atMs - other.atMs)
  const statementOf = (group: readonly Identity[]): string => {
    const [first = 0, last = 0] = [group[0]?.atMs, group.at(-1)?.atMs]
    // The bounds of time say nothing new; they are what Timestream looks at to leave parts of a table unread.
    return `SELECT ${selected} FROM ${statements.table}
      WHERE time >= ${timeLiteral(first)} AND time <= ${timeLiteral(last)} AND (${identitiesSql(group)})
      AND measure_name IN (${measureNames.map((name) => `'${name}'`).join(', ')})`
  }
  const found: Row[] = []
  for (const some of groupsOf(groupsOf(inTime, IDENTITIES_PER_STATEMENT), STATEMENTS_AT_ONCE)) {
    const answers = await Promise.all(some.map((group) => statements.rows(statementOf(group), ['deviceId', 'atMs', ...columns])))
    found.push(...answers.flat())
  }
  return found
}

/** Every set of values there is for these identities. */
export const claimsOf = async (statements: Statements, identities: readonly Identity[]): Promise<Reading[]> =>
  (await recordsOf(statements, identities, [READING, CONFLICT])).map(readingOfRow)

const conflicts = async (statements: Statements, whole: Span): Promise<Conflict[]> => {
  const readings: Reading[] = []
  if (!(await statements.existing(['deviceId'])).has('deviceId')) return []
  for (const span of partsOf(whole)) {
    const statement = `SELECT DISTINCT deviceId, to_milliseconds(time) AS atMs FROM ${statements.table}
      WHERE ${spanSql(span)} AND measure_name = '${CONFLICT}'`
    const disputed = await statements.rows(statement, ['deviceId', 'atMs'])
    const identities = disputed.map(({ deviceId = '', atMs }) => ({ deviceId, atMs: Number(atMs) }))
    readings.push(...(await claimsOf(statements, identities)))
  }
  return conflictsOf(readings)
}

/** The reading half of the port in Timestream's SQL. */
export const createReader = (statements: Statements): ReadingReader => ({
  series: (span, quantities) => series(statements, span, quantities),
  lastBefore: ({ deviceIds, beforeMs, notBeforeMs }, quantity) =>
    nearest(statements, { deviceIds, fromMs: notBeforeMs, toMs: beforeMs }, { quantity, side: 'max' }),
  firstAfter: ({ deviceIds, fromMs, beforeMs }, quantity) =>
    nearest(statements, { deviceIds, fromMs, toMs: beforeMs }, { quantity, side: 'min' }),
  list: (span, limit) => list(statements, span, limit),
  conflicts: (span) => conflicts(statements, span),
  summaries: summariesFrom((span, quantities) => series(statements, span, quantities)),
})
