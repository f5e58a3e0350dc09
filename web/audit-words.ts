import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enAudit } from './messages/en-audit.ts'
import { type AuditMessages, zhAudit } from './messages/zh-audit.ts'

/** The words of the page about the audit of the books, loaded with it. */
export const auditWords = computed<AuditMessages>(() => (language.value === 'zh' ? zhAudit : enAudit))
