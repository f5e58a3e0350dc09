import * as z from 'zod'

/**
 * A publish as it travels in the queue of the ingest function on AWS: what the IoT rule writes (`infra/broker.ts` holds its SQL) and
 * what is sent there again. One machine reads the same.
 */
export const inboundBody = z.object({
  /** The bytes as they came, base64. */
  payload: z.string(),
  topic: z.string(),
  clientId: z.string(),
  receivedAtMs: z.int(),
})
export type InboundBody = z.infer<typeof inboundBody>
