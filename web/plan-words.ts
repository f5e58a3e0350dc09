import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enPlans } from './messages/en-plans.ts'
import { type PlanMessages, zhPlans } from './messages/zh-plans.ts'
import type { Refused } from './send.ts'

/** The words of the plans' pages; apart from the others, because the pages are loaded when they are asked for. */
export const planWords = computed<PlanMessages>(() => (language.value === 'zh' ? zhPlans : enPlans))

const isRefusal = (reason: string | undefined): reason is keyof PlanMessages['refusals'] =>
  reason !== undefined && Object.hasOwn(zhPlans.refusals, reason)

/** Why the API refused, in the words of the page; in its own when the page knows none. */
export const planRefusal = ({ reason, about, detail }: Refused): string => {
  const text = planWords.value
  if (!isRefusal(reason)) return `${text.refused} ${detail ?? ''}`.trim()
  return `${text.refusals[reason]}${about === undefined ? '' : text.about(about)}`
}
