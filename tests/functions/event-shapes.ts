import * as z from 'zod'

/** What AWS documents of the events that reach our functions: every field, and none that does not exist. */

const epochMsText = z.string().regex(/^\d{13}$/)

const sqsRecord = z.strictObject({
  messageId: z.string(),
  receiptHandle: z.string(),
  body: z.string(),
  attributes: z.strictObject({
    ApproximateReceiveCount: z.string().regex(/^\d+$/),
    AWSTraceHeader: z.string().optional(),
    SentTimestamp: epochMsText,
    SenderId: z.string(),
    ApproximateFirstReceiveTimestamp: epochMsText,
    DeadLetterQueueSourceArn: z.string().optional(),
  }),
  messageAttributes: z.strictObject({}),
  md5OfBody: z.hash('md5'),
  eventSource: z.literal('aws:sqs'),
  eventSourceARN: z.string().regex(/^arn:aws(-cn)?:sqs:[a-z0-9-]+:\d{12}:\S+$/),
  awsRegion: z.string(),
})
export const sqsEvent = z.strictObject({ Records: z.array(sqsRecord).min(1) })

/** The input is ours: `infra/functions.ts` fills in the scheduled time. */
export const schedulerEvent = z.strictObject({ time: z.iso.datetime() })

/** Header names are in lower case; there is no cookie among them, as cookies have a field of their own. */
const headers = z.record(z.string().regex(/^(?!cookie$)[a-z0-9-]+$/), z.string())

export const httpEvent = z.strictObject({
  version: z.literal('2.0'),
  routeKey: z.string(),
  rawPath: z.string().startsWith('/'),
  rawQueryString: z.string(),
  cookies: z.array(z.string()).optional(),
  headers,
  queryStringParameters: z.record(z.string(), z.string()).optional(),
  pathParameters: z.record(z.string(), z.string()).optional(),
  requestContext: z.strictObject({
    accountId: z.string(),
    apiId: z.string(),
    domainName: z.string(),
    domainPrefix: z.string(),
    http: z.strictObject({
      method: z.string(),
      path: z.string(),
      protocol: z.string(),
      sourceIp: z.string(),
      userAgent: z.string(),
    }),
    requestId: z.string(),
    routeKey: z.string(),
    stage: z.string(),
    time: z.string(),
    timeEpoch: z.int(),
  }),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
})
