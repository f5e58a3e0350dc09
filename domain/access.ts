import * as z from 'zod'

import type { RegionCode, RegionLevel } from './registry.ts'

/** Who may see what: a role says which kinds of things, a region says where. What is not granted here is denied. */

export const ROLES = ['administrator', 'county_officer', 'carry_over_cashier', 'operator', 'village_accountant'] as const
export type Role = (typeof ROLES)[number]

/** Who is asking: taken from a verified token, never from the request. */
export type Principal = {
  userName: string
  role: Role
  /** A region of any level; the whole subtree is in scope. */
  regionCode: RegionCode
}

export type User = Principal & {
  /** `scrypt$N$salt$hash`, base64url parts. */
  passwordHash: string
  disabled: boolean
}

/** Letters of any script, digits and a few signs; no spaces, so that two names never look alike by them. */
export const USER_NAME_PATTERN = /^[\p{L}\p{N}@._-]{1,64}$/u
export const PASSWORD_CHARS_MIN = 10
export const PASSWORD_CHARS_MAX = 200

export const principalSchema = z.strictObject({
  userName: z.string().regex(USER_NAME_PATTERN),
  role: z.enum(ROLES),
  regionCode: z.string().regex(/^\d{12}$/),
})

/** The scope of an administrator of everything; no region of the registry has this code. */
export const WHOLE_COUNTRY: RegionCode = '000000000000'

/** A region and its ancestors by parent link, itself first; empty when the registry does not know the region. */
export type RegionPath = readonly RegionCode[]

/** Deeper than province, city, county, town, village no walk up the tree needs to go. */
export const REGION_DEPTH_MAX = 8

/**
 * The kinds of things a person can ask for. Quarantined messages are raw and may hold anything. A `correction` is what a person says
 * about readings: that a counter was reset, say. Slips are read by whoever reads income; who may
 * record and withdraw them decides what villages are paid. A `receipt` is where money is on its way; `carry_over` is to record what
 * the county received and passed on, `payment` what a village paid out, `payee_account` into which
 * bank account.
 */
export const RESOURCES = [
  'region',
  'station',
  'generation',
  'correction',
  'alert',
  'income',
  'household',
  'receipt',
  'carry_over',
  'payment',
  'payee_account',
  'quarantine',
  'slip_entry',
  'registry',
] as const
export type Resource = (typeof RESOURCES)[number]

const GRANTS: Record<Role, readonly Resource[]> = {
  administrator: RESOURCES,
  county_officer: [
    'region',
    'station',
    'generation',
    'correction',
    'alert',
    'income',
    'household',
    'receipt',
    'payee_account',
    'quarantine',
    'slip_entry',
  ],
  carry_over_cashier: ['region', 'station', 'generation', 'alert', 'income', 'receipt', 'carry_over'],
  operator: ['region', 'station', 'generation', 'correction', 'alert', 'quarantine'],
  village_accountant: ['region', 'station', 'generation', 'alert', 'income', 'household', 'receipt', 'payment', 'payee_account'],
}

/** Whether a scope holds a region: by the tree, never by the digits of the code. An unknown region is in nobody's scope. */
export const covers = (scope: RegionCode, path: RegionPath): boolean =>
  path.length > 0 && (scope === WHOLE_COUNTRY || path.includes(scope))

/** Whether a role has to do with a kind of thing at all, wherever it is. */
export const handles = (role: Role, resource: Resource): boolean => GRANTS[role].includes(resource)

/** Whether a person may read a kind of thing that lies in the region `path` leads to. Denied unless granted above. */
export const mayRead = (principal: Principal, resource: Resource, path: RegionPath): boolean => {
  if (!handles(principal.role, resource)) return false
  if (principal.role === 'village_accountant') return path[0] === principal.regionCode
  return covers(principal.regionCode, path)
}

/** Whether a role can be given for a region of that level: a village accountant has one village and nobody else is that narrow. */
export const roleFits = (role: Role, level: RegionLevel | 'country'): boolean =>
  role === 'village_accountant' ? level === 'village' : level !== 'village'
