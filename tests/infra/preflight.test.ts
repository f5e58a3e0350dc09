import { describe, expect, test } from 'vitest'
import { type Facts, type Finding, preflight } from '../../infra/preflight.ts'
import { settingsSchema } from '../../infra/settings.ts'

/** Facts of a deployment that nothing stands in the way of, with what a test changes. */
const facts = (given: Record<string, string> = {}, over: Partial<Facts> = {}): Facts => {
  const region = given['region'] ?? 'cn-northwest-1'
  const settings = { ...settingsSchema.parse({ alarmEmail: 'invented@example.test', ...given, region }), region }
  return {
    settings,
    identity: { is: { account: '000000000000', partition: settings.partition } },
    bootstrap: { is: { version: 30 } },
    stack: { is: undefined },
    consents: { dataMayLeaveChina: false, changeStore: false },
    ...over,
  }
}
const IN_CHINA = { domain: 'sun.example.test', certificate: 'ASCAEXAMPLE00000', architecture: 'x86_64' }
const INFLUX = { store: 'influxdb', influxUrl: 'https://influx.example.test', influxDatabase: 'village' }
const kinds = (found: readonly Finding[]) => found.map(({ kind }) => kind)
const texts = (found: readonly Finding[], kind: Finding['kind']) =>
  found
    .filter((finding) => finding.kind === kind)
    .map(({ text }) => text)
    .join('\n')

describe('nothing stands in the way', () => {
  test('in China of a deployment with its domain, but that the filing be made', () => {
    const found = preflight(facts(IN_CHINA))
    expect(kinds(found)).toEqual(['warning'])
    expect(found[0]?.text).toMatch(/ICP 备案.*ICP filing/)
  })

  test('of a second deployment over the first', () => {
    const stack = { is: { status: 'UPDATE_ROLLBACK_COMPLETE', store: 'dynamodb' } }
    expect(texts(preflight(facts(IN_CHINA, { stack })), 'missing')).toBe('')
  })
})

describe('what is missing', () => {
  test.each<[string, Record<string, string>, Partial<Facts>, string]>([
    ['credentials', {}, { identity: { problem: 'there are none' } }, 'credentials: there are none'],
    [
      'credentials of the partition',
      {},
      { identity: { is: { account: '000000000000', partition: 'aws' } } },
      'is in aws, but cn-northwest-1 is in aws-cn',
    ],
    ['a bootstrap', {}, { bootstrap: { is: undefined } }, 'npx cdk bootstrap aws://000000000000/cn-northwest-1'],
    ['a bootstrap that is new enough', {}, { bootstrap: { is: { version: 5 } } }, 'of version 5, at least 6'],
    ['a right to look at the bootstrap', {}, { bootstrap: { problem: 'denied' } }, 'could not be looked at: denied'],
    ['a stack that is at rest', {}, { stack: { is: { status: 'UPDATE_IN_PROGRESS' } } }, 'wait until that has ended'],
    ['a stack that was ever whole', {}, { stack: { is: { status: 'ROLLBACK_COMPLETE' } } }, 'delete it in CloudFormation'],
    ['a stack that does not hang', {}, { stack: { is: { status: 'UPDATE_ROLLBACK_FAILED' } } }, 'continue its rollback'],
    [
      'the time series the readings are in',
      {},
      { stack: { is: { status: 'CREATE_COMPLETE', store: 'influxdb' } } },
      'keeps its readings in influxdb; with --store dynamodb it would no longer see them',
    ],
    ['LiveAnalytics in China', { store: 'timestream' }, {}, 'in no region of China'],
    [
      'LiveAnalytics of the account',
      { store: 'timestream', region: 'eu-west-1' },
      { liveAnalytics: { problem: 'only existing customers' } },
      'only existing customers. It takes no new customers',
    ],
    ['an InfluxDB that answers', INFLUX, { influx: { problem: 'does not answer at https://x/ping' } }, 'does not answer at'],
    ['the secret of its token', INFLUX, { tokenSecret: { problem: 'there is none of this ARN' } }, 'none of this ARN'],
  ])('%s is said, and what to do about it', (_what, given, over, words) => {
    expect(texts(preflight(facts(given, over)), 'missing')).toContain(words)
  })

  test('is said all at once', () => {
    const found = preflight(
      facts({ store: 'timestream' }, { bootstrap: { is: undefined }, stack: { is: { status: 'DELETE_IN_PROGRESS' } } }),
    )
    expect(kinds(found).filter((kind) => kind === 'missing')).toHaveLength(3)
  })
})

describe('household data outside of China', () => {
  test('needs a yes of its own, in both languages and by article', () => {
    const found = preflight(facts({ region: 'eu-central-1' }))
    expect(kinds(found)).toEqual(['consent'])
    expect(found[0]?.text).toMatch(/eu-central-1，即中国境外[^]*第三十六条[^]*art\. 36/)
  })

  test('is still said when the option has given it', () => {
    const consents = { dataMayLeaveChina: true, changeStore: false }
    expect(kinds(preflight(facts({ region: 'eu-central-1' }, { consents })))).toEqual(['warning'])
  })

  test.each(['cn-north-1', 'cn-northwest-1'])('is no question in %s', (region) => {
    expect(kinds(preflight(facts({ ...IN_CHINA, region })))).not.toContain('consent')
  })
})

describe('a warning is given', () => {
  test.each<[string, Record<string, string>, Partial<Facts>, string]>([
    ['for arm64 in China', { ...IN_CHINA, architecture: 'arm64' }, {}, '--architecture x86_64'],
    ['for China without a domain', {}, {}, 'without --domain no dashboard'],
    [
      'for a store that is changed on purpose',
      IN_CHINA,
      {
        stack: { is: { status: 'CREATE_COMPLETE', store: 'timestream' } },
        consents: { dataMayLeaveChina: false, changeStore: true },
      },
      'They stay where they are',
    ],
    ['for a stack of an older version', IN_CHINA, { stack: { is: { status: 'CREATE_COMPLETE' } } }, 'the same --store as before'],
  ])('%s', (_what, given, over, words) => {
    const found = preflight(facts(given, over))
    expect(texts(found, 'warning')).toContain(words)
    expect(kinds(found)).not.toContain('missing')
  })

  test('when nobody would be told about alarms', () => {
    const { alarmEmail: _, ...settings } = facts(IN_CHINA).settings
    expect(texts(preflight({ ...facts(IN_CHINA), settings }), 'warning')).toContain('--alarm-email')
  })
})
