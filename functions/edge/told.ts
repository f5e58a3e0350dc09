import type { ImportError } from '../../domain/registry-files.ts'
import { inChinese } from '../../papers/in-chinese.ts'
import type { ToldError } from '../api-types.ts'

/** What is wrong in a file, in both languages. */
export const told = (errors: readonly ImportError[]): ToldError[] =>
  errors.map((error) => ({ ...error, messageZh: inChinese(error.message) }))
