/** Exact parts of a whole: BigInt over BigInt, never floating point. From 0 up, over a positive denominator; nothing is rounded. */

export type Fraction = { numerator: bigint; denominator: bigint }

const ZERO: Fraction = { numerator: 0n, denominator: 1n }

const divisorOf = (a: bigint, b: bigint): bigint => {
  let [larger, smaller] = [a, b]
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger
}

/** The least number both divide; of two positive ones. */
export const commonMultiple = (a: bigint, b: bigint): bigint => (a / divisorOf(a, b)) * b

/** In lowest terms, from 0. Throws RangeError when the denominator is not positive. */
export const fraction = (numerator: bigint, denominator: bigint): Fraction => {
  if (denominator <= 0n) throw new RangeError(`a fraction over ${denominator}`)
  const by = divisorOf(numerator, denominator)
  return { numerator: numerator / by, denominator: denominator / by }
}

export const plus = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)

export const times = (a: Fraction, b: Fraction): Fraction => fraction(a.numerator * b.numerator, a.denominator * b.denominator)

export const sum = (parts: readonly Fraction[]): Fraction => parts.reduce(plus, ZERO)

/** A decimal numeral of at most 15 digits on either side of the point, exactly; undefined when it is none. */
const decimal = (text: string): Fraction | undefined => {
  const [, whole, places = ''] = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text) ?? []
  return whole === undefined ? undefined : { numerator: BigInt(whole + places), denominator: 10n ** BigInt(places.length) }
}

/**
 * A part as people write it: `1/175`, `187.2/32760` or `1.5625%`, spaces allowed around the sign. A bare number is refused, since
 * nobody can tell whether 0.25 is a quarter or a quarter of a percent. Undefined when it is none of these, or is more than the whole.
 */
export const parseFraction = (text: string): Fraction | undefined => {
  const [, above = '', below, percent] = /^([\d.]+) ?(?:\/ ?([\d.]+)|([%％]))$/.exec(text) ?? []
  const over = percent === undefined ? decimal(below ?? '') : { numerator: 100n, denominator: 1n }
  const part = decimal(above)
  if (!part || !over || over.numerator === 0n) return undefined
  const value = { numerator: part.numerator * over.denominator, denominator: part.denominator * over.numerator }
  return value.numerator <= value.denominator ? value : undefined
}

/** Digits after the point that writing 1/denominator exactly takes; undefined when no number of digits will do. */
const placesFor = (denominator: bigint): number | undefined => {
  for (let places = 0; places <= 15; places += 1) if (10n ** BigInt(places) % denominator === 0n) return places
  return undefined
}

/** `90.625 %` where decimals can say it exactly, and `2/3` where they cannot. From 0. */
export const formatFraction = (value: Fraction): string => {
  const { numerator, denominator } = fraction(value.numerator, value.denominator)
  const percent = fraction(numerator * 100n, denominator)
  const places = placesFor(percent.denominator)
  if (places === undefined) return `${numerator}/${denominator}`
  const digits = String((percent.numerator * 10n ** BigInt(places)) / percent.denominator).padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  return places === 0 ? `${whole} %` : `${whole}.${digits.slice(-places)} %`
}
