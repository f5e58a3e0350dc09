import type { PlanAct, PlanEvent } from '../domain/plan-events.ts'
import type { PlanState } from '../domain/registry.ts'
import { day, VILLAGE } from './registry.ts'

/** Builders of what is done about a plan. People and documents are invented. */

/** Every act with facts that hold, in the order of a plan's life. */
export const SOME_ACTS = {
  pass: {
    kind: 'pass',
    meetingOn: day('2026-01-10'),
    entitled: 30,
    present: 24,
    inFavour: 20,
    against: 2,
    document: '示范村民代表会议决议〔2026〕1号',
  },
  notice: {
    kind: 'notice',
    from: day('2026-01-12'),
    to: day('2026-01-21'),
    place: '村务公开栏',
    document: '示范公示〔2026〕1号',
  },
  object: { kind: 'object', receivedOn: day('2026-01-15'), text: '保洁岗位少了一条路' },
  answer: { kind: 'answer', objection: 4, text: '已补充，见方案第三行' },
  review: { kind: 'review', remark: '与台账一致' },
  file: { kind: 'file', document: '示范备案〔2026〕1号' },
  execute: { kind: 'execute', remark: '自一月起发放' },
  announce: { kind: 'announce', announcedOn: day('2026-12-28'), document: '示范公告〔2026〕1号' },
  return: { kind: 'return', reason: '岗位与名册不符' },
} as const satisfies { [Kind in PlanAct['kind']]: Extract<PlanAct, { kind: Kind }> }

export const anEvent = (over: Partial<PlanEvent> = {}): PlanEvent => ({
  villageCode: VILLAGE,
  year: 2026,
  version: 1,
  seq: 1,
  atMs: Date.parse('2026-01-05T10:00:00+08:00'),
  by: 'an-accountant',
  after: 'drafted',
  act: { kind: 'draft', document: '示范方案〔2026〕1号' },
  ...over,
})

/** The entries after a draft, numbered from 2 on, by an officer of the county. */
export const someEvents = (...acts: [PlanAct, PlanState][]): PlanEvent[] => [
  anEvent(),
  ...acts.map(([act, after], at) => anEvent({ seq: at + 2, by: 'an-officer', after, act })),
]
