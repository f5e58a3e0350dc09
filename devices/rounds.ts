import { chance, shuffled } from './chance.ts'
import { assertFaultsFit, gatewayFaultsOf, linkStateAt, withDeviceFaults } from './faults.ts'
import type { Fault, GatewayFault } from './faults.ts'
import type { Fleet } from './fleet.ts'
import { plantOf } from './plant.ts'

/** The sampling rounds of a fleet, as the messages its gateways publish. */

export type GatewayMessage = {
  gatewayId: string
  /** JSON text below `MESSAGE_BYTES`, ASCII. */
  payload: string
  readings: number
  /** The round it leaves in, epoch ms, true time. */
  atMs: number
}

/** AWS IoT Core bills by 5 KiB, topic and headers included. */
export const MESSAGE_BYTES = 5_000
const ENVELOPE_BYTES = 96
/** So many messages wait and change places while a gateway sends out of order. */
const SHUFFLE_WINDOW = 8

/** Readings as JSON texts that travel together. */
type Chunk = readonly string[]

type Link = { publish: (chunk: Chunk, atMs: number) => GatewayMessage[]; release: (atMs: number) => GatewayMessage[] }

/** One gateway's way to the broker: numbers its messages and does what its faults say. `seq` rises from the run's first second. */
const linkOf = (gatewayId: string, faults: readonly GatewayFault[], seed: number, fromMs: number): Link => {
  let seq = Math.floor(fromMs / 1000)
  let held: Chunk[] = []
  const composed = (chunk: Chunk, atMs: number, copies: number): GatewayMessage[] => {
    const payload = `{"v":1,"sentAtMs":${atMs},"seq":${seq},"readings":[${chunk.join(',')}]}`
    seq += 1
    return Array.from({ length: copies }, () => ({ gatewayId, payload, readings: chunk.length, atMs }))
  }
  const publish = (chunk: Chunk, atMs: number): GatewayMessage[] => {
    const state = linkStateAt(faults, atMs)
    if (state.offline && state.lost) return []
    if (state.offline) {
      held.push(chunk)
      return []
    }
    if (!state.shuffling) return composed(chunk, atMs, state.copies)
    held.push(chunk)
    if (held.length <= SHUFFLE_WINDOW) return []
    const [drawn = chunk] = held.splice(Math.floor(chance(seed, `${gatewayId}/${seq}`) * held.length), 1)
    return composed(drawn, atMs, state.copies)
  }
  const release = (atMs: number): GatewayMessage[] => {
    const state = linkStateAt(faults, atMs)
    if (held.length === 0 || state.offline || state.shuffling) return []
    const late = shuffled(seed, `${gatewayId}/${seq}`, held)
    held = []
    return late.flatMap((chunk) => composed(chunk, atMs, state.copies))
  }
  return { publish, release }
}

export type RoundsOptions = {
  fleet: Fleet
  seed: number
  /** Inclusive, epoch ms. */
  fromMs: number
  /** Exclusive, epoch ms; may be Infinity for a fleet that runs on. */
  toMs: number
  /** Rounds fall on whole multiples of this (epoch ms), so that runs that overlap repeat each other's readings. */
  everyMs: number
  faults?: readonly Fault[]
  /** Fill messages with readings of several rounds, as a gateway with a backlog does; otherwise every round leaves by itself. */
  batched?: boolean
}

type Round = { atMs: number; messages: GatewayMessage[] }

/**
 * Every round of a span with the messages that leave in it. The same options give the same bytes. What a gateway still holds
 * back when the span ends (its fault lasts longer) is not sent. Throws RangeError on an impossible span or fault.
 */
export function* rounds({ fleet, seed, fromMs, toMs, everyMs, faults = [], batched = false }: RoundsOptions): Generator<Round> {
  if (!(Number.isInteger(everyMs) && everyMs >= 1000)) throw new RangeError(`rounds every ${everyMs} ms: at least 1000, whole`)
  if (!(fromMs <= toMs)) throw new RangeError(`a span from ${fromMs} to ${toMs} ends before it begins`)
  assertFaultsFit(faults, fleet)
  const readingAt = withDeviceFaults(faults, plantOf({ fleet, seed }))
  const gatewayFaults = gatewayFaultsOf(faults)
  const devicesOf = Map.groupBy(fleet.devices, ({ gatewayId }) => gatewayId)
  const gateways = fleet.gatewayIds.map((gatewayId) => {
    const own = gatewayFaults.get(gatewayId) ?? []
    const devices = devicesOf.get(gatewayId) ?? []
    return { devices, own, link: linkOf(gatewayId, own, seed, fromMs), waiting: [] as string[], waitingBytes: ENVELOPE_BYTES }
  })

  for (let atMs = Math.ceil(fromMs / everyMs) * everyMs; atMs < toMs; atMs += everyMs) {
    const last = atMs + everyMs >= toMs
    const messages: GatewayMessage[] = []
    for (const gateway of gateways) {
      const flush = (): void => {
        if (gateway.waiting.length === 0) return
        messages.push(...gateway.link.publish(gateway.waiting, atMs))
        gateway.waiting = []
        gateway.waitingBytes = ENVELOPE_BYTES
      }
      for (const device of gateway.devices) {
        const reading = readingAt(device, atMs)
        if (!reading) continue
        const text = JSON.stringify(reading)
        if (gateway.waitingBytes + text.length + 1 > MESSAGE_BYTES) flush()
        gateway.waiting.push(text)
        gateway.waitingBytes += text.length + 1
      }
      // A fault begins and ends with a round, so near one no message spans two.
      if (!batched || last || gateway.own.length > 0) flush()
      messages.push(...gateway.link.release(atMs))
    }
    yield { atMs, messages }
  }
}
