import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enTrace } from './messages/en-trace.ts'
import { type TraceMessages, zhTrace } from './messages/zh-trace.ts'

/** The words of the page that leads from a fen to a reading, loaded with it. */
export const traceWords = computed<TraceMessages>(() => (language.value === 'zh' ? zhTrace : enTrace))
