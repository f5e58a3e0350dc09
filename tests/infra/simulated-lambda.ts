import * as z from 'zod'
import { chance } from '../../devices/chance.ts'
import type { FunctionName } from '../../functions/manifest.ts'
import type { Deployed } from './deployed.ts'
import { type LambdaInstance, startLambda } from './lambda.ts'

/**
 * Lambda, simulated: every function as its built bundle in processes of its own, as many of them as it is called at a time. An
 * instance stays warm for the next call, now and then one is taken away between two calls, and now and then one dies when its
 * work is done and before it can say so.
 */
export type SimulatedLambda = {
  /** Throws what the function throws, and when its instance died. */
  invoke: (name: FunctionName, event: unknown) => Promise<unknown>
  /** Takes every warm instance away: the next calls are cold starts. */
  recycle: () => Promise<void>
  /** What instances wrote that are gone. */
  lines: readonly string[]
}

export type LambdaWhims = {
  seed: number
  /** How far ahead of the machine's clock the functions' is. */
  clockShiftMs: number
  /** How many of the answers to batches are lost with their instance. */
  lostShare: number
}

/** How many calls are the last of their instance. */
const LAST_SHARE = 0.04

const Configured = z.object({ Timeout: z.int() })

export const simulateLambda = (deployed: Deployed, { seed, clockShiftMs, lostShare }: LambdaWhims): SimulatedLambda => {
  const warm = new Map<FunctionName, LambdaInstance[]>()
  const lines: string[] = []
  let calls = 0

  const start = (name: FunctionName): Promise<LambdaInstance> => {
    const { Timeout } = Configured.parse(deployed.stack.propertiesOf('AWS::Lambda::Function', name))
    return startLambda(deployed.bundleOf(name), deployed.environmentOf(name), { clockShiftMs, timeoutMs: Timeout * 1_000 })
  }
  const end = async (instance: LambdaInstance): Promise<void> => {
    lines.push(...(await instance.end()))
  }

  const release = async (name: FunctionName, instance: LambdaInstance, isLast: boolean): Promise<void> => {
    if (isLast || !instance.isAlive()) await end(instance)
    else warm.set(name, [...(warm.get(name) ?? []), instance])
  }

  const invoke: SimulatedLambda['invoke'] = async (name, event) => {
    calls += 1
    const draw = chance(seed, `call/${calls}`)
    const isLost = draw < lostShare && typeof event === 'object' && event !== null && 'Records' in event
    const instance = warm.get(name)?.pop() ?? (await start(name))
    try {
      const answer = await instance.invoke(event)
      if (isLost) throw new Error('the instance died and its answer is lost')
      return answer
    } finally {
      await release(name, instance, isLost || draw > 1 - LAST_SHARE)
    }
  }
  const recycle = async (): Promise<void> => {
    const instances = [...warm.values()].flat()
    warm.clear()
    await Promise.all(instances.map(end))
  }
  return { invoke, recycle, lines }
}
