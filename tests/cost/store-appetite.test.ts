import { describe, expect, test } from 'vitest'
import { type Appetite, STORE_APPETITES, TIMESTREAM_RECORD_BYTES } from '../../domain/cost-appetites.ts'
import { fitted } from './fit.ts'
import { measureItems, measureQueries, measureRecord, storeMeasurements } from './store-measurements.ts'

/** The appetite of the time series, measured again as that of the functions is. */

const MARGIN = 0.03
const isNear = (measured: number, written: number): boolean => Math.abs(measured - written) <= Math.max(0.02, MARGIN * written)

describe('the time series in DynamoDB takes what its table says', () => {
  test.each(['append', 'stationDay'] as const)('%s', async (name) => {
    const written: Partial<Record<string, Appetite>> = STORE_APPETITES.dynamodb[name]
    for (const [driver, measured] of Object.entries(fitted(await storeMeasurements[name]()))) {
      const off = (['readUnits', 'writeUnits', 'requests', 'rows'] as const).filter(
        (key) => !isNear(measured[key], written[driver]?.[key] ?? 0),
      )
      expect(off, `${name}, for each ${driver}, now: ${JSON.stringify(measured)}`).toEqual([])
    }
  })

  test('an item of a message, in bytes', async () => {
    const { message, reading } = await measureItems()
    const { itemBytes } = STORE_APPETITES.dynamodb
    const isKnown = isNear(message, itemBytes.message) && isNear(reading, itemBytes.reading)
    expect(isKnown, `now ${message} and ${reading} for each reading`).toBe(true)
  })
})

describe('Timestream', () => {
  test('counts a reading by the bytes its table says', async () => {
    const bytes = await measureRecord()
    expect(isNear(bytes, TIMESTREAM_RECORD_BYTES), `now ${bytes}`).toBe(true)
  })

  test('is asked as often for the figure of a running day as its table says', async () => {
    expect(await measureQueries()).toBe(STORE_APPETITES.timestream.queriesPerDayRead)
  })
})
