import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enPerformance } from './messages/en-performance.ts'
import { type PerformanceMessages, zhPerformance } from './messages/zh-performance.ts'

/** The words of the performance pages; apart from the others, because the pages are loaded when they are asked for. */
export const performanceWords = computed<PerformanceMessages>(() => (language.value === 'zh' ? zhPerformance : enPerformance))
