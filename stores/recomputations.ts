import { mergeCauses } from '../domain/day-cause.ts'
import type { Recomputation } from './rows.ts'
import type { Versioned } from './table.ts'
import type { TableOf } from './tables.ts'

/** Spans of days that are to be computed anew, written down before the first of them gets its mark. */

const WRITES_AT_ONCE = 25

/** Both spans in one, from its beginning: what is not done yet of an earlier one is not forgotten. */
const joinedWith = (before: Recomputation | undefined, asked: Recomputation): Recomputation =>
  before === undefined || before.doneAtMs !== undefined
    ? asked
    : {
        ...asked,
        from: before.from < asked.from ? before.from : asked.from,
        to: before.to > asked.to ? before.to : asked.to,
        causes: mergeCauses(before.causes, asked.causes),
        ...((before.isWhole || asked.isWhole) && { isWhole: true }),
      }

const each = async <Value>(values: readonly Value[], work: (value: Value) => Promise<unknown>): Promise<void> => {
  for (let at = 0; at < values.length; at += WRITES_AT_ONCE) await Promise.all(values.slice(at, at + WRITES_AT_ONCE).map(work))
}

/** Another writer may get in between this often before the caller is to try again. */
const ATTEMPTS_MAX = 8

/** Joins a span with what stands there, whoever else writes meanwhile. */
const join = async (
  recomputations: TableOf<'recomputations'>,
  asked: Recomputation,
  ready: Pick<Recomputation, 'readyAtMs'> = {},
): Promise<Versioned<Recomputation>> => {
  for (let tried = 0; tried < ATTEMPTS_MAX; tried += 1) {
    const found = await recomputations.get(asked)
    const row = { ...joinedWith(found?.row, asked), ...ready }
    const written = await recomputations.put(row, found ? { version: found.version } : 'absent')
    if (written === 'written') return { row, version: (found?.version ?? 0) + 1 }
  }
  throw new Error(`another writer got in between ${ATTEMPTS_MAX} times`)
}

/** Writes spans down, one of each station, joined with what waits there; nothing is marked yet. Answers what stands there now. */
export const writeDown = async (
  recomputations: TableOf<'recomputations'>,
  spans: readonly Recomputation[],
): Promise<Versioned<Recomputation>[]> => {
  const written: Versioned<Recomputation>[] = []
  await each(spans, async (asked) => void written.push(await join(recomputations, asked)))
  return written
}

/** Whether a span is part of what waits for another writer to say that it is ready. */
const waitsWith = ({ from, to, readyAtMs, doneAtMs }: Recomputation, own: Recomputation): boolean =>
  readyAtMs === undefined && doneAtMs === undefined && from <= own.from && to >= own.to

/**
 * Has the sweep take them up. One that another writer has joined waits for that one, or until it is given up. One that was taken up
 * already may have been marked too early: it is joined with what stands there and taken up again.
 */
export const setReady = async (
  recomputations: TableOf<'recomputations'>,
  written: readonly Versioned<Recomputation>[],
  readyAtMs: number,
): Promise<void> =>
  each(written, async ({ row, version }) => {
    if ((await recomputations.put({ ...row, readyAtMs }, { version })) === 'written') return
    const there = await recomputations.get(row)
    if (!there || !waitsWith(there.row, row)) await join(recomputations, row, { readyAtMs })
  })

/** Says that every day has its mark. One that somebody else wrote meanwhile holds more than that, and stays for the sweep. */
export const setDone = async (
  recomputations: TableOf<'recomputations'>,
  written: readonly Versioned<Recomputation>[],
  doneAtMs: number,
): Promise<void> => each(written, ({ row, version }) => recomputations.put({ ...row, doneAtMs }, { version }))
