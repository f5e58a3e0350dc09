import * as z from 'zod'
import { REACH_DAYS } from '../domain/generation-work.ts'

/** What an operator may choose about a deployment: CDK context (`-c store=timestream`), which `npm run deploy` fills from options. */

/** What CloudWatch Logs can keep a log for. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653]
/** A month is settled from raw readings, its slip may come a month later, and a figure reaches back over a gap before its day. */
const RAW_RETENTION_DAYS_MIN = 62 + REACH_DAYS
/** As long as Timestream keeps anything. */
const RAW_RETENTION_DAYS_MAX = 73_000
/** A memory store of Timestream keeps at most a year. */
const MEMORY_HOURS_MAX = 8_766

/** On the command line every value is a text. */
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

const holdsNoLogIn = (text: string): boolean => {
  const url = URL.parse(text)
  return url?.username === '' && url.password === ''
}

const fields = z.strictObject({
  /** Where the time series lives. Only what is chosen is synthesised. */
  store: z.enum(['dynamodb', 'timestream', 'influxdb']).default('dynamodb'),
  /** An InfluxDB that is there already: the secret holds its token as text. */
  influxUrl: z
    .url({ protocol: /^https$/, error: 'an https:// address: the token goes with every request' })
    .refine(holdsNoLogIn, 'no user and password in it, for it stands in the template: put them into the secret')
    .optional(),
  influxDatabase: z.string().min(1).optional(),
  influxTokenSecretArn: z
    .string()
    .regex(/^arn:aws(-cn)?:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/, 'the ARN of a secret in Secrets Manager')
    .optional(),
  /** How long a gateway may have been cut off before its readings go to Timestream's late table; each hour costs. */
  memoryHours: whole(1, MEMORY_HOURS_MAX).optional(),
  /** How long raw readings stay in the time series; in the archive they stay for good. */
  rawRetentionDays: whole(RAW_RETENTION_DAYS_MIN, RAW_RETENTION_DAYS_MAX).default(1_100),
  logRetentionDays: z.coerce
    .number()
    .refine((days) => LOG_DAYS.includes(days), `one of ${LOG_DAYS.join(', ')}`)
    .default(180),
  /** Not every region has arm64. */
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  /** Absent, the template is good for every region of the partition. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as cn-northwest-1')
    .optional(),
  partition: z.enum(['aws', 'aws-cn']).optional(),
  /** Where the dashboard answers; in China it answers nowhere else. */
  domain: z
    .string()
    .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a host name such as sun.example.com')
    .optional(),
  /** For the domain: an ACM certificate of us-east-1, in China the id of a server certificate in IAM. */
  certificate: z.string().min(1).optional(),
  /** Who is told about alarms. */
  alarmEmail: z.email().optional(),
  /** Above it, and when it is foreseen, `alarmEmail` is told. */
  monthlyBudgetUsd: whole(1, 1_000_000).optional(),
})
type Fields = z.infer<typeof fields>

const IN_CHINA = /^cn-/
const ACM_CERTIFICATE = /^arn:aws:acm:us-east-1:\d{12}:certificate\/.+$/
const IAM_CERTIFICATE = /^ASC[A-Z0-9]{10,}$/

type Contradiction = { of: keyof Fields; message: string }

const storeContradictions = ({ store, influxUrl, influxDatabase, influxTokenSecretArn, memoryHours }: Fields) => {
  const found: (Contradiction | false | undefined)[] = [
    store === 'influxdb' && !influxUrl && { of: 'influxUrl', message: 'store=influxdb needs the address of an InfluxDB' },
    store === 'influxdb' && !influxDatabase && { of: 'influxDatabase', message: 'store=influxdb needs the name of a database' },
    store !== 'timestream' &&
      memoryHours !== undefined && { of: 'memoryHours', message: 'only for store=timestream: leave it out' },
  ]
  for (const [of, value] of Object.entries({ influxUrl, influxDatabase, influxTokenSecretArn }) as [keyof Fields, unknown][]) {
    if (store !== 'influxdb' && value !== undefined) found.push({ of, message: 'only for store=influxdb: leave it out' })
  }
  return found
}

const placeContradictions = (settings: Fields): (Contradiction | false | undefined)[] => {
  const { region, partition, domain, certificate, alarmEmail, monthlyBudgetUsd } = settings
  const inChina = partitionOf(settings) === 'aws-cn'
  const regionInChina = region === undefined ? inChina : IN_CHINA.test(region)
  return [
    regionInChina !== inChina && { of: 'partition', message: `${region} is not in ${partition}: leave out the partition` },
    domain !== undefined && !certificate && { of: 'certificate', message: 'a domain needs its certificate' },
    certificate !== undefined && !domain && { of: 'domain', message: 'a certificate is for a domain: say which' },
    certificate !== undefined &&
      !(inChina ? IAM_CERTIFICATE : ACM_CERTIFICATE).test(certificate) && {
        of: 'certificate',
        message: inChina
          ? 'in China CloudFront takes the id of a server certificate in IAM (ASC…)'
          : 'CloudFront takes the ARN of an ACM certificate of us-east-1',
      },
    monthlyBudgetUsd !== undefined &&
      inChina && { of: 'monthlyBudgetUsd', message: 'there are no budgets in China: leave it out' },
    monthlyBudgetUsd !== undefined && !alarmEmail && { of: 'alarmEmail', message: 'a budget needs somebody to tell' },
  ]
}

const partitionOf = ({ region, partition }: Pick<Fields, 'region' | 'partition'>): 'aws' | 'aws-cn' =>
  partition ?? (region !== undefined && IN_CHINA.test(region) ? 'aws-cn' : 'aws')

/** Everything about a deployment that can be chosen, with its defaults; what contradicts itself is refused. */
export const settingsSchema = fields
  .superRefine((settings, context) => {
    for (const found of [...storeContradictions(settings), ...placeContradictions(settings)]) {
      if (found) context.addIssue({ code: 'custom', path: [found.of], message: found.message, input: settings[found.of] })
    }
  })
  .transform((settings) => ({ ...settings, partition: partitionOf(settings) }))
export type Settings = z.infer<typeof settingsSchema>

/** Names of what can be chosen. */
export const settingNames = Object.keys(fields.shape) as (keyof Fields)[]

/** CDK's own context, and feature flags, have signs in their names; ours are words. */
const OURS = /^[A-Za-z0-9]+$/

/** The settings in a CDK context. Throws an Error that names every setting that is unknown or wrong, and what to do about it. */
export const settingsOf = (context: Record<string, unknown>): Settings => {
  const ours = Object.fromEntries(Object.entries(context).filter(([name]) => OURS.test(name)))
  const parsed = settingsSchema.safeParse(ours)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')}: unknown; there are ${settingNames.join(', ')}`
      : `${issue.path.join('.')}: ${issue.message}`,
  )
  throw new Error(`these settings do not go together:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}
