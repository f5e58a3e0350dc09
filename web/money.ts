import { computed } from '@preact/signals'

import { detailOf, language, words } from './language.ts'
import { enMoney } from './messages/en-money.ts'
import { type MoneyMessages, zhMoney } from './messages/zh-money.ts'
import type { Sent } from './send.ts'
import { session } from './session.ts'

/** What the pages of money on its way have in common. */

export const moneyWords = computed<MoneyMessages>(() => (language.value === 'zh' ? zhMoney : enMoney))

/** Why something was not recorded; undefined when it was. */
export const complaintOf = (sent: Sent<unknown>): string | undefined => {
  if ('view' in sent) return undefined
  return 'refused' in sent ? `${moneyWords.value.refused} ${detailOf(sent.refused)}`.trim() : words.value.problems[sent.failure]
}

/** An id no other record has, chosen before sending: sent twice, it is one record. */
export const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** Yuan as written, in fen; undefined when it is no amount above 0 with at most two decimals. */
export const fenOf = (text: string): number | undefined => {
  const [, whole = '', places = ''] = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(text.trim()) ?? []
  const fen = Number(whole + places.padEnd(2, '0'))
  return whole !== '' && fen > 0 ? fen : undefined
}

const is = (...roles: string[]): boolean => roles.includes(session.value?.principal.role ?? '')
/** The API decides; this only spares people forms that would be refused. */
export const mayCarryOver = (): boolean => is('administrator', 'carry_over_cashier')
export const mayPay = (): boolean => is('administrator', 'village_accountant')
