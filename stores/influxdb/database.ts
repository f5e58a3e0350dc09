import type { IncomingMessage } from 'node:http'
import { bodyOf, type Connection, type Post } from './connection.ts'
import { type Cell, instantOf, type Row } from './points.ts'
import { DEVICE_TAG, type Select, selectStatement } from './statements.ts'

/** One database: lines in, rows out. */

/** Rows of one device, in the order of the statement; a device may come in several blocks, one after another. */
export type Block = { deviceId: string; rows: Row[] }

export type Database = {
  /** Durable when it returns. Throws when InfluxDB refuses one line: it may have taken the others. */
  write: (lines: readonly string[]) => Promise<void>
  /** Answers as they come. Throws when the answer is cut short or has more than ROWS_MAX rows. */
  select: (select: Select) => AsyncGenerator<Block>
}

export type DatabaseOptions = {
  database: string
  /** With it, lines go to `/api/v2/write`, where 2.x wants it; without, to `/write`, which 1.x, 2.x and 3.x serve. */
  organization?: string
}

const LINES_PER_WRITE = 5_000
const CHARS_PER_WRITE = 4_000_000
const ROWS_PER_CHUNK = 10_000
const ROWS_MAX = 3_000_000

/** Lines joined into bodies that InfluxDB takes at once. */
const bodiesOf = (lines: readonly string[]): string[] => {
  const bodies: string[] = []
  let body: string[] = []
  let chars = 0
  for (const line of lines) {
    if (body.length === LINES_PER_WRITE || (body.length > 0 && chars + line.length > CHARS_PER_WRITE)) {
      bodies.push(body.join('\n'))
      body = []
      chars = 0
    }
    body.push(line)
    chars += line.length
  }
  return body.length > 0 ? [...bodies, body.join('\n')] : bodies
}

/** `partial`: more is to come, and at the end of a body that more was held back. */
type AnsweredSeries = { tags?: Record<string, string>; columns: string[]; values?: Cell[][]; partial?: boolean }
type Answer = { error?: string; results?: { error?: string; partial?: boolean; series?: AnsweredSeries[] }[] }

/** The lines of a body as they come: a chunked answer is one JSON object per line. Whoever has enough ends the connection. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8')
  let rest = ''
  for await (const text of response) {
    const lines = (rest + String(text)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest
}

/** 1.x and 2.x name the device once per series, 3.x may answer it as a column. */
function* blocksOf({ tags, columns, values = [] }: AnsweredSeries, asked: readonly string[]): Generator<Block> {
  const at = (name: string): number => columns.indexOf(name)
  const time = at('time')
  const device = at(DEVICE_TAG)
  const cells = asked.map(at)
  if ([time, ...cells, ...(tags ? [] : [device])].includes(-1))
    throw new Error(`InfluxDB answered other columns than asked for: ${columns.join(', ')}`)
  let block: Block | undefined
  for (const value of values) {
    const deviceId = tags?.[DEVICE_TAG] ?? String(value[device])
    if (block?.deviceId !== deviceId) {
      if (block) yield block
      block = { deviceId, rows: [] }
    }
    block.rows.push({ ...instantOf(value[time]), cells: cells.map((index) => value[index] ?? null) })
  }
  if (block) yield block
}

export const createDatabase = (connection: Connection, { database, organization }: DatabaseOptions): Database => {
  const place: Pick<Post, 'path' | 'query'> =
    organization === undefined
      ? { path: '/write', query: { db: database, precision: 'ns' } }
      : { path: '/api/v2/write', query: { org: organization, bucket: database, precision: 'ns' } }

  const write = async (lines: readonly string[]): Promise<void> => {
    for (const body of bodiesOf(lines)) {
      const response = await connection.post({ ...place, contentType: 'text/plain; charset=utf-8', body })
      const said = await bodyOf(response)
      // Older ones say 200 for a write they understood and could not carry out.
      if (response.statusCode !== 204)
        throw new Error(`InfluxDB answered ${response.statusCode} to a write: ${said.slice(0, 300)}`)
    }
  }

  /** In the address and in the body: which of the two a server looks into differs. */
  const ask = (statement: string): Promise<IncomingMessage> => {
    const query = { db: database, chunked: 'true', chunk_size: String(ROWS_PER_CHUNK) }
    const body = new URLSearchParams({ ...query, q: statement }).toString()
    return connection.post({ path: '/query', query, contentType: 'application/x-www-form-urlencoded', body })
  }

  async function* select(asked: Select): AsyncGenerator<Block> {
    let rows = 0
    let isWhole = false
    for await (const line of linesOf(await ask(selectStatement(asked)))) {
      if (line.trim() === '') continue
      const answer = JSON.parse(line) as Answer
      const [result] = answer.results ?? []
      const error = answer.error ?? result?.error
      if (error !== undefined) throw new Error(`InfluxDB cannot answer from ${database}: ${error}`)
      const found = result?.series ?? []
      isWhole = !result?.partial && !found.at(-1)?.partial
      for (const series of found) {
        rows += series.values?.length ?? 0
        if (rows > ROWS_MAX) throw new RangeError(`more than ${ROWS_MAX} readings in one answer`)
        yield* blocksOf(series, asked.columns)
      }
    }
    if (!isWhole) throw new Error('InfluxDB ended an answer before it was whole')
  }

  return { write, select }
}
