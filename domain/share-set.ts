import type { ChinaDay } from './calendar.ts'
import { commonMultiple, formatFraction, type Fraction, fraction, plus, sum, times } from './fraction.ts'
import type { RegionCode, Share } from './registry.ts'

/**
 * How a joint station is divided from a day on: every village's exact part, which together are the whole, no more and no less.
 * Kept as whole weights of a whole total, so that dividing money by them is a division of integers.
 */

export type VillageShare = { villageCode: RegionCode; share: Fraction }

/** Parts as whole weights of one total; or why they are not a whole: what is missing or too much, or that they are too fine. */
export type Weighed =
  | { kind: 'weighed'; weights: number[]; weightTotal: number }
  | { kind: 'gap'; detail: string }
  | { kind: 'too_fine' }

const WEIGHT_TOTAL_MAX = BigInt(Number.MAX_SAFE_INTEGER)

/** The least total of which every part is a whole number; undefined when it is no safe integer. */
const totalOf = (shares: readonly Fraction[]): bigint | undefined => {
  let total = 1n
  for (const { denominator } of shares) {
    total = commonMultiple(total, denominator)
    if (total > WEIGHT_TOTAL_MAX) return undefined
  }
  return total
}

/**
 * The parts as whole weights. Parts that have one denominator as they are written keep it: watts stay watts of the capacity.
 * They must sum to exactly one; `gap` names what they sum to and, to the last digit, what is missing or too much.
 */
export const weigh = (shares: readonly Fraction[]): Weighed => {
  const total = totalOf(shares)
  if (total === undefined) return { kind: 'too_fine' }
  const weights = shares.map(({ numerator, denominator }) => numerator * (total / denominator))
  const whole = weights.reduce((all, weight) => all + weight, 0n)
  if (whole === total) return { kind: 'weighed', weights: weights.map(Number), weightTotal: Number(total) }
  const away = whole < total ? total - whole : whole - total
  const gap = `${formatFraction(fraction(away, total))} is ${whole < total ? 'missing' : 'too much'}`
  return { kind: 'gap', detail: `${formatFraction(fraction(whole, total))}: ${gap}` }
}

/** The set in force on a day: the newest that has begun, villages without a part left out; by village code. */
export const setOn = (shares: readonly Share[], day: ChinaDay): Share[] => {
  const validFrom = shares
    .map((share) => share.validFrom)
    .filter((from) => from <= day)
    .toSorted()
    .at(-1)
  return shares
    .filter((share) => share.validFrom === validFrom && share.weight > 0)
    .toSorted((a, b) => (a.villageCode < b.villageCode ? -1 : 1))
}

/** The parts a set divides by, exactly; of one set, in its order. */
export const partsOf = (set: readonly Share[]): VillageShare[] => {
  const total = set.reduce((all, { weight }) => all + BigInt(weight), 0n)
  return set.map(({ villageCode, weight }) => ({ villageCode, share: fraction(BigInt(weight), total) }))
}

/**
 * Villages that become one or several others from a day on. What `from` hold together goes to `to` by exact parts of it which sum
 * to one: villages that merge name one village whole (1/1), a village that is divided names its successors.
 */
export type VillageChange = { from: RegionCode[]; to: VillageShare[] }

export const TOO_FINE = 'These parts have no common whole below 9 quadrillion: write them over one denominator.'

export type ChangedSet = { kind: 'changed'; shares: VillageShare[] } | { kind: 'unchanged' } | { kind: 'refused'; detail: string }

/**
 * The set after the change. Whoever is not named keeps exactly what it had; a successor that had a part already keeps that too.
 * `unchanged` when none of `from` has a part. Refused when the successors' parts are not exactly one, or a village is named twice.
 */
export const changeVillages = (set: readonly VillageShare[], { from, to }: VillageChange): ChangedSet => {
  const named = to.map(({ villageCode }) => villageCode)
  if (new Set(from).size < from.length || new Set(named).size < named.length)
    return { kind: 'refused', detail: 'Name each village once on either side.' }
  const given = weigh(to.map(({ share }) => share))
  if (given.kind === 'gap') return { kind: 'refused', detail: `The parts of the successors sum to ${given.detail}.` }
  if (given.kind === 'too_fine') return { kind: 'refused', detail: TOO_FINE }
  const leaving = set.filter(({ villageCode }) => from.includes(villageCode))
  if (leaving.length === 0) return { kind: 'unchanged' }

  const freed = sum(leaving.map(({ share }) => share))
  const after = new Map(set.filter((held) => !leaving.includes(held)).map(({ villageCode, share }) => [villageCode, share]))
  for (const { villageCode, share } of to) {
    const own = after.get(villageCode)
    const gained = times(freed, share)
    after.set(villageCode, own ? plus(own, gained) : gained)
  }
  const shares = [...after]
    .map(([villageCode, share]) => ({ villageCode, share }))
    .filter(({ share }) => share.numerator > 0n)
    .toSorted((a, b) => (a.villageCode < b.villageCode ? -1 : 1))
  return { kind: 'changed', shares }
}

/** A set as rows of the registry; the reason when its parts are no whole or too fine for whole weights. */
export const shareRows = (
  shares: readonly VillageShare[],
  { stationId, validFrom, document }: Pick<Share, 'stationId' | 'validFrom' | 'document'>,
): Share[] | { refused: string } => {
  const weighed = weigh(shares.map(({ share }) => share))
  if (weighed.kind !== 'weighed') return { refused: weighed.kind === 'gap' ? weighed.detail : TOO_FINE }
  const { weightTotal } = weighed
  return shares.map(({ villageCode }, at) => {
    const weight = weighed.weights[at] ?? 0
    return { stationId, villageCode, validFrom, weight, weightTotal, document }
  })
}
