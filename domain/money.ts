/** Arithmetic of money: whole fen, whole Wh, BigInt inside every product, one rounding per amount. */

/** Fen = Wh x 10⁻⁴ yuan/kWh / this: 1,000 Wh to the kWh, 10,000 price units to the yuan, 100 fen to the yuan. */
const WH_PRICE_PER_FEN = 100_000
/** Hundredths of a percent in the whole. */
export const WHOLE_BP = 10_000

/** A whole number every border can carry. Throws RangeError for a fraction, NaN or anything beyond 2⁵³ − 1. */
const whole = (value: number): bigint => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`)
  return BigInt(value)
}

const safe = (value: bigint): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`beyond the safe integers: ${value}`)
  return number
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

/** Half up by magnitude, so that the amount of a reversal is exactly the negative of what it reverses. */
const divideHalfUp = (dividend: bigint, divisor: bigint): bigint => {
  const rounded = (2n * magnitude(dividend) + divisor) / (2n * divisor)
  return dividend < 0n ? -rounded : rounded
}

/**
 * `amount` x `times` / `per`, rounded half up by magnitude, in the unit of the amount. Throws RangeError when an argument or the
 * result is not a safe integer, or `per` is not positive.
 */
export const timesRatio = (amount: number, { times, per }: { times: number; per: number }): number => {
  if (per <= 0) throw new RangeError(`divided by ${per}`)
  return safe(divideHalfUp(whole(amount) * whole(times), whole(per)))
}

/** What an amount of energy earns at one price, in fen: the only rounding of an income line. Throws RangeError as `timesRatio`. */
export const incomeFen = ({ energyWh, priceE4YuanPerKwh }: { energyWh: number; priceE4YuanPerKwh: number }): number =>
  timesRatio(energyWh, { times: priceE4YuanPerKwh, per: WH_PRICE_PER_FEN })

/** A rate in hundredths of a percent of an amount, in fen: 2.9 % of 175,032.00 yuan is 5,075.93. Throws RangeError as `timesRatio`. */
export const rateFen = ({ amountFen, rateBp }: { amountFen: number; rateBp: number }): number =>
  timesRatio(amountFen, { times: rateBp, per: WHOLE_BP })

/** The least whole fen that reach a rate (hundredths of a percent) of an amount: minimum shares are rounded up. Both from 0. */
export const minimumFenOf = ({ amountFen, rateBp }: { amountFen: number; rateBp: number }): number => {
  if (amountFen < 0 || rateBp < 0) throw new RangeError('a minimum of less than nothing')
  return safe((whole(amountFen) * whole(rateBp) + BigInt(WHOLE_BP) - 1n) / BigInt(WHOLE_BP))
}

/** What `part` makes of `of`, both in one unit, in hundredths of a percent, half up; null when `of` is not positive. */
export const ratioBp = ({ part, of }: { part: number; of: number }): number | null =>
  of > 0 ? timesRatio(part, { times: WHOLE_BP, per: of }) : null

/**
 * The slice [`from`, `to`) of an amount spread evenly over `of` steps. Slices telescope: those that meet without a gap
 * over all the steps sum to the amount exactly, however they are cut.
 */
export const sliceFen = (amountFen: number, { from, to, of }: { from: number; to: number; of: number }): number => {
  const amount = whole(amountFen)
  const sign = amount < 0n ? -1n : 1n
  const upTo = (step: number): bigint => (magnitude(amount) * whole(step)) / whole(of)
  return safe(sign * (upTo(to) - upTo(from)))
}

/** What one calendar month, 1..12, takes of a yearly amount; the twelve sum to the year exactly. */
export const fenOfMonth = ({ amountFenPerYear, month }: { amountFenPerYear: number; month: number }): number =>
  sliceFen(amountFenPerYear, { from: month - 1, to: month, of: 12 })

export type Weighted = { id: string; weight: number }
/** One part per share, in the order given; or nobody to give anything to, and then the caller decides where the total stays. */
type Parts = { kind: 'shared'; parts: { id: string; part: number }[] } | { kind: 'no_weight' }

const byIdAscending = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

const checkShares = (shares: readonly Weighted[]): void => {
  if (new Set(shares.map(({ id }) => id)).size !== shares.length) throw new RangeError('two shares with one id')
  for (const { id, weight } of shares) {
    if (weight < 0) throw new RangeError(`negative weight of ${id}`)
    if (!Number.isSafeInteger(weight)) throw new RangeError(`not a safe integer: ${weight}`)
  }
}

/** A place on a circle is a whole number from 0 and below this. */
export const TURN_WHOLE = 2 ** 32

/** The remainders of one division are all of one type. */
type Quota = { id: string; floor: number; remainder: number | bigint }

/** `size` x weight / sum of the weights, exactly: plain numbers say so while no product leaves the safe integers. */
const quotasOf = (size: number, shares: readonly Weighted[], weightSum: number): Quota[] => {
  const isSmall = shares.every(({ weight }) => Number.isSafeInteger(size * weight)) && Number.isSafeInteger(weightSum)
  if (!isSmall) return largeQuotasOf(BigInt(size), shares)
  return shares.map(({ id, weight }) => {
    const remainder = (size * weight) % weightSum
    return { id, floor: (size * weight - remainder) / weightSum, remainder }
  })
}

const largeQuotasOf = (size: bigint, shares: readonly Weighted[]): Quota[] => {
  const weightSum = shares.reduce((sum, { weight }) => sum + BigInt(weight), 0n)
  return shares.map(({ id, weight }) => {
    const product = size * BigInt(weight)
    return { id, floor: safe(product / weightSum), remainder: product % weightSum }
  })
}

/** Who gets one more: the largest remainders, and of those tied for the last places the ones that follow the place of `turn`. */
const luckiest = (quotas: readonly Quota[], left: number, turn: number): Quota[] => {
  const ranked = quotas.toSorted((a, b) =>
    a.remainder === b.remainder ? byIdAscending(a, b) : a.remainder > b.remainder ? -1 : 1,
  )
  const least = ranked[left - 1]?.remainder
  if (least === undefined) return []
  const above = ranked.filter(({ remainder }) => remainder > least)
  const tied = ranked.filter(({ remainder }) => remainder === least)
  const first = Math.floor((tied.length * turn) / TURN_WHOLE)
  return [...above, ...tied.slice(first), ...tied.slice(0, first)].slice(0, left)
}

/**
 * Divides a total (fen, Wh) by weight so that the parts sum to it exactly: everyone gets the whole part of the quota, and what
 * is left goes one each to the largest remainders. Ties go round: those tied stand on a circle in the order of their ids (by code
 * units), and `turn`, a place on it, says who is first; 0, as when it is absent, begins with the smallest id. A zero weight never
 * receives, a negative total mirrors the positive one. Throws RangeError for two shares with one id, a negative weight, an unsafe
 * integer or a turn that is no place.
 */
export const shareByLargestRemainder = ({
  total,
  shares,
  turn = 0,
}: {
  total: number
  shares: readonly Weighted[]
  turn?: number
}): Parts => {
  if (!(turn >= 0 && turn < TURN_WHOLE)) throw new RangeError(`not a place on the circle: ${turn}`)
  if (!Number.isSafeInteger(total)) throw new RangeError(`not a safe integer: ${total}`)
  checkShares(shares)
  const weightSum = shares.reduce((sum, { weight }) => sum + weight, 0)
  if (weightSum === 0) return { kind: 'no_weight' }

  const size = Math.abs(total)
  const quotas = quotasOf(size, shares, weightSum)
  const left = quotas.reduce((rest, { floor }) => rest - floor, size)
  const lucky = new Set(luckiest(quotas, left, turn))
  const parts = quotas.map((quota) => {
    const part = quota.floor + (lucky.has(quota) ? 1 : 0)
    // Subtracted, because the negative of a zero is not the zero other parts have.
    return { id: quota.id, part: total < 0 ? 0 - part : part }
  })
  return { kind: 'shared', parts }
}

/** 9827000 fen as '98,270.00', negative ones with a leading '-'; the same on every machine and in every locale. */
export const formatYuan = (amountFen: number): string => {
  const fen = whole(amountFen)
  const yuan = String(magnitude(fen) / 100n).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0n ? '-' : ''}${yuan}.${String(magnitude(fen) % 100n).padStart(2, '0')}`
}
