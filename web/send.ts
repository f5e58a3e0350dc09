import type { Detail } from './language.ts'
import { endSession, session } from './session.ts'

/** Writing through the API: what it answered, or why not. */

/** Problem details as the API sends them, with what a resource adds for pages that speak another language. */
export type Refused = Detail & { reason?: string; about?: string }
export type Sent<View> = { view: View } | { refused: Refused } | { failure: 'unreachable' | 'server' | 'forbidden' }

export const send = async <View>(path: string, body: object): Promise<Sent<View>> => {
  try {
    const headers = { authorization: `Bearer ${session.value?.token ?? ''}`, 'content-type': 'application/json' }
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (response.ok) return { view: (await response.json()) as View }
    if (response.status === 401) endSession()
    if (response.status >= 500) return { failure: 'server' }
    const refused = (await response.json()) as Refused
    // Whoever may not do it at all hears that; what only this request may not says so itself.
    return response.status === 403 && refused.detailZh === undefined ? { failure: 'forbidden' } : { refused }
  } catch {
    return { failure: 'unreachable' }
  }
}
