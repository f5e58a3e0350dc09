import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CAUSES_MAX,
  causesOfVersion,
  DAY_CAUSES,
  type DayCause,
  isBackfilled,
  mergeCauses,
  toldCauses,
} from '../../domain/day-cause.ts'

const late = (atMs = 5): DayCause => ({ code: 'late_readings', atMs })
const reset = (atMs = 7): DayCause => ({ code: 'reset_recorded', atMs, about: 'ZL1-METER', by: 'demo-officer' })

const someCauses = fc.array(
  fc.record(
    { code: fc.constantFrom(...DAY_CAUSES), atMs: fc.nat(9), about: fc.constantFrom('A', 'B'), by: fc.constantFrom('a', 'b') },
    { requiredKeys: ['code', 'atMs'] },
  ),
)

describe('causes that come together', () => {
  test('stand once each, as they were first known', () => {
    expect(mergeCauses([late(5)], [late(9), reset()])).toEqual([late(5), reset()])
  })

  test.each([
    ['code', { code: 'reset_withdrawn' }],
    ['what it is about', { about: 'ZL1-INV-1' }],
    ['who did it', { by: 'demo-operator' }],
  ])('are different ones by %s', (_, over) => {
    const other = { ...reset(), ...over } as DayCause
    expect(mergeCauses([reset()], [other])).toEqual([reset(), other])
  })

  test('are bounded, the earliest kept', () => {
    const many = Array.from({ length: CAUSES_MAX + 3 }, (_, at): DayCause => ({ ...reset(), about: `D${at}` }))
    expect(mergeCauses(many.slice(0, 2), many.slice(2))).toEqual(many.slice(0, CAUSES_MAX))
  })

  test('come to the same however often they are told', () => {
    fc.assert(
      fc.property(someCauses, someCauses, (known, more) => {
        const once = mergeCauses(known, more)
        expect(mergeCauses(once, more)).toEqual(once)
        expect(once.length).toBeLessThanOrEqual(CAUSES_MAX)
      }),
    )
  })
})

describe('a version is written', () => {
  test.each<[string, boolean, Parameters<typeof causesOfVersion>[1], DayCause[]]>([
    ['first for no more than that the day is over', true, undefined, []],
    ['first also for what else was waiting', true, { markedAtMs: 8, causes: [reset()] }, [reset()]],
    ['first without what was done with before', true, { markedAtMs: 8, settledAtMs: 9, causes: [reset()] }, []],
    ['first, whatever readings were waiting', true, { markedAtMs: 8 }, []],
    ['then for what was waiting', false, { markedAtMs: 8, causes: [late(), reset()] }, [late(), reset()]],
    ['then for readings, when the mark says no more', false, { markedAtMs: 8 }, [{ code: 'readings', atMs: 8 }]],
    ['then for no known cause when nothing was waiting', false, undefined, [{ code: 'recomputed', atMs: 100 }]],
    [
      'then for no known cause when all was done with',
      false,
      { markedAtMs: 8, settledAtMs: 9, causes: [late()] },
      [{ code: 'recomputed', atMs: 100 }],
    ],
  ])('%s', (_, isFirst, mark, causes) => {
    expect(causesOfVersion(isFirst, mark, 100)).toEqual(causes)
  })

  test.each<[string, Parameters<typeof toldCauses>[0], DayCause[]]>([
    ['the first because the day was over', { version: 1, computedAtMs: 4 }, [{ code: 'day_over', atMs: 4 }]],
    [
      'the first and what else it keeps',
      { version: 1, computedAtMs: 4, causes: [late()] },
      [{ code: 'day_over', atMs: 4 }, late()],
    ],
    ['a later one as it keeps it', { version: 2, computedAtMs: 4, causes: [late()] }, [late()]],
    ['a later one from before causes were kept not at all', { version: 2, computedAtMs: 4 }, []],
    ['a running figure not at all', { version: 0, computedAtMs: 4 }, []],
  ])('and tells of %s', (_, version, causes) => {
    expect(toldCauses(version)).toEqual(causes)
  })
})

test.each<[string, Parameters<typeof isBackfilled>[0], boolean]>([
  ['after its first figure by late readings is', { version: 2, causes: [reset(), late()] }, true],
  ['after its first figure by anything else is not', { version: 2, causes: [reset()] }, false],
  ['with late readings in its first figure is not', { version: 1, causes: [late()] }, false],
  ['before causes were kept is not', { version: 3 }, false],
])('a day changed %s backfilled', (_, version, backfilled) => {
  expect(isBackfilled(version)).toBe(backfilled)
})
