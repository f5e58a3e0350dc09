import { describe, expect, test } from 'vitest'
import { countyDayWork, daysToldBy, daysTouched, isDue, judgedBefore } from '../../domain/assessment-work.ts'
import { dayEndMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { type CountyDay, countyDayRows } from '../../domain/county-assessment.ts'
import { aDigest, ON } from '../performance.ts'
import { COUNTY, day } from '../registry.ts'

const END_MS = dayEndMs(ON)

describe('a county’s day is due', () => {
  test.each<[string, number, number, boolean]>([
    ['not while it lasts', -HOUR_MS, -MINUTE_MS, false],
    ['not while its stations still close it', HOUR_MS, HOUR_MS + 14 * MINUTE_MS, false],
    ['once they have been quiet for a quarter of an hour', HOUR_MS, HOUR_MS + 15 * MINUTE_MS, true],
    ['six hours after its end, whatever trickles in', 6 * HOUR_MS, 6 * HOUR_MS, true],
    ['not a minute earlier', 6 * HOUR_MS - MINUTE_MS, 6 * HOUR_MS - MINUTE_MS, false],
    ['at its very end, when it has been quiet', -HOUR_MS, 0, true],
  ])('%s', (_when, markedAfterMs, nowAfterMs, due) => {
    expect(isDue({ day: ON, markedAtMs: END_MS + markedAfterMs }, END_MS + nowAfterMs)).toBe(due)
  })
})

describe('work for a county’s day', () => {
  test.each<[unknown, boolean]>([
    [{ countyCode: COUNTY, day: '2026-06-02' }, true],
    [{ countyCode: COUNTY, day: '2026-06-31' }, false],
    [{ countyCode: '3416', day: '2026-06-02' }, false],
    [{ countyCode: COUNTY }, false],
    [null, false],
  ])('%j: %s', (body, isWork) => expect(countyDayWork.safeParse(body).success).toBe(isWork))
})

describe('the days a changed day touches', () => {
  const row = (on: string, sharesBp: Record<string, number | null>): CountyDay[] =>
    countyDayRows(
      {
        countyCode: COUNTY,
        day: day(on),
        assessedAtMs: 1,
        stations: 2,
        final: 2,
        looked: 0,
        medianWhPerKwDc: 1,
      },
      Object.entries(sharesBp).map(([stationId, shareBp]) => aDigest({ stationId, shareBp })),
    )
  const later = [...row('2026-06-03', { A: 6_000, B: 9_500 }), ...row('2026-06-04', { A: 9_500, B: 6_999 })]
  const touched = (before: CountyDay[], after: CountyDay[], then = later) => daysTouched({ before, after, later: then }, 7_000)

  test('are those on which a station is below the limit that has moved across it', () => {
    expect(touched(row(ON, { A: 8_000, B: 8_000 }), row(ON, { A: 6_999, B: 8_500 }))).toEqual(['2026-06-03'])
    expect(touched(row(ON, { A: 6_000, B: 6_000 }), row(ON, { A: 7_000, B: 7_000 }))).toEqual(['2026-06-03', '2026-06-04'])
    expect(touched(row(ON, { B: null }), row(ON, { B: 8_000 }))).toEqual(['2026-06-04'])
    expect(touched([], row(ON, { A: 8_000 }))).toEqual(['2026-06-03'])
  })

  test('are none while every station stays on its side', () => {
    expect(touched(row(ON, { A: 8_000, B: 100 }), row(ON, { A: 7_000, B: 6_999 }))).toEqual([])
    expect(touched([], row(ON, { A: null }))).toEqual([])
    expect(touched([], row(ON, { A: 6_000 }), [])).toEqual([])
    expect(touched([], row(ON, { A: 6_000 }), row('2026-06-03', { A: 7_000, B: 1 }))).toEqual([])
  })

  test('are named once, in order', () => {
    expect(touched([], row(ON, { A: 1, B: 1 }), [...later, ...later].reverse())).toEqual(['2026-06-03', '2026-06-04'])
  })
})

describe('the days a changed clock touches', () => {
  const told = (lags: (number | undefined)[], clockDays = 3) =>
    daysToldBy(
      lags.map((lagQuarters, at) => ({ day: day(`2026-06-0${at + 3}`), ...(lagQuarters !== undefined && { lagQuarters }) })),
      clockDays,
    )

  test('are those that tell of a shift and count it among the latest that say something', () => {
    expect(told([4, 4, 4])).toEqual(['2026-06-03', '2026-06-04'])
    expect(told([undefined, 4, undefined, 4, 4])).toEqual(['2026-06-04', '2026-06-06'])
    expect(told([4, 4, 4], 2)).toEqual(['2026-06-03'])
  })

  test('are none that are in step, or that say nothing', () => {
    expect(told([0, -4, 4])).toEqual(['2026-06-04'])
    expect(told([undefined, 0])).toEqual([])
  })
})

describe('the days before one', () => {
  const row = (on: string, assessedAtMs: number, part = 0): CountyDay => ({
    countyCode: COUNTY,
    day: day(on),
    part,
    parts: 2,
    assessedAtMs,
    stations: 1,
    final: 1,
    looked: 0,
    medianWhPerKwDc: null,
    digests: [],
  })
  const before = (...rows: CountyDay[]) => judgedBefore(rows, day('2026-06-03'))

  test('have changed when one was judged again, or came or went, and not by days from this one on', () => {
    const was = before(row('2026-06-01', 1), row('2026-06-02', 1))
    expect(before(row('2026-06-01', 1), row('2026-06-02', 2))).not.toBe(was)
    expect(before(row('2026-06-02', 1))).not.toBe(was)
    expect(
      before(row('2026-06-01', 1), row('2026-06-02', 1), row('2026-06-02', 2, 1), row('2026-06-03', 9), row('2026-06-04', 9)),
    ).toBe(was)
  })
})
