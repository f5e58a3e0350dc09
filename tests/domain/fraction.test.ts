import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commonMultiple, formatFraction, fraction, parseFraction, plus, sum, times } from '../../domain/fraction.ts'

const of = (numerator: number, denominator: number) => fraction(BigInt(numerator), BigInt(denominator))
/** Over at most a million, so that six decimals of a percent can say them. */
const aPart = fc.tuple(fc.nat(100_000_000), fc.integer({ min: 1, max: 100_000_000 })).map(([a, b]) => of(Math.min(a, b), b))

describe('a part is written', () => {
  test.each([
    ['1/175', of(1, 175)],
    ['1 / 175', of(1, 175)],
    ['187.2/32760', of(1, 175)],
    ['1.5/2.25', of(2, 3)],
    ['1/1', of(1, 1)],
    ['0/1', of(0, 1)],
    ['0.5714%', of(5714, 1_000_000)],
    ['1.5625 %', of(1, 64)],
    ['33.3％', of(333, 1000)],
    ['100%', of(1, 1)],
    ['0%', of(0, 1)],
  ])('%s', (text, value) => {
    const read = parseFraction(text)
    expect(read && fraction(read.numerator, read.denominator)).toEqual(value)
  })

  test.each([
    '',
    '0.25',
    '1',
    '1/0',
    '1/0.00',
    '2/1',
    '100.01%',
    '-1/2',
    '+1/2',
    '1e2/3',
    '1/2/3',
    '1.2.3/4',
    '1/.5',
    '5%%',
    '1/2%',
    'a/b',
    '½',
  ])('and never as "%s"', (text) => expect(parseFraction(text)).toBeUndefined())

  test('with the denominator it was written with: watts stay watts of the capacity', () => {
    expect(parseFraction('187200/32760000')).toEqual({ numerator: 187_200n, denominator: 32_760_000n })
    expect(parseFraction('1.5%')).toEqual({ numerator: 15n, denominator: 1000n })
  })
})

test.each([
  [of(29, 32), '90.625 %'],
  [of(3, 32), '9.375 %'],
  [of(1, 1), '100 %'],
  [of(0, 1), '0 %'],
  [of(1, 3), '1/3'],
  [of(2, 350), '1/175'],
  [of(1, 1000), '0.1 %'],
  [of(5, 1_000_000), '0.0005 %'],
  [of(3, 2), '150 %'],
])('%o is said as %s', (value, text) => expect(formatFraction(value)).toBe(text))

test('what is said reads back as exactly the same part', () => {
  fc.assert(
    fc.property(aPart, (part) => {
      const read = parseFraction(formatFraction(part))
      expect(read && fraction(read.numerator, read.denominator)).toEqual(part)
    }),
  )
})

test('n parts of 1/n are one, whatever n', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (n) => {
      expect(sum(Array.from({ length: n }, () => of(1, n)))).toEqual(of(1, 1))
    }),
  )
  expect(sum([])).toEqual(of(0, 1))
})

test('adding and multiplying are those of exact numbers', () => {
  expect(plus(of(1, 6), of(1, 3))).toEqual(of(1, 2))
  expect(times(of(2, 3), of(3, 4))).toEqual(of(1, 2))
  fc.assert(
    fc.property(aPart, aPart, aPart, (a, b, c) => {
      expect(plus(a, b)).toEqual(plus(b, a))
      expect(times(a, plus(b, c))).toEqual(plus(times(a, b), times(a, c)))
    }),
  )
})

test('the common multiple is the least both divide', () => {
  expect(commonMultiple(4n, 6n)).toBe(12n)
  expect(commonMultiple(175n, 1n)).toBe(175n)
  expect(commonMultiple(7n, 7n)).toBe(7n)
})

test('nothing is a fraction over nothing or less', () => {
  expect(() => fraction(1n, 0n)).toThrow('over 0')
  expect(() => fraction(1n, -2n)).toThrow('over -2')
})
