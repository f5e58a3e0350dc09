import * as z from 'zod'
import { type ChinaDay, parseDay } from './calendar.ts'
import { holdsLongNumber } from './cells.ts'
import type { PlanState, RegionCode } from './registry.ts'

/** What can be done about a village's yearly plan, with the facts each act has to state, and how it is written down. */

const NOT_TEXT = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u
const NO_NUMBERS = 'no identity, bank or phone numbers, and no names; write days as 2026-11-22'

const text = (charsMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charsMax)
    .refine((value) => value.isWellFormed() && !NOT_TEXT.test(value), 'no control characters')
/** Words about a plan: what was objected, answered or found. */
const words = text(500).refine((value) => !holdsLongNumber(value), NO_NUMBERS)
const document = text(200)
const day = z.custom<ChinaDay>((value) => typeof value === 'string' && parseDay(value) !== undefined, 'a day, YYYY-MM-DD')
const people = z.number().int().min(0).max(100_000)

export const planActSchema = z.discriminatedUnion('kind', [
  /** The village meeting has passed it: who could come and came, and how they voted. */
  z.strictObject({
    kind: z.literal('pass'),
    meetingOn: day,
    entitled: people,
    present: people,
    inFavour: people,
    against: people,
    document,
  }),
  /** It hangs out, from and to both included. */
  z.strictObject({ kind: z.literal('notice'), from: day, to: day, place: words, document }),
  z.strictObject({ kind: z.literal('object'), receivedOn: day, text: words }),
  /** `objection` is the number of the entry that recorded it. */
  z.strictObject({ kind: z.literal('answer'), objection: z.number().int().min(1), text: words }),
  z.strictObject({ kind: z.literal('review'), remark: words }),
  z.strictObject({ kind: z.literal('file'), document }),
  z.strictObject({ kind: z.literal('execute'), remark: words }),
  z.strictObject({ kind: z.literal('announce'), announcedOn: day, document }),
  z.strictObject({ kind: z.literal('return'), reason: words }),
])
export const documentText = document
export type PlanAct = z.output<typeof planActSchema>
export type PlanActKind = PlanAct['kind']

/** `draft` writes a version or its lines anew; `import` brings one that has a state by papers of its own. */
type Written = { kind: 'draft' | 'import'; document: string }

/** One entry of a plan's life. Entries of a version are numbered from 1 and never change. */
export type PlanEvent = {
  villageCode: RegionCode
  year: number
  version: number
  seq: number
  atMs: number
  /** User name. */
  by: string
  /** Absent before the first entry. */
  before?: PlanState
  after: PlanState
  act: PlanAct | Written
}
