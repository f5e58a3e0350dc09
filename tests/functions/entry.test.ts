import { describe, expect, test } from 'vitest'
import { onAws } from '../../functions/edge/aws.ts'
import type { BatchOutcome, Deps, ScheduleOutcome, WorkMessage } from '../../functions/entry.ts'
import { entry } from '../../functions/entry.ts'

/** The compiler compares each entry with its function. `tsc` fails when one of the lines marked here compiles after all. */

const create =
  (deps: Deps<'stations', 'alerts', 'settle-village'>) =>
  async ({ atMs }: { atMs: number }): Promise<ScheduleOutcome> => {
    await deps.stations.query({ partition: '530127' })
    await deps.alerts.putBatch([])
    await deps.queues['settle-village'].send([])
    return { kind: 'done', did: atMs }
  }
const load = async () => ({ create })
const granted = { reads: ['stations'], writes: ['alerts'], sends: ['settle-village'], timeoutSeconds: 1 } as const
const everyMinute = { on: { everyMinutes: 1 }, timeoutSeconds: 1 } as const

describe('an entry', () => {
  test('may grant what its function takes, or more', () => {
    const exact = entry({ ...everyMinute, reads: ['stations'], writes: ['alerts'], sends: ['settle-village'], load })
    const more = entry({ ...everyMinute, writes: ['stations', 'alerts', 'users'], sends: ['settle-village'], load })
    expect(exact).toMatchObject({ reads: ['stations'], writes: ['alerts'], sends: ['settle-village'], memoryMb: 512 })
    expect(more).toMatchObject({ reads: [], writes: ['stations', 'alerts', 'users'] })
  })

  test('that grants too little does not compile', () => {
    // @ts-expect-error The stations are missing.
    const noReads = entry({ ...everyMinute, writes: ['alerts'], sends: ['settle-village'], load })
    // @ts-expect-error Alerts are written, not only read.
    const onlyReads = entry({ ...everyMinute, reads: ['stations', 'alerts'], sends: ['settle-village'], load })
    // @ts-expect-error The queue is missing.
    const noQueue = entry({ ...everyMinute, reads: ['stations'], writes: ['alerts'], load })
    // @ts-expect-error Another queue is not this one.
    const otherQueue = entry({ ...everyMinute, reads: ['stations'], writes: ['alerts'], sends: ['settle-station'], load })
    expect([noReads, onlyReads, noQueue, otherQueue]).toHaveLength(4)
  })

  test('that names what there is not does not compile', () => {
    // @ts-expect-error There is no such table.
    const noTable = entry({ ...everyMinute, reads: ['stations', 'station'], writes: ['alerts'], sends: ['settle-village'], load })
    // @ts-expect-error There is no such kind of trigger.
    const noTrigger = entry({ ...granted, on: { cron: '* * * * *' }, load })
    expect([noTable, noTrigger]).toHaveLength(2)
  })

  test('whose trigger is not what its function takes does not compile', () => {
    // @ts-expect-error A request is not a time.
    const served = entry({ ...granted, on: { http: '/api/stations' }, load })
    expect(served.on).toEqual({ http: '/api/stations' })
  })
})

describe('a function', () => {
  test('cannot write what it only reads', () => {
    const reading = (deps: Deps<'stations'>) => {
      // @ts-expect-error A reader has no put.
      return deps.stations.put
    }
    expect(reading).toBeTypeOf('function')
  })

  test('is wrapped for AWS by the kind of its trigger only', () => {
    const work =
      ({ now }: Deps) =>
      async ({ messages }: { messages: readonly WorkMessage[] }): Promise<BatchOutcome> => ({
        kind: 'done',
        failed: now() > 0 ? [] : messages.map(({ messageId }) => messageId),
      })
    // @ts-expect-error Work comes from a queue, not from a schedule.
    const wrong = onAws('schedule', work)
    expect([onAws('queue', work), onAws('schedule', create), wrong].map((handler) => typeof handler)).toEqual(
      Array(3).fill('function'),
    )
  })
})
