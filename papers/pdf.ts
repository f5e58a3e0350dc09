import pdfmake from 'pdfmake'
import { cellText, numberOf } from './figures.ts'
import type { Font } from './font.ts'
import { type Cell, type Column, isPlain, none, type Paper, type QrCode, type Row, type Section, spanOf } from './paper.ts'
import { words } from './words.ts'

/**
 * A paper as PDF on A4, header rows repeated, no row broken. Nothing is ever fetched or read for it: addresses and files are denied,
 * and the fonts come as bytes, of which only the glyphs used get into the file.
 */

export type Fonts = { regular: Font; bold: Font }

/** Points. A4 is 595 x 842. */
const PAGE = { short: 595, long: 842, margin: 36 }
const CELL_PADDING = 3
const FONT_SIZE_MAX = 9.5
const FONT_SIZE_MIN = 5.5
/** Of the font size: how wide a character of Latin script is. */
const CHAR_WIDTH = 0.56
const QR_POINTS = 84
const FAMILY = 'NotoSansSC'

/** Longer than this a table with its own signatures is broken over pages like any other. */
const KEPT_ROWS_MAX = 20

type Node = object

/** Text the fonts can draw: what they lack is written as its code, and counted. */
const drawable = (fonts: Fonts, missing: Set<number>) => (text: string) =>
  Array.from(text)
    .map((char) => {
      const codePoint = char.codePointAt(0) ?? 0
      if (fonts.regular.draws(codePoint) && fonts.bold.draws(codePoint)) return char
      missing.add(codePoint)
      return `〔U+${codePoint.toString(16).toUpperCase()}〕`
    })
    .join('')

/** A run without a place to break a line is broken anywhere rather than printed over its neighbour. */
const breaking = (text: string, chars: number): object =>
  [...text.matchAll(/[!-~]+/g)].some(([run]) => run.length >= chars - 1) ? { wordBreak: 'break-all' } : {}

const alignOf = (cell: Cell, column: Column): string => {
  if (column.align !== undefined) return column.align
  const number = numberOf(cell)
  if (number === undefined) return 'left'
  return number.value === null ? 'center' : 'right'
}

const tableRow = ({ role, cells }: Row, columns: readonly Column[], draw: (text: string) => string): Node[] => {
  const look = isPlain(role) ? {} : { bold: true, fillColor: '#ededed' }
  if (role === 'group') {
    const text = draw(cellText(cells[0] ?? none))
    return [{ text, colSpan: columns.length, ...look }, ...columns.slice(1).map(() => ({}))]
  }
  // The words of a sum run on over the columns it has nothing to say in.
  const span = isPlain(role) ? 1 : spanOf(cells)
  return columns.map((column, at) => {
    const cell = cells[at] ?? none
    const text = draw(cellText(cell))
    if (at > 0 && at < span) return {}
    const chars = columns.slice(at, at + (at === 0 ? span : 1)).reduce((sum, of) => sum + of.chars, 0)
    const alignment = at === 0 && !isPlain(role) ? 'left' : alignOf(cell, column)
    return { text, alignment, ...(at === 0 && span > 1 && { colSpan: span }), ...breaking(text, chars), ...look }
  })
}

const tableNode = (section: Section, paper: Paper, draw: (text: string) => string): Node => {
  const { columns, rows } = section
  const width = (paper.orientation === 'portrait' ? PAGE.short : PAGE.long) - 2 * PAGE.margin
  const chars = columns.reduce((sum, column) => sum + column.chars, 0)
  const inside = width - columns.length * (2 * CELL_PADDING + 0.5)
  const fontSize = Math.max(FONT_SIZE_MIN, Math.min(FONT_SIZE_MAX, inside / (chars * CHAR_WIDTH)))
  const header = columns.map(({ title }) => ({ text: draw(title), bold: true, alignment: 'center', fillColor: '#ededed' }))
  const body = rows.map((row) => tableRow(row, columns, draw))
  const empty = [
    [{ text: draw(section.empty ?? ''), colSpan: columns.length, alignment: 'center' }, ...columns.slice(1).map(() => ({}))],
  ]
  return {
    table: {
      headerRows: 1,
      dontBreakRows: true,
      keepWithHeaderRows: 1,
      widths: columns.map((column) => (inside * column.chars) / chars),
      body: [header, ...(rows.length > 0 ? body : empty)],
    },
    fontSize,
    layout: {
      hLineWidth: () => 0.5,
      vLineWidth: () => 0.5,
      hLineColor: () => '#606060',
      vLineColor: () => '#606060',
      paddingLeft: () => CELL_PADDING,
      paddingRight: () => CELL_PADDING,
      paddingTop: () => 2,
      paddingBottom: () => 2,
    },
  }
}

const signatureNode = (who: readonly string[]): Node => ({
  columns: who.map((word) => ({ text: `${word}：＿＿＿＿＿＿＿`, fontSize: 9.5 })),
  margin: [0, 10, 0, 2],
  unbreakable: true,
})

const sectionNodes = (section: Section, paper: Paper, draw: (text: string) => string): Node[] => {
  const heading =
    paper.sections.length > 1
      ? [{ text: draw(section.name), bold: true, fontSize: 11, margin: [0, 10, 0, 3], headlineLevel: 1 }]
      : []
  const above = section.above === undefined ? [] : [{ text: draw(section.above), fontSize: 8.5, margin: [0, 2, 0, 3] }]
  const signatures = section.signatures === undefined ? [] : [signatureNode(section.signatures)]
  const nodes = [...heading, ...above, tableNode(section, paper, draw), ...signatures]
  return section.signatures !== undefined && section.rows.length <= KEPT_ROWS_MAX ? [{ stack: nodes, unbreakable: true }] : nodes
}

const qrNode = ({ modules, caption }: QrCode, draw: (text: string) => string): Node => {
  const size = QR_POINTS / Math.max(1, modules.length)
  const squares = modules.flatMap((row, y) =>
    Array.from(row).flatMap((module, x) =>
      module === '1' ? [{ type: 'rect', x: x * size, y: y * size, w: size, h: size, lineWidth: 0, color: '#000000' }] : [],
    ),
  )
  return { stack: [{ canvas: squares }, { text: draw(caption), fontSize: 8, margin: [0, 4, 0, 0] }], width: QR_POINTS + 8 }
}

const endNodes = (paper: Paper, draw: (text: string) => string): Node[] => {
  const closing = paper.closing.map((text) => ({ text: draw(text), alignment: 'right', margin: [0, 3, 0, 0], fontSize: 11 }))
  const ending =
    paper.qr === undefined
      ? closing
      : [{ columns: [qrNode(paper.qr, draw), { stack: closing, width: '*', margin: [0, 24, 0, 0] }], unbreakable: true }]
  const ownSignatures = paper.sections.every(({ signatures }) => signatures !== undefined)
  const signatures = paper.signatures.length === 0 || ownSignatures ? [] : [signatureNode(paper.signatures)]
  return [...(ending.length === 0 ? [] : [{ stack: ending, margin: [0, 10, 0, 0] }]), ...signatures]
}

const contentOf = (paper: Paper, draw: (text: string) => string): Node[] => {
  const stamp = paper.provisional ? `（${words.provisional}）` : ''
  const means = paper.provisional
    ? [{ text: draw(words.provisionalMeans), fontSize: 8.5, bold: true, alignment: 'center', margin: [0, 0, 0, 4] }]
    : []
  const intro = paper.intro.map((text) => ({
    text: draw(text),
    leadingIndent: 22,
    fontSize: 11,
    lineHeight: 1.3,
    margin: [0, 2, 0, 2],
  }))
  const notes = paper.notes.map((text) => ({
    text: draw(text),
    fontSize: paper.intro.length > 0 ? 10.5 : 8.5,
    margin: [0, 4, 0, 0],
  }))
  return [
    { text: draw(`${paper.title}${stamp}`), fontSize: 16, bold: true, alignment: 'center' },
    { text: draw(paper.subtitle), fontSize: 8.5, color: '#404040', alignment: 'center', margin: [0, 4, 0, 4] },
    ...means,
    ...intro,
    ...paper.sections.flatMap((section) => sectionNodes(section, paper, draw)),
    ...notes,
    ...endNodes(paper, draw),
  ]
}

/** The bytes of a PDF. */
export const pdfOf = async (paper: Paper, fonts: Fonts, madeAtMs: number): Promise<Uint8Array> => {
  const missing = new Set<number>()
  const draw = drawable(fonts, missing)
  const content = contentOf(paper, draw)
  const lacking =
    missing.size === 0 ? [] : [{ text: words.missingGlyphs(missing.size), fontSize: 8.5, bold: true, margin: [0, 6, 0, 0] }]
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy(() => false)
  pdfmake.virtualfs.writeFileSync('regular.ttf', fonts.regular.bytes)
  pdfmake.virtualfs.writeFileSync('bold.ttf', fonts.bold.bytes)
  pdfmake.setFonts({ [FAMILY]: { normal: 'regular.ttf', bold: 'bold.ttf' } })
  const document = pdfmake.createPdf({
    info: { title: paper.title, creator: '阳光', producer: '阳光', creationDate: new Date(madeAtMs) },
    lang: 'zh-CN',
    pageSize: 'A4',
    pageOrientation: paper.orientation,
    pageMargins: [PAGE.margin, PAGE.margin, PAGE.margin, PAGE.margin + 6],
    defaultStyle: { font: FAMILY, fontSize: 10 },
    content: [...content, ...lacking],
    footer: (at: number, of: number) => ({ text: words.page(at, of), alignment: 'center', fontSize: 8, margin: [0, 12, 0, 0] }),
    pageBreakBefore: (node: { headlineLevel?: number }, around: { getFollowingNodesOnPage: () => unknown[] }) =>
      node.headlineLevel === 1 && around.getFollowingNodesOnPage().length === 0,
  })
  return document.getBuffer()
}
