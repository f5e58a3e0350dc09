import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enLimits } from './messages/en-limits.ts'
import { type LimitsMessages, zhLimits } from './messages/zh-limits.ts'

/** The words of the page of limits, loaded with it. */
export const limitsWords = computed<LimitsMessages>(() => (language.value === 'zh' ? zhLimits : enLimits))
