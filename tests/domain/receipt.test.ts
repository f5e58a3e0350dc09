import { expect, test } from 'vitest'
import { reversalIdOf, standing, villageOf } from '../../domain/receipt.ts'
import { aPayment, aReceipt, aReturn, aReversal, aTransfer, anOpening, COUNTY } from '../receipts.ts'
import { VILLAGE } from '../registry.ts'

test('records count by the day the money moved, of one day by their id, whatever order they came in', () => {
  const records = [
    aTransfer({ recordId: 'T2', on: '2026-04-20' }),
    aTransfer({ recordId: 'T1', on: '2026-04-20' }),
    aReceipt({ recordId: 'Z', on: '2026-01-01' }),
    aPayment({ recordId: 'A', on: '2026-05-01' }),
  ]
  const ids = ['Z', 'T1', 'T2', 'A']
  expect(standing(records).map(({ recordId }) => recordId)).toEqual(ids)
  expect(standing(records.toReversed()).map(({ recordId }) => recordId)).toEqual(ids)
})

test('a reversal takes back the record of its place, and neither counts', () => {
  const [here, there] = [aTransfer(), aTransfer({ placeCode: '341623105221' })]
  expect(standing([here, there, aReversal(there)])).toEqual([here])
  expect(standing([aReversal(there), there, here])).toEqual([here])
})

test('what came back of a payment counts as long as the payment does', () => {
  const [payment, back] = [aPayment(), aReturn()]
  expect(standing([payment, back])).toEqual([payment, back])
  expect(standing([payment, back, aReversal(payment)])).toEqual([])
  expect(standing([payment, back, aReversal(back)])).toEqual([payment])
})

test('a record has one reversal, whose id follows from its own and is no id people choose', () => {
  expect(reversalIdOf('T1')).toBe('T1.reversal')
})

test('a record is about the village it is filed under, an opening about the one it names, a receipt about none', () => {
  expect([aTransfer(), aPayment(), aReturn(), anOpening()].map(villageOf)).toEqual([VILLAGE, VILLAGE, VILLAGE, VILLAGE])
  expect(anOpening().placeCode).toBe('ZL1')
  expect(villageOf(aReceipt({ placeCode: COUNTY }))).toBeUndefined()
})
