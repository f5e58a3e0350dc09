import * as z from 'zod'

import { parseDay } from './calendar.ts'
import { type Fraction, parseFraction } from './fraction.ts'
import { ID_PATTERN } from './limits.ts'

/** The kinds of cell a registry file has. Every message says what to write, and none repeats what was written. */

const FILL_IN = 'Fill this in.'
const cell = z.string({ error: FILL_IN })

/** A decimal numeral as an integer of 10^-places, without floating point; undefined when it is not one or has finer digits. */
export const scaledInteger = (text: string, places: number): number | undefined => {
  const [, whole, fraction = ''] = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text) ?? []
  if (whole === undefined || /[1-9]/.test(fraction.slice(places))) return undefined
  const scaled = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'))
  return scaled <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(scaled) : undefined
}

/** A number in a unit people use, kept as an integer of 10^-places of it; `min` and `max` are of that integer, inclusive. */
export const decimalCell = (places: number, min: number, max: number) => {
  const unit = 10 ** places
  const message = `Write a plain number from ${min / unit} to ${max / unit} with at most ${places} decimals, without separators.`
  return cell.transform((text, context) => {
    const isNegative = min < 0 && /^-.*[1-9]/.test(text)
    const size = scaledInteger(isNegative ? text.slice(1) : text, places)
    const value = size !== undefined && isNegative ? -size : size
    if (value !== undefined && value >= min && value <= max) return value
    context.addIssue(message)
    return z.NEVER
  })
}

/** Degrees of latitude or longitude, with decimals. */
export const degreesCell = (min: number, max: number) => decimalCell(7, min * 1e7, max * 1e7).transform((scaled) => scaled / 1e7)

export const wholeCell = (min: number, max: number) => decimalCell(0, min, max)

export const dayCell = cell.transform((text, context) => {
  const day = parseDay(text)
  if (day) return day
  context.addIssue('Write a real day as YYYY-MM-DD, for example 2016-11-30.')
  return z.NEVER
})

/** A day of every year but leap days: 03-31. */
export const monthDayCell = cell.refine(
  (text) => /^\d\d-\d\d$/.test(text) && parseDay(`2001-${text}`) !== undefined,
  'Write a day of the year as MM-DD, for example 03-31.',
)

export const idCell = cell.regex(ID_PATTERN, 'Use 1 to 64 of the letters A-Z and a-z, digits, "-" and "_".')

export const regionCell = cell.regex(/^\d{12}$/, 'Write all 12 digits; format the column as text, so that none is lost.')

export const textCell = (charsMax: number) =>
  cell
    .max(charsMax, `Write at most ${charsMax} characters.`)
    .refine((text) => text.isWellFormed() && !/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u.test(text), 'Remove control characters.')

/** So many digits in a row, in whatever width, are an identity, bank or phone number, which nothing that is posted may carry. */
const LONG_NUMBER = /\p{Nd}{7,}/u
export const holdsLongNumber = (text: string): boolean => LONG_NUMBER.test(text)

/** The name of a post: it hangs out on the village's board. */
export const postCell = textCell(32).refine(
  (text) => !holdsLongNumber(text),
  'Name the post only, without identity, bank or phone numbers: it is printed on the public notice.',
)

export const choiceCell = <const Choice extends string>(choices: readonly Choice[]) =>
  z.enum(choices, { error: `Write one of: ${choices.join(', ')}.` })

export const yesNoCell = choiceCell(['yes', 'no']).transform((answer) => answer === 'yes')

/** A part of a whole: an exact fraction, a percentage, or kW of the station's capacity (to the watt). */
export const shareCell = cell.transform((text, context): { fraction: Fraction } | { watts: number } => {
  const part = parseFraction(text)
  if (part) return { fraction: part }
  const watts = scaledInteger(/^([\d.]+) ?k[Ww]$/.exec(text)?.[1] ?? '', 3)
  if (watts !== undefined) return { watts }
  context.addIssue('Write an exact part of the whole: a fraction 1/175, a percentage 0.5714%, or capacity 187.2kW.')
  return z.NEVER
})
