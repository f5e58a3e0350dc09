import type { MessagePort, Worker } from 'node:worker_threads'
import type { ReadingStore } from '../stores/readings.ts'

/** The store of readings from another thread than the one that owns its file: every call is one message there and one back. */

/** On one machine nothing expires. */
type Method = Exclude<keyof ReadingStore, 'wholeSinceMs' | 'sparesReadings'>
type ReadingCall = { [M in Method]: { method: M; args: Parameters<ReadingStore[M]> } }[Method]
export type Asked = { kind: 'call'; id: number; call: ReadingCall }
export type Answered = { kind: 'result'; id: number; value: unknown } | { kind: 'failure'; id: number; reason: string }

/** More calls than this at once are refused: the store could not answer them in time anyway. */
const CALLS_MAX = 1_000

export type ReadingProxy = {
  store: ReadingStore
  /** Hands over an answer of the owning thread. */
  settle: (answer: Answered) => void
  /** Fails every open call, and every later one. */
  abandon: (error: Error) => void
}

/** The asking side. */
export const openReadingProxy = (owner: Pick<Worker | MessagePort, 'postMessage'>): ReadingProxy => {
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let lastId = 0
  let lost: Error | undefined
  const ask = (call: ReadingCall): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (lost) return reject(lost)
      if (open.size >= CALLS_MAX) return reject(new Error('too many calls to the store of readings at once'))
      const id = ++lastId
      open.set(id, { resolve, reject })
      owner.postMessage({ kind: 'call', id, call } satisfies Asked, [])
    })
  // The owner runs the same method of the same interface, so what comes back is what it returns.
  const method = <M extends Method>(name: M): ReadingStore[M] =>
    ((...args: Parameters<ReadingStore[M]>) => ask({ method: name, args } as ReadingCall)) as ReadingStore[M]
  return {
    store: {
      append: method('append'),
      series: method('series'),
      lastBefore: method('lastBefore'),
      firstAfter: method('firstAfter'),
      list: method('list'),
      conflicts: method('conflicts'),
      summaries: method('summaries'),
      sparesReadings: true,
    },
    settle: (answer) => {
      const asked = open.get(answer.id)
      open.delete(answer.id)
      if (answer.kind === 'result') asked?.resolve(answer.value)
      else asked?.reject(new Error(answer.reason))
    },
    abandon: (error) => {
      lost = error
      for (const { reject } of open.values()) reject(error)
      open.clear()
    },
  }
}

/** The owning side: runs one call; never rejects. */
export const answerCall = async (store: ReadingStore, { id, call }: Asked): Promise<Answered> => {
  const method = store[call.method] as (...args: ReadingCall['args']) => Promise<unknown>
  try {
    return { kind: 'result', id, value: await method(...call.args) }
  } catch (error) {
    return { kind: 'failure', id, reason: error instanceof Error ? error.message : String(error) }
  }
}
