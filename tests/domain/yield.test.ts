import { expect, test } from 'vitest'
import { fenPerKw, fulfilmentBp, perYear } from '../../domain/yield.ts'

test.each([
  [365, 365, 365],
  [1_000, 730, 500],
  [1, 730, 1],
  [0, 10, 0],
])('%i in %i days are %i a year, half up', (amount, days, year) => {
  expect(perYear(amount, days)).toBe(year)
})

test('there is no pace of no days, and no yield of no capacity', () => {
  expect(() => perYear(1, 0)).toThrow(RangeError)
  expect(() => fenPerKw({ amountFen: 1, dcCapacityW: 0 })).toThrow(RangeError)
})

test('money per kW is rounded half up to the fen', () => {
  expect(fenPerKw({ amountFen: 100, dcCapacityW: 8_000 })).toBe(13)
})

test('a plan of nothing is not fulfilled to any degree', () => {
  expect(fulfilmentBp({ actual: 100, planned: 0 })).toBeNull()
  expect(fulfilmentBp({ actual: 0, planned: 100 })).toBe(0)
})
