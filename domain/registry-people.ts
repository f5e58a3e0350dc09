import { PLAN_LINES_MAX } from './plan-files.ts'
import { policyProblem } from './policy-rules.ts'
import type { Registry } from './registry-checks.ts'
import { checkValidity, eachLine, refer, referRegion } from './registry-checks.ts'
import { keyOf, type Report } from './registry-files.ts'
import type { FileRow } from './registry-rows.ts'

/** What lines about households, persons and plans must be to each other. */

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

const checkPlanLines = (registry: Registry, report: Report): void => {
  const memberships = registry.content['memberships.csv'].lines.map(({ row }) => `${row.person_id}#${row.household_id}`)
  const belonged = new Set(memberships)
  eachLine(registry, 'plan-lines.csv', report, (line, tell) => {
    refer(registry, 'plans.csv', keyOf('plans.csv', line), tell, 'village_code')
    const household = refer(registry, 'households.csv', line.household_id, tell, 'household_id')
    const person = refer(registry, 'persons.csv', line.person_id, tell, 'person_id')
    if (household && household.village_code !== line.village_code) {
      tell('household_id', 'This household belongs to another village than the plan.')
    }
    if (person && person.household_id !== line.household_id && !belonged.has(`${line.person_id}#${line.household_id}`)) {
      tell('person_id', 'This person belongs to another household.')
    }
    if (line.kind === 'post' && line.post === undefined) tell('post', 'Name the post, for example 保洁员.')
  })
}

/** The line of a person that begins after each one, by the key of the line. */
const nextMemberships = ({ content }: Registry): Map<string, FileRow<'memberships.csv'>> => {
  const next = new Map<string, FileRow<'memberships.csv'>>()
  const byPerson = Map.groupBy(
    content['memberships.csv'].lines.map(({ row }) => row),
    ({ person_id: personId }) => personId,
  )
  for (const lines of byPerson.values()) {
    const inOrder = lines.toSorted((a, b) => (a.valid_from < b.valid_from ? -1 : 1))
    for (const [at, line] of inOrder.entries()) {
      const later = inOrder[at + 1]
      if (later) next.set(keyOf('memberships.csv', line), later)
    }
  }
  return next
}

const checkMemberships = (registry: Registry, report: Report): void => {
  const nextOf = nextMemberships(registry)
  eachLine(registry, 'memberships.csv', report, (line, tell) => {
    checkValidity(line, tell)
    const person = refer(registry, 'persons.csv', line.person_id, tell, 'person_id')
    const household = refer(registry, 'households.csv', line.household_id, tell, 'household_id')
    const own = person && registry.find('households.csv', person.household_id)
    if (household && typeof own === 'object' && own.village_code !== household.village_code) {
      tell('household_id', 'This household is of another village: give the person a new id there and a valid_to here.')
    }
    const next = nextOf.get(keyOf('memberships.csv', line))
    if (next && (line.valid_to === undefined || next.valid_from < line.valid_to)) {
      tell('valid_to', 'A later line of this person begins before this one ends; a person is of one household at a time.')
    }
  })
}

const checkPolicyRules = (registry: Registry, report: Report): void =>
  eachLine(registry, 'policy-rules.csv', report, (line, tell) => {
    checkValidity(line, tell)
    referRegion(registry, line.county_code, 'county', tell, 'county_code')
    const { kind, percent: rateBp, count, base, numerator } = line
    const problem = policyProblem({
      kind,
      ...(rateBp !== undefined && { rateBp }),
      ...(count !== undefined && { count }),
      ...(base && { base }),
      ...(numerator && { numerator }),
    })
    if (problem !== undefined) tell('kind', problem)
  })

export const checkPeople = (registry: Registry, report: Report): void => {
  eachLine(registry, 'households.csv', report, ({ village_code: village }, tell) => {
    referRegion(registry, village, 'village', tell, 'village_code')
  })
  eachLine(registry, 'persons.csv', report, ({ household_id: household }, tell) => {
    refer(registry, 'households.csv', household, tell, 'household_id')
  })
  checkMemberships(registry, report)
  checkPlans(registry, report)
  checkPlanLines(registry, report)
  checkPolicyRules(registry, report)
}
