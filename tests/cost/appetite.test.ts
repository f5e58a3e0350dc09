import { describe, expect, test } from 'vitest'
import { APPETITES, type Appetite, type Occasion, STATION_BYTES } from '../../domain/cost-appetites.ts'
import { FLEET_DEFAULTS, MESSAGE_BYTES, READING_BYTES } from '../../domain/cost-fleet.ts'
import { fitted } from './fit.ts'
import { measureMessage, measurements, measureStorage } from './measurements.ts'
import type { Metered } from './meter.ts'

/**
 * The functions' appetite for DynamoDB, measured again: the real functions on the real adapter over dynalite, counted by what AWS
 * documents. A difference is either a waste to be mended or a change of domain/cost-appetites.ts, and then of docs/cost.md.
 */

const MARGIN = 0.03
/** Below this nothing is worth a line on a bill. */
const UNITS_MIN = 0.02
const COUNTED = ['readUnits', 'writeUnits', 'requests', 'rows'] as const

const rounded = (value: number): number => (Math.abs(value) < 1e-6 ? 0 : Number(value.toPrecision(3)))

/** As a line of the table, to be copied there. */
const lineOf = ({ readUnits, writeUnits, requests, waits, rows }: Metered): string =>
  `appetite(${[readUnits, writeUnits, requests, waits, rows].map(rounded).join(', ')})`

const isNear = (measured: number, written: number): boolean =>
  Math.abs(measured - written) <= Math.max(UNITS_MIN, MARGIN * Math.abs(written))
const NONE: Appetite = { readUnits: 0, writeUnits: 0, requests: 0, waits: 0, rows: 0 }

describe('the appetite of a function is what its table says', () => {
  test.each(Object.keys(APPETITES) as Occasion[])('%s', async (occasion) => {
    const written: Partial<Record<string, Appetite>> = APPETITES[occasion]
    for (const [driver, measured] of Object.entries(fitted(await measurements[occasion]()))) {
      const expected = written[driver] ?? NONE
      const off = COUNTED.filter((key) => !isNear(measured[key], expected[key]))
      expect(off, `${occasion}, for each ${driver}, now: ${lineOf(measured)}`).toEqual([])
      // How much of it overlaps depends on the machine's haste.
      expect(Math.abs(measured.waits - expected.waits), `waits of ${occasion} for each ${driver}`).toBeLessThan(
        1 + 0.5 * Math.abs(expected.waits),
      )
    }
  })

  test('every occasion that is priced is measured, and nothing else', () => {
    expect(Object.keys(measurements).toSorted()).toEqual(Object.keys(APPETITES).toSorted())
  })
})

describe('what is stored and sent takes the bytes its table says', () => {
  test('a station and a month of its history', async () => {
    const stored = await measureStorage(FLEET_DEFAULTS.payees)
    for (const side of ['alone', 'withIndexes'] as const) {
      for (const span of ['once', 'month'] as const) {
        const off = Math.abs(stored[side][span] / STATION_BYTES[side][span] - 1)
        expect(off, `now ${JSON.stringify(stored)}`).toBeLessThan(MARGIN)
      }
    }
  })

  test('a message and each of its readings', async () => {
    const { envelope, reading } = await measureMessage()
    expect(Math.abs(envelope - MESSAGE_BYTES)).toBeLessThanOrEqual(2)
    expect(Math.abs(reading / READING_BYTES - 1), `now ${reading}`).toBeLessThan(MARGIN)
  })
})
