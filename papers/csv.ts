import { writeCsv } from '../domain/csv.ts'
import { decimalText, numberOf } from './figures.ts'
import type { Cell, Paper, Section } from './paper.ts'
import { words } from './words.ts'

/**
 * A paper as CSV: UTF-8 with a byte order mark, CRLF, and nothing a spreadsheet takes for a formula. Digits that are no number
 * are led by a tab, which keeps a spreadsheet from making a rounded number of them and which the import strips again.
 */

/** What a spreadsheet may take for the beginning of a formula, in either width. */
const STARTS_FORMULA = /^\s*[=+\-@|%＝＋－＠]/
const TAKEN_FOR_NUMBER = /^[\d\s.,+-]*\d[\d\s.,+-]*$|^\d+[eE]\d+$/

const disarmed = (text: string): string => (STARTS_FORMULA.test(text) ? `'${text}` : text)

export const csvField = (cell: Cell): string => {
  if (cell.kind === 'none') return ''
  if (cell.kind === 'text' || cell.kind === 'code') {
    const armed = disarmed(cell.text)
    return armed === cell.text && TAKEN_FOR_NUMBER.test(armed) ? `\t${armed}` : armed
  }
  if (cell.kind === 'day') return cell.day
  const number = numberOf(cell)
  return number === undefined || number.value === null ? words.unknown : decimalText(number.value, number.places, false)
}

const sectionRecords = (section: Section): string[][] => [
  ...(section.above === undefined ? [] : [[disarmed(section.above)]]),
  section.columns.map(({ title }) => disarmed(title)),
  ...section.rows.map(({ cells }) => section.columns.map((_, at) => csvField(cells[at] ?? { kind: 'none' }))),
  ...(section.rows.length === 0 && section.empty !== undefined ? [[disarmed(section.empty)]] : []),
]

/** Every section under the paper's title and first paragraphs, one after another; with its name before it when there are several. */
export const csvOf = (paper: Paper): string => {
  const head = [[disarmed(`${paper.title}${paper.provisional ? `（${words.provisional}）` : ''}`)], [disarmed(paper.subtitle)]]
  const several = paper.sections.length > 1
  const body = paper.sections.flatMap((section) => [...(several ? [[''], [section.name]] : []), ...sectionRecords(section)])
  const paragraphs = (of: readonly string[]): string[][] => of.map((paragraph) => [disarmed(paragraph)])
  const after = paragraphs([...paper.notes, ...paper.closing])
  return `\uFEFF${writeCsv([...head, ...paragraphs(paper.intro), ...body, ...after])}`
}
