import type { ChinaDay } from './calendar.ts'
import type { RegionCode } from './registry.ts'

/** A county's rules about the use of the money, as its documents say them: with their dates and clauses, never constants. */

export const POLICY_KINDS = [
  'minimum_labour_share',
  'operation_ceiling',
  'meeting_presence',
  'notice_days',
  'review_months',
  'benefits_per_person',
] as const
/** 劳务占比下限, 运维费上限, 到会比例下限, 公示天数下限, 复核周期上限（月）, 每人受益项数上限. */
export type PolicyKind = (typeof POLICY_KINDS)[number]

export const POLICY_BASES = ['gross', 'net'] as const
export const POLICY_NUMERATORS = ['posts', 'posts_and_works'] as const

/** Kinds that are a rate of something; all others are a count of days, months or benefits. */
export const RATE_KINDS: readonly PolicyKind[] = ['minimum_labour_share', 'operation_ceiling', 'meeting_presence']

export type PolicyRule = {
  countyCode: RegionCode
  kind: PolicyKind
  validFrom: ChinaDay
  /** First day it is no longer in force; the next rule of its kind ends it too. */
  validTo?: ChinaDay
  /** Hundredths of a percent; of kinds that are a rate, and only of them. */
  rateBp?: number
  /** Days, months or benefits; of all other kinds. */
  count?: number
  /** Of a labour share and of an operation ceiling: a rate of what. */
  base?: (typeof POLICY_BASES)[number]
  /** Of a labour share: what counts as labour. */
  numerator?: (typeof POLICY_NUMERATORS)[number]
  clause: string
  document: string
  /** User name; absent in rules that came by an import. */
  recordedBy?: string
  recordedAtMs?: number
}

/** What a rule lacks or has too much; undefined when it is whole. */
export const policyProblem = (rule: Pick<PolicyRule, 'kind' | 'rateBp' | 'count' | 'base' | 'numerator'>): string | undefined => {
  const { kind, rateBp, count, base, numerator } = rule
  if (RATE_KINDS.includes(kind) ? rateBp === undefined || count !== undefined : count === undefined || rateBp !== undefined) {
    return RATE_KINDS.includes(kind)
      ? 'This kind is a rate: give a percentage and no count.'
      : 'This kind is a count: give no percentage.'
  }
  const hasBase = kind === 'minimum_labour_share' || kind === 'operation_ceiling'
  if (hasBase !== (base !== undefined)) return hasBase ? 'Say of what: gross or net.' : 'This kind has no base.'
  const hasNumerator = kind === 'minimum_labour_share'
  if (hasNumerator === (numerator !== undefined)) return undefined
  return hasNumerator ? 'Say what counts as labour: posts or posts_and_works.' : 'This kind has no numerator.'
}

/** The rule of a kind on a day: the latest that has begun, unless it has ended. */
export const ruleOn = (rules: readonly PolicyRule[], kind: PolicyKind, day: ChinaDay): PolicyRule | undefined => {
  const begun = rules.filter((rule) => rule.kind === kind && rule.validFrom <= day)
  const latest = begun.toSorted((a, b) => (a.validFrom < b.validFrom ? 1 : -1))[0]
  return latest && (latest.validTo === undefined || latest.validTo > day) ? latest : undefined
}
