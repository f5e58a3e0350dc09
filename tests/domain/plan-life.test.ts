import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import type { ChinaDay } from '../../domain/calendar.ts'
import { type PlanAct, type PlanActKind, type PlanEvent, planActSchema } from '../../domain/plan-events.ts'
import {
  actsFrom,
  actsOpenTo,
  decideAct,
  draftVersion,
  DUTIES,
  type Duty,
  dutiesOf,
  entered,
  lastAct,
  noticeDays,
  openObjections,
  type PlanRefusal,
  wholeLife,
} from '../../domain/plan-life.ts'
import { PLAN_STATES, type Plan, type PlanState } from '../../domain/registry.ts'
import { anEvent, SOME_ACTS, someEvents } from '../a-plan-life.ts'
import { COUNTY, day, VILLAGE } from '../registry.ts'
import { aPlan, month, somePlanLines } from '../settlement.ts'

const YEAR_END = day('2026-12-31')
const OFFICER = { by: 'an-officer', duties: DUTIES }
const { pass, notice, object, answer, review, file, execute, announce } = SOME_ACTS
const passed = someEvents([pass, 'passed'])
const noticed = someEvents([pass, 'passed'], [notice, 'noticed'])

type Given = { events?: readonly PlanEvent[]; today?: ChinaDay; by?: string; duties?: readonly Duty[]; plan?: Partial<Plan> }
const decide = (state: PlanState, act: PlanAct, given: Given = {}) => {
  const { events = [anEvent()], today = YEAR_END, plan = {}, ...asking } = given
  return decideAct({ plan: aPlan({ state, ...plan }), events, today }, act, { ...OFFICER, ...asking })
}
const done = (after: PlanState) => ({ kind: 'done', after })
/** By what is said in full: the reason stands beside it for pages in another language. */
const REASONS: [detail: RegExp, reason: PlanRefusal, about?: RegExp][] = [
  [/^"/, 'state'],
  [/^This is for/, 'duty'],
  [/^A second/, 'second_person'],
  [/^The meeting is/, 'meeting_to_come'],
  [/^More were/, 'present'],
  [/^More have/, 'votes'],
  [/^Not more/, 'majority'],
  [/^The plan pays/, 'pays_nobody'],
  [/^The notice ends/, 'notice_order'],
  [/^The notice begins/, 'notice_before_meeting', /2026-01-10/],
  [/^No open/, 'no_objection'],
  [/^The objection is dated later/, 'objection_to_come'],
  [/^The objection is dated before/, 'objection_before_notice', /2026-01-12/],
  [/^The notice hangs/, 'notice_running', /2026-01-21/],
  [/^Answer/, 'objections_open', /4, 5/],
  [/^The announcement/, 'announcement_to_come'],
]
const refused = (code: 'conflict' | 'forbidden', detail: string) => {
  const [, reason, about] = REASONS.find(([words]) => words.test(detail)) ?? []
  return { kind: 'rejected', code, detail, reason, ...(about && { about: about.exec(detail)?.[0] }) }
}

describe('a plan goes', () => {
  const way: [PlanState, PlanActKind, PlanState][] = [
    ['drafted', 'pass', 'passed'],
    ['passed', 'notice', 'noticed'],
    ['passed', 'return', 'drafted'],
    ['noticed', 'object', 'noticed'],
    ['noticed', 'answer', 'noticed'],
    ['noticed', 'review', 'reviewed'],
    ['noticed', 'return', 'drafted'],
    ['reviewed', 'file', 'filed'],
    ['reviewed', 'return', 'drafted'],
    ['filed', 'execute', 'executing'],
    ['executing', 'announce', 'announced'],
  ]
  const eventsFor = (kind: PlanActKind) => (kind === 'answer' ? [...noticed, anEvent({ seq: 4, act: object })] : noticed)

  test.each(way)('when it is %s by "%s" to %s', (state, kind, after) => {
    expect(decide(state, SOME_ACTS[kind], { events: eventsFor(kind) })).toEqual(done(after))
  })

  test('no other way: everything else is refused, and what is possible is named', () => {
    const possible = new Set(way.map(([state, kind]) => `${state} ${kind}`))
    for (const state of PLAN_STATES) {
      for (const kind of Object.keys(SOME_ACTS) as PlanActKind[]) {
        if (possible.has(`${state} ${kind}`)) continue
        const named = way.filter(([from]) => from === state).map(([, each]) => each)
        const now = named.length > 0 ? `possible now: ${named.join(', ')}` : 'nothing more is to be done about it'
        expect(decide(state, SOME_ACTS[kind], { events: eventsFor(kind) })).toEqual(
          refused('conflict', `"${kind}" is not for a plan that is ${state}; ${now}.`),
        )
        expect(actsFrom(state)).toEqual(named)
      }
    }
  })

  test('never past a state: it divides money only after it was passed, noticed, reviewed and filed', () => {
    const kinds = Object.keys(SOME_ACTS) as PlanActKind[]
    const statement = { villageCode: VILLAGE, countyCode: COUNTY, month: month('2026-10'), version: 1, netFen: 100 }
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...kinds), fc.boolean()), { maxLength: 40 }), (tries) => {
        let plan: Plan = entered(aPlan({ state: 'drafted' }), { ...anEvent(), after: 'drafted' })
        const life: PlanEvent[] = plan.last ? [plan.last] : []
        for (const [kind, isWriter] of tries) {
          const open = openObjections(life)[0]
          const act = kind === 'answer' ? { ...answer, objection: open ?? 99 } : SOME_ACTS[kind]
          const by = isWriter ? 'an-accountant' : 'an-officer'
          const decided = decideAct({ plan, events: life, today: YEAR_END }, act, { by, duties: DUTIES })
          if (decided.kind !== 'done') continue
          const next = entered(plan, { act, after: decided.after, by, atMs: 1 })
          plan = next
          life.push(next.last)
        }
        const said = new Set(life.map(({ act }) => act.kind))
        const divides = allocateVillageMonth({ statement, plans: [plan] }).allocation.distributedFen > 0
        const approved = (['pass', 'notice', 'review', 'file'] as const).every((kind) => said.has(kind))
        const byWriter = life.some(({ act, by }) => (act.kind === 'review' || act.kind === 'file') && by === 'an-accountant')
        expect(divides && !approved).toBe(false)
        expect(byWriter).toBe(false)
        expect(life.map(({ seq }) => seq)).toEqual(life.map((_, at) => at + 1))
        for (const [at, { before }] of life.entries()) expect(before).toBe(life[at - 1]?.after)
      }),
    )
  })
})

describe('who', () => {
  test.each([
    ['village_accountant', 'village', ['village']],
    ['county_officer', 'town', ['village', 'town']],
    ['county_officer', 'county', ['village', 'town', 'county']],
    ['county_officer', 'city', ['village', 'town', 'county']],
    ['county_officer', 'province', ['village', 'town', 'county']],
    ['county_officer', 'country', ['village', 'town', 'county']],
    ['county_officer', 'village', []],
    ['county_officer', undefined, []],
    ['operator', 'county', []],
    ['administrator', 'county', ['village']],
    ['administrator', 'country', ['village']],
  ] as const)('as a %s of a %s acts for %j', (role, level, duties) => {
    expect(dutiesOf({ role }, level)).toEqual(duties)
  })

  const needs: [PlanState, PlanActKind, Duty][] = [
    ['drafted', 'pass', 'village'],
    ['passed', 'notice', 'village'],
    ['noticed', 'object', 'village'],
    ['noticed', 'review', 'town'],
    ['noticed', 'return', 'village'],
    ['passed', 'return', 'village'],
    ['reviewed', 'return', 'town'],
    ['reviewed', 'file', 'county'],
    ['filed', 'execute', 'village'],
    ['executing', 'announce', 'village'],
  ]
  test.each(needs)('of a plan that is %s may "%s": an officer of the %s or above', (state, kind, duty) => {
    for (const [at, highest] of DUTIES.entries()) {
      const duties = DUTIES.slice(0, at + 1)
      const found = decide(state, SOME_ACTS[kind], { events: noticed, duties })
      const isEnough = DUTIES.indexOf(highest) >= DUTIES.indexOf(duty)
      expect(found.kind).toBe(isEnough ? 'done' : 'rejected')
      if (!isEnough) expect(found).toEqual(refused('forbidden', `This is for an officer of the ${duty}.`))
      expect(actsOpenTo(state, noticed, { by: 'an-officer', duties }).includes(kind)).toBe(isEnough)
    }
    expect(actsOpenTo(state, noticed, { by: 'an-officer', duties: [] })).toEqual([])
  })

  test.each(['draft', 'import'] as const)('has written a plan by "%s" neither reviews nor files it, and all else may', (kind) => {
    const events = [anEvent({ by: 'an-officer', act: { kind, document: 'D' } }), ...noticed.slice(1)]
    const second = 'A second person has to do this: whoever wrote or reviewed the plan cannot also approve it.'
    expect(decide('noticed', review, { events })).toEqual(refused('forbidden', second))
    expect(decide('reviewed', file, { events })).toEqual(refused('forbidden', second))
    expect(decide('reviewed', file, { events, by: 'another-officer' })).toEqual(done('filed'))
    expect(decide('filed', execute, { events })).toEqual(done('executing'))
    expect(actsOpenTo('reviewed', events, OFFICER)).toEqual(['return'])
    expect(actsOpenTo('reviewed', events, { ...OFFICER, by: 'another-officer' })).toEqual(['file', 'return'])
  })

  test('reviewed it does not file it too; whoever reviewed an earlier round may', () => {
    const reviewed = [...noticed, anEvent({ seq: 4, by: 'an-officer', after: 'reviewed', act: review })]
    const second = 'A second person has to do this: whoever wrote or reviewed the plan cannot also approve it.'
    expect(decide('reviewed', file, { events: reviewed })).toEqual(refused('forbidden', second))
    expect(actsOpenTo('reviewed', reviewed, OFFICER)).toEqual(['return'])
    expect(decide('reviewed', file, { events: reviewed, by: 'another-officer' })).toEqual(done('filed'))
    const again = [
      ...reviewed,
      anEvent({ seq: 5, act: SOME_ACTS.return }),
      anEvent({ seq: 6, by: 'a-town-officer', after: 'reviewed', act: review }),
    ]
    expect(decide('reviewed', file, { events: again })).toEqual(done('filed'))
    expect(decide('noticed', review, { events: reviewed })).toEqual(done('reviewed'))
  })

  test('wrote an earlier round of it still does not approve it', () => {
    const events = [anEvent({ by: 'an-officer' }), anEvent({ seq: 2, act: SOME_ACTS.return }), anEvent({ seq: 3 })]
    expect(decide('reviewed', file, { events }).kind).toBe('rejected')
  })
})

describe('the meeting', () => {
  test.each([
    [
      'half of those present in favour',
      { inFavour: 12, against: 12 },
      'Not more than half of those present were in favour: the meeting has not passed it.',
    ],
    ['more present than entitled', { present: 31 }, 'More were present than are entitled to come; check both numbers.'],
    ['more votes than present', { inFavour: 20, against: 5 }, 'More have voted than were present; check the votes.'],
    ['a day to come', { meetingOn: day('2027-01-01') }, 'The meeting is still to come: record it once it was held.'],
  ])('with %s has passed nothing', (_, over, detail) => {
    expect(decide('drafted', { ...pass, ...over })).toEqual(refused('conflict', detail))
  })

  test.each([
    ['one more than half', { inFavour: 13, against: 11 }],
    ['everybody', { entitled: 24, present: 24, inFavour: 24, against: 0 }],
    ['today', { meetingOn: YEAR_END }],
  ])('with %s has', (_, over) => {
    expect(decide('drafted', { ...pass, ...over })).toEqual(done('passed'))
  })

  test.each([[[]], [somePlanLines(2, 0)]])('passes no plan that pays nobody', (lines) => {
    const detail = 'The plan pays nobody: give it a line with a weight above 0.'
    expect(decide('drafted', pass, { plan: { lines } })).toEqual(refused('conflict', detail))
  })
})

describe('the notice', () => {
  test('worked example 15: 31 July to 9 August → 10 days, both ends counted', () => {
    expect(noticeDays({ from: day('2024-07-31'), to: day('2024-08-09') })).toBe(10)
    expect(noticeDays({ from: day('2024-07-31'), to: day('2024-07-31') })).toBe(1)
  })

  test.each([
    [
      'ends before it begins',
      { from: day('2026-01-12'), to: day('2026-01-11') },
      'The notice ends before it begins; check both days.',
    ],
    ['begins before the meeting', { from: day('2026-01-09') }, 'The notice begins before the meeting of 2026-01-10.'],
  ])('that %s is refused', (_, over, detail) => {
    expect(decide('passed', { ...notice, ...over }, { events: passed })).toEqual(refused('conflict', detail))
  })

  test('may begin on the day of the meeting and be one day long: its length is a matter of the county’s rules', () => {
    const oneDay = { ...notice, from: day('2026-01-10'), to: day('2026-01-10') }
    expect(decide('passed', oneDay, { events: passed })).toEqual(done('noticed'))
    expect(decide('passed', oneDay, { events: [anEvent()] })).toEqual(done('noticed'))
  })

  test('has to be over before the town reviews', () => {
    const at = (today: string) => decide('noticed', review, { events: noticed, today: day(today) })
    expect(at('2026-01-21')).toEqual(
      refused('conflict', 'The notice hangs out until 2026-01-21: review the plan after that day.'),
    )
    expect(at('2026-01-22')).toEqual(done('reviewed'))
    expect(decide('noticed', review, { events: [anEvent()] })).toEqual(done('reviewed'))
  })
})

describe('an objection', () => {
  const objected = [...noticed, anEvent({ seq: 4, act: object }), anEvent({ seq: 5, act: object })]

  test('has to be answered before the town reviews', () => {
    expect(openObjections(objected)).toEqual([4, 5])
    expect(decide('noticed', review, { events: objected })).toEqual(
      refused('conflict', 'Answer the objections first: numbers 4, 5.'),
    )
    const answered = [...objected, anEvent({ seq: 6, act: answer }), anEvent({ seq: 7, act: { ...answer, objection: 5 } })]
    expect(openObjections(answered.slice(0, -1))).toEqual([5])
    expect(decide('noticed', review, { events: answered })).toEqual(done('reviewed'))
  })

  test.each([3, 6, 99])('is answered by its number and no other: not %i', (objection) => {
    const detail = 'No open objection has this number; look at the history.'
    expect(decide('noticed', { ...answer, objection }, { events: objected })).toEqual(refused('conflict', detail))
  })

  test('is answered once', () => {
    const events = [...objected, anEvent({ seq: 6, act: answer })]
    expect(decide('noticed', answer, { events }).kind).toBe('rejected')
  })

  test.each([
    ['2026-01-11', 'The objection is dated before the notice, which began on 2026-01-12.'],
    ['2027-01-01', 'The objection is dated later than today.'],
  ])('of %s is refused', (receivedOn, detail) => {
    const act = { ...object, receivedOn: day(receivedOn) }
    expect(decide('noticed', act, { events: noticed })).toEqual(refused('conflict', detail))
  })

  test.each(['2026-01-12', '2026-02-01', '2026-12-31'])('of %s is recorded, also after the notice', (receivedOn) => {
    expect(decide('noticed', { ...object, receivedOn: day(receivedOn) }, { events: noticed })).toEqual(done('noticed'))
    expect(decide('noticed', { ...object, receivedOn: day(receivedOn) }, { events: [anEvent()] })).toEqual(done('noticed'))
  })

  test('of a round that was returned asks for nothing any more, and its meeting and notice are over', () => {
    const again = [...objected, anEvent({ seq: 6, act: SOME_ACTS.return })]
    expect(openObjections(again)).toEqual([])
    expect([lastAct(again, 'pass'), lastAct(again, 'notice')]).toEqual([undefined, undefined])
    expect(lastAct(objected, 'pass')).toEqual(pass)
    expect(lastAct(objected, 'notice')).toEqual(notice)
  })
})

test('an announcement to come is recorded only when it hangs out', () => {
  const today = day('2026-12-27')
  expect(decide('executing', announce, { today })).toEqual(
    refused('conflict', 'The announcement is still to come: record it once it hangs out.'),
  )
  expect(decide('executing', announce, { today: day('2026-12-28') })).toEqual(done('announced'))
})

describe('lines are written', () => {
  test.each([
    ['as the first version', [], { version: 1, isNew: true }],
    [
      'into the version that is a draft',
      [
        ['filed', 1],
        ['drafted', 2],
      ],
      { version: 2, isNew: false },
    ],
    [
      'as the next version',
      [
        ['filed', 2],
        ['announced', 1],
      ],
      { version: 3, isNew: true },
    ],
    [
      'as the next version when an older one is a draft',
      [
        ['drafted', 1],
        ['passed', 2],
      ],
      { version: 3, isNew: true },
    ],
  ] as const)('%s', (_, plans, expected) => {
    expect(draftVersion(plans.map(([state, version]) => ({ state, version })))).toEqual(expected)
  })
})

test('lines are written beside those that were returned, which stay as they were', () => {
  const last = anEvent({ seq: 5, act: SOME_ACTS.return })
  expect(draftVersion([{ state: 'drafted', version: 1, last }])).toEqual({ version: 2, isNew: true })
  expect(draftVersion([{ state: 'drafted', version: 1, last: anEvent() }])).toEqual({ version: 1, isNew: false })
})

describe('the entries', () => {
  test('are numbered from 1 and say the state before and after', () => {
    const first = entered(aPlan({ state: 'drafted' }), {
      act: { kind: 'draft', document: 'D' },
      after: 'drafted',
      by: 'a',
      atMs: 7,
    })
    expect(first.last).toEqual(anEvent({ atMs: 7, by: 'a', act: { kind: 'draft', document: 'D' } }))
    const second = entered(first, { act: pass, after: 'passed', by: 'b', atMs: 8 })
    expect(second.state).toBe('passed')
    expect(second.last).toEqual(anEvent({ seq: 2, atMs: 8, by: 'b', before: 'drafted', after: 'passed', act: pass }))
  })

  test('are whole also when the last one was not filed yet, and it is there once when it was', () => {
    const last = anEvent({ seq: 2, act: pass, after: 'passed' })
    expect(wholeLife({ last }, [anEvent()])).toEqual([anEvent(), last])
    expect(wholeLife({ last }, [last, anEvent()])).toEqual([anEvent(), last])
    expect(wholeLife({}, [])).toEqual([])
  })
})

describe('what is done is stated', () => {
  test.each(Object.entries(SOME_ACTS))('"%s" with its facts', (_, act) => {
    expect(planActSchema.parse(act)).toEqual(act)
  })

  const bad: [string, object][] = [
    ['an act there is not', { kind: 'draft', document: 'D' }],
    ['a day there is not', { ...pass, meetingOn: '2026-02-30' }],
    ['a day that is a number', { ...pass, meetingOn: 20_260_110 }],
    ['half a person', { ...pass, present: 23.5 }],
    ['fewer than nobody', { ...pass, against: -1 }],
    ['more than a village holds', { ...pass, entitled: 100_001 }],
    ['no document', { ...file, document: '  ' }],
    ['a document of 201 characters', { ...file, document: '文'.repeat(201) }],
    ['words of 501 characters', { ...review, remark: '文'.repeat(501) }],
    ['a phone number', { ...object, text: '电话13800000000' }],
    ['seven digits in a row', { ...SOME_ACTS.return, reason: 'x1234567' }],
    ['control characters', { ...review, remark: 'a\u0000b' }],
    ['turned writing', { ...review, remark: 'a\u202Eb' }],
    ['half a character', { ...review, remark: 'a\uD800' }],
    ['an objection numbered 0', { ...answer, objection: 0 }],
    ['a field too many', { ...execute, state: 'filed' }],
  ]
  test.each(bad)('and not with %s', (_, act) => {
    expect(planActSchema.safeParse(act).success).toBe(false)
  })

  test('in words that are trimmed, may hold days and short numbers, and are at most as long as allowed', () => {
    expect(planActSchema.parse({ ...review, remark: ` ${'文'.repeat(500)} ` })).toEqual({ ...review, remark: '文'.repeat(500) })
    expect(planActSchema.parse({ ...review, remark: '2026-01-22 复核，123456 元' }).kind).toBe('review')
    expect(planActSchema.parse({ ...file, document: '文'.repeat(200) }).kind).toBe('file')
    const most = { ...pass, entitled: 100_000, against: 0 }
    expect(planActSchema.parse(most)).toEqual(most)
    expect(planActSchema.safeParse({ ...object, text: 'call 13800000000' }).error?.issues[0]?.message).toBe(
      'no identity, bank or phone numbers, and no names; write days as 2026-11-22',
    )
    expect(planActSchema.safeParse({ ...pass, meetingOn: 'x' }).error?.issues[0]?.message).toBe('a day, YYYY-MM-DD')
    expect(planActSchema.safeParse({ ...file, document: 'a\u0007' }).error?.issues[0]?.message).toBe('no control characters')
  })

  test('take no identity, bank or phone number, in whatever width its digits are', () => {
    for (const number of ['13800001111', '１３８００００１１１１', '13800001１１１'])
      expect(planActSchema.safeParse({ ...review, remark: `电话 ${number}` }).success, number).toBe(false)
  })
})
