/** Numbers and texts as few bytes. Every finite number comes back as it was, bit for bit, but for minus zero, which is zero. */

export type ByteWriter = {
  byte: (value: number) => void
  /** A whole number from 0. */
  natural: (value: number) => void
  number: (value: number) => void
  text: (value: string) => void
  bytes: () => Buffer
}

/** Each method throws a RangeError past the end. */
export type ByteReader = {
  byte: () => number
  natural: () => number
  number: () => number
  text: () => string
  isAtEnd: () => boolean
}

/**
 * A number is a whole number and how many decimals to point off, because that is how devices count: 7.25 A is 725 and two. The
 * first byte holds whether more follow, the decimals, the sign and the lowest three bits; each further one seven bits. What has
 * more decimals, or more digits than a safe integer, is eight bytes of IEEE 754 behind a first byte.
 */
const MORE = 0x80
const DECIMALS_SHIFT = 4
const SIGN = 0x08
const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6] as const
const IEEE = POWERS.length

/** The division is the correctly rounded one, so where it gives the value back, reading does too. */
const decimalOf = (magnitude: number): { whole: number; decimals: number } | undefined => {
  for (const [decimals, power] of POWERS.entries()) {
    const whole = Math.round(magnitude * power)
    if (!Number.isSafeInteger(whole)) return undefined
    if (whole / power === magnitude) return { whole, decimals }
  }
  return undefined
}

export const byteWriter = (): ByteWriter => {
  const written: number[] = []
  const byte = (value: number): void => {
    written.push(value)
  }
  const natural = (value: number): void => {
    let rest = value
    for (; rest >= MORE; rest = Math.floor(rest / MORE)) written.push((rest % MORE) + MORE)
    written.push(rest)
  }
  const number = (value: number): void => {
    const decimal = decimalOf(Math.abs(value))
    if (!decimal) {
      const ieee = Buffer.alloc(8)
      ieee.writeDoubleLE(value)
      written.push(IEEE << DECIMALS_SHIFT, ...ieee)
      return
    }
    const { whole, decimals } = decimal
    const rest = Math.floor(whole / 8)
    written.push((rest > 0 ? MORE : 0) + (decimals << DECIMALS_SHIFT) + (value < 0 ? SIGN : 0) + (whole % 8))
    if (rest > 0) natural(rest)
  }
  const text = (value: string): void => {
    const utf8 = Buffer.from(value)
    natural(utf8.length)
    for (const each of utf8) written.push(each)
  }
  return { byte, natural, number, text, bytes: () => Buffer.from(written) }
}

export const byteReader = (from: Buffer): ByteReader => {
  let at = 0
  const byte = (): number => {
    at += 1
    return from.readUInt8(at - 1)
  }
  const take = (length: number): Buffer => {
    at += length
    if (at > from.length) throw new RangeError('packed bytes end too early')
    return from.subarray(at - length, at)
  }
  const natural = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= MORE) {
      const next = byte()
      value += (next % MORE) * scale
      if (next < MORE) return value
    }
  }
  const number = (): number => {
    const first = byte()
    const decimals = (first >> DECIMALS_SHIFT) & 7
    if (decimals === IEEE) return take(8).readDoubleLE()
    const whole = (first & 7) + (first >= MORE ? natural() * 8 : 0)
    const magnitude = whole / (POWERS[decimals] ?? 1)
    return (first & SIGN) > 0 ? -magnitude : magnitude
  }
  return { byte, natural, number, text: () => take(natural()).toString(), isAtEnd: () => at === from.length }
}
