import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { performanceSum } from '../../domain/performance-month.ts'
import { aDigest } from '../performance.ts'
import { aStation } from '../registry.ts'

const sum = (digests: ReturnType<typeof aDigest>[], daysOf = digests.length) =>
  performanceSum(aStation(), digests, daysOf, DEFAULT_LIMITS)

describe('the days of a station together', () => {
  test('add up, by DC and by AC', () => {
    expect(sum([aDigest(), aDigest({ energyWh: 374_400, dcWhPerKw: 2_000, shareBp: 5_000 })])).toMatchObject({
      energyWh: 1_123_200,
      dcWhPerKw: 6_000,
      acWhPerKw: 6_240,
      peersWhPerKw: 8_000,
      shareBp: 7_500,
    })
  })

  test('are compared with the peers over the days both are known, and with none other', () => {
    const alone = aDigest({ shareBp: null, peersWhPerKw: null, energyWh: 900_000, dcWhPerKw: 4_808 })
    const silent = aDigest({ shareBp: null, energyWh: null, dcWhPerKw: null })
    const together = sum([aDigest({ dcWhPerKw: 3_000, shareBp: 7_500 }), alone, silent])
    expect(together).toMatchObject({ shareBp: 7_500, peersWhPerKw: 4_000, energyWh: 1_648_800 })
    expect(together.graded.days).toEqual({ known: 1, of: 3 })
    expect(sum([alone])).toMatchObject({ shareBp: null, peersWhPerKw: null })
  })

  test('have the mean of their time and coverage', () => {
    const half = aDigest({ time: { producing: 400, idle: 100, noData: 500 }, coveragePermille: 500 })
    expect(sum([aDigest(), half])).toMatchObject({ time: { producing: 700, idle: 50, noData: 250 }, coveragePermille: 750 })
    expect(sum([half, aDigest({ time: null })]).time).toEqual({ producing: 400, idle: 100, noData: 500 })
  })

  test('are graded by the time known: silence is a matter of coverage, not of availability', () => {
    const silent = aDigest({ time: { producing: 500, idle: 0, noData: 500 }, coveragePermille: 500 })
    const { criteria } = sum([silent]).graded
    expect(criteria.map(({ name, figure, grade }) => [name, figure, grade])).toEqual([
      ['availability', 1_000, 'A'],
      ['yield', 10_000, 'A'],
      ['coverage', 500, 'D'],
      ['findings', 0, 'A'],
    ])
    expect(sum([aDigest({ time: { producing: 0, idle: 0, noData: 1_000 } })]).graded.lacking).toEqual(['availability'])
  })

  test('lose what each lost, where it is known', () => {
    const digests = [aDigest({ lostWh: 100_000, lostFen: 8_500 }), aDigest({ lostWh: 50_000 }), aDigest()]
    expect(sum(digests)).toMatchObject({ lostWh: 150_000, lostFen: 8_500 })
    expect(sum([aDigest()])).toMatchObject({ lostWh: null, lostFen: null })
  })

  test('count what explains them, day by day', () => {
    const digests = [
      aDigest({ causes: ['stopped', 'strings'], hasFinding: true }),
      aDigest({ causes: ['stopped'], degraded: true, hasFinding: true }),
      aDigest(),
      aDigest(),
    ]
    const told = sum(digests)
    expect(told).toMatchObject({ causes: { stopped: 2, strings: 1 }, degradedDays: 1, findingDays: 2 })
    expect(told.graded.criteria[3]).toMatchObject({ figure: 50, grade: 'D' })
  })

  test('of which there is none say nothing', () => {
    expect(sum([], 12)).toEqual({
      energyWh: null,
      dcWhPerKw: null,
      acWhPerKw: null,
      peersWhPerKw: null,
      shareBp: null,
      time: null,
      coveragePermille: null,
      lostWh: null,
      lostFen: null,
      causes: {},
      degradedDays: 0,
      findingDays: 0,
      graded: {
        grade: null,
        criteria: expect.any(Array),
        days: { known: 0, of: 12 },
        lacking: ['days', 'availability', 'yield', 'coverage', 'findings'],
      },
    })
  })
})
