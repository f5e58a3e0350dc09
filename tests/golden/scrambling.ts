/** Random deliveries of the same rows, from a seed: what differs between two of them may not matter to any figure. */

export type Random = () => number

/** Numbers in [0, 1) that follow from the seed alone (mulberry32). */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const below = (random: Random, end: number): number => Math.floor(random() * end)

/** Every row once at least, up to half of them again, in any order, in one to five batches, of which some may be empty. */
export const scrambled = <Row>(rows: readonly Row[], random: Random): Row[][] => {
  const again = Array.from({ length: below(random, rows.length / 2 + 1) }, () => rows[below(random, rows.length)]).flatMap(
    (row) => (row === undefined ? [] : [row]),
  )
  const all = [...rows, ...again]
  for (let index = all.length - 1; index > 0; index -= 1) {
    const other = below(random, index + 1)
    const [one, two] = [all[index], all[other]]
    if (one === undefined || two === undefined) continue
    all[index] = two
    all[other] = one
  }
  const cuts = Array.from({ length: below(random, 5) }, () => below(random, all.length + 1)).sort((a, b) => a - b)
  return [...cuts, all.length].map((end, index) => all.slice(cuts[index - 1] ?? 0, end))
}
