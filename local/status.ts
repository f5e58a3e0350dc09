import type { CountName } from '../functions/entry.ts'
import type { Broker, BrokerStatus } from './broker.ts'
import type { LocalFunctions } from './functions.ts'
import type { InboundLog, InboundLogStatus } from './inbound-log.ts'
import type { Progress } from './progress.ts'
import type { QueueDepth, WorkQueues } from './queue.ts'
import type { Readings } from './readings.ts'

/** The state of a running server, for its operator. */
export type RuntimeStatus = {
  /** False once a commit failed or the store is gone: nothing is taken in until a restart. */
  isReady: boolean
  /** What became of readings (and of messages, for `dead_lettered`), since the data directory was created. */
  counts: Record<CountName, number>
  /** Messages on disk that are not drained, failed messages that wait for another try, and those given up. */
  inbound: InboundLogStatus & { undrained: number; retrying: number; deadLetters: number }
  queues: Record<string, QueueDepth>
  broker: BrokerStatus
}

type Parts = { progress: Progress; inbound: InboundLog; queues: WorkQueues; functions: LocalFunctions; readings: Readings }

export const statusOf = ({ progress, inbound, queues, functions, readings }: Parts, broker: Broker): RuntimeStatus => {
  const log = inbound.status()
  return {
    isReady: log.failure === undefined && readings.isAlive(),
    counts: progress.counts(),
    inbound: {
      ...log,
      undrained: log.lastSeq - progress.position().drainedSeq,
      retrying: progress.retrying().messages,
      deadLetters: progress.deadLetterCount(),
    },
    queues: Object.fromEntries(functions.queue.map(({ name }) => [name, queues.depth(name)])),
    broker: broker.status(),
  }
}
