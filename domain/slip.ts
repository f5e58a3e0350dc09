import { addDays, type ChinaDay, type ChinaMonth, dayOf, daysBetween, monthOfDay } from './calendar.ts'
import { canonicalJson } from './canonical.ts'
import type { Rejected } from './problems.ts'
import { GRID_STREAMS, type GridStream, type RegionCode, type Station } from './registry.ts'

/**
 * The grid company's settlement slips (结算单): what it bought from one billing account (户号) from one day to another. Each station
 * has a ledger of them that only grows. A wrong slip is corrected by a later one that names it, or withdrawn with a reason; either
 * ends it for good, and withdrawing a correction does not bring back what it corrected.
 */

/** What the slip prints for one stream, in fen; a return is negative. */
export type PrintedAmount = { stream: GridStream; amountFen: number }

/** What is printed on a slip. */
export type SlipContent = {
  /** 户号. */
  billingAccount: string
  /** 结算单号: its number at the grid company. */
  document: string
  /** First and last day it settles, both included. */
  from: ChinaDay
  to: ChinaDay
  /** Energy fed into the grid, whole Wh, from 0. */
  energyWh: number
  /** At most one of each stream, in the order of streams; empty when the slip prints no money or nobody copied it. */
  amounts: readonly PrintedAmount[]
}

type Entry = {
  stationId: string
  countyCode: RegionCode
  /** Place in the ledger of the station, from 1 without a gap. */
  entry: number
  /** A user name. */
  recordedBy: string
  recordedAtMs: number
}
/** `corrects` is the entry of the slip it takes the place of. */
export type Slip = Entry & SlipContent & { kind: 'slip'; corrects?: number }
export type Withdrawal = Entry & { kind: 'withdrawal'; withdraws: number; reason: string }
export type SlipEntry = Slip | Withdrawal

/** A slip to be recorded; `corrects` is the number of the document it takes the place of. */
export type SlipAsk = SlipContent & { corrects?: string }
/** Who writes, and when: epoch ms. */
export type Recording = { recordedBy: string; recordedAtMs: number }

/** Grid companies settle by the month or the quarter; what claims more than a year is a mistake. */
export const SLIP_DAYS_MAX = 366
/** Letters and digits of any script and a few signs, a letter or digit first: no spreadsheet takes it for a formula. */
export const DOCUMENT_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N} ()（）[\]〔〕【】_./#:：、-]{0,63}$/u
export const AMOUNT_FEN_MAX = 1e13

/** Slips that count, by their first day: neither withdrawn nor corrected. Never two for one day. */
export const slipsInForce = (entries: readonly SlipEntry[]): Slip[] => {
  const ended = new Set(entries.map((entry) => (entry.kind === 'withdrawal' ? entry.withdraws : entry.corrects)))
  return entries
    .filter((entry) => entry.kind === 'slip')
    .filter(({ entry }) => !ended.has(entry))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
}

type Span = { from: ChinaDay; to: ChinaDay }
/** Whether two spans of days, their ends included, have a day in common. */
export const overlaps = (a: Span, b: Span): boolean => a.from <= b.to && b.from <= a.to

/** Days between one slip and the next that no slip settles; the slips in force, by their first day. */
export const gapsBetween = (slips: readonly Span[]): Span[] =>
  slips.slice(1).flatMap(({ from }, at) => {
    const [first, last] = [addDays(slips[at]?.to ?? from, 1), addDays(from, -1)]
    return first <= last ? [{ from: first, to: last }] : []
  })

/** The months a slip has a day in, in order. */
export const monthsOfSlip = ({ from, to }: Span): ChinaMonth[] => [...new Set(daysBetween(from, to).map(monthOfDay))]

/** Why a slip is not taken, each with what to do; pages say it in their own language. */
const REFUSALS = {
  wrong_account: "The station's billing account is another one; check the account or the station.",
  days_reversed: 'The last day is before the first.',
  too_long: `A slip settles at most ${SLIP_DAYS_MAX} days; check its days.`,
  not_over: 'Its last day is not over yet; check its days.',
  not_in_service: 'The station is not in service on all of its days; check its days, or the station in the registry.',
  too_much: 'The station cannot make so much energy in that time; check the unit and the account.',
  two_amounts: 'It prints two amounts for one stream; write their sum.',
  shared_account: 'Its billing account is also that of other stations, and nothing says how to divide it; register one for each.',
  nothing_to_correct: 'No slip in force has the number it corrects.',
  overlap: 'Some of its days are on another slip; correct or withdraw that one.',
  document_taken: 'Another slip of the station has this number; correct that one if it is wrong.',
  no_such_slip: 'The station has no such slip.',
  corrected: 'A correction has taken its place; withdraw the correction.',
  withdrawn: 'It was withdrawn; if it is to count after all, record it by hand.',
} as const
export type SlipRefusal = keyof typeof REFUSALS
/** `about` names what stands in the way, without words: other stations, another slip and its days. Never personal data. */
export type SlipRejected = Rejected & { reason: SlipRefusal; about?: string }

const CONFLICTS: readonly SlipRefusal[] = [
  'nothing_to_correct',
  'overlap',
  'document_taken',
  'no_such_slip',
  'corrected',
  'withdrawn',
]
const refused = (reason: SlipRefusal, about?: string): SlipRejected => ({
  kind: 'rejected',
  code: CONFLICTS.includes(reason) ? 'conflict' : 'bad_request',
  reason,
  detail: about === undefined ? REFUSALS[reason] : `${REFUSALS[reason]} (${about})`,
  ...(about !== undefined && { about }),
})

const named = ({ document, from, to }: SlipContent): string => `${document}, ${from}..${to}`

const contentOf = ({ billingAccount, document, from, to, energyWh, amounts }: SlipContent): SlipContent => ({
  billingAccount,
  document,
  from,
  to,
  energyWh,
  amounts: amounts.toSorted((a, b) => GRID_STREAMS.indexOf(a.stream) - GRID_STREAMS.indexOf(b.stream)),
})
const saysTheSame = (a: SlipContent, b: SlipContent): boolean => canonicalJson(contentOf(a)) === canonicalJson(contentOf(b))

/** What is wrong with a slip whatever else was recorded, but for the slip it corrects: accounts change and have no days of their own. */
const faultOf = (
  { station, neighbours }: Pick<SlipGround, 'station' | 'neighbours'>,
  ask: SlipAsk,
  corrected: Slip | undefined,
  nowMs: number,
): SlipRejected | undefined => {
  const { billingAccount, from, to, energyWh, amounts } = ask
  const isOwn = billingAccount === station.billingAccount
  if (!isOwn && billingAccount !== corrected?.billingAccount) return refused('wrong_account')
  if (from > to) return refused('days_reversed')
  const days = daysBetween(from, to).length
  if (days > SLIP_DAYS_MAX) return refused('too_long')
  if (to >= dayOf(nowMs)) return refused('not_over')
  if (!runsThrough(station, ask)) return refused('not_in_service')
  if (energyWh > Math.max(station.dcCapacityW, station.acCapacityW) * 24 * days) return refused('too_much')
  if (new Set(amounts.map(({ stream }) => stream)).size < amounts.length) return refused('two_amounts')
  // Who else shares an account of former days nobody knows; that was decided about the slip it corrects.
  if (!isOwn) return undefined
  // Whoever records for one town is not to learn of stations in another.
  const sharing = neighbours
    .filter((other) => sharesAccount(station, other, ask))
    .map(({ stationId, townCode }) => (townCode === station.townCode ? stationId : '…'))
  return sharing.length > 0 ? refused('shared_account', sharing.toSorted().join(', ')) : undefined
}

const runsThrough = ({ commissionedOn, decommissionedOn }: Station, { from, to }: Span): boolean =>
  from >= commissionedOn && (decommissionedOn === undefined || to < decommissionedOn)

const sharesAccount = (station: Station, other: Station, { from, to }: Span): boolean =>
  other.stationId !== station.stationId &&
  other.billingAccount === station.billingAccount &&
  other.commissionedOn <= to &&
  (other.decommissionedOn === undefined || from < other.decommissionedOn)

/** `there`: the same slip is recorded already, and nothing is to be written. `corrected` is what either one took the place of. */
export type SlipDecision = { kind: 'new' | 'there'; slip: Slip; corrected?: Slip } | SlipRejected

/** `fromFile`: files come again, and what they hold may have ended since. */
type SlipGround = { station: Station; neighbours: readonly Station[]; entries: readonly SlipEntry[]; fromFile?: boolean }

/** The newest slip that has ended and was said in the same way, with what ended it. */
const endedOf = (entries: readonly SlipEntry[], ask: SlipAsk): { slip: Slip; isWithdrawn: boolean } | undefined => {
  const slip = entries.findLast(
    (entry): entry is Slip =>
      entry.kind === 'slip' &&
      saysTheSame(entry, ask) &&
      (ask.corrects === undefined || correctedBy(entries, entry)?.document === ask.corrects),
  )
  return slip && { slip, isWithdrawn: entries.some((entry) => entry.kind === 'withdrawal' && entry.withdraws === slip.entry) }
}

const correctedBy = (entries: readonly SlipEntry[], { corrects }: Slip): Slip | undefined =>
  entries.find((entry): entry is Slip => entry.kind === 'slip' && entry.entry === corrects)

/** What is there already for an ask, or why it is not to come again. */
const standingOf = (entries: readonly SlipEntry[], ask: SlipAsk, fromFile: boolean): SlipDecision | undefined => {
  const there = (slip: Slip): SlipDecision => {
    const corrected = correctedBy(entries, slip)
    return { kind: 'there', slip, ...(corrected && { corrected }) }
  }
  const same = slipsInForce(entries).find((slip) => saysTheSame(slip, ask))
  if (same) return there(same)
  const ended = fromFile ? endedOf(entries, ask) : undefined
  if (!ended) return undefined
  return ended.isWithdrawn ? refused('withdrawn', named(ended.slip)) : there(ended.slip)
}

/**
 * Decides about a slip of a station. `entries` are the station's ledger in order, `neighbours` the stations that may share its
 * account, itself among them or not. Refused, with what to do: another account than the station's or one it shares, days that are
 * not over, out of service or on another slip, more energy than it can make, a number already used, a correction of nothing. A
 * correction may also keep the account of the slip it corrects. A file brings nothing back: what a correction ended is there, what
 * was withdrawn is refused.
 */
export const recordSlip = (
  { station, neighbours, entries, fromFile = false }: SlipGround,
  ask: SlipAsk,
  { recordedBy, recordedAtMs }: Recording,
): SlipDecision => {
  const standing = standingOf(entries, ask, fromFile)
  if (standing) return standing
  const inForce = slipsInForce(entries)
  const corrected = ask.corrects === undefined ? undefined : inForce.find(({ document }) => document === ask.corrects)
  const fault = faultOf({ station, neighbours }, ask, corrected, recordedAtMs)
  if (fault) return fault
  if (ask.corrects !== undefined && !corrected) return refused('nothing_to_correct')
  const others = inForce.filter(({ entry }) => entry !== corrected?.entry)
  const over = others.find((slip) => overlaps(slip, ask))
  if (over) return refused('overlap', named(over))
  const taken = others.find(({ document }) => document === ask.document)
  if (taken) return refused('document_taken', named(taken))
  const { stationId, countyCode } = station
  const entry = entries.length + 1
  const corrects = corrected ? { corrects: corrected.entry } : {}
  const slip: Slip = { kind: 'slip', stationId, countyCode, entry, ...contentOf(ask), ...corrects, recordedBy, recordedAtMs }
  return { kind: 'new', slip, ...(corrected && { corrected }) }
}

/** `there`: it was withdrawn before. `slip` is the one that is withdrawn. */
export type WithdrawalDecision = { kind: 'new' | 'there'; withdrawal: Withdrawal; slip: Slip } | SlipRejected

/** Decides about withdrawing the slip of an entry. Refused when there is none, or a correction has taken its place. */
export const withdrawSlip = (
  entries: readonly SlipEntry[],
  { withdraws, reason }: { withdraws: number; reason: string },
  { recordedBy, recordedAtMs }: Recording,
): WithdrawalDecision => {
  const slip = entries.find((entry) => entry.kind === 'slip' && entry.entry === withdraws)
  if (slip?.kind !== 'slip') return refused('no_such_slip')
  const before = entries.find((entry) => entry.kind === 'withdrawal' && entry.withdraws === withdraws)
  if (before?.kind === 'withdrawal') return { kind: 'there', withdrawal: before, slip }
  if (!slipsInForce(entries).includes(slip)) return refused('corrected')
  const { stationId, countyCode } = slip
  const entry = entries.length + 1
  const withdrawal: Withdrawal = { kind: 'withdrawal', stationId, countyCode, entry, withdraws, reason, recordedBy, recordedAtMs }
  return { kind: 'new', withdrawal, slip }
}
