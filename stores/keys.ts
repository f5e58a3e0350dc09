import type { RegionCode } from '../domain/registry.ts'
import type { QuarantineRow } from './rows.ts'
import type { Brief, Key, TableSpec } from './table.ts'

/** What the keys of tables are made of. */

/** A table as `tables.ts` lists it. */
export const spec = <Row extends object, Id extends keyof Row, Index extends string = never>(
  name: string,
  key: (id: Pick<Row, Id>) => Key,
  indexes: Record<Index, (row: Row) => Key | undefined>,
  brief?: Brief<Row>,
): TableSpec<Row, Id, Index> => ({ name, key, indexes, ...(brief && { brief }) })

/** The key of a row that has a partition to itself. */
export const single = (partition: string): Key => ({ partition, sort: '-' })
/** Sorts versions and counts as numbers do. */
export const padded = (count: number): string => String(count).padStart(8, '0')
/** The digits of the county a region lies in, or of the region itself above county level: what its rows are grouped by. */
export const countyDigits = (code: RegionCode): string => code.slice(0, 6)

type Quarantined = Pick<QuarantineRow, 'receivedAtMs' | 'messageId' | 'index'>
/** By time, the messages of an instant by id, the whole of one before its parts. */
export const quarantineSort = ({ receivedAtMs, messageId, index }: Quarantined): string =>
  `${String(receivedAtMs).padStart(15, '0')}#${messageId}#${padded(index + 1)}`
