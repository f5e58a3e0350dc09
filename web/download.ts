import { type Detail, detailOf } from './language.ts'
import { endSession, session } from './session.ts'

/** Files from the API. The token goes in a header and never into an address, so a file is fetched and then handed to the browser. */

export type DownloadFailure = 'unreachable' | 'server' | 'refused'

const GIVE_UP_MS = 60_000

/** The name the server gave the file. */
const nameOf = (disposition: string | null): string => {
  const [, encoded = ''] = /filename\*=UTF-8''(\S+)/.exec(disposition ?? '') ?? []
  return encoded === '' ? 'download' : decodeURIComponent(encoded)
}

/** Fetches a file and has the browser keep it; answers why not when it fails. */
export const download = async (path: string): Promise<DownloadFailure | undefined> => {
  const failure = await fetched(path, { method: 'GET' })
  return failure === undefined || typeof failure === 'string' ? failure : 'refused'
}

/** A file whose taking is itself a record: asked for by a body. Answers what the API said against it, when it said something. */
export const downloadBy = (path: string, body: object): Promise<DownloadFailure | { detail: string } | undefined> =>
  fetched(path, { method: 'POST', body: JSON.stringify(body) })

const fetched = async (path: string, init: RequestInit): Promise<DownloadFailure | { detail: string } | undefined> => {
  try {
    const type: Record<string, string> = init.body === undefined ? {} : { 'content-type': 'application/json' }
    const headers = { authorization: `Bearer ${session.value?.token ?? ''}`, ...type }
    const response = await fetch(path, { ...init, headers, signal: AbortSignal.timeout(GIVE_UP_MS) })
    if (response.status === 401) endSession()
    if (!response.ok) return response.status >= 500 ? 'server' : { detail: detailOf((await response.json()) as Detail) }
    const url = URL.createObjectURL(await response.blob())
    const link = document.createElement('a')
    link.href = url
    link.download = nameOf(response.headers.get('content-disposition'))
    link.click()
    // The browser has taken it by then; kept longer it would only fill memory.
    setTimeout(() => URL.revokeObjectURL(url), GIVE_UP_MS)
    return undefined
  } catch {
    return 'unreachable'
  }
}
