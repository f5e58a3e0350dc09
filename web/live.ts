import { useEffect, useState } from 'preact/hooks'

import { endSession, session } from './session.ts'

/** Reading the API, once or again and again while the tab is looked at. */

export type Failure = 'unreachable' | 'server' | 'forbidden' | 'not_found' | 'bad_request' | 'unauthorized'
export type Live<View> = {
  /** The last good answer, kept while later ones fail. */
  view: View | undefined
  failure: Failure | undefined
  retry: () => void
}

/** How often pages that show the present ask. */
export const LIVE_MS = 5_000
const SLOWEST_MS = 30_000
const GIVE_UP_MS = 15_000

const failureOf = (status: number): Failure => {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  return status >= 500 || status === 429 ? 'server' : 'bad_request'
}

type Told = { view: unknown } | { failure: Failure }

const read = async (path: string, signal: AbortSignal): Promise<Told> => {
  try {
    const headers = { authorization: `Bearer ${session.value?.token ?? ''}` }
    const response = await fetch(path, { headers, signal })
    if (response.ok) return { view: await response.json() }
    if (response.status === 401) endSession()
    return { failure: failureOf(response.status) }
  } catch {
    return { failure: 'unreachable' }
  }
}

const passing = (failure: Failure): boolean => failure === 'unreachable' || failure === 'server'

/** Polls one path until told to stop: at its pace while answers come, ever slower while they do not, never in a hidden tab. */
const poll = (path: string, everyMs: number | undefined, told: (answer: Told) => void) => {
  const stopped = new AbortController()
  let timer: number | undefined
  let failures = 0
  let due = false
  const round = async (): Promise<void> => {
    timer = undefined
    due = document.hidden
    if (due) return
    const giveUp = new AbortController()
    const abort = () => giveUp.abort()
    const tooLong = window.setTimeout(abort, GIVE_UP_MS)
    stopped.signal.addEventListener('abort', abort)
    const answer = await read(path, giveUp.signal)
    window.clearTimeout(tooLong)
    stopped.signal.removeEventListener('abort', abort)
    if (stopped.signal.aborted) return
    failures = 'failure' in answer ? failures + 1 : 0
    told(answer)
    if ('failure' in answer && !passing(answer.failure)) return
    const paceMs = failures > 0 ? Math.min(LIVE_MS * 2 ** (failures - 1), SLOWEST_MS) : everyMs
    if (paceMs !== undefined) timer = window.setTimeout(() => void round(), paceMs)
  }
  const wake = (): void => {
    if (document.hidden || (timer === undefined && !due)) return
    window.clearTimeout(timer)
    void round()
  }
  document.addEventListener('visibilitychange', wake)
  window.addEventListener('online', wake)
  void round()
  return () => {
    stopped.abort()
    window.clearTimeout(timer)
    document.removeEventListener('visibilitychange', wake)
    window.removeEventListener('online', wake)
  }
}

/** The answer to a GET of `path`, asked for again every `everyMs` when given. Another path starts from nothing. */
export const useLive = <View>(path: string | undefined, everyMs?: number): Live<View> => {
  const [state, setState] = useState<{ path?: string; view?: unknown; failure?: Failure }>({})
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    if (path === undefined) return undefined
    return poll(path, everyMs, (answer) =>
      setState((before) => {
        const view = 'view' in answer ? answer.view : before.path === path ? before.view : undefined
        return { path, ...(view !== undefined && { view }), ...('failure' in answer && { failure: answer.failure }) }
      }),
    )
  }, [path, everyMs, attempt])
  const current: typeof state = state.path === path ? state : {}
  return { view: current.view as View | undefined, failure: current.failure, retry: () => setAttempt((count) => count + 1) }
}
