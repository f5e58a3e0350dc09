import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { rowMapper } from './mapping.ts'
import type { Mapping } from './mapping.ts'
import type { DeviceReading } from './plant.ts'
import { connectGateway } from './publisher.ts'
import { MESSAGE_BYTES } from './rounds.ts'

/** Publishes recorded telemetry from a CSV file through MQTT, as the gateway that recorded it would have. */

type ReplayProgress = { rows: number; readings: number; messages: number }
export type ReplayOutcome = ReplayProgress & {
  /** Rows left out, counted by reason. */
  skipped: Record<string, number>
}

export type ReplayOptions = {
  csvPath: string
  mapping: Mapping
  gatewayId: string
  secret: string
  mqttUrl: string
  /** File order, streamed; otherwise by device time, which needs the whole file in memory. */
  asRecorded?: boolean
  onProgress?: (progress: ReplayProgress) => void
  giveUpAfterMs?: number
}

/** Sorting holds every reading in memory; a larger file has to go as recorded or in parts. */
const SORTED_ROWS_MAX = 2_000_000
/** Different reasons kept; further ones are counted together. */
const REASONS_MAX = 100
const ENVELOPE_BYTES = 96
const PROGRESS_EVERY_MESSAGES = 100

type Tally = { rows: number; skipped: Map<string, number> }

const countSkipped = (tally: Tally, reason: string): void => {
  const kept = tally.skipped.has(reason) || tally.skipped.size < REASONS_MAX ? reason : 'other reasons'
  tally.skipped.set(kept, (tally.skipped.get(kept) ?? 0) + 1)
}

/**
 * The readings of a file in file order, one line at a time. A row holds no line breaks. Throws when the file cannot be read, is
 * empty, or lacks a mapped column; a row that cannot be a reading is counted in `tally` and left out.
 */
async function* readingsOf(csvPath: string, mapping: Mapping, tally: Tally): AsyncGenerator<DeviceReading> {
  const lines = createInterface({ input: createReadStream(csvPath, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
  let mapRow: ReturnType<typeof rowMapper> | undefined
  for await (const line of lines) {
    if (line.trim() === '') continue
    if (!mapRow) {
      mapRow = rowMapper(mapping, line)
      continue
    }
    tally.rows += 1
    const row = mapRow(line)
    if ('skipped' in row) countSkipped(tally, row.skipped)
    else yield row.reading
  }
  if (!mapRow) throw new Error(`${csvPath} is empty; its first line must name the columns`)
}

async function* byTime(readings: AsyncGenerator<DeviceReading>): AsyncGenerator<DeviceReading> {
  const all: DeviceReading[] = []
  for await (const reading of readings) {
    if (all.length >= SORTED_ROWS_MAX)
      throw new RangeError(`more than ${SORTED_ROWS_MAX} rows; replay them --as-recorded or in parts`)
    all.push(reading)
  }
  yield* all.sort((a, b) => a.atMs - b.atMs)
}

/** Messages of whole readings below the billing unit. `seq` counts from 1. */
async function* messagesOf(readings: AsyncGenerator<DeviceReading>): AsyncGenerator<{ payload: string; readings: number }> {
  let texts: string[] = []
  let bytes = ENVELOPE_BYTES
  let seq = 0
  let sentAtMs = 0
  const composed = (): { payload: string; readings: number } => {
    seq += 1
    const message = {
      payload: `{"v":1,"sentAtMs":${sentAtMs},"seq":${seq},"readings":[${texts.join(',')}]}`,
      readings: texts.length,
    }
    texts = []
    bytes = ENVELOPE_BYTES
    return message
  }
  for await (const reading of readings) {
    const text = JSON.stringify(reading)
    if (texts.length > 0 && bytes + text.length + 1 > MESSAGE_BYTES) yield composed()
    texts.push(text)
    bytes += text.length + 1
    sentAtMs = reading.atMs
  }
  if (texts.length > 0) yield composed()
}

/**
 * Replays a whole file; returns when the broker has acknowledged all of it. Running it again adds nothing but duplicates. Throws when
 * the file or its columns do not fit the mapping, the credentials are refused, or the broker stays away.
 */
export const replay = async (options: ReplayOptions): Promise<ReplayOutcome> => {
  const { csvPath, mapping, gatewayId, secret, mqttUrl, asRecorded = false, onProgress, giveUpAfterMs = 120_000 } = options
  const tally: Tally = { rows: 0, skipped: new Map() }
  const inFileOrder = readingsOf(csvPath, mapping, tally)
  const publisher = connectGateway({ mqttUrl, gatewayId, secret, giveUpAfterMs })
  const done = { readings: 0, messages: 0 }
  try {
    for await (const { payload, readings } of messagesOf(asRecorded ? inFileOrder : byTime(inFileOrder))) {
      await publisher.publish(payload)
      done.readings += readings
      done.messages += 1
      if (done.messages % PROGRESS_EVERY_MESSAGES === 0) onProgress?.({ rows: tally.rows, ...done })
    }
    await publisher.delivered()
    onProgress?.({ rows: tally.rows, ...done })
    return { rows: tally.rows, ...done, skipped: Object.fromEntries(tally.skipped) }
  } finally {
    await publisher.close()
  }
}
