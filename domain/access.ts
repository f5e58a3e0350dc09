import type { RegionCode } from './registry.ts'

export const ROLES = ['administrator', 'county_officer', 'operator', 'village_accountant'] as const
export type Role = (typeof ROLES)[number]

/** Who is asking: taken from a verified token, never from the request. */
export type Principal = {
  userName: string
  role: Role /** A region of any level; the whole subtree is in scope. */
  regionCode: RegionCode
}

export type User = Principal & {
  /** `scrypt$N$salt$hash`, base64url parts. */
  passwordHash: string
  disabled: boolean
}
