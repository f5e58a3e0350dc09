import type { Registry } from './registry-checks.ts'
import { eachLine, refer, referRegion } from './registry-checks.ts'
import { keyOf, type Report } from './registry-files.ts'
import type { FileRow } from './registry-rows.ts'

/** What lines about households, persons and plans must be to each other. */

/** A plan is one row of its table: with more lines it would not fit. */
const PLAN_LINES_MAX = 900
const DIVIDING: readonly string[] = ['filed', 'executing', 'announced']

type PlanLines = Map<string, FileRow<'plan-lines.csv'>[]>

const linesByPlan = ({ content }: Registry): PlanLines => {
  const byPlan: PlanLines = new Map()
  for (const { row } of content['plan-lines.csv'].lines) {
    const lines = byPlan.get(keyOf('plans.csv', row)) ?? []
    lines.push(row)
    byPlan.set(keyOf('plans.csv', row), lines)
  }
  return byPlan
}

const checkPlans = (registry: Registry, report: Report): void => {
  const byPlan = linesByPlan(registry)
  const { whole, brokenKeys } = registry.content['plan-lines.csv']
  eachLine(registry, 'plans.csv', report, (plan, tell) => {
    referRegion(registry, plan.village_code, 'village', tell, 'village_code')
    const lines = byPlan.get(keyOf('plans.csv', plan)) ?? []
    if (lines.length > PLAN_LINES_MAX) tell('version', `A plan has at most ${PLAN_LINES_MAX} lines in plan-lines.csv.`)
    const divides = DIVIDING.includes(plan.state) && whole && brokenKeys.size === 0
    if (divides && lines.every(({ weight_yuan: weight }) => weight === 0)) {
      tell('state', 'A plan in this state divides money: it needs a line with a weight above 0 in plan-lines.csv.')
    }
  })
}

const checkPlanLines = (registry: Registry, report: Report): void =>
  eachLine(registry, 'plan-lines.csv', report, (line, tell) => {
    refer(registry, 'plans.csv', keyOf('plans.csv', line), tell, 'village_code')
    const household = refer(registry, 'households.csv', line.household_id, tell, 'household_id')
    const person = refer(registry, 'persons.csv', line.person_id, tell, 'person_id')
    if (household && household.village_code !== line.village_code) {
      tell('household_id', 'This household belongs to another village than the plan.')
    }
    if (person && person.household_id !== line.household_id) tell('person_id', 'This person belongs to another household.')
    if (line.kind === 'post' && line.post === undefined) tell('post', 'Name the post, for example 保洁员.')
  })

export const checkPeople = (registry: Registry, report: Report): void => {
  eachLine(registry, 'households.csv', report, ({ village_code: village }, tell) => {
    referRegion(registry, village, 'village', tell, 'village_code')
  })
  eachLine(registry, 'persons.csv', report, ({ household_id: household }, tell) => {
    refer(registry, 'households.csv', household, tell, 'household_id')
  })
  checkPlans(registry, report)
  checkPlanLines(registry, report)
}
