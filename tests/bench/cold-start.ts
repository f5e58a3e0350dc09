import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import type { Entry } from '../../functions/entry.ts'
import { type FunctionName, manifest } from '../../functions/manifest.ts'
import { recorded } from '../functions/recorded.ts'
import { bundleBytes } from '../infra/bundle-bytes.ts'
import { type Deployed, startDeployed } from '../infra/deployed.ts'

/**
 * What a cold start costs beside the service's own part: processor time of a fresh process until a bundle is loaded, and until it
 * has answered its first event, in which it also opens its clients. Services answer from the loopback. `--write` puts the table
 * into the docs.
 */

const ROUNDS = 3
/** How many times as long as the DynamoDB client alone a bundle may take to load: it was twice when this was written. */
const IMPORT_RATIO_MAX = 4
const DOCUMENT = 'docs/bundles.md'

type Cold = { importMs: number; answerMs: number }
type Figure = {
  function: string
  kB: number
  'kB of the SDK': number
  'kB of ours': number
  'import ms': number
  'answer ms': number
}

const entries = Object.entries(manifest) as [FunctionName, Omit<Entry, 'load'>][]

const coldOnce = async (module: string, env: Record<string, string>, event?: unknown): Promise<Cold> => {
  const argv = [module, ...(event === undefined ? [] : [JSON.stringify(event)])]
  const child = fork(new URL('./cold-process.ts', import.meta.url), argv, { env, execArgv: [], stdio: 'ignore' })
  const [cold] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${module} ended with ${code}`))),
  ])) as [Cold]
  return cold
}

const medianOf = (values: readonly number[]): number =>
  Math.round(values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0)

const cold = async (module: string, env: Record<string, string>, event?: unknown): Promise<Cold> => {
  const rounds: Cold[] = []
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await coldOnce(module, env, event))
  return {
    importMs: medianOf(rounds.map(({ importMs }) => importMs)),
    answerMs: medianOf(rounds.map(({ answerMs }) => answerMs)),
  }
}

const eventFor = ({ on }: Omit<Entry, 'load'>): unknown => {
  if ('mqtt' in on) return recorded('sqs-from-iot-rule')
  if ('queue' in on) return recorded('sqs-work')
  if ('everyMinutes' in on) return recorded('scheduler')
  return { ...recorded('http-api'), rawPath: on.http }
}

/** The client alone that nearly every function needs, made by the same tool: what no bundle of ours can be faster than. */
const sdkAlone = async (): Promise<Figure> => {
  const folder = mkdtempSync(join(tmpdir(), 'cold-start-'))
  const outfile = join(folder, 'index.mjs')
  const contents = "import { DynamoDBClient } from '@aws-sdk/client-dynamodb'; export const handler = () => new DynamoDBClient()"
  const common = { bundle: true, minify: true, platform: 'node', format: 'esm', target: 'node24', metafile: true } as const
  const { metafile } = await build({ ...common, stdin: { contents, resolveDir: '.' }, outfile, mainFields: ['module', 'main'] })
  const { importMs, answerMs } = await cold(outfile, { AWS_REGION: 'local' }, {})
  rmSync(folder, { recursive: true })
  const kB = Math.round((Object.values(metafile.outputs)[0]?.bytes ?? 0) / 1_000)
  return {
    function: 'the DynamoDB client alone',
    kB,
    'kB of the SDK': kB,
    'kB of ours': 0,
    'import ms': importMs,
    'answer ms': answerMs,
  }
}

const figuresOf = async (deployed: Deployed): Promise<Figure[]> => {
  const weights = bundleBytes(deployed.metafile, Object.keys(manifest))
  const figures: Figure[] = []
  for (const [name, entry] of entries) {
    const { totalBytes = 0, sdkBytes = 0, oursBytes = 0 } = weights.get(name) ?? {}
    const { importMs, answerMs } = await cold(deployed.bundleOf(name), deployed.environmentOf(name), eventFor(entry))
    const [kB, ofSdk, ofOurs] = [totalBytes, sdkBytes, oursBytes].map((bytes) => Math.round(bytes / 1_000))
    figures.push({
      function: name,
      kB: kB ?? 0,
      'kB of the SDK': ofSdk ?? 0,
      'kB of ours': ofOurs ?? 0,
      'import ms': importMs,
      'answer ms': answerMs,
    })
  }
  return figures
}

const documentOf = (figures: readonly Figure[], dayText: string): string => {
  const titles = Object.keys(figures[0] ?? {})
  const rows = [
    titles,
    titles.map((title) => (title === 'function' ? '---' : '--:')),
    ...figures.map((figure) => Object.values(figure).map(String)),
  ]
  return `# Bundles

Every function is one file with all it needs, the AWS SDK and the adapter of the chosen store included. This is what
\`npm run bench -- cold-start --write\` measured on ${dayText} for a deployment with DynamoDB: Node ${process.versions.node},
${cpus().length} × ${arch()}.

Bytes are minified. \`tests/infra/bundles.test.ts\` bounds them: ingest-readings 400 kB without the SDK's share, no bundle over 1.5 MB
except api-papers, which holds a typesetter (3 MB) and has its two fonts (21 MB) beside it. The command
fails when a bundle takes more than ${IMPORT_RATIO_MAX} times as long to load as the DynamoDB client alone.
Milliseconds are processor time, medians of ${ROUNDS} fresh processes: until the bundle is loaded, and until its first event is answered, clients
opened, with the services on the loopback. A Lambda of 1,024 MB has about 0.6 of a processor, so there it takes longer by the clock.

${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

## What runs them without an account

\`tests/infra/bundles.test.ts\` fires every bundle with the event of its trigger. \`tests/features/month-on-aws.test.ts\` and
\`late-on-aws.test.ts\` run them all together, MQTT in and statements out, on each store, and compare every fen with the one-machine runtime.

| Of AWS | In the tests |
| --- | --- |
| Lambda | the built bundle in a process of its own; warm, cold, and now and then dead before it can answer |
| names, environments, batch sizes, dead letters, routes, schedules | read from the synthesised template |
| DynamoDB | dynalite, with the tables of the template |
| Timestream | an endpoint with the documented limits, its SQL run by DuckDB |
| InfluxDB | a real one, where \`influxd\` is installed |
| S3 | simulated: put, get, list |
| SQS and its pollers | simulated: in no order, partial failures, receives, dead letters, some messages twice; no time passes |
| IoT Core | simulated: MQTT 3.1.1, the template's policy and rule, Basic Ingest; no certificates, no limits |
| Scheduler, HTTP API | simulated: the template's input and routes |

No test proves what IAM lets through, or that the real services behave as documented: a deployment does.
`
}

export const benchColdStart = async (argv: readonly string[]): Promise<object> => {
  const { values } = parseArgs({ args: [...argv], options: { write: { type: 'boolean', default: false } } })
  const deployed = await startDeployed({ store: 'dynamodb', now: Date.now })
  try {
    const alone = await sdkAlone()
    const figures = [alone, ...(await figuresOf(deployed))]
    console.table(figures)
    const slow = figures.filter((figure) => figure['import ms'] > IMPORT_RATIO_MAX * alone['import ms'])
    if (slow.length > 0) throw new Error(`slow to load: ${slow.map((figure) => figure.function).join(', ')}`)
    if (values.write) writeFileSync(DOCUMENT, documentOf(figures, new Date().toISOString().slice(0, 10)))
    return { figures }
  } finally {
    await deployed.close()
  }
}
