import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chineseAmount } from '../../domain/chinese-amount.ts'

describe('an amount in Chinese numerals', () => {
  test.each([
    [0, '零元整'],
    [1, '壹分'],
    [10, '壹角整'],
    [15, '壹角伍分'],
    [100, '壹元整'],
    [105, '壹元零伍分'],
    [150, '壹元伍角整'],
    [1_000, '壹拾元整'],
    [10_050, '壹佰元伍角整'],
    [100_503, '壹仟零伍元零叁分'],
    [384_259, '叁仟捌佰肆拾贰元伍角玖分'],
    [304_000, '叁仟零肆拾元整'],
    [1_000_000, '壹万元整'],
    [1_000_100, '壹万零壹元整'],
    [1_100_000, '壹万壹仟元整'],
    [10_000_100, '壹拾万零壹元整'],
    [17_503_200, '壹拾柒万伍仟零叁拾贰元整'],
    [100_000_000, '壹佰万元整'],
    [10_000_000_000, '壹亿元整'],
    [10_000_000_100, '壹亿零壹元整'],
    [10_001_000_000, '壹亿零壹万元整'],
    [10_100_000_000, '壹亿零壹佰万元整'],
    [100_000_000_000_000, '壹万亿元整'],
    [100_000_100_000_000, '壹万亿零壹佰万元整'],
    [90_071_992_547_409_91, '玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖元玖角壹分'],
    [123_456_789_012_345, '壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分'],
    [-41_667, '负肆佰壹拾陆元陆角柒分'],
  ])('of %d fen is %s', (amountFen, text) => expect(chineseAmount(amountFen)).toBe(text))

  test.each([0.5, Number.NaN, 2 ** 53])('refuses %d', (amountFen) =>
    expect(() => chineseAmount(amountFen)).toThrow('not a safe integer'),
  )

  test('reads back as the same amount', () => {
    const amounts = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -2_000_000, max: 2_000_000 }))
    const reads = fc.property(amounts, (amountFen) => {
      expect(fenOf(chineseAmount(amountFen))).toBe(amountFen)
    })
    fc.assert(reads, { numRuns: 2_000 })
  })

  test('never holds two noughts in a row, nor one before a unit', () => {
    const written = fc.property(
      fc.maxSafeInteger().filter((fen) => fen !== 0),
      (amountFen) => {
        expect(chineseAmount(amountFen)).not.toMatch(/零零|零[万亿元角分拾佰仟整]/)
      },
    )
    fc.assert(written, { numRuns: 2_000 })
  })
})

const PLACES: Record<string, number> = { 拾: 10, 佰: 100, 仟: 1_000 }

/** Below ten thousand. */
const small = (text: string): number =>
  [...text.matchAll(/([壹贰叁肆伍陆柒捌玖])([拾佰仟]?)/g)].reduce(
    (sum, [, digit = '', place = '']) => sum + '零壹贰叁肆伍陆柒捌玖'.indexOf(digit) * (PLACES[place] ?? 1),
    0,
  )

/** An independent reader: split at the units, largest first. */
const whole = (text: string): bigint => {
  for (const [unit, size] of [
    ['亿', 100_000_000n],
    ['万', 10_000n],
  ] as const) {
    const at = text.lastIndexOf(unit)
    if (at !== -1) return whole(text.slice(0, at)) * size + whole(text.slice(at + 1))
  }
  return BigInt(small(text))
}

const fenOf = (text: string): number => {
  const [, sign, yuan = '', jiao = '', fen = ''] = /^(负?)(?:(.*)元)?零?(?:(.)角)?(?:(.)分)?整?$/.exec(text) ?? []
  const amount = whole(yuan) * 100n + BigInt(small(jiao) * 10 + small(fen))
  return Number(sign ? -amount : amount) + 0
}
