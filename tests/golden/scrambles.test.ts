import { describe, expect, test } from 'vitest'
import { goldenCases } from './format.ts'
import { type Row, rowsOf, stationDaysOf } from './our-answer.ts'
import { randomFrom, scrambled } from './scrambling.ts'

/**
 * The same rows in any order, any number of times, in any batches, with whatever computes starting anew in between, give the same
 * bytes. A failure names its seed: put it into `SEEDS` alone to see it again.
 */

const SCRAMBLES = 20_000
const SEEDS = Array.from({ length: SCRAMBLES }, (_, index) => index)

const whole = goldenCases().map(({ parsed }) => {
  const rows = rowsOf(parsed)
  return { golden: parsed, rows, bytes: JSON.stringify(stationDaysOf(parsed, rows)) }
})

/** What outlives a restart: the rows as bytes, a batch a line. */
const kept = (lines: readonly string[]): Row[] => lines.flatMap((line) => JSON.parse(line) as Row[])

describe('20,000 scrambles of the golden days', () => {
  test('give station-days that are the same to the byte', () => {
    for (const seed of SEEDS) {
      const random = randomFrom(seed)
      const one = whole[seed % whole.length]
      if (!one) throw new Error('no golden case')
      const batches = scrambled(one.rows, random)
      const lines: string[] = []
      const computesAfter = Math.floor(random() * batches.length)
      for (const [index, batch] of batches.entries()) {
        lines.push(JSON.stringify(batch))
        // One computation in between, whose figure the next one neither knows nor needs.
        if (index === computesAfter && index < batches.length - 1) stationDaysOf(one.golden, kept(lines))
      }
      const bytes = JSON.stringify(stationDaysOf(one.golden, kept(lines)))
      if (bytes !== one.bytes) expect(bytes, `seed ${seed}, case ${one.golden.name}`).toBe(one.bytes)
    }
    expect(new Set(SEEDS.map((seed) => seed % whole.length)).size).toBe(whole.length)
  }, 240_000)

  test('are not all alike, and lose no row', () => {
    const rows = Array.from({ length: 40 }, (_, index) => index)
    const deliveries = SEEDS.slice(0, 200).map((seed) => scrambled(rows, randomFrom(seed)))
    for (const batches of deliveries) expect(new Set(batches.flat())).toEqual(new Set(rows))
    expect(new Set(deliveries.map((batches) => batches.flat().join(' '))).size).toBe(200)
    expect(new Set(deliveries.map((batches) => batches.length))).toEqual(new Set([1, 2, 3, 4, 5]))
    expect(deliveries.some((batches) => batches.flat().length > 50)).toBe(true)
  })
})
