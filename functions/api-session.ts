import * as z from 'zod'

import { PASSWORD_CHARS_MAX, type Principal, type User, USER_NAME_PATTERN } from '../domain/access.ts'
import { onAws } from './edge/aws.ts'
import { type ApiContext, authenticated, openApi, parseBody, problem } from './edge/http.ts'
import { logInAttempts } from './edge/log-in-attempts.ts'
import { issueToken, passwordMatches } from './edge/session.ts'
import { signingKeyIn } from './edge/signing-key.ts'
import type { Deps } from './entry.ts'

/**
 * Log-in: a password for a token of 15 minutes, and a valid token for a fresh one.
 *
 * An unknown name, a wrong password and a disabled user get the same answer after the same work. A refresh reads the user again,
 * so a disabled user or a changed role counts from then on: at the latest 15 minutes later. After 12 hours the
 * password is asked for again.
 */

const credentials = z.strictObject({
  userName: z.string().regex(USER_NAME_PATTERN),
  password: z.string().min(1).max(PASSWORD_CHARS_MAX),
})

/** Stands in for an unknown user's hash, at the same cost; no password is known to match it. */
const NOBODY = `scrypt$131072$${'A'.repeat(22)}$${'A'.repeat(43)}`

const principalOf = ({ userName, role, regionCode }: User): Principal => ({ userName, role, regionCode })

export const create = (deps: Deps<'users' | 'regions', 'signingKeys' | 'verifyKeys'>) => {
  const app = openApi(deps)
  const attempts = logInAttempts()
  const signingKey = signingKeyIn(deps)

  const session = async (context: ApiContext, user: User, startedAtMs: number): Promise<Response> => {
    const principal = principalOf(user)
    const region = await deps.regions.get({ code: user.regionCode })
    const issued = await issueToken({ signingKey: await signingKey(), principal, nowMs: deps.now(), startedAtMs })
    return context.json({ ...issued, principal, ...(region && { regionName: region.row.name }) })
  }

  app.post('/api/session', async (context) => {
    const body = await parseBody(context, credentials)
    if (body instanceof Response) return body
    if (!attempts.take(body.userName, deps.now())) {
      return problem(context, 'too_many_requests', 'Too many attempts. Wait five minutes and try again.')
    }
    let succeeded = false
    try {
      const user = (await deps.users.get({ userName: body.userName }))?.row
      const matches = await passwordMatches(body.password, user?.passwordHash ?? NOBODY)
      succeeded = matches && user !== undefined && !user.disabled
      if (!succeeded || !user) return problem(context, 'unauthorized', 'The user name or the password is wrong.')
      return await session(context, user, deps.now())
    } finally {
      attempts.end(body.userName, succeeded)
    }
  })

  app.post('/api/session/refresh', authenticated(deps), async (context) => {
    const user = (await deps.users.get({ userName: context.get('principal').userName }))?.row
    if (!user || user.disabled) return problem(context, 'unauthorized', 'Log in again.')
    return await session(context, user, context.get('startedAtMs'))
  })

  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
