/** Work of the server that takes longer than a request: a command starts it and asks after it. One at a time. */
export type Jobs = {
  /** Answers at once. */
  start: (name: string, ask: unknown) => 'started' | 'busy' | 'unknown'
  /** The last job started; undefined when there was none. */
  state: () => JobState | undefined
  names: readonly string[]
}

export type JobState = {
  name: string
  done: number
  of: number
  note: string
  /** Of a job that has ended well. */
  result?: object
  /** Why a job ended; what it had written stays written. */
  error?: string
}

export type OnProgress = (done: number, of: number, note: string) => void
export type Operations = Record<string, (ask: unknown, onProgress: OnProgress) => Promise<object>>

export const openJobs = (operations: Operations): Jobs => {
  let current: JobState | undefined
  const isRunning = (): boolean => current !== undefined && current.result === undefined && current.error === undefined
  return {
    names: Object.keys(operations),
    state: () => current,
    start: (name, ask) => {
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
      if (!operation) return 'unknown'
      if (isRunning()) return 'busy'
      const job: JobState = { name, done: 0, of: 0, note: '' }
      current = job
      operation(ask, (done, of, note) => Object.assign(job, { done, of, note })).then(
        (result) => Object.assign(job, { result }),
        (error: unknown) => Object.assign(job, { error: error instanceof Error ? error.message : String(error) }),
      )
      return 'started'
    },
  }
}
