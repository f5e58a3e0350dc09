import { STSClient } from '@aws-sdk/client-sts'
import { complaintOfAws, DeploymentError } from '../cloud/complaint.ts'
import { openDeployment } from '../cloud/deployment.ts'
import { ADMINISTRATOR, createFirstAdministrator } from '../cloud/first-administrator.ts'
import { actAs } from '../cloud/identity.ts'
import { uploadWeb } from '../cloud/web-upload.ts'
import { checkedSettings, contextArguments, type DeployOptions } from './deploy-options.ts'
import { type Finding, preflight } from './preflight.ts'
import { gatherFacts } from './preflight-facts.ts'

/** What `npm run deploy` does, one step after the other; each can be repeated, and so can the whole. */

/** As `infra/app.ts` names it. */
export const STACK_NAME = 'yangguang'

/** What the steps need of the machine they run on. */
export type Hands = {
  /** Runs the CDK command line. Throws when it fails. */
  cdk: (...argv: string[]) => Promise<void>
  /** Builds the dashboard; answers its folder. */
  buildWeb: () => Promise<string>
  /** Asks a person; false where there is none. */
  ask: (question: string) => Promise<boolean>
  print: (...lines: string[]) => void
}

const MARKS: Record<Finding['kind'], string> = { missing: '✗', warning: '!', consent: '?' }

/** Throws DeploymentError when something is missing or not wanted. */
export const deploy = async (options: DeployOptions, hands: Hands): Promise<void> => {
  actAs({ ...options, ...(options.settings['region'] !== undefined && { region: options.settings['region'] }) })
  const region = await regionNow()
  const given = { ...options.settings, region }
  const settings = { ...checkedSettings(given), region }
  const { dataMayLeaveChina, changeStore } = options
  const facts = await gatherFacts(STACK_NAME, settings, { dataMayLeaveChina, changeStore })
  const findings = preflight(facts)
  if ('is' in facts.identity) hands.print(`account ${facts.identity.is.account}, ${region}, readings in ${settings.store}`)
  hands.print(...findings.map(({ kind, text }) => `  ${MARKS[kind]} ${text}`))
  const missing = findings.filter(({ kind }) => kind === 'missing').length
  if (missing > 0) throw new DeploymentError(`${missing} of the above must be mended first; nothing was deployed`)
  if (options.dryRun) {
    await hands.cdk('synth', '--quiet', '--no-lookups', '--no-notices', ...contextArguments(given))
    return hands.print('a dry run: everything is there and the template is whole; nothing was deployed')
  }
  await agree(findings, options, hands)
  await build(given, hands)
}

const regionNow = async (): Promise<string> => {
  try {
    return await new STSClient().config.region()
  } catch (error) {
    throw new DeploymentError(complaintOfAws(error) ?? String(error), { cause: error })
  }
}

/** `--yes` answers what every deployment asks, never what a finding asks: that has an option of its own. */
const agree = async (findings: readonly Finding[], { yes }: DeployOptions, { ask }: Hands): Promise<void> => {
  const consents = findings.filter(({ kind }) => kind === 'consent').length
  if (consents > 0 && (yes || !(await ask('个人信息出境，仍要继续吗？ Household data leaves China: go on all the same?')))) {
    throw new DeploymentError('nothing was deployed: choose a region of China, or say --household-data-may-leave-china')
  }
  if (!yes && !(await ask('部署吗？ Deploy?'))) throw new DeploymentError('nothing was deployed (--yes for scripts)')
}

const build = async (given: Record<string, string>, { cdk, buildWeb, print }: Hands): Promise<void> => {
  const webDir = await buildWeb()
  // Asked already; CDK's own question would stop a script.
  await cdk('deploy', STACK_NAME, '--require-approval', 'never', '--no-notices', ...contextArguments(given))
  const { outputs, tables } = await openDeployment(STACK_NAME)
  const files = outputs.WebBucket === undefined ? 0 : await uploadWeb(webDir, outputs.WebBucket)
  const password = await createFirstAdministrator(tables.users)
  print(
    '',
    '阳光 Yangguang is deployed',
    outputs.WebUrl === undefined
      ? '  dashboard  none is served: it needs --domain'
      : `  dashboard  ${outputs.WebUrl} (${files} files)`,
    `  API        ${outputs.ApiUrl}`,
    password === undefined
      ? `  log-in     ${ADMINISTRATOR}, as before; lost? ./yangguang user ${ADMINISTRATOR} --new-password --write --aws`
      : `  log-in     ${ADMINISTRATOR} / ${password}   (shown this once: keep it)`,
    '  next       ./yangguang import DIR --aws --write, then ./yangguang gateway add GATEWAY --aws --write; see docs/deploy.md',
  )
}
