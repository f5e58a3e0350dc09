import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Progress } from '../../devices/simulator.ts'
import type { SimulatorConfig, SimulatorReport } from '../../devices/simulator-process.ts'

export type RunningSimulator = {
  /** Resolves when it has published what it was asked to, or was stopped; rejects with the reason when it could not. */
  done: Promise<Progress | undefined>
  stop: () => Promise<void>
}

const PROCESS = fileURLToPath(new URL('../../devices/simulator-process.ts', import.meta.url))
const STOP_WITHIN_MS = 8_000

/** Starts the fleet simulator in a process of its own, so that it speaks to the broker as gateways do and takes nothing from it. */
export const startSimulator = (
  config: SimulatorConfig,
  onProgress: (progress: Progress) => void,
  onPastDone: (progress: Progress) => void = () => undefined,
): RunningSimulator => {
  const child = fork(PROCESS, { stdio: ['pipe', 'ignore', 'pipe', 'ipc'] })
  const ended = Promise.withResolvers<Progress | undefined>()
  let last: Progress | undefined
  let failure = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    failure = `${failure}${chunk.toString()}`.slice(-2_000)
  })
  child.on('message', (message: SimulatorReport) => {
    if (message.kind === 'failed') failure = message.detail
    else if (message.kind === 'past-done') onPastDone(message.progress)
    else {
      last = message.progress
      onProgress(message.progress)
    }
  })
  child.on('error', ended.reject)
  child.on('exit', (code) => {
    if (code === 0 || child.killed) ended.resolve(last)
    else ended.reject(new Error(`the simulator ended with an error: ${failure.trim()}`))
  })
  child.stdin?.end(JSON.stringify(config))
  return {
    done: ended.promise,
    stop: async () => {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      await ended.promise.catch(() => undefined)
      clearTimeout(force)
    },
  }
}
