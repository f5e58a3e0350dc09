import { computed, signal } from '@preact/signals'

import { en } from './messages/en.ts'
import { type Messages, zh } from './messages/zh.ts'

/** The language of the page: Chinese unless the reader chose otherwise, remembered on this device. */

type Language = 'zh' | 'en'
const KEY = 'yangguang.language'
const messagesOf: Record<Language, Messages> = { zh, en }

export const language = signal<Language>(localStorage.getItem(KEY) === 'en' ? 'en' : 'zh')
/** The words to show; a component that reads it is drawn again when the language changes. */
export const words = computed<Messages>(() => messagesOf[language.value])

const apply = (): void => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
}
apply()

export const switchLanguage = (): void => {
  language.value = language.value === 'zh' ? 'en' : 'zh'
  localStorage.setItem(KEY, language.value)
  apply()
}

/** What the API says against something, in the reader's language if it knows that. */
export type Detail = { detail?: string; detailZh?: string }
export const detailOf = ({ detail = '', detailZh = detail }: Detail): string => (language.value === 'zh' ? detailZh : detail)
