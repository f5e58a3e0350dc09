import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write'
import type { LimitedStore } from '../late-readings.ts'
import { appendReadings } from './append.ts'
import { claimsOf, createReader } from './queries.ts'
import { createStatements } from './statements.ts'
import { createUnanswered } from './unanswered.ts'

/**
 * The readings in one table of Timestream for LiveAnalytics. Reads are eventually consistent there, so a reading just appended may
 * be missing from an answer for a moment. A reading that is older than the table's memory store retention, or more than 15 minutes
 * ahead, or too large for a record, is refused: what becomes of it is for `withLateReadings` to say.
 * Throws a RangeError for names that cannot be a database or a table.
 */
export const openTimestreamReadingStore = ({
  write,
  query,
  database,
  table,
}: {
  write: TimestreamWriteClient
  query: TimestreamQueryClient
  database: string
  table: string
}): LimitedStore => {
  const statements = createStatements(query, { database, table })
  const unanswered = createUnanswered()
  const names = { DatabaseName: database, TableName: table }
  return {
    ...createReader(statements),
    append: (readings) => appendReadings({ client: write, names, statements, unanswered }, readings),
    claims: (identities) => claimsOf(statements, identities),
  }
}

/** A query may take 60 seconds to answer, so ours may wait a little longer. */
const QUERY_TIMEOUT_MS = 65_000
const WRITE_TIMEOUT_MS = 20_000

/**
 * The same with clients of its own, for the region and credentials of the environment. With an `endpoint` no other is discovered;
 * `endpointDiscoveryEnabled` must not be given beside it.
 */
export const openTimestream = ({
  databaseName,
  tableName,
  endpoint,
}: {
  databaseName: string
  tableName: string
  endpoint?: string
}): LimitedStore =>
  openTimestreamReadingStore({
    write: new TimestreamWriteClient({ ...(endpoint && { endpoint }), requestHandler: { requestTimeout: WRITE_TIMEOUT_MS } }),
    query: new TimestreamQueryClient({ ...(endpoint && { endpoint }), requestHandler: { requestTimeout: QUERY_TIMEOUT_MS } }),
    database: databaseName,
    table: tableName,
  })
