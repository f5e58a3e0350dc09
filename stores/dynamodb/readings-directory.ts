import type { Reading } from '../../domain/reading.ts'
import { GROUP, READINGS_KEY } from './readings-definition.ts'
import { eachOf, type Requests } from './readings-requests.ts'

/**
 * Which group a device is in: devices that come in one message are filed together, so that a station's day is read from one
 * partition. A device joins a group when it is first stored and stays in it for ever, wherever it is moved: a group that no longer
 * fits costs read units and nothing else. Because a mapping never changes, it is remembered.
 */
export type Directory = {
  /** The groups of those devices that have any. */
  find: (deviceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** The group of every device of these readings, given to those that have none. */
  assign: (readings: readonly Reading[]) => Promise<ReadonlyMap<string, string>>
}

/** A group that has this many takes in no further device; of two appends at once, or without memory of it, it may grow past that. */
const GROUP_DEVICES = 32
const REMEMBERED_MAX = 200_000

const keyOf = (deviceId: string) => ({ partition: `device/${deviceId}`, sort: 'group' })

export const createDirectory = (requests: Requests): Directory => {
  const groups = new Map<string, string>()
  const sizes = new Map<string, number>()
  const remember = (deviceId: string, group: string): void => {
    if (groups.size >= REMEMBERED_MAX) {
      groups.clear()
      sizes.clear()
    }
    if (!groups.has(deviceId)) sizes.set(group, (sizes.get(group) ?? 0) + 1)
    groups.set(deviceId, group)
  }

  const read = async (deviceIds: readonly string[]): Promise<[string, string][]> => {
    const items = await requests.getMany(deviceIds.map(keyOf))
    return items.map((item) => [String(item[READINGS_KEY.partition]).slice('device/'.length), String(item[GROUP])])
  }

  const find = async (deviceIds: readonly string[]): Promise<Map<string, string>> => {
    const found = new Map<string, string>()
    const strangers: string[] = []
    for (const deviceId of new Set(deviceIds)) {
      const group = groups.get(deviceId)
      if (group === undefined) strangers.push(deviceId)
      else found.set(deviceId, group)
    }
    for (const [deviceId, group] of strangers.length > 0 ? await read(strangers) : []) {
      remember(deviceId, group)
      found.set(deviceId, group)
    }
    return found
  }

  const hasRoom = (group: string, joining: ReadonlyMap<string, number>): boolean =>
    (sizes.get(group) ?? 0) + (joining.get(group) ?? 0) < GROUP_DEVICES

  /** A group for every device that has none: one of its message that has room, else a new one named by the device. */
  const propose = (readings: readonly Reading[], known: ReadonlyMap<string, string>): Map<string, string> => {
    const proposed = new Map<string, string>()
    const joining = new Map<string, number>()
    for (const message of messagesOf(readings)) {
      const own = new Set(message.flatMap((deviceId) => known.get(deviceId) ?? proposed.get(deviceId) ?? []))
      for (const deviceId of message) {
        if (known.has(deviceId) || proposed.has(deviceId)) continue
        const group = [...own].find((each) => hasRoom(each, joining)) ?? deviceId
        own.add(group)
        proposed.set(deviceId, group)
        joining.set(group, (joining.get(group) ?? 0) + 1)
      }
    }
    return proposed
  }

  const assign = async (readings: readonly Reading[]): Promise<Map<string, string>> => {
    const known = await find(readings.map(({ deviceId }) => deviceId))
    const lost: string[] = []
    await eachOf([...propose(readings, known)], async ([deviceId, group]) => {
      if ((await requests.putNew(keyOf(deviceId), { [GROUP]: group })) === 'exists') return lost.push(deviceId)
      remember(deviceId, group)
      return known.set(deviceId, group)
    })
    // Another append was first, or this one, and its answer was lost: what is stored counts.
    for (const [deviceId, group] of await find(lost)) known.set(deviceId, group)
    return known
  }

  return { find, assign }
}

/** The devices of each message: readings that stand side by side and were received at the same instant. */
const messagesOf = (readings: readonly Reading[]): string[][] => {
  const messages: Set<string>[] = []
  let receivedAtMs: number | undefined
  for (const reading of readings) {
    if (reading.receivedAtMs !== receivedAtMs) messages.push(new Set())
    receivedAtMs = reading.receivedAtMs
    messages.at(-1)?.add(reading.deviceId)
  }
  return messages.map((deviceIds) => [...deviceIds])
}
