import type { Message } from '@aws-sdk/client-sqs'
import * as z from 'zod'
import type { InboundBody } from '../functions/edge/inbound.ts'

/** What an IoT rule's error action queues for a publish it could not deliver, and the publish inside it. */

const RuleError = z.object({
  ruleName: z.string(),
  topic: z.string(),
  clientId: z.string(),
  base64OriginalPayload: z.string(),
})

/**
 * The publish as the rule would have queued it; undefined when it is of another rule or not to
 * be read. It was received moments before it was queued here, and that is the nearest instant anybody kept.
 */
export const inboundOfRuleError = ({ Body = '', Attributes }: Message, ruleName: string): string | undefined => {
  const queuedAtMs = Number(Attributes?.SentTimestamp)
  const parsed = RuleError.safeParse(jsonOf(Body))
  if (!parsed.success || parsed.data.ruleName !== ruleName || !Number.isSafeInteger(queuedAtMs)) return undefined
  const { topic, clientId, base64OriginalPayload: payload } = parsed.data
  return JSON.stringify({ payload, topic, clientId, receivedAtMs: queuedAtMs } satisfies InboundBody)
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
