import { expect, test } from 'vitest'
import type { Allocation, AllocationLine, Undistributed } from '../../domain/allocation-run.ts'
import type { Content } from '../../domain/income.ts'
import { PAYEE_FINDINGS } from '../../domain/payees.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { checkDivision } from '../villages/arithmetic.ts'
import { storiesFrom } from '../villages/stories.ts'

/**
 * Villages made up from seeds, each from its stations' days to the last payee, with months that were closed and turned out otherwise:
 * invariants 11 to 17, by arithmetic of its own. These are a few, to find a broken rule soon; fifty thousand are a feature test.
 */

const VILLAGES = Number(process.env['VILLAGES'] ?? 1_000)
const FIRST_SEED = 1_000_000

test(`of ${VILLAGES} random villages none breaks invariants 11 to 17`, { timeout: 60_000 }, () => {
  expect(storiesFrom(FIRST_SEED, VILLAGES).broken).toEqual([])
})

type Told = [Content<VillageStatement>, { allocation: Allocation; lines: AllocationLine[] }]

/** What may be met in a village's month, by name. */
const metIn = ([{ netFen, stations, adjustments = [] }, { allocation, lines }]: Told): string[] => {
  const { undistributed, carriedInFen = 0, claimedFen, received, findings = [], reserveFen } = allocation
  const prices = stations.map(({ lines: own }) => own.flatMap(({ kind, energyWh }) => (energyWh === undefined ? [] : [kind])))
  const is = {
    'a joint station': stations.some(({ stationId }) => stationId === 'KT'),
    'two prices in a month': prices.some((kinds) => new Set(kinds).size < kinds.length),
    'a part of what the county deducts': stations.some(({ lines: own }) =>
      own.some(({ isPooled, rateBp }) => isPooled && !rateBp),
    ),
    'a rate of the county': stations.some(({ lines: own }) => own.some(({ isPooled, rateBp }) => isPooled && rateBp)),
    'income beside energy': stations.some(({ lines: own }) => own.some(({ kind }) => kind === 'farming' || kind === 'sundry')),
    'more deducted than earned': netFen < 0,
    debt: carriedInFen < 0,
    savings: carriedInFen > 0,
    wages: claimedFen !== undefined,
    'received money': received !== undefined,
    'a reserve': reserveFen > 0,
    'a line that weighs nothing': lines.some(({ weight }) => weight === 0),
    'a line that takes back': lines.some(({ amountFen }) => amountFen < 0),
    'two months settled in one': new Set(adjustments.map(({ ofMonth }) => ofMonth)).size > 1,
  }
  const named = Object.entries(is).flatMap(([name, isSo]) => (isSo ? [name] : []))
  return [...named, ...findings.map(({ code }) => code), ...(undistributed ? [undistributed] : [])]
}

test.skipIf(VILLAGES < 600)('random villages meet everything that decides money, again and again', { timeout: 60_000 }, () => {
  const times = new Map<string, number>()
  storiesFrom(FIRST_SEED, VILLAGES, (told) => {
    for (const name of metIn(JSON.parse(told))) times.set(name, (times.get(name) ?? 0) + 1)
  })
  const reasons: Undistributed[] = [
    'no_plan',
    'plan_not_in_force',
    'no_beneficiaries',
    'nothing_to_divide',
    'not_arrived',
    'carried_on',
    'drawn',
    'adjusted',
  ]
  const names = [
    'a joint station',
    'two prices in a month',
    'a part of what the county deducts',
    'a rate of the county',
    'income beside energy',
    'more deducted than earned',
    'debt',
    'savings',
    'wages',
    'received money',
    'a reserve',
    'a line that weighs nothing',
    'a line that takes back',
    'two months settled in one',
  ]
  expect([...names, ...reasons, ...PAYEE_FINDINGS].filter((name) => (times.get(name) ?? 0) < 5)).toEqual([])
})

test.each<[string, number, [number, number][]]>([
  [
    'a fen that is lost',
    10,
    [
      [1, 3],
      [1, 3],
      [1, 3],
    ],
  ],
  [
    'a fen for the wrong one',
    10,
    [
      [5, 6],
      [3, 3],
      [2, 1],
    ],
  ],
  [
    'a fen for no weight',
    3,
    [
      [1, 2],
      [0, 1],
    ],
  ],
  [
    'two fen more for an equal weight',
    4,
    [
      [1, 3],
      [1, 1],
    ],
  ],
  [
    'an amount with the other sign',
    -3,
    [
      [1, 1],
      [1, -4],
    ],
  ],
])('%s is found', (_, total, parts) => {
  const found: string[] = []
  checkDivision(
    (what) => void found.push(what),
    total,
    parts.map(([weight, part]) => ({ weight, part })),
  )
  expect(found).not.toEqual([])
})
