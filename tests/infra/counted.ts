import * as z from 'zod'
import { COUNTS, type CountName } from '../../functions/entry.ts'

/** A metric that was counted more than once in an invocation is a list. */
const Values = z.union([z.number().transform((value) => [value]), z.array(z.number())]).catch([])
const Line = z.record(z.string(), z.unknown())

/** The metrics CloudWatch would find in these lines, summed. */
export const countsIn = (lines: readonly string[]): Record<CountName, number> => {
  const sums = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<CountName, number>
  for (const line of lines) {
    if (!line.includes('CloudWatchMetrics')) continue
    const counted = Line.parse(JSON.parse(line))
    for (const name of COUNTS) for (const by of Values.parse(counted[name])) sums[name] += by
  }
  return sums
}
