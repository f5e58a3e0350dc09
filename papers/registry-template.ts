import { type CellStyle, type DataValidation, writeXlsx, type WriteSheet } from 'hucre/xlsx'
import { columnsOf, REGISTRY_FILES, type RegistryFile } from '../domain/registry-import.ts'
import { COLUMNS, GUIDE, GUIDE_SHEET, SHEETS } from './registry-words.ts'

/** The workbook to fill a registry in: one sheet per file, headings in Chinese, what to write as comments, choices as lists. */

/** Rows that are formatted as text, so that codes and days stay what was typed. */
const PREPARED_ROWS = 500
const TEXT: CellStyle = { numFmt: '@', font: { name: '宋体', size: 10 } }
const HEADING: CellStyle = {
  font: { name: '宋体', size: 10, bold: true },
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'EDEDED' } },
  alignment: { horizontal: 'center', vertical: 'center', wrapText: true },
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The choices of a cell's schema, whatever it is wrapped in; undefined when it takes more than a list. */
const choicesOf = (schema: unknown): string[] | undefined => {
  if (!isRecord(schema)) return undefined
  const { options, def } = schema
  if (Array.isArray(options)) return options.map(String)
  return isRecord(def) ? choicesOf(def['innerType'] ?? def['in']) : undefined
}

const letterOf = (column: number): string =>
  column < 26 ? String.fromCharCode(65 + column) : `${letterOf(Math.floor(column / 26) - 1)}${letterOf(column % 26)}`

const validationsOf = (file: RegistryFile): DataValidation[] =>
  Object.values(REGISTRY_FILES[file].shape).flatMap((schema, at) => {
    const values = choicesOf(schema)
    if (!values) return []
    const range = `${letterOf(at)}2:${letterOf(at)}${PREPARED_ROWS + 1}`
    return [
      {
        type: 'list',
        values,
        range,
        allowBlank: true,
        showErrorMessage: true,
        errorTitle: '请从列表中选择',
        errorMessage: values.join('、').slice(0, 200),
      },
    ]
  })

const sheetOf = (file: RegistryFile): WriteSheet => {
  const columns = columnsOf(file)
  const headings = columns.map((column) => `${COLUMNS[column]?.[0] ?? ''} ${column}`.trim())
  const cells: NonNullable<WriteSheet['cells']> = new Map()
  for (const [at, column] of columns.entries()) {
    const hint = COLUMNS[column]?.[1]
    cells.set(`0,${at}`, {
      value: headings[at] ?? '',
      style: HEADING,
      ...(hint !== undefined && { comment: { author: '阳光', text: hint } }),
    })
  }
  const blank = columns.map(() => null)
  for (let row = 1; row <= PREPARED_ROWS; row += 1) {
    for (const at of columns.keys()) cells.set(`${row},${at}`, { value: null, style: TEXT })
  }
  return {
    name: `${SHEETS[file]} ${file.replace('.csv', '')}`,
    columns: headings.map((heading) => ({ width: Math.max(14, heading.length + 6) })),
    rows: [headings, ...Array.from({ length: PREPARED_ROWS }, () => blank)],
    cells,
    rowDefs: new Map([[0, { height: 32 }]]),
    freezePane: { rows: 1 },
    dataValidations: validationsOf(file),
  }
}

/** The bytes of the template. */
export const registryTemplate = async (): Promise<Uint8Array> => {
  const files = Object.keys(REGISTRY_FILES) as RegistryFile[]
  const guide: WriteSheet = { name: GUIDE_SHEET, columns: [{ width: 100 }], rows: GUIDE.map((line) => [line]) }
  return writeXlsx({ sheets: [guide, ...files.map(sheetOf)], properties: { title: GUIDE[0] ?? '', creator: '阳光' } })
}
