import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { User } from '../../domain/access.ts'
import type { PlanAct } from '../../domain/plan-events.ts'
import { create } from '../../functions/api-plans.ts'
import type { PlanActed, PlansPage, PlanView, PlanWritten, PolicyRulesView } from '../../functions/api-types-plans.ts'
import { SOME_ACTS } from '../a-plan-life.ts'
import { NOW_MS, OTHER_COUNTY, OTHER_VILLAGE, tokenOf, villageCode } from '../a-county.ts'
import { COUNTY, day, TOWN } from '../registry.ts'
import { aTransfer } from '../receipts.ts'
import { aPlan, aPlanLine } from '../settlement.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

const VILLAGE = villageCode(1)
const WHO = {
  accountant: { userName: 'an-accountant', role: 'village_accountant', regionCode: VILLAGE },
  'second accountant': { userName: 'a-second', role: 'village_accountant', regionCode: VILLAGE },
  town: { userName: 'a-town-officer', role: 'county_officer', regionCode: TOWN },
  county: { userName: 'a-county-officer', role: 'county_officer', regionCode: COUNTY },
  administrator: { userName: 'an-administrator', role: 'administrator', regionCode: COUNTY },
} as const satisfies Record<string, Pick<User, 'userName' | 'role' | 'regionCode'>>
type Who = keyof typeof WHO

let world: ApiWorld
let sent: object[]
let handle: (request: Request) => Promise<Response>

beforeEach(async () => {
  world = await openApiWorld(4)
  sent = []
  const queues = { 'settle-village': { send: async (bodies: readonly object[]) => void sent.push(...bodies) } }
  handle = create({ ...world.deps, queues })
})
afterEach(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})

type Problem = { code: string; detail: string }
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says which shape it expects
const call = async <View>(who: Who, path: string, body?: object): Promise<{ status: number; body: View & Problem }> => {
  const headers = { authorization: `Bearer ${await tokenOf(world.tables, WHO[who])}`, 'content-type': 'application/json' }
  const method = body ? 'POST' : 'GET'
  const response = await handle(
    new Request(`http://localhost${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) }),
  )
  return { status: response.status, body: (await response.json()) as View & Problem }
}
const planView = async (who: Who = 'county', query = 'year=2027') =>
  (await call<PlanView>(who, `/api/plans/${VILLAGE}?${query}`)).body

const LINES = 'line_id,person_id,kind,post,weight_yuan\nL1,P1-0,post,保洁员,500\nL2,P1-1,post,护路员,600\nL3,P1-2,reward,,100\n'
const aDraft = {
  year: 2027,
  version: 0,
  seq: 0,
  pool: 'accrued',
  basis: 'wages',
  collectiveReserveBp: 500,
  document: '示范方案〔2027〕1号',
  dryRun: false,
}
const draft = (who: Who, over: object = {}) =>
  call<PlanWritten>(who, `/api/plans/${VILLAGE}/drafts`, { ...aDraft, lines: LINES, ...over })
const act = (who: Who, seq: number, what: PlanAct, version = 1) =>
  call<PlanActed>(who, `/api/plans/${VILLAGE}/acts`, { year: 2027, version, seq, act: what })

describe('a plan', () => {
  test('goes from the village’s draft to the county’s file, every step with who, when and why', async () => {
    expect((await draft('accountant')).body).toEqual({ written: true, version: 1, lines: 3, errors: [] })
    const { pass, notice, object, answer, review, file, execute, announce } = SOME_ACTS
    const steps: [Who, PlanAct, string][] = [
      ['accountant', pass, 'passed'],
      ['accountant', notice, 'noticed'],
      ['accountant', object, 'noticed'],
      ['accountant', answer, 'noticed'],
      ['town', review, 'reviewed'],
      ['county', file, 'filed'],
      ['accountant', execute, 'executing'],
      ['accountant', { ...announce, announcedOn: day('2026-11-22') }, 'announced'],
    ]
    for (const [at, [who, what, state]] of steps.entries()) {
      const done = await act(who, at + 1, what)
      expect([done.status, done.body], what.kind).toEqual([200, { version: 1, state, seq: at + 2, settledAgain: 0 }])
    }
    const view = await planView()
    expect(view).toMatchObject({ year: 2027, versionInForce: 1, versions: [{ version: 1, state: 'announced' }] })
    expect(view.plan).toMatchObject({ state: 'announced', basis: 'wages', seq: 9, acts: [], openObjections: [] })
    expect(view.plan?.notice).toEqual({ from: '2026-01-12', to: '2026-01-21', days: 10 })
    expect(view.plan?.entries.map(({ seq, by, after, atMs, act: { kind } }) => [seq, kind, by, after, atMs])).toEqual(
      [['draft', 'an-accountant', 'drafted'], ...steps.map(([who, { kind }, state]) => [kind, WHO[who].userName, state])].map(
        ([kind, by, after], at) => [at + 1, kind, by, after, NOW_MS],
      ),
    )
  })

  test('is shown with masked names, and its lines by id', async () => {
    await draft('accountant')
    expect((await planView('accountant')).plan?.lines).toEqual([
      { lineId: 'L1', kind: 'post', post: '保洁员', weight: 50_000, payee: '甲**' },
      { lineId: 'L2', kind: 'post', post: '护路员', weight: 60_000, payee: '乙**' },
      { lineId: 'L3', kind: 'reward', post: '', weight: 10_000, payee: '𠮷**' },
    ])
  })

  test('offers everybody what is theirs to do now, and takes nothing else from them', async () => {
    await draft('accountant')
    const acts = async (who: Who) => (await planView(who)).plan?.acts
    expect(await acts('accountant')).toEqual(['pass'])
    await act('accountant', 1, SOME_ACTS.pass)
    await act('accountant', 2, SOME_ACTS.notice)
    expect(await acts('accountant')).toEqual(['object', 'answer', 'return'])
    expect(await acts('town')).toEqual(['object', 'answer', 'review', 'return'])
    expect((await act('accountant', 3, SOME_ACTS.review)).body).toMatchObject({
      code: 'forbidden',
      detail: 'This is for an officer of the town.',
    })
    await act('town', 3, SOME_ACTS.review)
    expect((await act('town', 4, SOME_ACTS.file)).status).toBe(403)
    expect((await act('administrator', 4, SOME_ACTS.file)).status).toBe(403)
    expect(await acts('town')).toEqual(['return'])
    expect(await acts('county')).toEqual(['file', 'return'])
  })

  test('[M12] is neither reviewed nor filed by whoever wrote it', async () => {
    await draft('county')
    await act('accountant', 1, SOME_ACTS.pass)
    await act('accountant', 2, SOME_ACTS.notice)
    const refused = await act('county', 3, SOME_ACTS.review)
    expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('A second person')])
    expect((await act('town', 3, SOME_ACTS.review)).status).toBe(200)
    expect((await act('county', 4, SOME_ACTS.file)).status).toBe(403)
  })

  test('refuses an act its state does not take, and names those it does', async () => {
    await draft('accountant')
    const { status, body } = await act('county', 1, SOME_ACTS.file)
    expect([status, body.code, body.detail]).toEqual([
      409,
      'conflict',
      '"file" is not for a plan that is drafted; possible now: pass.',
    ])
  })

  test('goes back with a reason, keeps the lines that were returned, and is written anew beside them', async () => {
    await draft('accountant')
    await act('accountant', 1, SOME_ACTS.pass)
    expect((await act('town', 2, SOME_ACTS.return)).body).toMatchObject({ state: 'drafted', seq: 3 })
    expect((await draft('accountant', { basis: 'weights', version: 1, seq: 3 })).body).toMatchObject({
      written: true,
      version: 2,
    })
    const view = await planView()
    expect(view.versions).toEqual([
      { version: 1, state: 'drafted', seq: 3 },
      { version: 2, state: 'drafted', seq: 1 },
    ])
    expect(view.plan).toMatchObject({ version: 2, basis: 'weights', entries: [{ act: { kind: 'draft' } }] })
    const first = await planView('county', 'year=2027&version=1')
    expect(first.plan?.entries.at(-1)?.act).toEqual(SOME_ACTS.return)
    expect((await call('county', `/api/plans/${VILLAGE}?year=2027&version=3`)).status).toBe(404)
  })

  test('is acted on once, by two people at once or by one request twice', async () => {
    await draft('accountant')
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => act('accountant', 1, SOME_ACTS.pass)))
    expect(outcomes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409])
    expect((await act('accountant', 1, SOME_ACTS.pass)).body.detail).toBe(
      'Somebody has acted on this plan meanwhile: look at it again.',
    )
    expect((await planView()).plan?.entries).toHaveLength(2)
  })

  test('loses no entry when the machine stops between its row and the table of entries', async () => {
    await draft('accountant')
    const { planEvents } = world.tables
    const failing = create({
      ...world.deps,
      queues: {} as never,
      planEvents: { ...planEvents, put: () => Promise.reject(new Error('out')) },
    })
    const token = await tokenOf(world.tables, WHO.accountant)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ year: 2027, version: 1, seq: 1, act: SOME_ACTS.pass })
    await failing(new Request(`http://localhost/api/plans/${VILLAGE}/acts`, { method: 'POST', headers, body }))
    world.errors.length = 0
    const seq = (await planView()).plan?.seq ?? 0
    const acted = seq === 1 ? await act('accountant', 1, SOME_ACTS.pass) : undefined
    await act('accountant', acted?.body.seq ?? seq, SOME_ACTS.notice)
    expect((await planView()).plan?.entries.map(({ act: { kind } }) => kind)).toEqual(['draft', 'pass', 'notice'])
    expect((await planEvents.query({ partition: VILLAGE })).rows).toHaveLength(3)
  })

  test('that was there before lives were recorded goes on from its state', async () => {
    await world.tables.plans.put(aPlan({ villageCode: VILLAGE, year: 2027, state: 'filed' }))
    expect((await planView()).plan).toMatchObject({ state: 'filed', seq: 0, entries: [], acts: ['execute'] })
    expect((await act('accountant', 0, SOME_ACTS.execute)).body).toMatchObject({ state: 'executing', seq: 1 })
  })

  test('that is filed has the settled months of its year divided by it', async () => {
    const key = { villageCode: VILLAGE, year: 2026, version: 2 }
    await world.tables.plans.put(aPlan({ ...key, state: 'reviewed' }))
    const body = { year: 2026, version: 2, seq: 0, act: SOME_ACTS.file }
    expect((await call<PlanActed>('county', `/api/plans/${VILLAGE}/acts`, body)).body).toMatchObject({
      state: 'filed',
      settledAgain: 1,
    })
    expect(sent).toEqual([{ villageCode: VILLAGE, month: '2026-10' }])
  })
})

describe('a draft', () => {
  test('is checked line by line and written only without errors, and never on a dry run', async () => {
    const bad = await draft('accountant', { lines: `${LINES}L3,P9-9,post,,x\n` })
    expect(bad.body).toMatchObject({ written: false })
    expect(bad.body.errors.map(({ line, column }) => [line, column])).toEqual([[5, 'weight_yuan']])
    expect((await draft('accountant', { dryRun: true })).body).toEqual({ written: false, version: 1, lines: 3, errors: [] })
    expect((await planView()).plan).toBeNull()
  })

  test('is written over while it is one', async () => {
    await draft('accountant')
    await draft('second accountant', { version: 1, seq: 1, lines: LINES.split('\n').slice(0, 2).join('\n') })
    const { plan } = await planView()
    expect(plan).toMatchObject({ version: 1, seq: 2, lines: [{ lineId: 'L1' }] })
    expect(plan?.entries.map(({ by }) => by)).toEqual(['an-accountant', 'a-second'])
  })

  test('by two people at once is that of one, and the other is told to look again', async () => {
    const outcomes = await Promise.all([draft('accountant'), draft('second accountant')])
    expect(outcomes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const again = await Promise.all(
      (['accountant', 'second accountant'] as const).map((who) => draft(who, { version: 1, seq: 1 })),
    )
    expect(again.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    for (const seen of [{}, { version: 1, seq: 1 }, { version: 2, seq: 2 }, { version: 1, seq: 3 }]) {
      const refused = await draft('second accountant', { ...seen, dryRun: true })
      expect([refused.status, refused.body.detail]).toEqual([409, 'Somebody has acted on this plan meanwhile: look at it again.'])
    }
    expect((await planView()).plan?.entries).toHaveLength(2)
  })

  test.each([
    ['a reserve of half a hundredth', { collectiveReserveBp: 0.5 }],
    ['a reserve above the whole', { collectiveReserveBp: 10_001 }],
    ['a year of the far past', { year: 1999 }],
    ['a pool there is not', { pool: 'hoped' }],
    ['no document', { document: ' ' }],
    ['a state of its own', { state: 'filed' }],
  ])('with %s is refused', async (_, over) => {
    expect((await draft('accountant', over)).status).toBe(400)
  })

  test('names persons of its own village only', async () => {
    const { body } = await draft('accountant', { lines: LINES.replaceAll('P1-0', 'P2-0') })
    expect(body.errors.map(({ line, column }) => [line, column])).toEqual([[2, 'person_id']])
  })
})

describe('attendance', () => {
  const ENTRIES = 'person_id,post,attended_days,due_days,percent\nP1-0,保洁员,22,26,\n'
  const record = (who: Who, over: object = {}) =>
    call<PlanWritten>(who, `/api/plans/${VILLAGE}/attendance`, {
      month: '2026-10',
      document: '示范考勤〔2026〕10号',
      entries: ENTRIES,
      dryRun: false,
      ...over,
    })
  const withWages = () =>
    world.tables.plans.put(
      aPlan({ villageCode: VILLAGE, basis: 'wages', lines: [aPlanLine({ personId: 'P1-0', householdId: 'H1-0' })] }),
    )

  test('is recorded for a month in versions, and has the month divided again', async () => {
    await withWages()
    expect((await record('accountant')).body).toEqual({ written: true, version: 1, lines: 1, errors: [] })
    const entries = ENTRIES.replace('22', '20')
    expect((await record('accountant', { entries })).body).toMatchObject({ version: 2 })
    expect(sent).toEqual([
      { villageCode: VILLAGE, month: '2026-10' },
      { villageCode: VILLAGE, month: '2026-10' },
    ])
    const { rows } = await world.tables.attendance.query({ partition: VILLAGE })
    expect(rows[0]?.row).toEqual({
      villageCode: VILLAGE,
      month: '2026-10',
      version: 1,
      entries: [{ personId: 'P1-0', post: '保洁员', attended: 22, due: 26 }],
      document: '示范考勤〔2026〕10号',
      recordedBy: 'an-accountant',
      recordedAtMs: NOW_MS,
    })
  })

  test('that comes again and says the same is no further version, and the month is divided again all the same', async () => {
    await withWages()
    await record('accountant')
    expect((await record('second accountant')).body).toEqual({ written: true, version: 1, lines: 1, errors: [] })
    expect((await world.tables.attendance.query({ partition: VILLAGE })).rows).toHaveLength(1)
    expect(sent).toHaveLength(2)
    expect((await record('accountant', { document: '更正考勤' })).body).toMatchObject({ version: 2 })
    expect((await record('accountant')).body).toMatchObject({ version: 3 })
  })

  test('is checked first, and sends nothing for a month that is not settled', async () => {
    await withWages()
    expect((await record('accountant', { dryRun: true })).body).toMatchObject({ written: false, errors: [] })
    const bad = await record('accountant', { entries: `${ENTRIES}P1-1,护路员,1,2,\n` })
    expect(bad.body).toMatchObject({ written: false, errors: [{ file: 'attendance.csv', line: 3, column: 'person_id' }] })
    expect((await record('accountant', { month: '2026-11' })).body).toMatchObject({ written: true })
    expect(sent).toEqual([])
  })

  test('is for plans by wages that are in force, and for no month to come', async () => {
    expect((await record('accountant')).body.detail).toContain('divides by weights')
    expect((await record('accountant', { month: '2025-10' })).body.detail).toContain('no plan in force')
    expect((await record('accountant', { month: '2026-12' })).status).toBe(400)
  })
})

describe('the county’s rules', () => {
  const aRule = {
    county: COUNTY,
    kind: 'notice_days',
    validFrom: '2022-01-01',
    count: 10,
    clause: '第十二条',
    document: '示范办法',
  }
  const record = (who: Who, over: object = {}) => call(who, '/api/plans/rules', { ...aRule, ...over })

  test('are recorded by the county, with who and when, and read by everybody who reads plans', async () => {
    expect((await record('county')).status).toBe(201)
    const { body } = await call<PolicyRulesView>('accountant', '/api/plans/rules')
    const { county, ...rule } = aRule
    expect(body).toMatchObject({ county: { code: COUNTY, name: '示范县' }, mayWrite: false })
    expect(body.rules).toEqual([{ countyCode: county, ...rule, recordedBy: 'a-county-officer', recordedAtMs: NOW_MS }])
    expect((await call<PolicyRulesView>('county', '/api/plans/rules')).body.mayWrite).toBe(true)
  })

  test('stay as they were recorded: the same again is nothing new, and another from the same day is refused', async () => {
    await record('county')
    const again = await record('administrator')
    expect([again.status, again.body]).toMatchObject([200, { rule: { count: 10, recordedBy: 'a-county-officer' } }])
    const detail = 'A rule of this kind from 2022-01-01 on is there already and stays: give the new one a later validFrom.'
    expect(await record('county', { count: 7 })).toMatchObject({ status: 409, body: { detail } })
    expect((await record('county', { count: 7, validFrom: '2023-01-01' })).status).toBe(201)
    const { rules } = (await call<PolicyRulesView>('county', '/api/plans/rules')).body
    expect(rules.map(({ validFrom, count }) => [validFrom, count])).toEqual([
      ['2022-01-01', 10],
      ['2023-01-01', 7],
    ])
  })

  test.each([
    ['that end before they begin', { validTo: '2022-01-01' }, 'validTo: after validFrom; it is the first day no longer.'],
    ['without what their kind needs', { kind: 'operation_ceiling' }, 'This kind is a rate: give a percentage and no count.'],
    ['of a town', { county: TOWN }, 'county: a rule is for a whole county.'],
  ])('%s are refused', async (_, over, detail) => {
    expect(await record('county', over)).toMatchObject({ status: 400, body: { detail } })
  })

  test('are the county’s alone to write, and never another county’s', async () => {
    for (const who of ['accountant', 'town'] as const)
      expect((await record(who, { county: WHO[who].regionCode })).status).toBe(403)
    expect((await record('county', { county: OTHER_COUNTY })).status).toBe(404)
    expect((await record('administrator')).status).toBe(201)
  })

  test('are held against a village’s year, with clause, document and figures', async () => {
    await record('county')
    await record('county', { kind: 'minimum_labour_share', count: undefined, rateBp: 9_900, base: 'net', numerator: 'posts' })
    await record('county', { kind: 'operation_ceiling', count: undefined, rateBp: 300, base: 'gross' })
    await record('county', { kind: 'benefits_per_person', count: 1 })
    const view = await planView('accountant', 'year=2026')
    expect(view.verdicts.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['minimum_labour_share', 'broken'],
      ['operation_ceiling', 'holds'],
      ['notice_days', 'unknown'],
      ['benefits_per_person', 'holds'],
    ])
    const [labour] = view.verdicts
    const [october] = view.months
    // Four of six equal lines are posts; the seeded allocation is older than sums by kind, which are read off its lines.
    expect(labour).toMatchObject({
      clause: '第十二条',
      document: '示范办法',
      figures: { rateBp: 9_900, baseFen: october?.potFen },
    })
    expect(Number(labour?.figures['labourFen'])).toBeGreaterThan(((october?.distributedFen ?? 0) * 4) / 6 - 1)
    expect(view.cash).toMatchObject({ wagesFen: 150_000, source: 'accrued', holds: true })
    await world.tables.moneyRecords.put(aTransfer({ placeCode: VILLAGE, recordId: 'T1', on: '2026-10-09', amountFen: 149_999 }))
    expect((await planView('accountant', 'year=2026')).cash).toEqual({
      wagesFen: 150_000,
      source: 'receipts',
      arrivesFen: 149_999,
      shortFen: 1,
      holds: false,
    })
    expect(view.months).toMatchObject([{ month: '2026-10', planVersion: 1, carriedOutFen: null, findings: [] }])
  })

  test('show on the county’s list, village by village', async () => {
    await record('county', { kind: 'minimum_labour_share', count: undefined, rateBp: 9_900, base: 'net', numerator: 'posts' })
    await record('county')
    await draft('accountant')
    const { body } = await call<PlansPage>('county', '/api/plans?year=2026')
    expect(body).toMatchObject({ year: 2026, total: 4, nextCursor: null, region: { code: COUNTY } })
    expect(body.villages.map(({ code }) => code)).toEqual([1, 3, 2, 4].map(villageCode))
    expect(body.villages[0]).toEqual({
      code: VILLAGE,
      name: '示范001村',
      townName: '示范镇',
      version: 1,
      state: 'filed',
      versionInForce: 1,
      broken: ['minimum_labour_share'],
      unknown: ['notice_days'],
    })
    const next = await call<PlansPage>('county', '/api/plans?year=2027')
    expect(next.body.villages[0]).toMatchObject({ version: 1, state: 'drafted', versionInForce: null })
    expect(next.body.villages[1]).toMatchObject({ version: null, state: null, versionInForce: null })
  })
})

test('a list of many villages comes in pages', async () => {
  const extra = Array.from({ length: 60 }, (_, at) => ({
    code: `341623105${300 + at}`,
    name: `示范村${at}`,
    level: 'village' as const,
    parentCode: TOWN,
  }))
  await world.tables.regions.putBatch(extra)
  const first = await call<PlansPage>('county', '/api/plans')
  expect(first.body).toMatchObject({ year: 2026, total: 64 })
  expect(first.body.villages).toHaveLength(50)
  const second = await call<PlansPage>('county', `/api/plans?cursor=${first.body.nextCursor}`)
  expect(second.body.nextCursor).toBeNull()
  const codes = [...first.body.villages, ...second.body.villages].map(({ code }) => code)
  expect(codes).toEqual([...new Set(codes)].toSorted())
  expect(codes).toHaveLength(64)
})

test('a village elsewhere, a town in its place, and a year that is none are refused', async () => {
  expect((await call('accountant', `/api/plans/${OTHER_VILLAGE}`)).status).toBe(404)
  expect((await call('county', `/api/plans/${TOWN}`)).status).toBe(404)
  expect((await call('county', `/api/plans/${VILLAGE}?year=26`)).status).toBe(400)
})
