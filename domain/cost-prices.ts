import * as z from 'zod'

/** What AWS bills by, and the price of it in one region: a dated list in which every price says where it is from. */

/** A thing counted. `per` of them have one price; `unit` is how a table names so many. */
export type Meter = { service: string; what: string; per: number; unit: string }

const MILLION = 1_000_000
const meter = (service: string, what: string, per: number, unit: string): Meter => ({ service, what, per, unit })

/** In the order of a bill. A price is that of `per`. */
export const METERS = {
  iotConnectionMinutes: meter('IoT Core', 'connected', MILLION, 'million minutes'),
  iotMessages: meter('IoT Core', 'messages, by 5 KiB', MILLION, 'million'),
  iotRules: meter('IoT Core', 'rules triggered, by 5 KiB', MILLION, 'million'),
  iotActions: meter('IoT Core', 'actions, by 5 KiB', MILLION, 'million'),
  sqsRequests: meter('SQS', 'requests', MILLION, 'million'),
  lambdaRequests: meter('Lambda', 'requests', MILLION, 'million'),
  lambdaArmGbSeconds: meter('Lambda', 'duration, arm64', 1, 'GB-seconds'),
  lambdaX86GbSeconds: meter('Lambda', 'duration, x86_64', 1, 'GB-seconds'),
  dynamoWriteUnits: meter('DynamoDB', 'write request units', MILLION, 'million'),
  dynamoReadUnits: meter('DynamoDB', 'read request units', MILLION, 'million'),
  dynamoGbMonths: meter('DynamoDB', 'storage', 1, 'GB-months'),
  dynamoBackupGbMonths: meter('DynamoDB', 'point-in-time recovery', 1, 'GB-months'),
  timestreamWrites: meter('Timestream', 'writes of 1 KiB', MILLION, 'million'),
  timestreamMemoryGbHours: meter('Timestream', 'memory store', 1, 'GB-hours'),
  timestreamMagneticGbMonths: meter('Timestream', 'magnetic store', 1, 'GB-months'),
  timestreamTcuHours: meter('Timestream', 'queries', 1, 'TCU-hours'),
  influxInstanceHours: meter('Timestream for InfluxDB', 'instance', 1, 'hours'),
  secrets: meter('Secrets Manager', 'secrets', 1, 'secrets'),
  schedulerInvocations: meter('EventBridge Scheduler', 'invocations', MILLION, 'million'),
  httpRequests: meter('API Gateway', 'HTTP API requests', MILLION, 'million'),
  cloudFrontRequests: meter('CloudFront', 'HTTPS requests', 10_000, 'ten thousand'),
  dataOutGb: meter('Data transfer', 'out to the internet', 1, 'GB'),
  s3GbMonths: meter('S3', 'storage', 1, 'GB-months'),
  s3Puts: meter('S3', 'PUT and LIST requests', 1_000, 'thousand'),
  logsGb: meter('CloudWatch', 'logs taken in', 1, 'GB'),
  logsGbMonths: meter('CloudWatch', 'logs kept, compressed', 1, 'GB-months'),
  metrics: meter('CloudWatch', 'metrics of our own', 1, 'metrics'),
  alarms: meter('CloudWatch', 'alarms, by metric', 1, 'metrics'),
  dashboards: meter('CloudWatch', 'dashboards', 1, 'dashboards'),
  kmsKeys: meter('KMS', 'keys', 1, 'keys'),
  kmsRequests: meter('KMS', 'requests', 10_000, 'ten thousand'),
} as const satisfies Record<string, Meter>
export type MeterName = keyof typeof METERS
export const METER_NAMES = Object.keys(METERS) as MeterName[]

const price = z.strictObject({
  price: z.number().nonnegative(),
  /** Where it was read, and when that said so. */
  source: z.string().min(1).max(300),
  /** Whether the source is the provider's own, or quotes it to the digit. */
  verified: z.boolean(),
})

/** One price list. A meter may be missing: whatever needs it is then refused by name. */
export const priceList = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, e.g. cn-northwest-1'),
  currency: z.enum(['USD', 'CNY']),
  asOf: z.iso.date(),
  note: z.string().max(500).optional(),
  prices: z.partialRecord(z.enum(METER_NAMES as [MeterName, ...MeterName[]]), price),
})
export type PriceList = z.infer<typeof priceList>

/** What a list lacks for this usage, or that it does not hold together; `undefined` when it will do. */
export const complaintOf = (list: unknown): string | undefined => {
  const parsed = priceList.safeParse(list)
  if (parsed.success) return undefined
  const [issue] = parsed.error.issues
  return `${issue?.path.join('.') || 'the list'}: ${issue?.message}`
}
