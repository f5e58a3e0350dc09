import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** One instance of a bundled function: a fresh process that has its bundle, its environment and nothing else. */
export type LambdaInstance = {
  invoke: (event: unknown) => Promise<unknown>
  isAlive: () => boolean
  /** Ends the process and answers the lines it wrote. */
  end: () => Promise<string[]>
}

export type LambdaOptions = {
  /** How far ahead of the machine's clock its own is. */
  clockShiftMs?: number
  timeoutMs?: number
}

/** Throws when the bundle does not load. */
export const startLambda = async (
  bundle: string,
  env: Record<string, string>,
  { clockShiftMs = 0, timeoutMs = 10_000 }: LambdaOptions = {},
): Promise<LambdaInstance> => {
  const child = fork(new URL('./invoke-bundle.ts', import.meta.url), [bundle, String(clockShiftMs)], {
    env,
    execArgv: [],
    stdio: 'pipe',
  })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the process has no output')
  const [written, complained] = [text(stdout), text(stderr)]
  const loaded = await answer(child)
  if (loaded !== 'loaded') throw new Error(`${bundle} does not load: ${await complained}`)
  return {
    invoke: async (event) => {
      child.send({ event, timeoutMs })
      const { result, error } = (await answer(child)) as { result?: unknown; error?: string }
      if (error !== undefined) throw new Error(error)
      return result
    },
    isAlive: () => child.connected,
    end: async () => {
      if (child.connected) child.disconnect()
      child.kill()
      return (await written).split('\n').filter((line) => line !== '')
    },
  }
}

const answer = async (child: ChildProcess): Promise<unknown> => {
  const over = new AbortController()
  const first = await Promise.race([
    once(child, 'message', over).then(([message]) => message as unknown),
    once(child, 'exit', over).then(([code]) => ({ error: `the process ended with ${code}` })),
  ])
  over.abort()
  return first
}
