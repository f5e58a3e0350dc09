import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { readCsv } from '../../domain/csv.ts'

/** LibreOffice, where it is installed: what opens a file there opens it in the offices this is for. */

const run = promisify(execFile)
const found = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'soffice'))
  .find(existsSync)

export const hasOffice = found !== undefined
if (!hasOffice)
  process.stderr.write('SKIPPED: spreadsheets opened in LibreOffice. Install it: apt-get install libreoffice-calc\n')

/** Opens a spreadsheet and answers what each sheet shows, by name; formulas as formulas, so that one would be seen. */
export const sheetsInOffice = async (bytes: Uint8Array, extension: 'xlsx' | 'csv'): Promise<Map<string, string[][]>> => {
  const folder = await mkdtemp(join(tmpdir(), 'yangguang-office-'))
  try {
    await writeFile(join(folder, `paper.${extension}`), bytes)
    await mkdir(join(folder, 'out'))
    // Comma, double quote, UTF-8, from line 1, as shown, every sheet; a CSV is read as UTF-8 with its columns left to be guessed.
    const filter = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1'
    const input = extension === 'csv' ? ['--infilter=Text - txt - csv (StarCalc):44,34,76,1'] : []
    const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`
    await run(found ?? '', [
      profile,
      '--headless',
      '--norestore',
      ...input,
      '--convert-to',
      filter,
      '--outdir',
      join(folder, 'out'),
      join(folder, `paper.${extension}`),
    ])
    const names = await readdir(join(folder, 'out'))
    const sheets = await Promise.all(
      names.map(async (name): Promise<[string, string[][]]> => {
        const { records } = readCsv(await readFile(join(folder, 'out', name), 'utf8'))
        return [name.replace(/^paper-?|\.csv$/g, ''), records.map(({ fields }) => fields)]
      }),
    )
    return new Map(sheets)
  } finally {
    await rm(folder, { recursive: true })
  }
}
