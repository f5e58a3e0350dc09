import type { PerformanceLimits } from './performance-limits.ts'

/**
 * This platform's own grades (优, 良, 中, 差 for A to D): the worst of four figures, each of which is shown with its limits. A figure
 * that is not known makes the grade unknown, for a good grade of half the figures would be worth nothing.
 */

export const GRADES = ['A', 'B', 'C', 'D'] as const
export type Grade = (typeof GRADES)[number]
export const CRITERIA = ['availability', 'yield', 'coverage', 'findings'] as const
export type CriterionName = (typeof CRITERIA)[number]

/** `limits` for A, B and C, in the unit of the figure: at least them, of findings at most. */
export type Criterion = { name: CriterionName; figure: number | null; limits: readonly number[]; grade: Grade | null }

export type Graded = {
  grade: Grade | null
  criteria: Criterion[]
  /** Days with figures, of days in service that are over. */
  days: { known: number; of: number }
  /** What is lacking when there is no grade. */
  lacking: ('days' | CriterionName)[]
}

export type GradeFigures = {
  /** Time producing of the time known, per mille. */
  availabilityPermille: number | null
  /** Of the peers' median, hundredths of a percent. */
  yieldBp: number | null
  coveragePermille: number | null
  /** Days with a finding, of a hundred known. */
  findingDaysPercent: number | null
  days: { known: number; of: number }
}

const gradeBy = (meets: (limit: number) => boolean, limits: readonly number[]): Grade => {
  const place = limits.findIndex(meets)
  return GRADES[place === -1 ? limits.length : place] ?? 'D'
}

const criterion = (name: CriterionName, figure: number | null, limits: readonly number[]): Criterion => {
  const meets = (limit: number): boolean => (name === 'findings' ? (figure ?? 0) <= limit : (figure ?? 0) >= limit)
  return { name, figure, limits, grade: figure === null ? null : gradeBy(meets, limits) }
}

export const gradeOf = (figures: GradeFigures, limits: PerformanceLimits): Graded => {
  const criteria = [
    criterion('availability', figures.availabilityPermille, limits.availabilityPermille),
    criterion('yield', figures.yieldBp, limits.yieldBp),
    criterion('coverage', figures.coveragePermille, limits.coveragePermille),
    criterion('findings', figures.findingDaysPercent, limits.findingDaysPercent),
  ]
  const { known, of } = figures.days
  const isEnough = of > 0 && known * 100 >= of * limits.gradeDaysPercent
  const unknown = criteria.filter(({ grade }) => grade === null).map(({ name }) => name)
  const lacking = [...(isEnough ? [] : (['days'] as const)), ...unknown]
  const grades = criteria.flatMap(({ grade }) => (grade === null ? [] : [grade]))
  const worst = GRADES.findLast((grade) => grades.includes(grade)) ?? null
  return { grade: lacking.length > 0 ? null : worst, criteria, days: figures.days, lacking }
}
