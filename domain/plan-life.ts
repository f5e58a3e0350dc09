import type { Principal } from './access.ts'
import { type ChinaDay, daysBetween } from './calendar.ts'
import type { PlanAct, PlanActKind, PlanEvent } from './plan-events.ts'
import type { ProblemCode, Rejected } from './problems.ts'
import type { Plan, PlanState, RegionLevel } from './registry.ts'

/**
 * The life of a village's yearly plan: drafted, passed by the village meeting, noticed, reviewed by the town, filed by the county,
 * executing, announced; and back to the village with a reason from anywhere before it is filed. A filed plan is not taken back: a
 * higher version takes its place once it is filed itself.
 */

/** For whom somebody acts; who acts for the county may also do what is the town's or the village's. */
export const DUTIES = ['village', 'town', 'county'] as const
export type Duty = (typeof DUTIES)[number]

/**
 * What a person may do about the plans of the region that is theirs. An administrator may write down what a village has done, as an
 * import does, and approves nothing; an operator has nothing to do with money.
 */
export const dutiesOf = ({ role }: Pick<Principal, 'role'>, level: RegionLevel | 'country' | undefined): readonly Duty[] => {
  if (role === 'village_accountant' || role === 'administrator') return ['village']
  if (role !== 'county_officer' || level === undefined || level === 'village') return []
  return level === 'town' ? ['village', 'town'] : DUTIES
}

type Step = { from: readonly PlanState[]; to?: PlanState; duty: Duty; seesAgain?: true }

/** `to` is absent for what leaves the state as it is; `seesAgain` asks for a second person, see `isSecondHand`. */
const STEPS: Record<PlanActKind, Step> = {
  pass: { from: ['drafted'], to: 'passed', duty: 'village' },
  notice: { from: ['passed'], to: 'noticed', duty: 'village' },
  object: { from: ['noticed'], duty: 'village' },
  answer: { from: ['noticed'], duty: 'village' },
  review: { from: ['noticed'], to: 'reviewed', duty: 'town', seesAgain: true },
  file: { from: ['reviewed'], to: 'filed', duty: 'county', seesAgain: true },
  execute: { from: ['filed'], to: 'executing', duty: 'village' },
  announce: { from: ['executing'], to: 'announced', duty: 'village' },
  return: { from: ['passed', 'noticed', 'reviewed'], to: 'drafted', duty: 'village' },
}
/** What the town has reviewed goes back by the town or the county alone. */
const RETURNED_BY_TOWN: readonly PlanState[] = ['reviewed']

const dutyFor = (kind: PlanActKind, state: PlanState): Duty =>
  kind === 'return' && RETURNED_BY_TOWN.includes(state) ? 'town' : STEPS[kind].duty

/** Acts a plan in that state takes, whoever asks. */
export const actsFrom = (state: PlanState): PlanActKind[] =>
  (Object.keys(STEPS) as PlanActKind[]).filter((kind) => STEPS[kind].from.includes(state))

/** Everybody who has written this version's lines. */
const writersOf = (events: readonly PlanEvent[]): Set<string> =>
  new Set(events.filter(({ act }) => act.kind === 'draft' || act.kind === 'import').map(({ by }) => by))

/** Whether somebody else has to do it: the lines are theirs, or this round's review is, and they would file what they approved. */
const isSecondHand = (kind: PlanActKind, events: readonly PlanEvent[], by: string): boolean => {
  if (!STEPS[kind].seesAgain) return false
  const reviewed = roundOf(events).findLast(({ act }) => act.kind === 'review')
  return writersOf(events).has(by) || (kind === 'file' && reviewed?.by === by)
}

type Asking = { by: string; duties: readonly Duty[] }

/** Acts open to one person now: those the state takes and the person's duties and hands allow. */
export const actsOpenTo = (state: PlanState, events: readonly PlanEvent[], { by, duties }: Asking): PlanActKind[] =>
  actsFrom(state).filter((kind) => duties.includes(dutyFor(kind, state)) && !isSecondHand(kind, events, by))

/** The entries of the round a plan is in: what was said before it was last returned is over. */
const roundOf = (events: readonly PlanEvent[]): readonly PlanEvent[] =>
  events.slice(events.findLastIndex(({ act }) => act.kind === 'return') + 1)

type ActOf<Kind extends PlanActKind> = Extract<PlanAct, { kind: Kind }>

/** The last entry of a kind in this round. */
export const lastAct = <Kind extends PlanActKind>(events: readonly PlanEvent[], kind: Kind): ActOf<Kind> | undefined =>
  roundOf(events).findLast(({ act }) => act.kind === kind)?.act as ActOf<Kind> | undefined

/** How long a notice hangs out: both days included. */
export const noticeDays = ({ from, to }: { from: ChinaDay; to: ChinaDay }): number => daysBetween(from, to).length

/** Numbers of the objections of this round that nobody has answered. */
export const openObjections = (events: readonly PlanEvent[]): number[] => {
  const round = roundOf(events)
  const answered = new Set(round.map(({ act }) => (act.kind === 'answer' ? act.objection : 0)))
  return round.filter(({ act, seq }) => act.kind === 'object' && !answered.has(seq)).map(({ seq }) => seq)
}

/** Why an act is refused, for pages that say it in their own words. */
export type PlanRefusal =
  | 'state'
  | 'duty'
  | 'second_person'
  | 'meanwhile'
  | 'meeting_to_come'
  | 'present'
  | 'votes'
  | 'majority'
  | 'pays_nobody'
  | 'notice_order'
  | 'notice_before_meeting'
  | 'no_objection'
  | 'objection_to_come'
  | 'objection_before_notice'
  | 'notice_running'
  | 'objections_open'
  | 'announcement_to_come'
/** `about` is the day or the numbers that the reason is about, where there are any. */
export type PlanRejected = Rejected & { reason: PlanRefusal; about?: string }

type Wrong = { reason: PlanRefusal; detail: string; about?: string }
type Facts = { plan: Pick<Plan, 'lines'>; events: readonly PlanEvent[]; today: ChinaDay }

/** What is wrong with the facts of an act; undefined when nothing is. */
const factProblem = (act: PlanAct, { plan, events, today }: Facts): Wrong | undefined => {
  switch (act.kind) {
    case 'pass':
      return meetingProblem(act, plan, today)
    case 'notice':
      return noticeProblem(act, events)
    case 'object':
      return objectionProblem(act, events, today)
    case 'answer':
      if (openObjections(events).includes(act.objection)) return undefined
      return { reason: 'no_objection', detail: 'No open objection has this number; look at the history.' }
    case 'review':
      return reviewProblem(events, today)
    case 'announce':
      if (act.announcedOn <= today) return undefined
      return { reason: 'announcement_to_come', detail: 'The announcement is still to come: record it once it hangs out.' }
    default:
      return undefined
  }
}

const meetingProblem = (act: ActOf<'pass'>, { lines }: Pick<Plan, 'lines'>, today: ChinaDay): Wrong | undefined => {
  const { meetingOn, entitled, present, inFavour, against } = act
  if (meetingOn > today) return { reason: 'meeting_to_come', detail: 'The meeting is still to come: record it once it was held.' }
  if (present > entitled) return { reason: 'present', detail: 'More were present than are entitled to come; check both numbers.' }
  if (inFavour + against > present) return { reason: 'votes', detail: 'More have voted than were present; check the votes.' }
  if (inFavour * 2 <= present)
    return {
      reason: 'majority',
      detail: 'Not more than half of those present were in favour: the meeting has not passed it.',
    }
  if (lines.some(({ weight }) => weight > 0)) return undefined
  return { reason: 'pays_nobody', detail: 'The plan pays nobody: give it a line with a weight above 0.' }
}

const noticeProblem = ({ from, to }: ActOf<'notice'>, events: readonly PlanEvent[]): Wrong | undefined => {
  if (to < from) return { reason: 'notice_order', detail: 'The notice ends before it begins; check both days.' }
  const about = lastAct(events, 'pass')?.meetingOn
  if (about === undefined || from >= about) return undefined
  return { reason: 'notice_before_meeting', detail: `The notice begins before the meeting of ${about}.`, about }
}

const objectionProblem = ({ receivedOn }: ActOf<'object'>, events: readonly PlanEvent[], today: ChinaDay): Wrong | undefined => {
  if (receivedOn > today) return { reason: 'objection_to_come', detail: 'The objection is dated later than today.' }
  const about = lastAct(events, 'notice')?.from
  if (about === undefined || receivedOn >= about) return undefined
  const detail = `The objection is dated before the notice, which began on ${about}.`
  return { reason: 'objection_before_notice', detail, about }
}

const reviewProblem = (events: readonly PlanEvent[], today: ChinaDay): Wrong | undefined => {
  const to = lastAct(events, 'notice')?.to
  if (to !== undefined && today <= to) {
    return { reason: 'notice_running', detail: `The notice hangs out until ${to}: review the plan after that day.`, about: to }
  }
  const about = openObjections(events).join(', ')
  return about === '' ? undefined : { reason: 'objections_open', detail: `Answer the objections first: numbers ${about}.`, about }
}

const rejected = (code: ProblemCode, wrong: Wrong): PlanRejected => ({ kind: 'rejected', code, ...wrong })

/**
 * Whether an act may be done, and the state it leads to. Rejected: an act the state does not take (the ones it takes are named), one
 * that is another's duty, one by the hand that wrote the lines, one whose facts do not hold.
 */
export const decideAct = (
  { plan, events, today }: Facts & { plan: Pick<Plan, 'lines' | 'state'> },
  act: PlanAct,
  { by, duties }: Asking,
): { kind: 'done'; after: PlanState } | PlanRejected => {
  const { state } = plan
  const { from, to = state } = STEPS[act.kind]
  if (!from.includes(state)) {
    const possible = actsFrom(state)
    const now = possible.length > 0 ? `possible now: ${possible.join(', ')}` : 'nothing more is to be done about it'
    return rejected('conflict', { reason: 'state', detail: `"${act.kind}" is not for a plan that is ${state}; ${now}.` })
  }
  const duty = dutyFor(act.kind, state)
  if (!duties.includes(duty)) return rejected('forbidden', { reason: 'duty', detail: `This is for an officer of the ${duty}.` })
  if (isSecondHand(act.kind, events, by)) {
    const detail = 'A second person has to do this: whoever wrote or reviewed the plan cannot also approve it.'
    return rejected('forbidden', { reason: 'second_person', detail })
  }
  const wrong = factProblem(act, { plan, events, today })
  return wrong === undefined ? { kind: 'done', after: to } : rejected('conflict', wrong)
}

/**
 * Where lines may be written: into the version that is a draft, or else as a new version. One that was returned keeps the lines that
 * were returned.
 */
export const draftVersion = (plans: readonly Pick<Plan, 'version' | 'state' | 'last'>[]): { version: number; isNew: boolean } => {
  const newest = plans.toSorted((a, b) => b.version - a.version)[0]
  if (newest?.state === 'drafted' && newest.last?.act.kind !== 'return') return { version: newest.version, isNew: false }
  return { version: (newest?.version ?? 0) + 1, isNew: true }
}

/** An entry and the plan that carries it as its last: written together, the entry is never lost (see `Plan.last`). */
export const entered = (
  plan: Plan,
  { act, after, by, atMs }: Pick<PlanEvent, 'act' | 'after' | 'by' | 'atMs'>,
): Plan & { last: PlanEvent } => {
  const { villageCode, year, version, last } = plan
  const before = last && { before: plan.state }
  const event: PlanEvent = { villageCode, year, version, seq: (last?.seq ?? 0) + 1, atMs, by, ...before, after, act }
  return { ...plan, state: after, last: event }
}

/** The entries in order, the last one of the plan among them whether or not it was filed yet. */
export const wholeLife = (plan: Pick<Plan, 'last'>, filed: readonly PlanEvent[]): PlanEvent[] => {
  const bySeq = new Map([...filed, ...(plan.last ? [plan.last] : [])].map((event) => [event.seq, event]))
  return [...bySeq.values()].toSorted((a, b) => a.seq - b.seq)
}
