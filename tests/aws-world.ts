import * as z from 'zod'
import { type FunctionName, manifest } from '../functions/manifest.ts'
import { chance } from '../devices/chance.ts'
import { anAdministrator, callsOf, importRegistry } from './administrator.ts'
import { countsIn } from './infra/counted.ts'
import { type Deployed, startDeployed } from './infra/deployed.ts'
import type { StoreKind } from './infra/readings-stand-in.ts'
import { httpApiOf } from './infra/simulated-http-api.ts'
import { startIot } from './infra/simulated-iot-broker.ts'
import { type SimulatedLambda, simulateLambda } from './infra/simulated-lambda.ts'
import { simulateSqs } from './infra/simulated-sqs.ts'
import { publishAll } from './publishing.ts'
import type { Platform } from './world.ts'

/**
 * The platform on AWS without an account: the built bundles in processes of their own, the real SDK, and around them what the
 * synthesised template says, simulated on the loopback. It delivers as badly as AWS may: in no order, some of it twice.
 */
export type AwsWorld = Platform & {
  deployed: Deployed
  /** Every line the functions wrote so far. */
  lines: () => Promise<readonly string[]>
}

export type AwsOptions = {
  store: StoreKind
  /** What the clock shows at the start; it goes on from there. */
  startMs: number
  seed: number
  memoryHours?: number
}

const BASIC_INGEST_SHARE = 0.5
const SHARES = { lostShare: 0.03, againShare: 0.05 }

const Schedule = z.object({ Target: z.object({ Input: z.string() }) })

export const startAwsWorld = async ({ store, startMs, seed, memoryHours }: AwsOptions): Promise<AwsWorld> => {
  const clockShiftMs = startMs - Date.now()
  const now = () => Date.now() + clockShiftMs
  const deployed = await startDeployed({ store, now, memoryHours })
  await deployed.tables.users.put(await anAdministrator())
  const lambda = simulateLambda(deployed, { seed, clockShiftMs, ...SHARES })
  const sqs = simulateSqs(deployed, lambda, { seed, now, ...SHARES })
  const iot = await startIot(deployed, { seed, now, send: sqs.send })
  const call = callsOf(httpApiOf(deployed, lambda))

  return {
    deployed,
    call,
    importRegistry: async (files, gatewayIds) => {
      await importRegistry(call, files)
      await sqs.drain()
      for (const gatewayId of gatewayIds) iot.register(gatewayId)
    },
    publish: async (messages) => {
      await publishAll(messages, {
        mqttUrl: iot.mqttUrl,
        secretOf: () => 'a certificate',
        topicOf: ({ gatewayId }, at) => {
          const topic = `pv/${gatewayId}/readings`
          return chance(seed, `${gatewayId}/${at}`) < BASIC_INGEST_SHARE ? iot.basicIngest(topic) : topic
        },
      })
      await sqs.drain()
    },
    run: async (name, atMs = now()) => {
      const did = await runSchedule(deployed, lambda, name, atMs)
      await sqs.drain()
      return did
    },
    lines: async () => {
      await lambda.recycle()
      return lambda.lines
    },
    counts: async () => {
      await lambda.recycle()
      const buried = (Object.keys(manifest) as FunctionName[]).reduce((sum, name) => sum + sqs.dead(name).length, 0)
      return { ...countsIn(lambda.lines), dead_lettered: buried }
    },
    restart: lambda.recycle,
    close: async () => {
      await lambda.recycle()
      await iot.close()
      await deployed.close()
    },
  }
}

/** EventBridge Scheduler, simulated: the input of the template's schedule, for a time. Answers what Scheduler would not wait for. */
const runSchedule = async ({ stack }: Deployed, lambda: SimulatedLambda, name: string, atMs: number): Promise<number> => {
  const { Input } = Schedule.parse(stack.propertiesOf('AWS::Scheduler::Schedule', `schedule-${name}`)).Target
  const event: unknown = JSON.parse(Input.replace('<aws.scheduler.scheduled-time>', new Date(atMs).toISOString()))
  return z.object({ did: z.int() }).parse(await lambda.invoke(name as FunctionName, event)).did
}
