import { addMonths, type ChinaDay, type ChinaMonth, daysOfMonth, monthOfDay } from './calendar.ts'
import { fulfilmentBp } from './yield.ts'
import { timesRatio } from './money.ts'

/**
 * A year's income beside its plan. A plan is for a year and the sun is not: what of it was to be expected by a day follows the
 * county's own months, where a whole year of them is known, and else the days. For reports alone, never for alerts: plans were made
 * for the best site and price.
 */

/** Energy of each calendar month of a year, January first, in one unit. */
type MonthlyShape = readonly number[]

export type PlanProgress = {
  plannedFenPerYear: number
  /** What of the plan was to be expected in the months that are settled. */
  plannedFen: number
  actualFen: number
  /** Fact over plan so far, hundredths of a percent; null without a plan or a month. */
  fulfilmentBp: number | null
  /** By the county's own months or by days. */
  by: 'months' | 'days'
  /** Months that count: settled ones of the year in which the station was in service. */
  months: number
}

/** Fewer days of a month known say too little of it. */
const DAYS_OF_MONTH_MIN = 20

/**
 * The county's months of the twelve before a year: by the median yield of its days. Null unless each of them is known well enough;
 * a month short of a few days is filled up with its mean.
 */
export const monthlyShape = (
  days: readonly { day: ChinaDay; medianWhPerKwDc: number | null }[],
  year: number,
): MonthlyShape | null => {
  const known = days.filter(({ medianWhPerKwDc }) => medianWhPerKwDc !== null)
  const byMonth = Map.groupBy(known, ({ day }) => monthOfDay(day))
  const january = `${String(year - 1).padStart(4, '0')}-01` as ChinaMonth
  const months = Array.from({ length: 12 }, (_, at) => {
    const month = addMonths(january, at)
    const own = byMonth.get(month) ?? []
    if (own.length < DAYS_OF_MONTH_MIN) return null
    const sum = own.reduce((total, { medianWhPerKwDc }) => total + (medianWhPerKwDc ?? 0), 0)
    return timesRatio(sum, { times: daysOfMonth(month).length, per: own.length })
  })
  const whole = months.filter((month) => month !== null)
  return whole.length === 12 && whole.some((month) => month > 0) ? whole : null
}

const daysOfYear = (year: number): number =>
  Array.from({ length: 12 }, (_, at) => daysOfMonth(addMonths(`${year}-01` as ChinaMonth, at)).length).reduce((a, b) => a + b, 0)

/** `settled` are the gross incomes of months of the year, one each. A month begun in service counts by its days in service. */
export const planProgress = ({
  year,
  plannedFenPerYear,
  settled,
  inServiceFrom,
  shape,
}: {
  year: number
  plannedFenPerYear: number
  settled: readonly { month: ChinaMonth; grossFen: number }[]
  inServiceFrom: ChinaDay
  shape: MonthlyShape | null
}): PlanProgress => {
  const weights = settled.map(({ month }) => {
    const days = daysOfMonth(month)
    const served = days.filter((day) => day >= inServiceFrom).length
    const whole = shape === null ? days.length : (shape[Number(month.slice(5)) - 1] ?? 0)
    return timesRatio(whole * 1_000, { times: served, per: days.length })
  })
  const year1000 = 1_000 * (shape === null ? daysOfYear(year) : shape.reduce((sum, month) => sum + month, 0))
  const weight = weights.reduce((sum, each) => sum + each, 0)
  const plannedFen = timesRatio(plannedFenPerYear, { times: weight, per: year1000 })
  const actualFen = settled.reduce((sum, { grossFen }) => sum + grossFen, 0)
  return {
    plannedFenPerYear,
    plannedFen,
    actualFen,
    fulfilmentBp: fulfilmentBp({ actual: actualFen, planned: plannedFen }),
    by: shape === null ? 'days' : 'months',
    months: settled.length,
  }
}
