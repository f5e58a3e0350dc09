import { mergeCauses } from '../domain/day-cause.ts'
import type { Recomputation } from './rows.ts'
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

/** Writes spans down, one of each station, joined with what waits there; nothing is marked yet. Answers what stands there now. */
export const writeDown = async (
  recomputations: TableOf<'recomputations'>,
  spans: readonly Recomputation[],
): Promise<Recomputation[]> => {
  const written: Recomputation[] = []
  await each(spans, async (asked) => {
    const row = joinedWith((await recomputations.get(asked))?.row, asked)
    written.push(row)
    await recomputations.put(row)
  })
  return written
}

/** Has the sweep take them up, or says that every day has its mark. */
export const rewrite = async (
  recomputations: TableOf<'recomputations'>,
  written: readonly Recomputation[],
  then: Pick<Recomputation, 'readyAtMs' | 'doneAtMs'>,
): Promise<void> => each(written, (row) => recomputations.put({ ...row, ...then }))
