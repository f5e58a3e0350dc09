/** Seeded chance: the same seed and key give the same number on every machine and in every run. Not for secrets. */

const mix = (a: number, b: number): number => {
  let hash = Math.imul((a ^ Math.imul(b | 0, 0x9e3779b1)) >>> 0, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) >>> 0
}

const hashOfText = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** A number in [0, 1) that depends on nothing but the seed (a 32-bit integer) and the key (a text or a 32-bit integer). */
export const chance = (seed: number, key: string | number): number =>
  mix(mix(seed, 0x51ed270b), typeof key === 'string' ? hashOfText(key) : key) / 2 ** 32

/** A number in [from, to). */
export const chanceBetween = (seed: number, key: string | number, from: number, to: number): number =>
  from + (to - from) * chance(seed, key)

/** A copy in an order that depends on the seed and the key alone (Fisher and Yates). */
export const shuffled = <T>(seed: number, key: string, things: readonly T[]): T[] =>
  things
    .map((thing, index) => ({ thing, rank: chance(seed, `${key}/${index}`) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ thing }) => thing)
