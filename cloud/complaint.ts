/** What stands in the operator's way, said so that it can be mended. Loads no SDK: the command line asks here for every error. */

/** Something the operator can mend; shown as one line, without a stack. */
export class DeploymentError extends Error {}

/** Error names of the AWS SDK and of the services, and what to do about them. */
const REMEDIES: readonly [names: RegExp, remedy: string][] = [
  [
    /^CredentialsProviderError$/,
    'there are no AWS credentials here: give --profile, or sign in (`aws sso login`, `aws configure`) and try again',
  ],
  [/^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/, 'the AWS credentials have run out: sign in again'],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException|SignatureDoesNotMatch|AuthFailure)$/,
    'AWS does not accept these credentials: are they of this partition (China has its own) and not deleted?',
  ],
]
const DENIED = /^(AccessDenied(Exception)?|UnauthorizedOperation|UnauthorizedException|ForbiddenException)$/
const UNREACHABLE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)$/

const fieldOf = (error: Error, field: string): unknown => Reflect.get(error, field)

/** One line for what an operator can mend; undefined for what is a bug. */
export const complaintOfAws = (error: unknown): string | undefined => {
  if (error instanceof DeploymentError) return error.message
  if (!(error instanceof Error)) return undefined
  if (error.message === 'Region is missing') return 'say which region of AWS: by option, by AWS_REGION or in the profile'
  const remedy = REMEDIES.find(([names]) => names.test(error.name))?.[1]
  if (remedy !== undefined) return remedy
  // A service's own words name the action and the resource that are missing.
  if (DENIED.test(error.name)) return `these credentials may not do that: ${error.message}`
  const code = fieldOf(error, 'code')
  const isAws = fieldOf(error, '$metadata') !== undefined
  if (isAws && typeof code === 'string' && UNREACHABLE.test(code)) return `AWS does not answer (${code}): is the region right?`
  return undefined
}
