import { computed } from '@preact/signals'
import type { DayCauseView } from '../functions/api-types-days.ts'
import { moment } from './format.ts'
import { language } from './language.ts'
import { enResets } from './messages/en-resets.ts'
import { type ResetMessages, zhResets } from './messages/zh-resets.ts'

/** The words of open items and recorded resets, loaded with their pages. */
export const resetWords = computed<ResetMessages>(() => (language.value === 'zh' ? zhResets : enResets))

const isField = (word: string): word is keyof ResetMessages['fields'] => Object.hasOwn(zhResets.fields, word)

/** Why a version was written: what happened, to what, by whom, when. */
export const causeText = ({ code, about, by, atMs }: DayCauseView): string => {
  const text = resetWords.value
  const named = about?.split(' ').map((word) => (isField(word) ? text.fields[word] : word))
  return [text.causes[code], named?.join(' '), by, moment(atMs)].filter((part) => part !== undefined && part !== null).join(' · ')
}
