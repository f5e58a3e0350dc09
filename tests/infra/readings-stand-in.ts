import { startTimestreamEndpoint } from '../stores/timestream-endpoint.ts'
import type { Synthesised } from './synthesised.ts'

/** What stands in for the time series of a deployment, and what of the environment leads a function to it. */
export type ReadingsStandIn = { environment: Record<string, string>; close: () => Promise<void> }

export type StoreKind = 'timestream'

type Around = { stack: Synthesised; now: () => number }

export const startReadings = async (store: StoreKind, { stack, now }: Around): Promise<ReadingsStandIn> => {
  switch (store) {
    case 'timestream': {
      const { url, close } = await startTimestreamEndpoint({
        database: stack.idOf('AWS::Timestream::Database', 'readings-database'),
        table: stack.idOf('AWS::Timestream::Table', 'readings'),
        now,
        memoryHours: 168,
      })
      return { environment: { TIMESTREAM_ENDPOINT: url }, close }
    }
    default:
      return store satisfies never
  }
}
