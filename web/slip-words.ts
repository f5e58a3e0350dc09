import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enSlips } from './messages/en-slips.ts'
import { type SlipMessages, zhSlips } from './messages/zh-slips.ts'
import type { Refused } from './send.ts'

/** The words of the slips' page; apart from the others, because the page is loaded when it is asked for. */
export const slipWords = computed<SlipMessages>(() => (language.value === 'zh' ? zhSlips : enSlips))

const isRefusal = (reason: string | undefined): reason is keyof SlipMessages['refusals'] =>
  reason !== undefined && Object.hasOwn(zhSlips.refusals, reason)

/** Why the API refused, in the words of the page; in its own when the page knows none. */
export const refusalText = ({ reason, about, detail }: Refused): string => {
  const text = slipWords.value
  if (!isRefusal(reason)) return `${text.refused} ${detail ?? ''}`.trim()
  return `${text.refusals[reason]}${about === undefined ? '' : text.about(about)}`
}
