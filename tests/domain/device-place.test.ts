import { describe, expect, test } from 'vitest'
import { placeOn } from '../../domain/device-place.ts'
import { aDevice, day } from '../registry.ts'

const at = (stationId: string, validFrom: string, validTo?: string) =>
  aDevice({ stationId, validFrom: day(validFrom), ...(validTo && { validTo: day(validTo) }) })

describe("a device's readings are kept with", () => {
  const moved = [at('B', '2026-03-01', '2026-05-01'), at('A', '2026-01-01', '2026-02-01'), at('C', '2026-05-01')]

  test.each([
    ['the station it is at', '2026-01-15', 'A'],
    ['the station it comes to, from its first day there', '2026-05-01', 'C'],
    ['the one it was at last, on a day it is nowhere', '2026-02-10', 'A'],
    ['the one it came to first, on a day before all', '2025-12-31', 'A'],
  ])('%s', (_rule, on, stationId) => {
    expect(placeOn(moved, day(on))).toBe(stationId)
    expect(placeOn(moved.toReversed(), day(on))).toBe(stationId)
  })

  test('the row in force, although another began later and is over', () => {
    const rows = [at('A', '2026-01-01'), at('B', '2026-03-01', '2026-04-01')]
    expect(placeOn(rows, day('2026-05-01'))).toBe('A')
    expect(placeOn(rows, day('2026-03-01'))).toBe('B')
  })

  test('the one it was at last, although it began that very day and ended with it', () => {
    const rows = [at('A', '2026-01-01', '2026-02-01'), at('B', '2026-03-01', '2026-03-01')]
    expect(placeOn(rows, day('2026-03-01'))).toBe('B')
    expect(placeOn(rows, day('2026-02-15'))).toBe('A')
  })

  test('the same station in whatever order rows of one day are read', () => {
    const rows = [
      { ...at('A', '2026-01-01'), gatewayId: 'GW-1' },
      { ...at('B', '2026-01-01'), gatewayId: 'GW-2' },
    ]
    expect(placeOn(rows, day('2026-01-01'))).toBe('B')
    expect(placeOn(rows.toReversed(), day('2026-01-01'))).toBe('B')
  })

  test('no station when the registry has no row of it', () => {
    expect(placeOn([], day('2026-01-01'))).toBeUndefined()
  })
})
