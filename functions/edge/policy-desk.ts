import * as z from 'zod'

import { WHOLE_COUNTRY } from '../../domain/access.ts'
import { canonicalJson } from '../../domain/canonical.ts'
import { documentText } from '../../domain/plan-events.ts'
import { type Duty, dutiesOf } from '../../domain/plan-life.ts'
import { POLICY_BASES, POLICY_KINDS, POLICY_NUMERATORS, type PolicyRule, policyProblem } from '../../domain/policy-rules.ts'
import type { PolicyRulesView } from '../api-types-plans.ts'
import type { Deps } from '../entry.ts'
import { type ApiContext, parseBody, parseQuery, problem } from './http.ts'
import type { Asking } from './plan-desk.ts'
import { rulesOf } from './plan-pages.ts'
import { dayParam, regionCodeParam } from './region.ts'
import { openVillages } from './village-pages.ts'

/** The county's rules about the money, and who may do what about plans and rules. */

type PolicyDeps = Deps<'regions', 'policyRules'>

const ruleSchema = z.strictObject({
  county: regionCodeParam,
  kind: z.enum(POLICY_KINDS),
  validFrom: dayParam,
  validTo: dayParam.optional(),
  rateBp: z.number().int().min(0).max(10_000).optional(),
  count: z.number().int().min(0).max(1_200).optional(),
  base: z.enum(POLICY_BASES).optional(),
  numerator: z.enum(POLICY_NUMERATORS).optional(),
  clause: documentText.max(64),
  document: documentText,
})

/** Who asks, and for whom that person acts. */
export const planAsking = async (context: ApiContext, deps: Pick<PolicyDeps, 'regions'>): Promise<Asking> => {
  const { userName, role, regionCode } = context.get('principal')
  const level = regionCode === WHOLE_COUNTRY ? 'country' : (await deps.regions.get({ code: regionCode }))?.row.level
  return { by: userName, duties: dutiesOf({ role }, level) }
}

/** The refusal when a duty is not the person's. */
export const lacks = (context: ApiContext, { duties }: Asking, duty: Duty): Response | undefined =>
  duties.includes(duty) ? undefined : problem(context, 'forbidden', `This is for an officer of the ${duty}.`)

const writesRules = (context: ApiContext, { duties }: Asking): boolean =>
  context.get('principal').role === 'administrator' || duties.includes('county')

export const listRules = (deps: PolicyDeps) => async (context: ApiContext) => {
  const query = parseQuery(context, z.strictObject({ county: regionCodeParam.optional() }))
  if (query instanceof Response) return query
  const opened = await openVillages(context, deps, query.county)
  if (opened instanceof Response) return opened
  const county = { code: opened.countyCode, name: opened.nameOf(opened.countyCode) ?? '', level: 'county' as const }
  const mayWrite = writesRules(context, await planAsking(context, deps))
  const rules = await rulesOf(deps, opened.countyCode)
  return context.json({ asOfMs: deps.now(), county, mayWrite, rules } satisfies PolicyRulesView)
}

const wordsOf = ({ recordedBy: _by, recordedAtMs: _at, ...said }: PolicyRule): string => canonicalJson(said)

/** What a rule once said stays: the same again is nothing new, and another from the same day is refused. */
const answerFromThere = async (context: ApiContext, deps: PolicyDeps, rule: PolicyRule): Promise<Response> => {
  const there = (await deps.policyRules.get(rule))?.row
  if (there && wordsOf(there) === wordsOf(rule)) return context.json({ rule: there })
  const detail = `A rule of this kind from ${rule.validFrom} on is there already and stays: give the new one a later validFrom.`
  return problem(context, 'conflict', detail)
}

export const putRule = (deps: PolicyDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, ruleSchema)
  if (body instanceof Response) return body
  const { county, validTo, rateBp, count, base, numerator, ...rest } = body
  const opened = await openVillages(context, deps, county)
  if (opened instanceof Response) return opened
  const asking = await planAsking(context, deps)
  if (!writesRules(context, asking)) return problem(context, 'forbidden', 'This is for an officer of the county.')
  const rule: PolicyRule = {
    countyCode: opened.countyCode,
    ...rest,
    ...(validTo && { validTo }),
    ...(rateBp !== undefined && { rateBp }),
    ...(count !== undefined && { count }),
    ...(base && { base }),
    ...(numerator && { numerator }),
    recordedBy: asking.by,
    recordedAtMs: deps.now(),
  }
  if (opened.region.level !== 'county') return problem(context, 'bad_request', 'county: a rule is for a whole county.')
  if (validTo && validTo <= rule.validFrom)
    return problem(context, 'bad_request', 'validTo: after validFrom; it is the first day no longer.')
  const wrong = policyProblem(rule)
  if (wrong !== undefined) return problem(context, 'bad_request', wrong)
  if ((await deps.policyRules.put(rule, 'absent')) === 'conflict') return answerFromThere(context, deps, rule)
  deps.log.info({ countyCode: rule.countyCode, kind: rule.kind, validFrom: rule.validFrom }, 'a rule was recorded')
  return context.json({ rule }, 201)
}
