import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseOptions } from '../../infra/deploy-options.ts'
import { deploy } from '../../infra/deploy-steps.ts'
import { type RunningDeployment, startDeployment } from '../cloud/a-running-deployment.ts'
import { type Answer, type Call, describedStack, Failure, noSuchStack } from '../cloud/simulated-aws.ts'

/** The command from its options to the administrator's password; the account is simulated, and so is the CDK command line. */

const BOOTSTRAPPED = describedStack({ name: 'CDKToolkit', outputs: { BootstrapVersion: '30' } })
const IDENTITY = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/invented</Arn>
  <UserId>simulated</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
const CONSENTS = ['--household-data-may-leave-china', '--alarm-email', 'invented@example.test']

let deployment: RunningDeployment
let uploaded: Map<string, Call>
let isDeployed: boolean
/** Answers that a test changes, by the name of the call. */
let answers: Record<string, Answer>
let webDir: string

beforeEach(async () => {
  uploaded = new Map()
  isDeployed = false
  answers = {}
  webDir = mkdtempSync(join(tmpdir(), 'yangguang-web-'))
  mkdirSync(join(webDir, 'assets'))
  for (const path of ['index.html', 'assets/index-abc.js', 'assets/index-abc.css']) writeFileSync(join(webDir, path), path)
  deployment = await startDeployment(
    (call) => {
      const given = answers[call.name]
      if (given !== undefined) return given
      if (call.name === 'GetCallerIdentity') return IDENTITY
      if (call.name === 'DescribeStacks') {
        if (call.body['StackName'] === 'CDKToolkit') return BOOTSTRAPPED
        return isDeployed ? undefined : noSuchStack('yangguang')
      }
      if (call.name.startsWith('PUT /')) uploaded.set(call.path, call)
      return {}
    },
    { WebBucket: 'invented-web', WebUrl: 'https://sun.example.test' },
  )
})
afterEach(async () => {
  await deployment.close()
  vi.unstubAllEnvs()
  rmSync(webDir, { recursive: true })
})

/** Deploys with what a person answers; hands back what was run and printed. */
const deploying = async (argv: string[], says = false) => {
  const ran: string[] = []
  const asked: string[] = []
  const printed: string[] = []
  const options = parseOptions(argv)
  if (!options) throw new Error('that asks for help')
  const ended = deploy(options, {
    cdk: async (...given) => {
      ran.push(given.join(' '))
      isDeployed = true
    },
    buildWeb: async () => webDir,
    ask: async (question) => asked.push(question) > 0 && says,
    print: (...lines) => void printed.push(...lines),
  })
  const error = await ended.then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : 'not an error'),
  )
  return { ran, asked, printed: printed.join('\n'), error }
}

describe('a deployment', () => {
  test('is built as its options say, gets its dashboard and its first administrator, and tells the way in once', async () => {
    const { ran, asked, printed, error } = await deploying(['--yes', '--raw-retention-days', '400', ...CONSENTS])
    expect([error, asked]).toEqual([undefined, []])
    expect(ran).toEqual([
      'deploy yangguang --require-approval never --no-notices -c rawRetentionDays=400 -c alarmEmail=invented@example.test ' +
        '-c region=eu-central-1',
    ])
    const [, password = ''] = /admin \/ (\S+)/.exec(printed) ?? []
    const logIn = await fetch(`${deployment.outputs.ApiUrl}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userName: 'admin', password }),
    })
    expect(logIn.status).toBe(200)
    expect(printed).toContain('https://sun.example.test')
    const again = await deploying(['--yes', ...CONSENTS])
    expect(again.printed).toContain('admin, as before')
  })

  test('puts the page up after all it names, hashed files for ever and the page for now', async () => {
    await deploying(['--yes', ...CONSENTS])
    const paths = [...uploaded.keys()]
    expect(paths.at(-1)).toMatch(/index\.html$/)
    expect(paths.toSorted()).toEqual([
      '/invented-web/assets/index-abc.css',
      '/invented-web/assets/index-abc.js',
      '/invented-web/index.html',
    ])
    const headersOf = (name: string) => {
      const headers = uploaded.get(`/invented-web/${name}`)?.headers
      return [headers?.['content-type'], headers?.['cache-control']]
    }
    expect(headersOf('index.html')).toEqual(['text/html; charset=utf-8', 'no-cache'])
    expect(headersOf('assets/index-abc.js')).toEqual(['text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'])
  })

  test('is a question: without a yes nothing happens', async () => {
    const refused = await deploying(CONSENTS, false)
    expect([refused.ran, refused.asked]).toEqual([[], ['部署吗？ Deploy?']])
    expect(refused.error).toContain('nothing was deployed')
    expect((await deploying(CONSENTS, true)).ran).toHaveLength(1)
  })

  test('outside of China is a question of its own, which --yes does not answer', async () => {
    const byScript = await deploying(['--yes'])
    expect([byScript.ran, byScript.asked]).toEqual([[], []])
    expect(byScript.error).toContain('--household-data-may-leave-china')
    const byHand = await deploying([], true)
    expect(byHand.asked).toEqual([expect.stringContaining('个人信息出境'), '部署吗？ Deploy?'])
    expect(byHand.ran).toHaveLength(1)
  })

  test('is not begun while anything is missing', async () => {
    answers['DescribeStacks'] = noSuchStack('CDKToolkit')
    const { ran, printed, error } = await deploying(['--yes', ...CONSENTS])
    expect(ran).toEqual([])
    expect(printed).toContain('npx cdk bootstrap aws://000000000000/eu-central-1')
    expect(error).toContain('1 of the above')
  })

  test('as a dry run is synthesised and no more', async () => {
    const { ran, asked, printed } = await deploying(['--dry-run', '--store', 'dynamodb'])
    expect(ran).toEqual(['synth --quiet --no-lookups --no-notices -c store=dynamodb -c region=eu-central-1'])
    expect([asked, uploaded.size]).toEqual([[], 0])
    expect(printed).toContain('nothing was deployed')
  })

  test('finds out by itself who is asking and what an account may not do', async () => {
    answers['GetCallerIdentity'] = new Failure(403, 'InvalidClientTokenId', 'no such key')
    expect((await deploying(['--yes', ...CONSENTS])).printed).toContain('credentials: AWS does not accept these credentials')
    delete answers['GetCallerIdentity']
    answers['DescribeStacks'] = new Failure(403, 'AccessDenied', 'you may not describe stacks')
    expect((await deploying(['--yes', ...CONSENTS])).printed).toContain('you may not describe stacks')
  })

  test('does not hide readings behind another store', async () => {
    isDeployed = true
    const influx = ['--store', 'influxdb', '--influx-url', 'https://127.0.0.1:9', '--influx-database', 'village']
    const { ran, printed } = await deploying(['--yes', ...CONSENTS, ...influx])
    expect(ran).toEqual([])
    expect(printed).toContain('keeps its readings in dynamodb')
    expect(printed).toMatch(/InfluxDB does not answer at https:\/\/127\.0\.0\.1:9\/ping/)
  })

  test('on Timestream asks whether the account has it', async () => {
    vi.stubEnv('TIMESTREAM_ENDPOINT', deployment.aws.endpoint)
    answers['Timestream_20181101.DescribeEndpoints'] = new Failure(400, 'AccessDeniedException', 'only existing customers')
    const { printed } = await deploying(['--yes', '--store', 'timestream', ...CONSENTS])
    expect(printed).toContain('only existing customers')
    answers['Timestream_20181101.DescribeEndpoints'] = { Endpoints: [{ Address: '127.0.0.1', CachePeriodInMinutes: 1 }] }
    answers['Timestream_20181101.ListDatabases'] = { Databases: [] }
    expect((await deploying(['--yes', '--store', 'timestream', ...CONSENTS])).ran).toHaveLength(1)
  })
})

describe('npm run deploy', () => {
  const command = (...argv: string[]) =>
    spawnSync(process.execPath, ['infra/deploy.ts', ...argv], { encoding: 'utf8', env: { ...process.env } })

  test('says what can be said to it, and what is wrong in one line', () => {
    expect(command('--help').stdout).toContain('--household-data-may-leave-china')
    const { status, stderr } = command('--store', 'papyrus')
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^deploy: these options do not go together:\n {2}--store: /)])
  })
})
