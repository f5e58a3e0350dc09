import { isBuiltin } from 'node:module'
import * as z from 'zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Entry } from '../../functions/entry.ts'
import { type FunctionName, manifest } from '../../functions/manifest.ts'
import { archiveKey, unpackStationDay } from '../../stores/archive-file.ts'
import { issueToken, newSigningKey, verifyKeyOf } from '../../functions/edge/session.ts'
import { recorded } from '../functions/recorded.ts'
import { textOfPdf } from '../papers/pdf-text.ts'
import { aDevice, aGateway, aStation, COUNTY, day, someRegions } from '../registry.ts'
import { bundleBytes } from './bundle-bytes.ts'
import { type Deployed, startDeployed } from './deployed.ts'
import { type LambdaInstance, startLambda } from './lambda.ts'

/**
 * What is deployed, as far as it can be proven without an account: every bundle in a process of its own, with the environment that
 * the synthesised stack gives it, fired with the event of its trigger. DynamoDB, SQS, S3 and Timestream are stand-ins on the loopback.
 */

const entries = Object.entries(manifest) as [FunctionName, Omit<Entry, 'load'>][]

const BUNDLE_BYTES_MAX = 1_500_000
/** With a typesetter, which is compiled when the first PDF asks for it. */
const PAPERS_BYTES_MAX = 3_000_000
/** Without the SDK's own share. */
const INGEST_BYTES_MAX = 400_000

/** When the recorded events happened. */
const RECORDED_AT_MS = Date.UTC(2025, 10, 22, 0, 5)

let deployed: Deployed
beforeAll(async () => {
  deployed = await startDeployed({ store: 'timestream', now: () => RECORDED_AT_MS })
  await seed()
})
afterAll(async () => deployed.close())

/** The gateway of the recorded readings, and a day of its station that waits to be computed. */
const seed = async (): Promise<void> => {
  const { regions, stations, gateways, devices, staleDays } = deployed.tables
  await regions.putBatch(someRegions)
  await stations.put(aStation())
  await gateways.put(aGateway({ gatewayId: 'ZL1-GW-1' }))
  await devices.put(aDevice({ gatewayId: 'ZL1-GW-1' }))
  await staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: day('2025-11-20'), markedAtMs: 1 })
}

const fired = new Set<string>()

/** Uses a fresh instance and answers what it wrote. */
const withInstance = async (name: FunctionName, use: (lambda: LambdaInstance) => Promise<void>): Promise<string[]> => {
  const lambda = await startLambda(deployed.bundleOf(name), deployed.environmentOf(name))
  try {
    await use(lambda)
    fired.add(name)
  } catch (error) {
    await lambda.end()
    throw error
  }
  return lambda.end()
}
const work = (...bodies: unknown[]) => ({
  Records: bodies.map((body, at) => ({ ...recorded('sqs-work').Records[0], messageId: `m${at}`, body: JSON.stringify(body) })),
})
const request = (path: string, method = 'GET', body?: string) => {
  const event = recorded('http-api')
  const http = { ...event.requestContext.http, method, path }
  return {
    ...event,
    rawPath: path,
    rawQueryString: '',
    body,
    isBase64Encoded: false,
    requestContext: { ...event.requestContext, http },
  }
}

describe('the bundles', () => {
  test.each(entries)('%s holds all it needs, and neither the stores nor the doors of one machine', (name) => {
    const [, output] = Object.entries(deployed.metafile.outputs).find(([path]) => path.endsWith(`${name}/index.mjs`)) ?? []
    const inputs = Object.keys(output?.inputs ?? {})
    expect(inputs).toContain(`functions/${name}.ts`)
    expect(inputs.filter((path) => /duckdb|sqlite|aedes|^(local|infra|devices|web|tests)\//.test(path))).toEqual([])
    expect(inputs.filter((path) => /^functions\/[^/]+\.ts$/.test(path) && path !== `functions/${name}.ts`)).not.toContain(
      'functions/manifest.ts',
    )
    expect(output?.imports.filter(({ external, path }) => external && !isBuiltin(path))).toEqual([])
  })

  test('are one file and its source map each', () => {
    const files = Object.keys(deployed.metafile.outputs).map((path) => path.split('/').slice(-2).join('/'))
    expect(files.toSorted()).toEqual(
      Object.keys(manifest)
        .flatMap((name) => [`${name}/index.mjs`, `${name}/index.mjs.map`])
        .toSorted(),
    )
  })

  test('are small: a cold start reads and compiles them whole', () => {
    const weights = bundleBytes(deployed.metafile, Object.keys(manifest))
    console.table(Object.fromEntries(weights))
    const maxOf = (name: string) => (name === 'api-papers' ? PAPERS_BYTES_MAX : BUNDLE_BYTES_MAX)
    const heavy = [...weights].filter(([name, { totalBytes }]) => totalBytes > maxOf(name)).map(([name]) => name)
    expect(heavy).toEqual([])
    expect(weights.get('ingest-readings')?.oursBytes).toBeLessThanOrEqual(INGEST_BYTES_MAX)
    // Against a share that is zero because the SDK is not where we look for it.
    for (const { sdkBytes } of weights.values()) expect(sdkBytes).toBeGreaterThan(100_000)
  })

  test('hold the messages of zod in one language: all of them weigh more than everything of ours', () => {
    const languages = Object.values(deployed.metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .flatMap(([path]) => /\/zod\/v4\/locales\/((?!index)\w.*)\.js$/.exec(path)?.[1] ?? []),
    )
    expect([...new Set(languages)]).toEqual(['en'])
  })
})

describe('fired with the event of its trigger', () => {
  test('ingest-readings stores the good readings, sets the bad message aside and counts both', async () => {
    const lines = await withInstance('ingest-readings', async ({ invoke }) => {
      expect(await invoke(recorded('sqs-from-iot-rule'))).toEqual({ batchItemFailures: [] })
    })
    const { tables } = deployed
    const aside = [COUNTY, 'unknown'].map((partition) => tables.quarantine.query({ partition }))
    expect((await Promise.all(aside)).flatMap(({ rows }) => rows).map(({ row }) => row.reason)).toEqual(['schema'])
    expect((await tables.liveness.query({ partition: COUNTY })).rows).toHaveLength(1)
    const counted = lines.filter((line) => line.includes('CloudWatchMetrics')).map((line) => JSON.parse(line))
    expect(counted).toMatchObject([{ service: 'ingest-readings', stored: 2, quarantined: 1, duplicate: 0, conflict: 0 }])
  })

  test('ingest-readings finds readings it stored before to be duplicates', async () => {
    const lines = await withInstance('ingest-readings', async ({ invoke }) => {
      expect(await invoke(recorded('sqs-from-iot-rule'))).toEqual({ batchItemFailures: [] })
    })
    expect(lines.filter((line) => line.includes('CloudWatchMetrics')).map((line) => JSON.parse(line))).toMatchObject([
      { duplicate: 2 },
    ])
  })

  test('ingest-readings fails only the record that is not the output of the rule, without showing it', async () => {
    const event = recorded('sqs-from-iot-rule')
    event.Records[1].body = 'no JSON: 王二'
    const lines = await withInstance('ingest-readings', async ({ invoke }) => {
      expect(await invoke(event)).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[1].messageId }] })
    })
    const complaint = lines.find((line) => line.includes('unreadable'))
    expect(JSON.parse(complaint ?? '{}')).toMatchObject({ function: 'ingest-readings', requestId: 'test-request' })
    expect(lines.join()).not.toContain('王二')
  })

  test('sweep-generation hands the day that waits to compute-generation, which computes it', async () => {
    await withInstance('sweep-generation', async ({ invoke }) => {
      expect(await invoke(recorded('scheduler'))).toMatchObject({ kind: 'done' })
    })
    const sent = deployed.sqs.taken.get(deployed.stack.idOf('AWS::SQS::Queue', 'queue-compute-generation')) ?? []
    expect(sent).toContainEqual(expect.objectContaining({ stationId: 'ZL1', day: '2025-11-20' }))
    await withInstance('compute-generation', async ({ invoke }) => {
      expect(await invoke(work(...sent.slice(0, 3)))).toEqual({ batchItemFailures: [] })
    })
    expect((await deployed.tables.generation.query({ partition: 'ZL1', limit: 1 })).rows).toHaveLength(1)
  })

  test.each([
    ['settle-station', { stationId: 'ZL1', month: '2025-10' }],
    ['settle-village', { villageCode: someRegions.at(-1)?.code, month: '2025-10' }],
    ['assess-performance', { countyCode: COUNTY, day: '2025-11-20' }],
  ] as const)('%s does its work', async (name, body) => {
    await withInstance(name, async ({ invoke }) => {
      expect(await invoke(work(body))).toEqual({ batchItemFailures: [] })
    })
  })

  test('archive-readings writes the settled day into the bucket', async () => {
    const { staleDays } = deployed.tables
    const mark = { countyCode: COUNTY, stationId: 'ZL1', day: day('2025-11-22'), markedAtMs: 1, settledAtMs: 2 }
    await staleDays.put(mark)
    const later = { ...recorded('scheduler'), time: '2026-02-22T00:05:00Z' }
    await withInstance('archive-readings', async ({ invoke }) => {
      expect(await invoke(later)).toMatchObject({ kind: 'done' })
    })
    expect([...deployed.s3.objects.keys()]).toEqual([archiveKey(mark)])
    expect(unpackStationDay(deployed.s3.objects.get(archiveKey(mark))?.bytes ?? new Uint8Array()).readings).toHaveLength(2)
  })

  test.each(['sweep-settlement', 'sweep-closings', 'audit-ledger', 'sweep-performance', 'watch-offline'] as const)(
    '%s makes its run',
    async (name) => {
      await withInstance(name, async ({ invoke }) => {
        expect(await invoke(recorded('scheduler'))).toMatchObject({ kind: 'done', did: expect.any(Number) })
      })
    },
  )

  test('api-session refuses a password nobody has, in the words of the problem', async () => {
    await withInstance('api-session', async ({ invoke }) => {
      const answer = z.object({ statusCode: z.number(), body: z.string() }).parse(await invoke(recorded('http-api')))
      expect(answer.statusCode).toBe(401)
      expect(JSON.parse(answer.body)).toMatchObject({ status: 401, code: 'unauthorized' })
    })
  })

  test('api-papers sets a PDF in the fonts that lie beside it, and hands it over as base64', async () => {
    const nowMs = Date.now()
    const signingKey = await newSigningKey('current', nowMs)
    await deployed.tables.verifyKeys.put(verifyKeyOf(signingKey))
    const principal = { userName: 'an-officer', role: 'county_officer', regionCode: COUNTY } as const
    const { token } = await issueToken({ signingKey, principal, nowMs })
    await withInstance('api-papers', async ({ invoke }) => {
      const event = request('/api/papers/county/stations')
      const headers = { ...event.headers, authorization: `Bearer ${token}` }
      const answer = await invoke({ ...event, rawQueryString: 'format=pdf', headers })
      const { body } = z.object({ statusCode: z.literal(200), isBase64Encoded: z.literal(true), body: z.string() }).parse(answer)
      const { drawn, fonts } = textOfPdf(Buffer.from(body, 'base64'))
      expect(drawn).toContain('光伏帮扶电站台账')
      for (const font of fonts) expect(font).toMatch(/\+NotoSansSC-(Regular|Bold)$/)
    })
  })

  test.each(entries.filter(([name, { on }]) => 'http' in on && name !== 'api-session'))(
    '%s asks who is asking',
    async (name, { on }) => {
      await withInstance(name, async ({ invoke }) => {
        expect(await invoke(request('http' in on ? on.http : ''))).toMatchObject({
          statusCode: 401,
          headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
        })
      })
    },
  )
})

describe('when a store does not answer', () => {
  test('a batch is thrown back whole, and a person gets a 500 that says no more', async () => {
    const { bundleOf, environmentOf } = deployed
    const env = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' }
    const ingest = await startLambda(bundleOf('ingest-readings'), { ...environmentOf('ingest-readings'), ...env })
    await expect(ingest.invoke(recorded('sqs-from-iot-rule'))).rejects.toThrow('ECONNREFUSED')
    await ingest.end()
    const session = await startLambda(bundleOf('api-session'), { ...environmentOf('api-session'), ...env })
    expect(await session.invoke(recorded('http-api'))).toMatchObject({
      statusCode: 500,
      headers: { 'content-type': 'application/problem+json' },
      body: '{"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal"}',
    })
    await session.end()
  })

  test('a function whose environment is incomplete does not start', async () => {
    const { FUNCTION: _, ...env } = deployed.environmentOf('watch-offline')
    const lambda = await startLambda(deployed.bundleOf('watch-offline'), env)
    await expect(lambda.invoke(recorded('scheduler'))).rejects.toThrow('FUNCTION')
    await lambda.end()
  })
})

test('every entry of the manifest has been fired', () => {
  expect([...fired].toSorted()).toEqual(Object.keys(manifest).toSorted())
})
