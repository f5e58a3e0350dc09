/** What commands write: tables whose columns line up with Chinese text too, and a progress bar where someone is watching. */

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

/** Columns a text takes up in a terminal: Chinese characters take two. */
export const widthOf = (text: string): number =>
  Array.from(text).reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0)

const pad = (text: string, width: number, right: boolean): string => {
  const blank = ' '.repeat(Math.max(0, width - widthOf(text)))
  return right ? blank + text : text + blank
}

export type Column = { title: string; right?: boolean }

/** Lines of a table: a header, a rule and the rows, columns as wide as their widest cell. */
export const tableLines = (columns: readonly Column[], rows: readonly (readonly string[])[]): string[] => {
  const widths = columns.map(({ title }, at) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at] ?? ''))))
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ right = false }, at) => pad(cells[at] ?? '', widths[at] ?? 0, right))
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => title)), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)]
}

/** Writes lines to standard output. */
export const print = (...lines: string[]): void => console.log(lines.join('\n'))

export type Progress = { at: (done: number, of: number, note?: string) => void; end: (note?: string) => void }

const BAR_CELLS = 24
const REDRAW_MS = 100

/** A progress bar on standard error; only on a terminal, so that logs and pipes stay clean. */
export const progressBar = (label: string, stream: NodeJS.WriteStream = process.stderr): Progress => {
  let drawnAtMs = 0
  const draw = (text: string): void => {
    if (stream.isTTY) stream.write(`\r\u001b[2K${text}`)
  }
  return {
    at: (done, of, note = '') => {
      if (Date.now() - drawnAtMs < REDRAW_MS && done < of) return
      drawnAtMs = Date.now()
      const share = of > 0 ? Math.min(1, done / of) : 1
      const full = Math.round(share * BAR_CELLS)
      const percent = String(Math.floor(share * 100)).padStart(3)
      draw(`${label} ${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${percent} % ${note}`)
    },
    end: (note) => {
      draw('')
      if (note !== undefined) stream.write(`${note}\n`)
    },
  }
}
