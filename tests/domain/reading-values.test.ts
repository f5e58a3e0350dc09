import { describe, expect, test } from 'vitest'
import { FIRST_QUANTITIES, LATER_QUANTITIES, QUANTITIES } from '../../domain/reading.ts'
import { readingValues } from '../../domain/reading-values.ts'
import { aReading } from '../readings.ts'

describe('what a reading says', () => {
  test('is the text it was before quantities came to it, for every reading that has none of them', () => {
    expect(readingValues(aReading({ strings: [{ currentA: 1.5 }], state: 'off', faultCodes: ['F1'] }))).toBe(
      '[[31250,81234560,null,null,null,null,null,null,null,null,null,null],"off",[[null,1.5]],["F1"]]',
    )
  })

  test('tells apart what every one quantity says, zero and nothing included', () => {
    const empty = { deviceId: 'X', atMs: 1, receivedAtMs: 1 }
    const said = QUANTITIES.flatMap((quantity) => [0, 1].map((value) => readingValues({ ...empty, [quantity]: value })))
    expect(new Set([...said, readingValues(empty)]).size).toBe(2 * QUANTITIES.length + 1)
  })

  test('keeps the place of every quantity for ever: later ones stand behind the first ones', () => {
    expect(QUANTITIES).toEqual([...FIRST_QUANTITIES, ...LATER_QUANTITIES])
    expect(FIRST_QUANTITIES).toHaveLength(12)
    expect(LATER_QUANTITIES[0]).toBe('irradianceWPerM2')
    expect(readingValues(aReading({ irradianceWPerM2: 812.5 }))).toContain('null,812.5]')
  })
})
