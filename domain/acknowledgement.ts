import * as z from 'zod'
import { type ChinaDay, parseDay } from './calendar.ts'
import type { DeviceDay, Finding, FindingCode, StationDay } from './energy.ts'
import { ID_PATTERN } from './limits.ts'
import { NEEDS_PERSON, type OpenItem, openItemsOf } from './open-items.ts'
import type { RegionCode } from './registry.ts'

/**
 * 已核实: that somebody has looked at a finding which no record settles, and says what it was. It changes no figure. It is about the
 * finding as it stood: when a later version of the day tells something else, the finding waits for a person again.
 */
export type Acknowledgement = {
  stationId: string
  countyCode: RegionCode
  day: ChinaDay
  deviceId: string
  code: FindingCode
  /** Epoch ms of the finding; null for one about the day as a whole. */
  findingAtMs: number | null
  /** What the finding told. */
  detail: string
  reason: string
  acknowledgedBy: string
  acknowledgedAtMs: number
}

/** What a record settles is not settled by looking at it: such a day's energy stays an estimate until the record is there. */
const SETTLED_BY_RECORD: readonly FindingCode[] = ['counter_reset_unconfirmed', 'counter_reset_contradicted']

/** Findings that may be acknowledged. */
export const ACKNOWLEDGEABLE: readonly FindingCode[] = NEEDS_PERSON.filter((code) => !SETTLED_BY_RECORD.includes(code))

const REASON_CHARS_MAX = 200

/** What a person says: which finding, by day, device, code and instant, and what it turned out to be. */
export const acknowledgementAsk = z.strictObject({
  stationId: z.string().regex(ID_PATTERN),
  day: z.custom<ChinaDay>((value) => typeof value === 'string' && parseDay(value) !== undefined, 'not a day'),
  deviceId: z.string().regex(ID_PATTERN),
  code: z.enum(ACKNOWLEDGEABLE as [FindingCode, ...FindingCode[]]),
  findingAtMs: z.int().min(0).nullable(),
  reason: z.string().trim().min(1).max(REASON_CHARS_MAX),
})

type Named = Pick<Acknowledgement, 'deviceId' | 'code' | 'findingAtMs'>

const names = ({ deviceId, code, findingAtMs }: Named, device: Pick<DeviceDay, 'deviceId'>, finding: Finding): boolean =>
  deviceId === device.deviceId && code === finding.code && findingAtMs === (finding.atMs ?? null)

/** The open item of a day that is named; undefined when the day tells no such thing. */
export const itemNamed = (row: Pick<StationDay, 'version' | 'devices'>, named: Named): OpenItem | undefined =>
  openItemsOf(row).find(({ device, finding }) => names(named, device, finding))

/** What was said about an open item as it stands; nothing when it told something else then. */
export const acknowledgedAs = (
  acknowledgements: readonly Acknowledgement[],
  { device, finding }: OpenItem,
): Acknowledgement | undefined => acknowledgements.find((each) => names(each, device, finding) && each.detail === finding.detail)
