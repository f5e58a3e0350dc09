import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { Reading } from '../../domain/reading.ts'
import type { SummarySpan } from '../../domain/reading-summary.ts'
import {
  copySlot,
  type GrowingSummaries,
  growSummaries,
  isDisordered,
  openSummaries,
  pickSummaries,
  slotsOf,
  summariesMade,
  summaryAt,
} from '../../domain/summary-columns.ts'
import { addRows } from '../../domain/summary-rows.ts'
import { NOON_MS } from '../readings.ts'
import { toldOf } from '../told-summary.ts'

/** Summaries as columns: whatever rows come in what parts, they say of each device what its readings say. */

const SPAN: SummarySpan = { fromMs: NOON_MS, toMs: NOON_MS + 12 * HOUR_MS, stepWh: 1_000, quietPowerW: 20 }
const REGISTERS = ['energyTotalWh', 'exportTotalWh'] as const

type Row = { device: number; minute: number } & Pick<Reading, 'energyTotalWh' | 'exportTotalWh' | 'acPowerW'>

const add = (summaries: GrowingSummaries, rows: readonly Row[], slotOf?: Int32Array): void => {
  const whs = REGISTERS.map((register) =>
    rows.some((row) => row[register] !== undefined) ? Float64Array.from(rows, (row) => row[register] ?? Number.NaN) : undefined,
  )
  const device = Int32Array.from(rows, (row) => row.device)
  const sinceMs = Int32Array.from(rows, ({ minute }) => minute * MINUTE_MS)
  const acPowerW = Float64Array.from(rows, (row) => row.acPowerW ?? Number.NaN)
  addRows(summaries, { device, sinceMs, whs, acPowerW, count: rows.length }, slotOf)
}

const toldBy = (rows: readonly Row[], device: number, register: (typeof REGISTERS)[number]) => {
  const readings = rows
    .filter((row) => row.device === device)
    .map((row): Reading => {
      const { minute, device: _, ...values } = row
      const atMs = NOON_MS + minute * MINUTE_MS
      return { deviceId: 'A', atMs, receivedAtMs: atMs, ...values }
    })
  return toldOf(readings, { ...SPAN, register })
}

const aRow = fc.record(
  {
    device: fc.nat(5),
    minute: fc.nat(719),
    energyTotalWh: fc.constantFrom(0, 1, 1_001, 1_002, 9_000, 9_500),
    exportTotalWh: fc.constantFrom(1, 2, 5_000),
    acPowerW: fc.constantFrom(-40, 0, 20, 21, 900),
  },
  { requiredKeys: ['device', 'minute'] },
)
/** Every instant of a device once, in order of time. */
const someRows = fc
  .uniqueArray(aRow, { selector: ({ device, minute }) => `${device} ${minute}`, maxLength: 60 })
  .map((rows) => rows.toSorted((a, b) => a.minute - b.minute))

describe('summaries', () => {
  test('say of each device what its readings say, in whatever parts they come and however the room grows', () => {
    fc.assert(
      fc.property(someRows, fc.array(fc.nat(20), { maxLength: 8 }), (rows, cuts) => {
        const summaries = openSummaries(0, SPAN, 2)
        const ends = [...new Set([...cuts, rows.length])].filter((end) => end <= rows.length).toSorted((a, b) => a - b)
        for (const [index, end] of ends.entries()) {
          const part = rows.slice(ends[index - 1] ?? 0, end)
          growSummaries(summaries, Math.max(0, ...part.map(({ device }) => device + 1)))
          add(summaries, part)
        }
        for (const [at, register] of REGISTERS.entries()) {
          const picked = pickSummaries(summaries, at, Int32Array.of(5, -1, 4, 3, 2, 1, 0, 99))
          const told = [5, -1, 4, 3, 2, 1, 0, 99].map((device) => toldBy(rows, device, register))
          expect(told.map((_, place) => summaryAt(picked, place))).toEqual(told)
          const made = summariesMade(summaries, at)
          expect([0, 1, 2, 3, 4, 5].map((slot) => summaryAt(made, slot))).toEqual(
            told
              .slice(0, 7)
              .filter((_, place) => place !== 1)
              .toReversed(),
          )
        }
      }),
      { numRuns: 500 },
    )
  })

  test('pass over rows of devices that have no slot, and give the others theirs', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const summaries = openSummaries(2, SPAN, 2)
        add(summaries, rows, Int32Array.of(-1, 1, -1, 0))
        const made = summariesMade(summaries)
        expect([0, 1, 2].map((slot) => summaryAt(made, slot))).toEqual([
          toldBy(rows, 3, 'energyTotalWh'),
          toldBy(rows, 1, 'energyTotalWh'),
          undefined,
        ])
      }),
      { numRuns: 200 },
    )
  })

  test('tell the longest time a figure stood under power, and the lowest and highest of all falls', () => {
    const rows: Row[] = (
      [
        [0, 5, 21],
        [30, 5, 900],
        [60, 5, 20],
        [70, 5, 21],
        [90, 5, 21],
        [100, 3, 21],
        [110, 9, 21],
        [120, 4, undefined],
        [121, 4.5, 21],
        [122, 4.5, 21],
      ] as const
    ).map(([minute, energyTotalWh, acPowerW]) => ({ device: 0, minute, energyTotalWh, ...(acPowerW && { acPowerW }) }))
    const summaries = openSummaries(1, SPAN)
    add(summaries, rows)
    const summary = summaryAt(summariesMade(summaries), 0)
    expect(summary?.register).toMatchObject({ stillMs: 30 * MINUTE_MS, falls: 2, minWh: 3, maxWh: 9 })
    expect(summary).toEqual(toldBy(rows, 0, 'energyTotalWh'))
  })

  test('tell a device whose rows came out of order of time, or twice', () => {
    const told = (...minutes: number[]): boolean => {
      const summaries = openSummaries(2, SPAN)
      add(
        summaries,
        minutes.map((minute) => ({ device: 1, minute })),
      )
      expect(isDisordered(summaries, 0)).toBe(false)
      return isDisordered(summaries, 1)
    }
    expect(told(0, 1, 2)).toBe(false)
    expect(told(0, 1, 1)).toBe(true)
    expect(told(0, 2, 1, 3)).toBe(true)
  })

  test('of one device take the place of those of another, all of them', () => {
    const from = openSummaries(2, SPAN)
    const rows: Row[] = [0, 5, 9].map((minute) => ({ device: 1, minute, energyTotalWh: 9 - minute, acPowerW: minute }))
    add(from, rows)
    const into = openSummaries(2, SPAN)
    add(into, [
      { device: 0, minute: 700, energyTotalWh: 4, acPowerW: 99 },
      { device: 0, minute: 3 },
      { device: 1, minute: 1, energyTotalWh: 7 },
    ])
    const made = summariesMade(into)
    copySlot(summariesMade(from), 1, made, 0)
    expect(summaryAt(made, 0)).toEqual(toldBy(rows, 1, 'energyTotalWh'))
    expect(isDisordered(made, 0)).toBe(false)
    expect(summaryAt(made, 1)).toMatchObject({ readings: 1 })
    copySlot(summariesMade(from), 0, made, 1)
    expect(summaryAt(made, 1)).toBeUndefined()
  })

  test('have room for what is needed and half as much again, and never less than before', () => {
    const summaries = openSummaries(4, SPAN)
    growSummaries(summaries, 3)
    expect(slotsOf(summaries)).toBe(4)
    growSummaries(summaries, 5)
    expect(slotsOf(summaries)).toBe(6)
    growSummaries(summaries, 100)
    expect(slotsOf(summaries)).toBe(100)
  })

  test.each([
    ['longer than a day', { toMs: NOON_MS + 24 * HOUR_MS + 1 }],
    ['with a bound that is no whole millisecond', { fromMs: NOON_MS + 0.5 }],
    ['with a bound that is no number', { toMs: Number.NaN }],
  ])('are of no span %s', (_, over) => {
    expect(() => openSummaries(1, { ...SPAN, ...over })).toThrow(/at most 24 hours between whole milliseconds/)
    expect(() => openSummaries(1, { ...SPAN, toMs: NOON_MS + 24 * HOUR_MS })).not.toThrow()
  })
})
