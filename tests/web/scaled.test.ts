import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { scaled, scaledWithSign, shown } from '../../web/scaled.ts'

test.each<[string, number, number | undefined]>([
  ['21000.5', 3, 21_000_500],
  [' 7 ', 2, 700],
  ['0', 2, 0],
  ['1.234', 2, undefined],
  ['1,000', 2, undefined],
  ['', 2, undefined],
  ['.5', 2, undefined],
  ['-5', 2, undefined],
])('"%s" with %i places is %s', (text, places, value) => {
  expect(scaled(text, places)).toBe(value)
})

test.each<[string, number | undefined]>([
  ['-5.50', -550],
  [' −5.50 ', -550],
  ['5.5', 550],
  ['-0', 0],
  ['--5', undefined],
  ['- 5', -500],
  ['-', undefined],
  ['(5)', undefined],
])('"%s" with a sign and 2 places is %s', (text, value) => {
  expect(scaledWithSign(text, 2)).toBe(value)
})

test.each<[number, number, string]>([
  [-550, 2, '-5.50'],
  [-5, 2, '-0.05'],
  [0, 2, '0.00'],
  [807_240, 2, '8072.40'],
  [17_500_125, 3, '17500.125'],
])('%i with %i places is shown as %s', (value, places, text) => {
  expect(shown(value, places)).toBe(text)
})

test('what is shown is read back the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e13 }), (value) => {
      expect(scaledWithSign(shown(value, 2), 2)).toBe(value)
    }),
  )
})
