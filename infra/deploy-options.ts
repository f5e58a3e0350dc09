import { parseArgs } from 'node:util'
import { DeploymentError } from '../cloud/complaint.ts'
import { type Settings, settingNames, settingsSchema } from './settings.ts'

/** The options of `npm run deploy`: one per setting of a deployment, and how to go about it. */

export type DeployOptions = {
  profile?: string
  /** Settings as texts, as they were given. */
  settings: Record<string, string>
  dryRun: boolean
  yes: boolean
  dataMayLeaveChina: boolean
  changeStore: boolean
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const FLAGS = ['dry-run', 'yes', 'household-data-may-leave-china', 'change-store', 'help'] as const

export const USAGE = `npm run deploy -- [options]: checks what is missing, deploys the platform to AWS, uploads the dashboard

  --profile NAME                     of your credentials; --region REGION unless the profile has one
  --dry-run                          only check and synthesise
  --yes                              do not ask, for scripts
  --household-data-may-leave-china   a region outside of China is meant; see docs/deploy.md
  --change-store                     another --store than the deployment has: it will not see its old readings

settings (infra/settings.ts says what they mean):
  ${settingNames.map((name) => `--${kebab(name)}`).join(' ')}
`

/** Undefined when only help is asked for. Throws DeploymentError for what does not exist. */
export const parseOptions = (argv: readonly string[]): DeployOptions | undefined => {
  const options = Object.fromEntries([
    ...[...settingNames, 'profile'].map((name) => [kebab(name), { type: 'string' as const }]),
    ...FLAGS.map((name) => [name, { type: 'boolean' as const }]),
  ])
  const values = parsed(argv, options)
  if (values['help'] === true) return undefined
  const given = settingNames.map((name) => [name, values[kebab(name)]])
  const { profile } = values
  return {
    ...(typeof profile === 'string' && { profile }),
    settings: Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<string, string>,
    dryRun: values['dry-run'] === true,
    yes: values['yes'] === true,
    dataMayLeaveChina: values['household-data-may-leave-china'] === true,
    changeStore: values['change-store'] === true,
  }
}

const parsed = (argv: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) => {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new DeploymentError(error instanceof Error ? error.message : String(error))
  }
}

/** The settings, checked and with their defaults. Throws DeploymentError that names every option that is wrong. */
export const checkedSettings = (given: Record<string, string>): Settings => {
  const { success, data, error } = settingsSchema.safeParse(given)
  if (success) return data
  const lines = error.issues.map(({ path, message }) => `  --${kebab(String(path[0] ?? ''))}: ${message}`)
  throw new DeploymentError(`these options do not go together:\n${lines.join('\n')}`)
}

/** The settings for the CDK app: those that were given and the region, everything else is its default there, too. */
export const contextArguments = (given: Record<string, string>): string[] =>
  Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
