import { WHOLE_COUNTRY } from '../domain/access.ts'
import { hashPassword, newSecret } from '../functions/edge/session.ts'
import type { TableOf } from '../stores/tables.ts'

export const ADMINISTRATOR = 'admin'
const PASSWORD_BYTES = 15

/** Creates the administrator of a deployment that has none; answers the password, which is kept nowhere, or undefined. */
export const createFirstAdministrator = async (users: Pick<TableOf<'users'>, 'get' | 'put'>): Promise<string | undefined> => {
  if (await users.get({ userName: ADMINISTRATOR })) return undefined
  const password = newSecret(PASSWORD_BYTES)
  const user = {
    userName: ADMINISTRATOR,
    role: 'administrator' as const,
    regionCode: WHOLE_COUNTRY,
    passwordHash: await hashPassword(password),
    disabled: false,
  }
  return (await users.put(user, 'absent')) === 'written' ? password : undefined
}
