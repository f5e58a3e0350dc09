import type { ChinaDay } from '../domain/calendar.ts'

/**
 * A paper: what is printed, filed or calculated on outside the system. One model, from which the PDF, the spreadsheet, the CSV
 * and the page for printing are all made, so that no two of them can differ in a figure.
 */

/** Null is unknown and is printed as unknown. Quantities are in the units of the books; only writing turns them into yuan and kWh. */
export type Cell =
  | { kind: 'none' }
  | { kind: 'text'; text: string }
  /** Digits that are no number: region codes, accounts, ids. */
  | { kind: 'code'; text: string }
  | { kind: 'money'; fen: number | null }
  | { kind: 'energy'; wh: number | null }
  | { kind: 'power'; w: number | null }
  /** 10⁻⁴ yuan per kWh. */
  | { kind: 'price'; e4: number | null }
  /** Hundredths of a percent. */
  | { kind: 'percent'; bp: number | null }
  | { kind: 'count'; count: number | null }
  /** Hundredths of an hour. */
  | { kind: 'hours'; hundredths: number | null }
  | { kind: 'day'; day: ChinaDay }

/**
 * What a row is to those above it. Quantities of a `sum` are the sum of the lines since the last `group` or `sum`, of a `subtotal`
 * since the last `group`, of a `total` of all lines; a `figure` stands for itself. Cells of a sum may stay empty.
 */
export type Role = 'line' | 'group' | 'sum' | 'subtotal' | 'total' | 'figure'
export type Row = { role: Role; cells: readonly Cell[] }

/** Rows that look like any other; headings and sums stand out. */
export const isPlain = (role: Role): boolean => role === 'line' || role === 'figure'

/** Over how many columns the words of a sum run on: those it has nothing to say in. */
export const spanOf = (cells: readonly Cell[]): number => {
  const next = cells.findIndex(({ kind }, at) => at > 0 && kind !== 'none')
  return next === -1 ? cells.length : next
}

/** `chars` is the width in characters of Latin script; a Chinese one takes two. */
export type Column = { title: string; chars: number; align?: 'left' | 'right' | 'center' }

export type Section = {
  /** Heading on paper, name of the sheet: at most 31 characters, none of : \ / ? * [ ]. */
  name: string
  /** Between heading and table. */
  above?: string
  columns: readonly Column[]
  rows: readonly Row[]
  /** Says why there are no rows. */
  empty?: string
  /** Who signs right below this table, where one signature for the whole paper will not do. */
  signatures?: readonly string[]
}

/** Modules of a QR code, row by row, 1 is dark; without the quiet zone. */
export type QrCode = { text: string; caption: string; modules: readonly string[] }

export type Paper = {
  /** What a file of it is called, without extension. */
  fileName: string
  title: string
  /** True while a figure may still change: printed beside the title as 暂估, with what that means. */
  provisional: boolean
  /** Where, when, in which unit, made when: one line under the title. */
  subtitle: string
  /** Paragraphs before the tables. */
  intro: readonly string[]
  sections: readonly Section[]
  notes: readonly string[]
  /** Who stands for it and since when, at the right. */
  closing: readonly string[]
  qr?: QrCode
  signatures: readonly string[]
  orientation: 'portrait' | 'landscape'
}

/** Controls, and marks that turn the direction of writing, have no place on paper: they hide what a text says. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFFE\uFFFF]/gu

/** A text as it may be printed: one line, no controls, nothing that changes what is beside it. */
export const plainText = (text: string): string => text.toWellFormed().replace(UNPRINTABLE, '')

export const none: Cell = { kind: 'none' }
export const text = (value: string): Cell => ({ kind: 'text', text: plainText(value) })
export const code = (value: string): Cell => ({ kind: 'code', text: plainText(value) })
export const money = (fen: number | null): Cell => ({ kind: 'money', fen })
export const energy = (wh: number | null): Cell => ({ kind: 'energy', wh })
export const count = (value: number | null): Cell => ({ kind: 'count', count: value })

export const line = (...cells: readonly Cell[]): Row => ({ role: 'line', cells })

/** What can be added up; undefined for a cell that cannot. */
export const quantityOf = (cell: Cell | undefined): number | null | undefined => {
  if (cell?.kind === 'money') return cell.fen
  if (cell?.kind === 'energy') return cell.wh
  if (cell?.kind === 'power') return cell.w
  return cell?.kind === 'count' ? cell.count : undefined
}

const withQuantity = (cell: Cell, quantity: number): Cell => {
  if (cell.kind === 'money') return { kind: 'money', fen: quantity }
  if (cell.kind === 'energy') return { kind: 'energy', wh: quantity }
  return cell.kind === 'power' ? { kind: 'power', w: quantity } : { kind: 'count', count: quantity }
}

const exactSum = (quantities: readonly number[]): number => {
  const sum = quantities.reduce((total, quantity) => total + quantity, 0)
  if (!Number.isSafeInteger(sum)) throw new RangeError(`a sum beyond the safe integers: ${sum}`)
  return sum
}

/**
 * The row that adds up these: `label` first, then for each of the given columns (counted from 0) the sum of what is known there,
 * unknown when nothing is; other columns stay empty. Throws RangeError beyond the safe integers.
 */
export const sumRow = (
  role: 'sum' | 'subtotal' | 'total',
  label: string,
  rows: readonly Row[],
  { width, columns }: { width: number; columns: readonly number[] },
): Row => {
  const cells = Array.from({ length: width }, (_, at): Cell => {
    if (at === 0) return text(label)
    if (!columns.includes(at)) return none
    const parts = rows.flatMap(({ cells: [...of] }) => (quantityOf(of[at]) === undefined ? [] : [of[at] ?? none]))
    const known = parts.map(quantityOf).filter((quantity) => typeof quantity === 'number')
    const [first = money(null)] = parts
    return known.length === 0 ? unknownOf(first) : withQuantity(first, exactSum(known))
  })
  return { role, cells }
}

const unknownOf = (cell: Cell): Cell => {
  if (cell.kind === 'energy') return energy(null)
  if (cell.kind === 'count') return count(null)
  return cell.kind === 'power' ? { kind: 'power', w: null } : money(null)
}
