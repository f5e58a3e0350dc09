import type { Settings } from './settings.ts'

/** What must be so before a deployment begins: facts in, findings out, all of them at once. Asks nobody; `preflight-facts.ts` does. */

/** `missing` stops a deployment, `warning` is only said, `consent` needs a yes of its own. */
export type Finding = { kind: 'missing' | 'warning' | 'consent'; text: string }

/** What could be found out, or why not. */
export type Asked<Fact> = { is: Fact } | { problem: string }

export type Facts = {
  settings: Settings & { region: string }
  identity: Asked<{ account: string; partition: string }>
  /** Everything below is asked only with credentials that work. The version of CDK's bootstrap, when there is one. */
  bootstrap?: Asked<{ version: number } | undefined>
  /** The stack of an earlier deployment; `store` unless it is too old to say. */
  stack?: Asked<{ status: string; store?: string } | undefined>
  /** Asked for the store that needs it. */
  liveAnalytics?: Asked<true>
  influx?: Asked<true>
  tokenSecret?: Asked<true>
  consents: { dataMayLeaveChina: boolean; changeStore: boolean }
}

/** Templates of this CDK ask for it themselves, at the very end. */
const BOOTSTRAP_VERSION_MIN = 6
const CHINA = 'aws-cn'

const missing = (text: string): Finding => ({ kind: 'missing', text })
const warning = (text: string): Finding => ({ kind: 'warning', text })

export const preflight = (facts: Facts): Finding[] => [
  ...onIdentity(facts),
  ...onBootstrap(facts),
  ...onStack(facts),
  ...onStore(facts),
  ...onPlace(facts),
]

const onIdentity = ({ settings, identity }: Facts): Finding[] => {
  if ('problem' in identity) return [missing(`credentials: ${identity.problem}`)]
  const { account, partition } = identity.is
  if (partition === settings.partition) return []
  return [missing(`account ${account} is in ${partition}, but ${settings.region} is in ${settings.partition}: other credentials`)]
}

const onBootstrap = ({ settings, identity, bootstrap }: Facts): Finding[] => {
  if (!bootstrap) return []
  if ('problem' in bootstrap) return [missing(`CDK's bootstrap could not be looked at: ${bootstrap.problem}`)]
  const account = 'is' in identity ? identity.is.account : 'ACCOUNT'
  const remedy = `run \`npx cdk bootstrap aws://${account}/${settings.region}\` once, with the same --profile`
  if (bootstrap.is === undefined) return [missing(`${settings.region} is not bootstrapped for CDK: ${remedy}`)]
  const { version } = bootstrap.is
  return version < BOOTSTRAP_VERSION_MIN
    ? [missing(`CDK's bootstrap is of version ${version}, at least ${BOOTSTRAP_VERSION_MIN} is needed: ${remedy}`)]
    : []
}

/** Statuses in which CloudFormation takes no update. */
const BUSY = /_IN_PROGRESS$/
const DEAD = /^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED)$/

const onStack = ({ settings, stack, consents }: Facts): Finding[] => {
  if (!stack) return []
  if ('problem' in stack) return [missing(`the stack of an earlier deployment could not be looked at: ${stack.problem}`)]
  if (stack.is === undefined) return []
  const { status, store } = stack.is
  if (BUSY.test(status)) return [missing(`the stack is busy (${status}): wait until that has ended`)]
  if (DEAD.test(status)) return [missing(`the stack was never whole (${status}): delete it in CloudFormation, then deploy again`)]
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return [missing(`the stack hangs in ${status}: continue its rollback in CloudFormation`)]
  if (store === undefined)
    return [warning('the stack does not say which time series it has: deploy with the same --store as before')]
  if (store === settings.store) return []
  const change = `the deployment keeps its readings in ${store}; with --store ${settings.store} it would no longer see them`
  return consents.changeStore
    ? [warning(`${change}. They stay where they are; take in the export of them with \`yangguang restore\``)]
    : [missing(`${change}: leave --store ${store}, or export them first and add --change-store`)]
}

const onStore = ({ settings, liveAnalytics, influx, tokenSecret }: Facts): Finding[] => {
  const found: Finding[] = []
  if (settings.store === 'timestream' && settings.partition === CHINA) {
    found.push(missing('Timestream for LiveAnalytics is in no region of China: --store dynamodb or --store influxdb'))
  }
  if (liveAnalytics && 'problem' in liveAnalytics) {
    found.push(
      missing(
        `Timestream for LiveAnalytics: ${liveAnalytics.problem}. It takes no new customers since June 2025: --store dynamodb does without`,
      ),
    )
  }
  if (influx && 'problem' in influx) {
    found.push(missing(`the InfluxDB ${influx.problem}: the functions reach it from the open Internet, by https, or not at all`))
  }
  if (tokenSecret && 'problem' in tokenSecret) found.push(missing(`the secret of the InfluxDB's token: ${tokenSecret.problem}`))
  return found
}

const onPlace = ({ settings, consents }: Facts): Finding[] => {
  const { region, partition, architecture, domain, alarmEmail } = settings
  const found: Finding[] = []
  if (!alarmEmail) found.push(warning('nobody is told about alarms: --alarm-email says who'))
  if (partition === CHINA) {
    found.push(
      warning(
        '在中国境内提供网站和 API 须先完成 ICP 备案；未备案账号的 80、443 端口不可用。 ' +
          'In China the API and the dashboard need an ICP filing (or licence); without it ports 80 and 443 stay closed.',
      ),
    )
    if (!domain)
      found.push(warning('in China CloudFront serves only a domain of your own: without --domain no dashboard is served'))
    if (architecture === 'arm64') {
      found.push(warning(`whether Lambda has arm64 in ${region} is not confirmed: --architecture x86_64 works everywhere`))
    }
    return found
  }
  return [...found, leavingChina(region, consents)]
}

/** Household data of Chinese villages outside of China: the Personal Information Protection Law, articles 36 and 38 to 40. */
const leavingChina = (region: string, { dataMayLeaveChina }: Facts['consents']): Finding => ({
  kind: dataMayLeaveChina ? 'warning' : 'consent',
  text: [
    `农户姓名、收益分配等个人信息将存放在 ${region}，即中国境外。《个人信息保护法》：国家机关处理的个人信息应当在境内存储，确需出境`,
    '须经安全评估（第三十六条）；其他处理者须具备法定条件并取得个人单独同意（第三十八至四十条）。境内请用 cn-north-1 或 cn-northwest-1。',
    `Households' names, income and shares would be stored in ${region}, outside of China. The Personal Information Protection Law keeps`,
    'what state organs process inside the country unless a security assessment was passed (art. 36), and asks all others for a legal',
    "basis and each person's separate consent (art. 38-40). Inside: cn-north-1 and cn-northwest-1.",
  ].join('\n    '),
})
