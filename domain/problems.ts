/** Every reason this system rejects something for, in one closed list: the code is what people search for. */

export const QUARANTINE_REASONS = [
  'schema',
  'schema_version',
  'oversize',
  'identity_mismatch',
  'unknown_device',
  'out_of_range',
  'clock_skew',
  'clock_unset',
  'time_unit',
  'before_commissioning',
  'after_decommission',
] as const
/** Why an authenticated but bad message or reading was set aside. */
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number]

export const PROBLEM_CODES = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'too_many_requests',
] as const
/** Why a person's request was refused; `not_found` also stands for "not yours". */
export type ProblemCode = (typeof PROBLEM_CODES)[number]

/** A refusal the caller must act on: never retried. `detail` says what to do and holds no personal data. */
export type Rejected = { kind: 'rejected'; code: ProblemCode; detail: string }
