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
  try {
    const headers = { authorization: `Bearer ${session.value?.token ?? ''}` }
    const response = await fetch(path, { headers, signal: AbortSignal.timeout(GIVE_UP_MS) })
    if (response.status === 401) endSession()
    if (!response.ok) return response.status >= 500 ? 'server' : 'refused'
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
