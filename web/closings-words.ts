import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enClosings } from './messages/en-closings.ts'
import { type ClosingsMessages, zhClosings } from './messages/zh-closings.ts'

/** The words of the page where months are closed, loaded with it. */
export const closingsWords = computed<ClosingsMessages>(() => (language.value === 'zh' ? zhClosings : enClosings))
