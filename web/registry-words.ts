import { computed } from '@preact/signals'

import { language } from './language.ts'
import { enRegistry } from './messages/en-registry.ts'
import { type RegistryMessages, zhRegistry } from './messages/zh-registry.ts'

/** The words of the page where the registry is imported, loaded with it. */
export const registryWords = computed<RegistryMessages>(() => (language.value === 'zh' ? zhRegistry : enRegistry))
