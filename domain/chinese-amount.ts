/** 大写金额: an amount in the numerals vouchers are written in, which cannot be altered with a stroke. */

const DIGITS = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'] as const
const UNITS = [
  [100_000_000, '亿'],
  [10_000, '万'],
  [1_000, '仟'],
  [100, '佰'],
  [10, '拾'],
] as const

/** A whole number from 1; a part that does not fill the place below its unit is led by 零: 100,001 is 壹拾万零壹. */
const numberText = (value: number): string => {
  for (const [size, unit] of UNITS) {
    if (value < size) continue
    const rest = value % size
    const gap = rest > 0 && rest < size / 10 ? DIGITS[0] : ''
    return `${numberText(Math.floor(value / size))}${unit}${gap}${rest > 0 ? numberText(rest) : ''}`
  }
  return DIGITS[value] ?? ''
}

/**
 * 384259 fen is 叁仟捌佰肆拾贰元伍角玖分. What ends in whole yuan or jiao is closed with 整, a nought between yuan and fen is
 * written, and a negative amount begins with 负. Throws RangeError for what is not a safe integer.
 */
export const chineseAmount = (amountFen: number): string => {
  if (!Number.isSafeInteger(amountFen)) throw new RangeError(`not a safe integer: ${amountFen}`)
  const digits = String(Math.abs(amountFen)).padStart(3, '0')
  const yuan = Number(digits.slice(0, -2))
  const jiao = Number(digits.at(-2))
  const fen = Number(digits.at(-1))
  const whole = yuan === 0 ? '' : `${numberText(yuan)}元`
  const sign = amountFen < 0 ? '负' : ''
  if (jiao === 0 && fen === 0) return `${sign}${whole || '零元'}整`
  const tenths = jiao > 0 ? `${DIGITS[jiao]}角` : whole === '' ? '' : DIGITS[0]
  return `${sign}${whole}${tenths}${fen > 0 ? `${DIGITS[fen]}分` : '整'}`
}
