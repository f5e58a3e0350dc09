import { type Cell as WrittenCell, type CellStyle, type CellValue, writeXlsx, type WriteSheet } from 'hucre/xlsx'
import { cellText, decimalText, numberOf } from './figures.ts'
import { type Cell, type Column, isPlain, none, type Paper, type Role, type Section, spanOf } from './paper.ts'
import { words } from './words.ts'

/**
 * A paper as a spreadsheet: one sheet per section, titled, with its header frozen and repeated in print, on A4. No cell is ever a
 * formula. Amounts are numbers of yuan cut from whole fen; a spreadsheet keeps fifteen digits, so what is longer is written as text.
 */

const DIGITS_MAX = 15
const BORDER_SIDE = { style: 'thin', color: { rgb: '808080' } } as const
const BORDER = { top: BORDER_SIDE, right: BORDER_SIDE, bottom: BORDER_SIDE, left: BORDER_SIDE }
const FONT = '宋体'
const SHADE = { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'EDEDED' } } as const
const LINE_POINTS = 16
const SHEET_NAME_CHARS_MAX = 31

const TITLE: CellStyle = {
  font: { name: FONT, size: 16, bold: true },
  alignment: { horizontal: 'center', vertical: 'center', wrapText: true },
}
const PLAIN: CellStyle = { font: { name: FONT, size: 10 }, alignment: { horizontal: 'left', vertical: 'center', wrapText: true } }
const CLOSING: CellStyle = { ...PLAIN, alignment: { horizontal: 'right', vertical: 'center' } }
const HEADER: CellStyle = {
  font: { name: FONT, size: 10, bold: true },
  fill: SHADE,
  border: BORDER,
  alignment: { horizontal: 'center', vertical: 'center', wrapText: true },
}

/** The number a spreadsheet keeps a day as: days since 30 December 1899. */
const serialOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 86_400_000 + 25_569

/** The value of a cell and how it is shown. */
const written = (cell: Cell): { value: CellValue; numFmt?: string; horizontal: 'left' | 'right' | 'center' } => {
  if (cell.kind === 'day') return { value: serialOf(cell.day), numFmt: 'yyyy-mm-dd', horizontal: 'center' }
  const number = numberOf(cell)
  if (number === undefined) return { value: cellText(cell), numFmt: '@', horizontal: 'left' }
  if (number.value === null) return { value: words.unknown, numFmt: '@', horizontal: 'center' }
  const numeral = decimalText(number.value, number.places, false)
  if (String(Math.abs(number.value)).length > DIGITS_MAX) return { value: numeral, numFmt: '@', horizontal: 'right' }
  const numFmt = number.places === 0 ? '#,##0' : `#,##0.${'0'.repeat(number.places)}`
  return { value: Number(numeral), numFmt, horizontal: 'right' }
}

const styleOf = (role: Role, column: Column, horizontal: 'left' | 'right' | 'center', numFmt: string | undefined): CellStyle => ({
  font: { name: FONT, size: 10, bold: !isPlain(role) },
  border: BORDER,
  ...(!isPlain(role) && { fill: SHADE }),
  ...(numFmt !== undefined && { numFmt }),
  alignment: { horizontal: column.align ?? horizontal, vertical: 'center', wrapText: true },
})

/** How many lines a text takes in so many characters of width, a Chinese one being two wide. */
const linesOf = (text: string, chars: number): number => {
  const width = Array.from(text).reduce((sum, char) => sum + (char.charCodeAt(0) < 0x2e80 ? 1 : 2), 0)
  return Math.max(1, Math.ceil(width / Math.max(1, chars)))
}

/** A sheet being written, row after row. */
const newSheet = (section: Section, name: string) => {
  const width = section.columns.length
  const chars = section.columns.reduce((sum, column) => sum + column.chars, 0)
  const rows: CellValue[][] = []
  const cells = new Map<string, Partial<WrittenCell>>()
  const merges: NonNullable<WriteSheet['merges']> = []
  const rowDefs: NonNullable<WriteSheet['rowDefs']> = new Map()
  const put = (values: readonly { value: CellValue; style: CellStyle }[], lines: number, points = LINE_POINTS): void => {
    const at = rows.length
    rows.push(values.map(({ value }) => value))
    for (const [column, { value, style }] of values.entries()) cells.set(`${at},${column}`, { value, style })
    rowDefs.set(at, { height: lines * points })
  }
  /** Makes one cell of the first few of the last row. */
  const mergeLast = (columns: number): void =>
    void merges.push({ startRow: rows.length - 1, startCol: 0, endRow: rows.length - 1, endCol: columns - 1 })
  /** One text over all columns. */
  const putAcross = (text: string, style: CellStyle, points = LINE_POINTS): void => {
    const values = section.columns.map((_, at) => ({ value: at === 0 ? text : '', style }))
    put(values, linesOf(text, style === TITLE ? chars * 0.6 : chars), points)
    if (width > 1) mergeLast(width)
  }
  const finish = (headerRow: number, orientation: Paper['orientation']): WriteSheet => ({
    name,
    columns: section.columns.map((column) => ({ width: column.chars })),
    rows,
    cells,
    merges,
    rowDefs,
    ...(headerRow < 8 && { freezePane: { rows: headerRow + 1 } }),
    pageSetup: {
      paperSize: 'a4',
      orientation,
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      horizontalCentered: true,
      printTitlesRow: `$1:$${headerRow + 1}`,
      margins: { top: 0.6, bottom: 0.7, left: 0.5, right: 0.5, header: 0.3, footer: 0.3 },
    },
    headerFooter: { oddFooter: `&C${words.page('&P', '&N')}` },
  })
  return { rows, put, putAcross, mergeLast, finish }
}

const putTable = (sheet: ReturnType<typeof newSheet>, section: Section): void => {
  for (const { role, cells } of section.rows) {
    if (role === 'group') {
      sheet.putAcross(cellText(cells[0] ?? none), { ...styleOf(role, { title: '', chars: 0 }, 'left', '@') })
      continue
    }
    const span = isPlain(role) ? 1 : spanOf(cells)
    const parts = section.columns.map((column, at) => {
      const { value, numFmt, horizontal } = written(cells[at] ?? none)
      const wide = at === 0 && span > 1
      const style = styleOf(role, wide ? { title: '', chars: 0, align: 'left' } : column, horizontal, numFmt)
      return { value, style, lines: wide ? 1 : linesOf(String(value ?? ''), column.chars - 1) }
    })
    sheet.put(parts, Math.max(...parts.map(({ lines }) => lines)), 18)
    if (span > 1) sheet.mergeLast(span)
  }
}

const sheetOf = (paper: Paper, section: Section, at: number, name: string): WriteSheet => {
  const sheet = newSheet(section, name)
  sheet.putAcross(`${paper.title}${paper.provisional ? `（${words.provisional}）` : ''}`, TITLE, 26)
  sheet.putAcross(paper.subtitle, PLAIN)
  if (at === 0) for (const paragraph of paper.intro) sheet.putAcross(paragraph, PLAIN)
  if (section.above !== undefined) sheet.putAcross(section.above, PLAIN)
  const headerRow = sheet.rows.length
  const headerLines = Math.max(...section.columns.map(({ title, chars }) => linesOf(title, chars - 1)))
  sheet.put(
    section.columns.map(({ title }) => ({ value: title, style: HEADER })),
    headerLines,
  )
  putTable(sheet, section)
  if (section.rows.length === 0 && section.empty !== undefined) sheet.putAcross(section.empty, { ...PLAIN, border: BORDER })
  const provisional = paper.provisional ? [words.provisionalMeans] : []
  for (const note of [...provisional, ...paper.notes]) sheet.putAcross(note, PLAIN)
  for (const who of paper.closing) sheet.putAcross(who, CLOSING)
  const signatures = section.signatures ?? paper.signatures
  if (signatures.length > 0) sheet.putAcross(signatures.map((who) => `${who}：`).join('　　　　　　　　'), PLAIN, 30)
  return sheet.finish(headerRow, paper.orientation)
}

/** The bytes of an .xlsx workbook. Throws RangeError for a figure beyond the safe integers. */
export const xlsxOf = async (paper: Paper, madeAtMs: number): Promise<Uint8Array> => {
  const names = new Map<string, number>()
  const sheets = paper.sections.map((section, at) => {
    const base = section.name.replace(/[:\\/?*[\]']/g, ' ').slice(0, SHEET_NAME_CHARS_MAX - 4)
    const used = (names.get(base) ?? 0) + 1
    names.set(base, used)
    return sheetOf(paper, section, at, used === 1 ? base : `${base} ${used}`)
  })
  const created = new Date(madeAtMs)
  return writeXlsx({ sheets, properties: { title: paper.title, creator: '阳光', created, modified: created } })
}
