import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type GradeFigures, gradeOf, GRADES } from '../../domain/grade.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'

const best: GradeFigures = {
  availabilityPermille: 1_000,
  yieldBp: 10_000,
  coveragePermille: 1_000,
  findingDaysPercent: 0,
  days: { known: 30, of: 30 },
}
const graded = (over: Partial<GradeFigures> = {}) => gradeOf({ ...best, ...over }, DEFAULT_LIMITS)

describe('a grade', () => {
  test.each<[keyof GradeFigures, number, string]>([
    ['availabilityPermille', 980, 'A'],
    ['availabilityPermille', 979, 'B'],
    ['availabilityPermille', 949, 'C'],
    ['availabilityPermille', 899, 'D'],
    ['yieldBp', 9_000, 'A'],
    ['yieldBp', 8_999, 'B'],
    ['yieldBp', 7_999, 'C'],
    ['yieldBp', 5_999, 'D'],
    ['yieldBp', 0, 'D'],
    ['coveragePermille', 949, 'B'],
    ['coveragePermille', 700, 'C'],
    ['coveragePermille', 699, 'D'],
    ['findingDaysPercent', 5, 'A'],
    ['findingDaysPercent', 6, 'B'],
    ['findingDaysPercent', 30, 'C'],
    ['findingDaysPercent', 31, 'D'],
  ])('of %s %i is %s, all else being best', (name, figure, grade) => {
    expect(graded({ [name]: figure })).toMatchObject({ grade, lacking: [] })
  })

  test('is the worst of its figures, each told with its limits', () => {
    expect(graded({ yieldBp: 8_500, availabilityPermille: 910 })).toEqual({
      grade: 'C',
      criteria: [
        { name: 'availability', figure: 910, limits: [980, 950, 900], grade: 'C' },
        { name: 'yield', figure: 8_500, limits: [9_000, 8_000, 6_000], grade: 'B' },
        { name: 'coverage', figure: 1_000, limits: [950, 850, 700], grade: 'A' },
        { name: 'findings', figure: 0, limits: [5, 15, 30], grade: 'A' },
      ],
      days: { known: 30, of: 30 },
      lacking: [],
    })
  })

  test('is unknown while a figure is, and says which', () => {
    expect(graded({ yieldBp: null, coveragePermille: null })).toMatchObject({ grade: null, lacking: ['yield', 'coverage'] })
    expect(graded({ availabilityPermille: null, findingDaysPercent: null }).lacking).toEqual(['availability', 'findings'])
    expect(graded({ yieldBp: null }).criteria[1]).toEqual({
      name: 'yield',
      figure: null,
      limits: [9_000, 8_000, 6_000],
      grade: null,
    })
  })

  test('is unknown with less than half of the days', () => {
    expect(graded({ days: { known: 15, of: 30 } }).grade).toBe('A')
    expect(graded({ days: { known: 14, of: 30 } })).toMatchObject({ grade: null, lacking: ['days'] })
    expect(graded({ days: { known: 0, of: 0 } })).toMatchObject({ grade: null, lacking: ['days'] })
  })

  test('never gets worse by a better figure', () => {
    const figure = (max: number) => fc.integer({ min: 0, max })
    const some = fc.record({
      availabilityPermille: figure(1_000),
      yieldBp: figure(10_000),
      coveragePermille: figure(1_000),
      findingDaysPercent: figure(100),
    })
    const rank = (figures: Partial<GradeFigures>) => GRADES.findIndex((grade) => grade === graded(figures).grade)
    fc.assert(
      fc.property(some, fc.nat(500), (figures, more) => {
        const better = { ...figures, availabilityPermille: Math.min(1_000, figures.availabilityPermille + more) }
        expect(rank(better)).toBeLessThanOrEqual(rank(figures))
        expect(rank({ ...figures, yieldBp: figures.yieldBp + more })).toBeLessThanOrEqual(rank(figures))
        expect(rank({ ...figures, findingDaysPercent: Math.max(0, figures.findingDaysPercent - more) })).toBeLessThanOrEqual(
          rank(figures),
        )
      }),
    )
  })
})
