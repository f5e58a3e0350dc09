import { describe, expect, test } from 'vitest'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import type { AttendanceSheet, Attended } from '../../domain/attendance.ts'
import type { Membership, Plan } from '../../domain/registry.ts'
import { COUNTY, day, VILLAGE } from '../registry.ts'
import { aPlan, aPlanLine, month, somePlanLines } from '../settlement.ts'

const aMembership = (over: Partial<Membership> = {}): Membership => ({
  villageCode: VILLAGE,
  personId: 'P001',
  householdId: 'H001',
  validFrom: day('2016-01-01'),
  ...over,
})
const aSheet = (...entries: Attended[]): AttendanceSheet => ({
  villageCode: VILLAGE,
  month: month('2026-10'),
  version: 1,
  entries,
  document: '示范考勤〔2026〕10号',
  recordedBy: 'an-accountant',
  recordedAtMs: 1,
})
const attended = (personId: string, days: number, due = 26): Attended => ({ personId, post: '保洁员', attended: days, due })

type Given = Partial<Parameters<typeof allocateVillageMonth>[0]> & { netFen?: number; plan?: Partial<Plan> }
const allocate = ({ netFen = 300_000, plan = {}, ...more }: Given = {}) =>
  allocateVillageMonth({
    statement: { villageCode: VILLAGE, countyCode: COUNTY, month: month('2026-10'), version: 1, netFen },
    plans: [aPlan(plan)],
    ...more,
  })
const amounts = (given: Given) => allocate(given).lines.map(({ lineId, amountFen }) => [lineId, amountFen])

describe('a month pays who was there', () => {
  const paidOf = (memberships: Membership[]) => {
    const { allocation, lines } = allocate({ memberships })
    return { lines: lines.map(({ lineId, householdId }) => `${lineId} ${householdId}`), findings: allocation.findings }
  }
  const others = ['L002 H002', 'L003 H003']

  test.each([
    ['until the month', { validTo: day('2026-10-01') }, [], 'person_left'],
    ['until the first day of it', { validTo: day('2026-10-02') }, ['L001 H001'], undefined],
    ['from its last day on', { validFrom: day('2026-10-31') }, ['L001 H001'], undefined],
    ['only from the next month on', { validFrom: day('2026-11-01') }, [], 'person_not_yet'],
    ['only from years later on', { validFrom: day('2031-11-01'), validTo: day('2032-01-01') }, [], 'person_not_yet'],
    ['without an end', {}, ['L001 H001'], undefined],
  ])('somebody who belongs to the village %s', (_, over, own, code) => {
    const findings = code && [{ code, lineIds: ['L001'] }]
    expect(paidOf([aMembership(over)])).toEqual({ lines: [...own, ...others], findings })
  })

  test('by the household that a person last belonged to in it, and says that it is not the one of the plan', () => {
    const moved = [
      aMembership({ householdId: 'H900', validFrom: day('2026-10-20') }),
      aMembership({ validTo: day('2026-10-20') }),
    ]
    const findings = [{ code: 'household_changed', lineIds: ['L001'] }]
    expect(paidOf(moved)).toEqual({ lines: ['L001 H900', ...others], findings })
    expect(paidOf(moved.toReversed())).toEqual({ lines: ['L001 H900', ...others], findings })
  })

  test('not by a household that somebody joins only afterwards', () => {
    const moving = [
      aMembership({ validTo: day('2026-11-01') }),
      aMembership({ householdId: 'H900', validFrom: day('2026-11-01') }),
    ]
    expect(paidOf(moving)).toEqual({ lines: ['L001 H001', ...others], findings: undefined })
  })

  test('and gives to the others what a line that stopped would have got', () => {
    expect(amounts({ memberships: [aMembership({ validTo: day('2026-03-01') })] })).toEqual([
      ['L002', 150_000],
      ['L003', 150_000],
    ])
  })

  test('nobody, when all have left: the money stays, with its reason and every line named', () => {
    const memberships = [1, 2, 3].map((at) => aMembership({ personId: `P00${at}`, validTo: day('2026-09-30') }))
    const { allocation, lines } = allocate({ memberships })
    expect(lines).toEqual([])
    expect(allocation).toMatchObject({
      undistributed: 'no_beneficiaries',
      undistributedFen: 300_000,
      findings: [{ code: 'person_left', lineIds: ['L001', 'L002', 'L003'] }],
    })
  })

  test('and says several things of several lines, each once and in order', () => {
    const lines = [...somePlanLines(3), aPlanLine({ lineId: 'K9', kind: 'reward', post: '' })]
    const memberships = [
      aMembership({ validTo: day('2026-01-01') }),
      aMembership({ personId: 'P002', validFrom: day('2027-01-01') }),
      aMembership({ personId: 'P003', householdId: 'H007' }),
    ]
    expect(allocate({ memberships, plan: { lines } }).allocation.findings).toEqual([
      { code: 'person_left', lineIds: ['K9', 'L001'] },
      { code: 'person_not_yet', lineIds: ['L002'] },
      { code: 'household_changed', lineIds: ['L003'] },
    ])
  })
})

describe('a plan by wages', () => {
  const plan: Partial<Plan> = { basis: 'wages' }
  const sheet = aSheet(attended('P001', 26), attended('P002', 13), attended('P003', 0))

  test('pays a post its wage by the days attended, to the half fen up, and carries the rest on', () => {
    const { allocation, lines } = allocate({
      plan,
      sheet: aSheet(attended('P001', 26), attended('P002', 7), attended('P003', 0)),
    })
    // 50,000 × 7 / 26 = 13,461.54.
    expect(lines.map(({ amountFen }) => amountFen)).toEqual([50_000, 13_462, 0])
    expect(lines[1]).toMatchObject({ weight: 50_000, claimFen: 13_462, attended: 7, due: 26 })
    expect(allocation).toMatchObject({
      claimedFen: 63_462,
      distributedFen: 63_462,
      undistributedFen: 236_538,
      undistributed: 'carried_on',
      carriedInFen: 0,
      carriedOutFen: 236_538,
      payees: 2,
      byKindFen: { post: 63_462, works: 0, reward: 0 },
    })
    expect(allocation.findings).toBeUndefined()
  })

  test('pays small works and rewards their amount, whoever attended what', () => {
    const lines = [
      aPlanLine(),
      aPlanLine({ lineId: 'L002', kind: 'works', post: '修渠', weight: 20_000 }),
      aPlanLine({ lineId: 'L003', kind: 'reward', post: '', weight: 7_000 }),
    ]
    const { allocation } = allocate({ plan: { ...plan, lines }, sheet: aSheet(attended('P001', 13)) })
    expect(allocation.byKindFen).toEqual({ post: 25_000, works: 20_000, reward: 7_000 })
  })

  test('pays the full wage where no sheet speaks of a post, and says so', () => {
    expect(amounts({ plan })).toEqual([
      ['L001', 50_000],
      ['L002', 50_000],
      ['L003', 50_000],
    ])
    expect(allocate({ plan }).allocation.findings).toEqual([{ code: 'attendance_assumed', lineIds: ['L001', 'L002', 'L003'] }])
    const partly = allocate({ plan, sheet: aSheet(attended('P002', 13)) })
    expect(partly.lines.map(({ amountFen, due }) => [amountFen, due])).toEqual([
      [50_000, undefined],
      [25_000, 26],
      [50_000, undefined],
    ])
    expect(partly.allocation.findings).toEqual([{ code: 'attendance_assumed', lineIds: ['L001', 'L003'] }])
  })

  test('takes the attendance of another post of the same person for none', () => {
    const other = aSheet({ ...attended('P001', 1), post: '护林员' })
    expect(amounts({ plan: { ...plan, lines: [aPlanLine()] }, sheet: other })).toEqual([['L001', 50_000]])
  })

  test('keeps the reserve out of the month alone, never out of what was carried on', () => {
    const { allocation } = allocate({
      netFen: 10_000,
      plan: { ...plan, collectiveReserveBp: 1_000 },
      previous: { carriedOutFen: 500_000 },
    })
    expect(allocation).toMatchObject({ reserveFen: 1_000, distributedFen: 150_000, undistributedFen: -141_000 })
    expect(allocation).toMatchObject({ undistributed: 'drawn', carriedInFen: 500_000, carriedOutFen: 359_000 })
  })

  test('pays nothing of the reserve, and takes no reserve of a loss', () => {
    const plan10: Partial<Plan> = { ...plan, collectiveReserveBp: 1_000 }
    const { allocation } = allocate({ netFen: 50_000, plan: plan10, previous: {} })
    expect(allocation).toMatchObject({ reserveFen: 5_000, distributedFen: 45_000, carriedOutFen: 0 })
    const loss = allocate({ netFen: -50_000, plan: plan10, previous: { carriedOutFen: 500_000 } }).allocation
    expect(loss).toMatchObject({ reserveFen: 0, distributedFen: 150_000, carriedOutFen: 300_000 })
  })

  test('takes attendance for posts alone: works of the same name claim their whole amount', () => {
    const works = [aPlanLine({ kind: 'works' })]
    const found = allocate({ plan: { ...plan, lines: works }, sheet: aSheet(attended('P001', 1)) })
    expect(found.lines).toMatchObject([{ claimFen: 50_000, amountFen: 50_000 }])
    expect(found.lines[0]).not.toHaveProperty('attended')
    expect(allocate({ plan: { ...plan, lines: works } }).allocation.findings).toBeUndefined()
  })

  test('shares what there is by what is claimed when it is not enough, and shows the claim beside the amount', () => {
    const { allocation, lines } = allocate({ netFen: 1_000, plan, sheet, previous: { carriedOutFen: 2_000 } })
    expect(lines.map(({ claimFen, amountFen }) => [claimFen, amountFen])).toEqual([
      [50_000, 2_000],
      [25_000, 1_000],
      [0, 0],
    ])
    expect(allocation).toMatchObject({ claimedFen: 75_000, distributedFen: 3_000, carriedOutFen: 0, undistributed: 'drawn' })
  })

  test('pays everything and says nothing more when it is just enough', () => {
    const { allocation } = allocate({ netFen: 75_000, plan, sheet })
    expect(allocation).toMatchObject({ distributedFen: 75_000, undistributedFen: 0, carriedOutFen: 0 })
    expect(allocation.undistributed).toBeUndefined()
  })

  test.each([
    ['a month without income', 0, 0, 'nothing_to_divide', 0],
    ['a negative correction', -5_000, 0, 'nothing_to_divide', -5_000],
    ['a debt that the month does not make good', 3_000, -5_000, 'nothing_to_divide', -2_000],
  ])('pays nothing in %s, and carries that on', (_, netFen, carriedOutFen, undistributed, left) => {
    const { allocation, lines } = allocate({ netFen, plan, previous: { carriedOutFen } })
    expect(lines).toEqual([])
    expect(allocation).toMatchObject({
      undistributed,
      distributedFen: 0,
      claimedFen: 150_000,
      carriedOutFen: left,
      reserveFen: 0,
    })
  })

  test('still pays wages out of what was carried on in a month of a negative correction', () => {
    const { allocation } = allocate({ netFen: -5_000, plan, sheet, previous: { carriedOutFen: 100_000 } })
    expect(allocation).toMatchObject({ distributedFen: 75_000, undistributedFen: -80_000, carriedOutFen: 20_000 })
  })

  test('of which nothing is claimed keeps the money, and says that there is nobody', () => {
    const nobody = aSheet(attended('P001', 0), attended('P002', 0), attended('P003', 0))
    const { allocation, lines } = allocate({ plan, sheet: nobody })
    expect(lines).toEqual([])
    expect(allocation).toMatchObject({ undistributed: 'no_beneficiaries', claimedFen: 0, carriedOutFen: 300_000 })
  })

  test('leaves what it carried on where it is when another kind of plan follows, or none', () => {
    const previous = { carriedOutFen: 70_000 }
    expect(allocate({ previous }).allocation).toMatchObject({
      distributedFen: 300_000,
      carriedInFen: 70_000,
      carriedOutFen: 70_000,
    })
    expect(allocate({ previous, plans: [] }).allocation).toMatchObject({ undistributed: 'no_plan', carriedOutFen: 370_000 })
    const drafted = allocate({ previous, plan: { state: 'drafted' } }).allocation
    expect(drafted).toMatchObject({ undistributed: 'plan_not_in_force', carriedOutFen: 370_000 })
    const received = allocate({ previous, plan: { pool: 'received' } }).allocation
    expect(received).toMatchObject({ undistributed: 'received_pool_unknown', carriedOutFen: 370_000 })
    const nothing = allocate({ previous, netFen: -10, plan: {} }).allocation
    expect(nothing).toMatchObject({ undistributed: 'nothing_to_divide', carriedOutFen: 69_990 })
    const nobody = allocate({ previous, plan: { lines: [], collectiveReserveBp: 1_000 } }).allocation
    expect(nobody).toMatchObject({ undistributed: 'no_beneficiaries', reserveFen: 30_000, carriedOutFen: 340_000 })
  })

  test('and no other kind of plan begins to carry on', () => {
    const { allocation } = allocate({ previous: {} })
    expect('carriedInFen' in allocation || 'carriedOutFen' in allocation || 'claimedFen' in allocation).toBe(false)
  })
})
