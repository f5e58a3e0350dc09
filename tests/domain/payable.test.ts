import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { payableOf } from '../../domain/payable.ts'

type Line = { lineId: string; personId: string; amountFen: number }
const line = (personId: string, amountFen: number, lineId = `${personId}-${amountFen}`): Line => ({ lineId, personId, amountFen })
const amounts = (lines: readonly Line[]): number[] => lines.map(({ amountFen }) => amountFen)

describe('what may be paid out', () => {
  test.each<[string, Line[][], number[], [string, number][]]>([
    ['is what the lines say', [[line('A', 5), line('B', 7)]], [5, 7], []],
    ['is less by what a person has had too much of', [[line('A', 50), line('A', -20), line('B', 7)]], [30, 0, 7], []],
    ['is taken from the last lines first', [[line('A', 10, '1'), line('A', 30, '2'), line('A', -35, '3')]], [5, 0, 0], []],
    ['is never less than nothing: the rest is a debt', [[line('A', 10), line('A', -35)]], [0, 0], [['A', 25]]],
    ['is less in the months after, until the debt is paid', [[line('A', -35)], [line('A', 20)], [line('A', 20)]], [5], []],
    ['keeps a debt of somebody without lines', [[line('A', -35)], [line('B', 20)]], [20], [['A', 35]]],
    ['is nobody else’s debt', [[line('A', -35), line('B', 20)]], [0, 20], [['A', 35]]],
    ['of no month is nothing', [], [], []],
  ])('%s', (_, months, payable, debts) => {
    const found = payableOf(months)
    expect([amounts(found.lines), [...found.debtsFen]]).toEqual([payable, debts])
  })

  test('comes over all months to what the lines come to, debts apart', () => {
    const months = fc.array(
      fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.integer({ min: -500, max: 500 })), { maxLength: 6 }),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(months, (given) => {
        const lines = given.map((of, nth) => of.map(([personId, fen], at) => line(personId, fen, `${nth}-${at}`)))
        const paid = lines.map((_, at) => payableOf(lines.slice(0, at + 1)).lines)
        const { debtsFen } = payableOf(lines)
        expect(paid.flat().every(({ amountFen }) => amountFen >= 0)).toBe(true)
        for (const person of ['A', 'B', 'C']) {
          const of = (all: Line[]) =>
            all.filter(({ personId }) => personId === person).reduce((sum, { amountFen }) => sum + amountFen, 0)
          expect(of(paid.flat()) - (debtsFen.get(person) ?? 0)).toBe(of(lines.flat()))
        }
      }),
    )
  })
})
