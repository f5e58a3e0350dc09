import type { IncomeStream, RegionCode } from './registry.ts'

/** By when money has to arrive: a county's configuration, with the paper that says so. */

/**
 * A year's amounts of a stream must have reached the villages by a day of a later year, or of its own (`yearsLater` 0). For years
 * from `fromYear` until the next rule of the stream. `monthDay` is like 03-31.
 */
export type DueRule = {
  countyCode: RegionCode
  stream: IncomeStream
  fromYear: number
  yearsLater: number
  monthDay: string
  document: string
}

/** The rule for a year's amounts of a stream; undefined when nothing says when they arrive. */
export const dueRuleOn = (rules: readonly DueRule[], stream: string, year: number): DueRule | undefined =>
  rules.filter((rule) => rule.stream === stream && rule.fromYear <= year).toSorted((a, b) => b.fromYear - a.fromYear)[0]
