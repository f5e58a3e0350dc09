import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type VatRule, vatOf, vatRuleOn } from '../../domain/vat.ts'
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
