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

  test('no station when the registry has no row of it', () => {
    expect(placeOn([], day('2026-01-01'))).toBeUndefined()
  })
})
