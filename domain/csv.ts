/** A strict reader of RFC 4180 text: comma, double quote, CRLF or LF, a byte order mark allowed. What is unclear is refused. */

const CSV_RECORDS_MAX = 200_000
export const CSV_FIELDS_MAX = 64
export const CSV_FIELD_CHARS_MAX = 2_000

/** `line` is where the record starts, counted from 1; quoted fields may hold line breaks. */
type CsvRecord = { line: number; fields: string[] }
/** Everything before the first place that could not be read, and what is wrong there. */
export type Csv = { records: CsvRecord[]; error?: { line: number; message: string } }

type Field = { value: string; end: number } | { message: string }

const readQuoted = (text: string, start: number): Field => {
  let value = ''
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote === -1) return { message: 'A quoted field is never closed; add the missing double quote.' }
    value += text.slice(from, quote)
    if (text[quote + 1] !== '"') return { value, end: quote + 1 }
    value += '"'
    from = quote + 2
  }
}

const readPlain = (text: string, start: number): Field => {
  let end = start
  while (end < text.length && !',\r\n"'.includes(text.charAt(end))) end += 1
  if (text[end] === '"')
    return { message: 'A double quote stands inside an unquoted field; quote the field and double the quote.' }
  return { value: text.slice(start, end), end }
}

/** Length of the line break at a place, 0 when there is none. */
const breakAt = (text: string, at: number): number => (text[at] === '\n' ? 1 : text[at] === '\r' && text[at + 1] === '\n' ? 2 : 0)

const readField = (text: string, start: number): Field => {
  const field = text[start] === '"' ? readQuoted(text, start) : readPlain(text, start)
  if ('message' in field) return field
  if (field.value.length > CSV_FIELD_CHARS_MAX) return { message: `A field is longer than ${CSV_FIELD_CHARS_MAX} characters.` }
  const ended = field.end === text.length || text[field.end] === ',' || breakAt(text, field.end) > 0
  return ended ? field : { message: 'A field ends neither at a comma nor at the end of a line (CRLF or LF); check its quotes.' }
}

const readRecord = (text: string, start: number): { fields: string[]; end: number } | { message: string } => {
  const fields: string[] = []
  for (let at = start; ; at += 1) {
    const field = readField(text, at)
    if ('message' in field) return field
    fields.push(field.value)
    if (fields.length > CSV_FIELDS_MAX) return { message: `A line has more than ${CSV_FIELDS_MAX} fields.` }
    at = field.end
    if (text[at] !== ',') return { fields, end: at + breakAt(text, at) }
  }
}

const linesIn = (text: string): number => text.split('\n').length - 1

/** Reads all records; empty lines are skipped. Stops at the first place that cannot be read, as nothing after it is certain. */
export const readCsv = (text: string): Csv => {
  const records: CsvRecord[] = []
  let line = 1
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    const record = readRecord(text, at)
    if ('message' in record) return { records, error: { line, message: record.message } }
    if (record.fields.some((field) => field !== '')) records.push({ line, fields: record.fields })
    if (records.length > CSV_RECORDS_MAX)
      return { records: [], error: { line, message: `Split the file at ${CSV_RECORDS_MAX} lines.` } }
    line += linesIn(text.slice(at, record.end))
    at = record.end
  }
  return { records }
}

const quoted = (field: string): string => (/[",\r\n\uFEFF]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

/** Writes records as `readCsv` reads them, lines ended by CRLF. Exact, so not for people's spreadsheets: those need formulas disarmed. */
export const writeCsv = (records: readonly (readonly string[])[]): string =>
  records.map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('')
