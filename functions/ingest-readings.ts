import type { Liveness } from '../domain/alert.ts'
import { addDays, DAY_MS, dayEndMs, dayNumberOf, dayOf } from '../domain/calendar.ts'
import type { DayCause } from '../domain/day-cause.ts'
import { isLate, isOver } from '../domain/generation-work.ts'
import { MESSAGE_BYTES_MAX } from '../domain/limits.ts'
import { type Installation, judgeReading, type ParsedReading, parseMessage, type Rejection } from '../domain/message.ts'
import type { Reading } from '../domain/reading.ts'
import { type GatewayDirectory, type GatewayView, gatewayDirectory } from '../stores/gateway-directory.ts'
import type { QuarantineRow, StaleDay } from '../stores/rows.ts'
import { markDays } from '../stores/stale-days.ts'
import { onAws } from './edge/aws.ts'
import type { BatchOutcome, Deps, InboundMessage } from './entry.ts'

/**
 * Triggered by what gateways publish. Every reading of a message ends as stored, duplicate, conflict or quarantined with a reason,
 * each counted; a message is done with only when all of its readings are. Idempotent on (deviceId, atMs): taking a message in
 * again changes nothing. Bad bytes and bad readings are kept in quarantine and never retried; a store that fails throws, and the
 * platform tries the batch again.
 */

type IngestDeps = Deps<'gateways' | 'devices' | 'stations', 'readings' | 'liveness' | 'staleDays' | 'quarantine'>

/** What one batch comes to, before anything is written. */
type Sorted = {
  readings: Reading[]
  quarantine: QuarantineRow[]
  /** Signs of life by device: good readings and those set aside for their clock. */
  seen: Map<string, { at: Installation; receivedAtMs: number; newest?: Reading }>
  /** Days whose figures the readings touch, by station and day number, with the last instant touched. */
  touched: Map<string, { stationId: string; countyCode: string; atMs: number }>
}

const UNKNOWN_COUNTY = 'unknown'
const SEEN_REMEMBERED_MAX = 50_000
const LOOK_UPS_AT_ONCE = 50

const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

const quarantineMessage = (message: InboundMessage, countyCode: string, { reason, detail }: Rejection): QuarantineRow => ({
  countyCode,
  gatewayId: message.clientId,
  messageId: message.messageId,
  index: -1,
  reason,
  detail,
  receivedAtMs: message.receivedAtMs,
  payloadBase64: base64Of(message.payload.subarray(0, MESSAGE_BYTES_MAX)),
})

const quarantineReading = (
  message: InboundMessage,
  countyCode: string,
  index: number,
  parsed: ParsedReading,
  { reason, detail }: Rejection,
): QuarantineRow => ({
  ...quarantineMessage(message, countyCode, { reason, detail }),
  index,
  ...('reading' in parsed && { deviceId: parsed.reading.deviceId, atMs: parsed.reading.atMs }),
  payloadBase64: base64Of(Buffer.from(JSON.stringify(parsed.raw) ?? '')),
})

const sawDevice = (sorted: Sorted, deviceId: string, at: Installation, receivedAtMs: number, reading?: Reading): void => {
  const seen = sorted.seen.get(deviceId)
  if (!seen) {
    sorted.seen.set(deviceId, { at, receivedAtMs, ...(reading && { newest: reading }) })
    return
  }
  seen.receivedAtMs = Math.max(seen.receivedAtMs, receivedAtMs)
  if (reading && (!seen.newest || reading.atMs >= seen.newest.atMs)) {
    seen.newest = reading
    seen.at = at
  }
}

const accept = (
  sorted: Sorted,
  parsed: Extract<ParsedReading, { reading: unknown }>,
  at: Installation,
  receivedAtMs: number,
): void => {
  const reading: Reading = { ...parsed.reading, receivedAtMs }
  sorted.readings.push(reading)
  sawDevice(sorted, reading.deviceId, at, receivedAtMs, reading)
  const dayNumber = dayNumberOf(reading.atMs)
  const place = `${dayNumber}#${at.stationId}`
  const lastMs = Math.max(reading.atMs, sorted.touched.get(place)?.atMs ?? 0)
  sorted.touched.set(place, { stationId: at.stationId, countyCode: at.countyCode, atMs: lastMs })
}

const sortReading = (
  sorted: Sorted,
  gateway: GatewayView,
  message: InboundMessage,
  index: number,
  parsed: ParsedReading,
): void => {
  const reject = (rejection: Rejection) => {
    sorted.quarantine.push(quarantineReading(message, gateway.countyCode, index, parsed, rejection))
  }
  if ('rejection' in parsed) return reject(parsed.rejection)
  const { deviceId, atMs } = parsed.reading
  const installations = gateway.installations.get(deviceId) ?? []
  const judged = judgeReading(atMs, message.receivedAtMs, installations)
  if ('at' in judged) return accept(sorted, parsed, judged.at, message.receivedAtMs)
  // A wrong clock is not silence: the device did speak.
  const current = installations.at(-1)
  if (judged.rejection.reason === 'clock_skew' && current) sawDevice(sorted, deviceId, current, message.receivedAtMs)
  return reject(judged.rejection)
}

const sortMessage = (sorted: Sorted, gateway: GatewayView | undefined, message: InboundMessage): void => {
  const reject = (rejection: Rejection) => {
    sorted.quarantine.push(quarantineMessage(message, gateway?.countyCode ?? UNKNOWN_COUNTY, rejection))
  }
  if (message.topic !== `pv/${message.clientId}/readings`) {
    return reject({ reason: 'identity_mismatch', detail: 'the topic names another gateway' })
  }
  const parsed = parseMessage(message.payload)
  if ('rejection' in parsed) return reject(parsed.rejection)
  if (!gateway) return reject({ reason: 'unknown_device', detail: 'the gateway is not registered' })
  for (const [index, reading] of parsed.readings.entries()) sortReading(sorted, gateway, message, index, reading)
}

/** Tells a device nobody knows from one that another gateway speaks for. */
const nameStrangers = async (sorted: Sorted, directory: GatewayDirectory): Promise<void> => {
  const rows = sorted.quarantine.filter(({ reason }) => reason === 'unknown_device')
  const deviceIds = [...new Set(rows.flatMap(({ deviceId }) => (deviceId === undefined ? [] : [deviceId])))]
  const registered = new Set<string>()
  // Side by side: one gateway that speaks for strangers alone must not take the time of the whole batch.
  for (let at = 0; at < deviceIds.length; at += LOOK_UPS_AT_ONCE) {
    const some = deviceIds.slice(at, at + LOOK_UPS_AT_ONCE)
    const known = await Promise.all(some.map((deviceId) => directory.isRegistered(deviceId)))
    for (const [nth, deviceId] of some.entries()) if (known[nth]) registered.add(deviceId)
  }
  for (const row of rows) {
    if (row.deviceId === undefined || !registered.has(row.deviceId)) continue
    row.reason = 'identity_mismatch'
    row.detail = 'the device belongs to another gateway'
  }
}

const livenessOf = (
  deviceId: string,
  { at, receivedAtMs, newest }: { at: Installation; receivedAtMs: number; newest?: Reading },
  before: Liveness | undefined,
): Liveness => {
  const isNewer = newest !== undefined && newest.atMs >= (before?.lastAtMs ?? 0)
  return {
    ...before,
    deviceId,
    stationId: at.stationId,
    countyCode: at.countyCode,
    lastReceivedAtMs: Math.max(receivedAtMs, before?.lastReceivedAtMs ?? 0),
    ...(!before && { firstReceivedAtMs: receivedAtMs }),
    ...(isNewer && {
      lastAtMs: newest.atMs,
      acPowerW: newest.acPowerW,
      energyTodayWh: newest.energyTodayWh,
      temperatureC: newest.temperatureC,
      state: newest.state,
    }),
  }
}

/**
 * The day of the last reading touched, and the day after if that has begun: what the device showed from noon on is where the next
 * day's figure begins, so a late evening changes both.
 */
const marksOf = ({ touched }: Sorted, markedAtMs: number): StaleDay[] =>
  [...touched.values()].flatMap(({ stationId, countyCode, atMs }) => {
    const day = dayOf(atMs)
    const isWhereNextBegins = atMs >= dayEndMs(day) - DAY_MS / 2 && dayEndMs(day) <= markedAtMs
    const days = isWhereNextBegins ? [day, addDays(day, 1)] : [day]
    return days.map((each): StaleDay => {
      const late: DayCause = { code: 'late_readings', atMs: markedAtMs, ...(each !== day && { about: day }) }
      return { countyCode, stationId, day: each, markedAtMs, ...(isLate(day, markedAtMs) && { causes: [late] }) }
    })
  })

/** A day that runs has nothing but readings to wait for, so its mark is written without a look at what is there. */
const writeMarks = async ({ staleDays }: Pick<IngestDeps, 'staleDays'>, marks: readonly StaleDay[]): Promise<void> => {
  const [over = [], running = []] = [true, false].map((wanted) =>
    marks.filter((mark) => isOver(mark.day, mark.markedAtMs) === wanted),
  )
  await staleDays.putBatch(running)
  await markDays(staleDays, over)
}

export const create = (deps: IngestDeps): ((input: { messages: readonly InboundMessage[] }) => Promise<BatchOutcome>) => {
  const directory = gatewayDirectory(deps)
  /** The liveness rows this instance last wrote; another instance's newer row is at worst put back until the next message. */
  const written = new Map<string, Liveness>()

  const sortBatch = async (messages: readonly InboundMessage[]): Promise<Sorted> => {
    const sorted: Sorted = { readings: [], quarantine: [], seen: new Map(), touched: new Map() }
    const gateways = new Map<string, GatewayView | undefined>()
    for (const { clientId } of messages) {
      if (!gateways.has(clientId)) gateways.set(clientId, await directory.find(clientId))
    }
    for (const message of messages) sortMessage(sorted, gateways.get(message.clientId), message)
    await nameStrangers(sorted, directory)
    return sorted
  }

  const writeLiveness = async ({ seen }: Sorted): Promise<void> => {
    if (written.size > SEEN_REMEMBERED_MAX) written.clear()
    const rows = await Promise.all(
      [...seen].map(async ([deviceId, sighting]) => {
        const { stationId, countyCode } = sighting.at
        const remembered = written.get(deviceId)
        const isHere = remembered?.stationId === stationId
        const before = isHere ? remembered : (await deps.liveness.get({ countyCode, stationId, deviceId }))?.row
        return livenessOf(deviceId, sighting, before)
      }),
    )
    await deps.liveness.putBatch(rows)
    for (const row of rows) written.set(row.deviceId, row)
  }

  return async ({ messages }) => {
    const sorted = await sortBatch(messages)
    const fates = await deps.readings.append(sorted.readings)
    // Marked after the append and for repeats too: a batch that was stored but not acknowledged still gets its marks.
    await writeMarks(deps, marksOf(sorted, deps.now()))
    await deps.quarantine.putBatch(sorted.quarantine)
    await writeLiveness(sorted)

    for (const name of ['stored', 'duplicate', 'conflict'] as const) {
      const by = fates.reduce((count, fate) => (fate === name ? count + 1 : count), 0)
      if (by > 0) deps.count(name, by)
    }
    if (sorted.quarantine.length > 0) deps.count('quarantined', sorted.quarantine.length)
    return { kind: 'done', failed: [] }
  }
}

export const handler = onAws('mqtt', create)
