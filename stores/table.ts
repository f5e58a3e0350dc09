/**
 * The port for everything that is not a time series: the small subset of DynamoDB we need.
 *
 * A row is a plain JSON object filed under (partition, sort), both non-empty strings compared by their UTF-8 bytes. Numbers are
 * safe integers or doubles; bigint never enters. A row of more than ROW_BYTES_MAX is refused with a RangeError.
 *
 * Promises, held by one contract suite over every adapter:
 * - a write that returned is durable and the next `get` or `query` of the same table sees it (indexes may lag on DynamoDB);
 * - `version` starts at 1 and grows by 1 with every write of the key; it is how two writers notice each other;
 * - of two concurrent conditional writes of one key, exactly one succeeds;
 * - a batch is many independent writes, not a transaction: after a throw some may have happened, and doing it again is safe.
 */

export type Key = { partition: string; sort: string }

/** What a table is: how a row finds its place. Pure, so that adapters and tests share it. `Id` names the fields that identify a row. */
export type TableSpec<Row extends object, Id extends keyof Row, Index extends string = never> = {
  name: string
  key: (id: Pick<Row, Id>) => Key
  /** A row is in an index exactly while its function returns a key for it. */
  indexes: Record<Index, (row: Row) => Key | undefined>
  /** Of a table of millions of small rows, for an adapter that writes every byte itself. */
  brief?: Brief<Row>
}

/**
 * How a row may be kept without the names of its fields, and without those its key says: partition and sort key are these fields, all
 * texts, joined by `#`. The others are kept in this order: a new field comes last, and none is ever taken away.
 */
export type Brief<Row extends object> = {
  partition: readonly (keyof Row & string)[]
  sort: readonly (keyof Row & string)[]
  fields: readonly (keyof Row & string)[]
  /** What a row has in all of these: written out, because so it is answered several times as fast as name by name. */
  valuesOf: (row: Row) => unknown[]
}

export type Versioned<Row> = { row: Row; version: number }

export type Range = {
  partition: string
  /** Inclusive lower bound of the sort key. */
  from?: string
  /** Inclusive upper bound of the sort key. */
  to?: string
  /** 1..PAGE_ROWS_MAX, PAGE_ROWS_MAX when absent. */
  limit?: number
  /** Largest sort key first. */
  reverse?: boolean
  /** As an earlier page of the same query returned it. */
  cursor?: string
}

/** A page may hold fewer rows than its limit: only a missing cursor means the end. */
export type Page<Row> = { rows: Versioned<Row>[]; cursor?: string }

/** Only write if the row does not exist yet, or still has this version. */
export type Condition = 'absent' | { version: number }

/** What a function that declares a table under `reads` is given. */
export type TableReader<Row extends object, Id extends keyof Row, Index extends string = never> = {
  get: (id: Pick<Row, Id>) => Promise<Versioned<Row> | undefined>
  query: (range: Range) => Promise<Page<Row>>
  queryIndex: (index: Index, range: Range) => Promise<Page<Row>>
}

/** What a function that declares a table under `writes` is given. */
export type Table<Row extends object, Id extends keyof Row, Index extends string = never> = TableReader<Row, Id, Index> & {
  /** 'conflict' when the condition does not hold; nothing is written then. Without a condition the row is replaced. */
  put: (row: Row, condition?: Condition) => Promise<'written' | 'conflict'>
  /** Unconditional; of two rows with one key the later in the array stays. */
  putBatch: (rows: readonly Row[]) => Promise<void>
  /** Deleting what is not there is 'written', unless a version was demanded. */
  delete: (id: Pick<Row, Id>, condition?: { version: number }) => Promise<'written' | 'conflict'>
}

/** At most `max` rows of a range, and whether there were more. */
export const firstRows = async <Row extends object>(
  query: (range: Range) => Promise<Page<Row>>,
  range: Range,
  max: number,
): Promise<{ rows: Versioned<Row>[]; cut: boolean }> => {
  const rows: Versioned<Row>[] = []
  let cursor: string | undefined
  do {
    const page = await query({ ...range, ...(cursor !== undefined && { cursor }) })
    rows.push(...page.rows)
    cursor = page.cursor
  } while (cursor !== undefined && rows.length < max)
  return { rows: rows.slice(0, max), cut: cursor !== undefined || rows.length > max }
}

/** Every row of a range, page by page; at most `rowsMax` of them, RangeError beyond: nothing here may grow without a bound. */
export const allRows = async <Row extends object>(
  page: (cursor: string | undefined) => Promise<Page<Row>>,
  rowsMax = 100_000,
): Promise<Row[]> => {
  const rows: Row[] = []
  let cursor: string | undefined
  do {
    const next = await page(cursor)
    for (const { row } of next.rows) rows.push(row)
    if (rows.length > rowsMax) throw new RangeError(`more than ${rowsMax} rows in one range`)
    cursor = next.cursor
  } while (cursor !== undefined)
  return rows
}
