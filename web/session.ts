import { signal } from '@preact/signals'

import type { SessionView } from '../functions/api-types.ts'

/** Who is logged in. The token lives as long as the tab does and is renewed while somebody is there. */

const KEY = 'yangguang.session'
/** Tokens live 15 minutes; asking this often needs no clock of the reader's. */
const REFRESH_EVERY_MS = 4 * 60_000

export type Refusal = 'wrong' | 'tooMany' | 'unreachable' | 'server'

const kept = (): SessionView | undefined => {
  const text = sessionStorage.getItem(KEY)
  return text === null ? undefined : (JSON.parse(text) as SessionView)
}

export const session = signal<SessionView | undefined>(kept())
/** True when a session ended by itself: the log-in page says so. */
export const expired = signal(false)

const keep = (view: SessionView): void => {
  sessionStorage.setItem(KEY, JSON.stringify(view))
  session.value = view
  expired.value = false
}

const forget = (): void => {
  sessionStorage.clear()
  session.value = undefined
}

export const logOut = (): void => {
  forget()
  expired.value = false
}

export const endSession = (): void => {
  if (!session.value) return
  forget()
  expired.value = true
}

const refusalOf = (status: number): Refusal => {
  if (status === 429) return 'tooMany'
  return status >= 500 ? 'server' : 'wrong'
}

/** Logs in; answers why not when it fails. */
export const logIn = async (userName: string, password: string): Promise<Refusal | undefined> => {
  try {
    const response = await fetch('/api/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userName, password }),
    })
    if (!response.ok) return refusalOf(response.status)
    keep((await response.json()) as SessionView)
    return undefined
  } catch {
    return 'unreachable'
  }
}

const refresh = async (): Promise<void> => {
  const token = session.value?.token
  if (token === undefined || document.hidden) return
  try {
    const response = await fetch('/api/session/refresh', { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    if (response.ok && session.value?.token === token) keep((await response.json()) as SessionView)
    else if (response.status === 401) endSession()
  } catch {
    // The network is away; the next round or the next request finds out.
  }
}

setInterval(() => void refresh(), REFRESH_EVERY_MS)
document.addEventListener('visibilitychange', () => void refresh())
