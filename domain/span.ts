import { addDays, type ChinaDay, type ChinaMonth, daysOfMonth } from './calendar.ts'
import { sliceFen } from './money.ts'

/** Days of a month on which something holds, and amounts by them. */

/** Days of one month, both included. */
export type Span = { from: ChinaDay; to: ChinaDay }
/** From a day until another (exclusive) or without end. */
export type Validity = { validFrom: ChinaDay; validTo?: ChinaDay }

/** Cuts a span so that a new one begins on each of the given days that lie in it. */
export const cut = ({ from, to }: Span, begins: readonly ChinaDay[]): Span[] => {
  const firsts = [...new Set([from, ...begins.filter((day) => day > from && day <= to)])].toSorted()
  return firsts.map((first, at) => {
    const next = firsts[at + 1]
    return { from: first, to: next === undefined ? to : addDays(next, -1) }
  })
}

const dayOfMonth = (day: ChinaDay): number => Number(day.slice(8))
/** The days of a month. */
export const monthSpan = (month: ChinaMonth): Span => {
  const days = daysOfMonth(month)
  return { from: days[0] as ChinaDay, to: days.at(-1) as ChinaDay }
}
const daysIn = ({ from, to }: Span): number => dayOfMonth(to) - dayOfMonth(from) + 1

/** The days two spans have in common; undefined when there are none. */
export const common = (one: Span, other: Span): Span | undefined => {
  const from = one.from > other.from ? one.from : other.from
  const to = one.to < other.to ? one.to : other.to
  return from <= to ? { from, to } : undefined
}

/** The part of an amount over the days of `whole` that falls on those of `part`; parts that meet sum to it exactly. */
export const sliceOf = (amountFen: number, part: Span, whole: Span): number =>
  sliceFen(amountFen, {
    from: dayOfMonth(part.from) - dayOfMonth(whole.from),
    to: dayOfMonth(part.to) - dayOfMonth(whole.from) + 1,
    of: daysIn(whole),
  })

/** The days of `of` on which a row holds: until its `validTo` or the next row, both exclusive. */
const inForce = (of: Span, { validFrom, validTo }: Validity, next: Validity | undefined): Span | undefined => {
  const [until] = [validTo, next?.validFrom].filter((day) => day !== undefined).toSorted()
  return common(of, { from: validFrom, to: until === undefined ? of.to : addDays(until, -1) })
}

/** Rows of one name in order, each with the days of `of` on which it holds. */
export const holding = <Row extends Validity>(rows: readonly Row[], of: Span): { row: Row; span: Span }[] => {
  const inOrder = rows.toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
  return inOrder.flatMap((row, at) => {
    const span = inForce(of, row, inOrder[at + 1])
    return span ? [{ row, span }] : []
  })
}
