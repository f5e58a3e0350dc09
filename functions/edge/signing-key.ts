import type { TableOf } from '../../stores/tables.ts'
import type { SessionKey } from '../../stores/rows.ts'
import { newSigningKey, verifyKeyOf } from './session.ts'

/** The one row of the signing key in use. Deleting it makes the next log-in create another; tokens of the old one still run out. */
const CURRENT = 'current'

/**
 * Answers the key that signs tokens now. The first of several first users creates it, the others take theirs; its public half is
 * published before a token is signed with it.
 */
export const signingKeyIn = (deps: {
  signingKeys: TableOf<'signingKeys'>
  verifyKeys: TableOf<'verifyKeys'>
  now: () => number
}): (() => Promise<SessionKey>) => {
  let publishedJwk: string | undefined

  const current = async (): Promise<SessionKey> => {
    const found = await deps.signingKeys.get({ keyId: CURRENT })
    if (found) return found.row
    const created = await newSigningKey(CURRENT, deps.now())
    if ((await deps.signingKeys.put(created, 'absent')) === 'written') return created
    const other = await deps.signingKeys.get({ keyId: CURRENT })
    if (!other) throw new Error('the signing key was created and deleted at the same moment')
    return other.row
  }

  return async () => {
    const key = await current()
    if (key.jwk !== publishedJwk) {
      await deps.verifyKeys.put(verifyKeyOf(key), 'absent')
      publishedJwk = key.jwk
    }
    return key
  }
}
