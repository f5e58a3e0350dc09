import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { csvOf } from '../../papers/csv.ts'
import { fontOf } from '../../papers/font.ts'
import type { Paper } from '../../papers/paper.ts'
import type { Fonts } from '../../papers/pdf.ts'
import { xlsxOf } from '../../papers/xlsx.ts'

/** The bytes of a paper in each format, and where the fonts come from. */

export const PAPER_FORMATS = ['json', 'xlsx', 'csv', 'pdf'] as const
export type PaperFormat = (typeof PAPER_FORMATS)[number]

/** Beside the bundle on AWS, in their package elsewhere. */
const fontAt = async (name: string, inPackage: () => string): Promise<Fonts['regular']> => {
  const beside = join(import.meta.dirname, name)
  return fontOf(await readFile(existsSync(beside) ? beside : fileURLToPath(inPackage())))
}

const regularFont = () =>
  fontAt('NotoSansSC_400Regular.ttf', () =>
    import.meta.resolve('@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf'),
  )
const boldFont = () =>
  fontAt('NotoSansSC_700Bold.ttf', () => import.meta.resolve('@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf'))

/** Reads the fonts when the first PDF asks for them, and once. */
export const openFonts = (): (() => Promise<Fonts>) => {
  let fonts: Promise<Fonts> | undefined
  const read = async (): Promise<Fonts> => {
    const [regular, bold] = await Promise.all([regularFont(), boldFont()])
    return { regular, bold }
  }
  return () => {
    fonts ??= read()
    fonts.catch(() => (fonts = undefined))
    return fonts
  }
}

export const paperBytes = async (
  paper: Paper,
  format: Exclude<PaperFormat, 'json'>,
  { fonts, nowMs }: { fonts: () => Promise<Fonts>; nowMs: number },
): Promise<Uint8Array> => {
  if (format === 'csv') return Buffer.from(csvOf(paper))
  if (format === 'xlsx') return xlsxOf(paper, nowMs)
  // Loaded by the first PDF: a spreadsheet need not wait for the typesetter.
  const { pdfOf } = await import('../../papers/pdf.ts')
  return pdfOf(paper, await fonts(), nowMs)
}
