import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChinaMonth } from '../../domain/calendar.ts'
import { monthsTaxedWith, monthTaxedWith, type VatRule, vatDue, vatOf, vatRuleOn } from '../../domain/vat.ts'
import { dayNamed as day } from './sunny.ts'

const small: VatRule = {
  validFrom: day('2023-01-01'),
  validTo: day('2028-01-01'),
  per: 'month',
  exemptUpToFen: 10_000_000,
  rateBp: 100,
  document: '财政部 税务总局公告2023年第19号',
}
const general: VatRule = { validFrom: day('2019-04-01'), per: 'month', exemptUpToFen: 0, rateBp: 1_300, document: '示范' }
const vat = (amountFen: number, salesFen: number, rules = [small], on = '2026-05-31') =>
  vatOf(amountFen, { salesFen, day: day(on), rules })

describe('value-added tax', () => {
  test('is nothing up to the threshold, and on everything beyond it', () => {
    expect(vat(10_000_000, 10_000_000)).toMatchObject({ kind: 'exempt', netFen: 10_000_000, taxFen: 0, rule: small })
    expect(vat(10_000_000, 10_000_001)).toMatchObject({ kind: 'taxed', netFen: 9_900_990, taxFen: 99_010 })
  })

  test('without a rule is unknown, and not nothing', () => {
    expect(vat(1, 1, [])).toEqual({ kind: 'no_rule' })
    expect(vat(1, 1, [small], '2028-01-01')).toEqual({ kind: 'no_rule' })
    expect(vat(1, 1, [small], '2022-12-31')).toEqual({ kind: 'no_rule' })
  })

  test('goes by the rule in force that began last', () => {
    expect(vatRuleOn([general, small], day('2026-01-01'))).toBe(small)
    expect(vatRuleOn([small, general], day('2026-01-01'))).toBe(small)
    expect(vatRuleOn([general, small], day('2023-01-01'))).toBe(small)
    expect(vatRuleOn([general, small], day('2022-12-31'))).toBe(general)
    expect(vatRuleOn([general, small], day('2027-12-31'))).toBe(small)
    expect(vatRuleOn([general, small], day('2028-01-01'))).toBe(general)
  })

  test('and the amount without it are the amount, to the fen, also of a reversal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), fc.integer({ min: 0, max: 2_000 }), (amountFen, rateBp) => {
        const taxed = (fen: number) => {
          const answer = vat(fen, 1, [{ ...general, rateBp }])
          if (answer.kind === 'no_rule') throw new Error(answer.kind)
          return answer
        }
        const { netFen, taxFen } = taxed(amountFen)
        expect(netFen + taxFen).toBe(amountFen)
        expect(taxFen).toBeGreaterThanOrEqual(0)
        expect(taxed(-amountFen).netFen).toBe(-netFen)
      }),
    )
  })
})

describe('the tax of a period', () => {
  const month = (text: string) => text as ChinaMonth
  const quarterly: VatRule = { ...small, per: 'quarter', validFrom: day('2026-02-01'), exemptUpToFen: 30_000_000 }

  test('by the month is due with itself, by the quarter with its last month', () => {
    expect(['2026-01', '2026-02', '2026-03', '2026-04', '2026-12'].map((of) => monthTaxedWith(month(of), [quarterly]))).toEqual([
      '2026-01',
      '2026-03',
      '2026-03',
      '2026-06',
      '2026-12',
    ])
    expect(monthTaxedWith(month('2026-05'), [small])).toBe('2026-05')
    expect(monthTaxedWith(month('2026-05'), [])).toBe('2026-05')
  })

  test('sums the months due with it, each of them once, also where the county goes over to quarters within one', () => {
    expect(monthsTaxedWith(month('2026-06'), [quarterly])).toEqual(['2026-04', '2026-05', '2026-06'])
    expect(monthsTaxedWith(month('2026-05'), [quarterly])).toEqual([])
    expect(monthsTaxedWith(month('2026-01'), [small, quarterly])).toEqual(['2026-01'])
    expect(monthsTaxedWith(month('2026-03'), [small, quarterly])).toEqual(['2026-02', '2026-03'])
    const all = Array.from({ length: 12 }, (_, at) => month(`2026-${String(at + 1).padStart(2, '0')}`))
    expect(all.flatMap((of) => monthsTaxedWith(of, [small, quarterly])).toSorted()).toEqual(all)
  })

  test('is nothing without a rule, up to the threshold, or where it rounds to nothing', () => {
    const due = (salesFen: number, rules: readonly VatRule[]) => vatDue(month('2026-06'), { rules, salesOf: () => salesFen })
    expect(due(10_000_001, [])).toBeUndefined()
    expect(due(10_000_000, [small])).toBeUndefined()
    expect(due(10_000_001, [small])).toEqual({ taxFen: 99_010, salesFen: 10_000_001, rateBp: 100, document: small.document })
    expect(due(10_000_001, [quarterly])).toMatchObject({ salesFen: 30_000_003, taxFen: 297_030 })
    expect(due(1, [{ ...small, exemptUpToFen: 0 }])).toBeUndefined()
  })
})
