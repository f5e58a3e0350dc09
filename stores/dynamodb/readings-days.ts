import type { ChinaDay } from '../../domain/calendar.ts'
import { DEVICES, EXPIRES_AT } from './readings-definition.ts'
import type { GroupDay } from './readings-items.ts'
import type { Requests } from './readings-requests.ts'

/**
 * Which devices of a group have readings on which days, so that looking for the last sign of a device that has been silent for
 * weeks reads the day it is on and none of those in between. A device is in the index before its readings of the day are stored.
 */
export type Days = {
  /** Of these groups the days from `from` to `to`, both included and in their order, with all devices that have readings there. */
  find: (group: string, from: ChinaDay, to: ChinaDay) => Promise<IndexedDay[]>
  /** Enters devices; what is entered stays at least as long as items that expire then. */
  enter: (entry: DayEntry) => Promise<void>
  /** Takes note that items with these devices and that expiry are stored: so they have been entered. */
  saw: (entry: DayEntry) => void
}
export type IndexedDay = GroupDay & { devices: ReadonlySet<string> }
export type DayEntry = GroupDay & { devices: Iterable<string>; expiresAtS: number }

/** Expiries of the index are whole multiples of this, so that the messages of one day seldom move one. */
const STEP_S = 32 * 86_400
const REMEMBERED_MAX = 50_000

const keyOf = ({ group, day }: GroupDay) => ({ partition: `days/${group}`, sort: day })
const stepOf = (expiresAtS: number): number => Math.ceil(expiresAtS / STEP_S) * STEP_S

export const createDays = (requests: Requests): Days => {
  /** What is known to be entered: per group and day the devices, and an expiry that the index has at least. */
  const entered = new Map<string, { devices: Set<string>; expiresAtS: number }>()
  const saw = ({ group, day, devices, expiresAtS }: DayEntry): void => {
    if (entered.size >= REMEMBERED_MAX) entered.clear()
    const known = entered.get(`${group}#${day}`) ?? { devices: new Set(), expiresAtS: 0 }
    for (const deviceId of devices) known.devices.add(deviceId)
    known.expiresAtS = Math.max(known.expiresAtS, stepOf(expiresAtS))
    entered.set(`${group}#${day}`, known)
  }

  const enter = async (entry: DayEntry): Promise<void> => {
    const known = entered.get(`${entry.group}#${entry.day}`)
    const expiresAtS = stepOf(entry.expiresAtS)
    const devices = new Set(entry.devices)
    if (known && known.expiresAtS >= expiresAtS && devices.isSubsetOf(known.devices)) return
    const isLatest = await requests.update(keyOf(entry), {
      UpdateExpression: `ADD ${DEVICES} :devices SET ${EXPIRES_AT} = :expiresAtS`,
      ConditionExpression: `attribute_not_exists(${EXPIRES_AT}) OR ${EXPIRES_AT} <= :expiresAtS`,
      ExpressionAttributeValues: { ':devices': devices, ':expiresAtS': expiresAtS },
    })
    // It stays longer already: only the devices are news.
    if (isLatest === 'unmet') {
      await requests.update(keyOf(entry), {
        UpdateExpression: `ADD ${DEVICES} :devices`,
        ExpressionAttributeValues: { ':devices': devices },
      })
    }
    saw(entry)
  }

  const find = async (group: string, from: ChinaDay, to: ChinaDay): Promise<IndexedDay[]> => {
    const items = await requests.query({ partition: `days/${group}`, from, to })
    return items.map(({ sk, [DEVICES]: devices }) => ({ group, day: String(sk) as ChinaDay, devices: devices as Set<string> }))
  }

  return { find, enter, saw }
}
