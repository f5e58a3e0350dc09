import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import type { StringReading } from '../../domain/reading.ts'
import { stringFindings } from '../../domain/string-currents.ts'
import { aReading } from '../readings.ts'

const limits = DEFAULT_LIMITS
const currents = (...amperes: (number | undefined)[]): StringReading[] =>
  amperes.map((currentA) => (currentA === undefined ? { voltageV: 600 } : { voltageV: 600, currentA }))
const found = (strings: StringReading[], readings = 12, own = limits) =>
  stringFindings(
    'ZL1-INV-1',
    Array.from({ length: readings }, (_, at) => aReading({ atMs: at, strings })),
    own,
  )
const brief = (strings: StringReading[], readings?: number) =>
  found(strings, readings).map((each) => `${each.string} ${each.kind} ${each.percent}`)

describe('strings beside each other', () => {
  test('are no finding while they agree', () => {
    expect(brief(currents(8, 8.1, 7.9, 8))).toEqual([])
  })

  test('name the one that is low and the one that is dead by their number, and how much is left', () => {
    expect(found(currents(8, 4, 8, 0))).toEqual([
      { deviceId: 'ZL1-INV-1', string: 2, kind: 'low', percent: 50 },
      { deviceId: 'ZL1-INV-1', string: 4, kind: 'dead', percent: 0 },
    ])
  })

  test.each([
    [6.4, []],
    [6.39, ['1 low 80']],
    [0.4, ['1 low 5']],
    [0.39, ['1 dead 5']],
    [-0.01, ['1 dead 0']],
  ])('of 8 A with one of %s A: %j', (own, expected) => expect(brief(currents(own, 8, 8, 8))).toEqual(expected))

  test('do not blame an input nothing is connected to', () => {
    expect(brief([{ voltageV: 5, currentA: 0 }, ...currents(8, 8, 8)])).toEqual([])
    expect(brief([{ voltageV: 299, currentA: 0 }, ...currents(8, 8, 8)])).toEqual([])
    expect(brief([{ voltageV: 300, currentA: 0 }, ...currents(8, 8, 8)])).toEqual(['1 dead 0'])
  })

  test('without voltages cannot tell a dead one from none', () => {
    const bare = [0, 4, 8, 8, 8].map((currentA) => ({ currentA }))
    expect(brief(bare)).toEqual(['2 low 50'])
  })

  test('are not compared when they are few, dark, or told too seldom', () => {
    expect(brief(currents(2, 8, 8))).toEqual(['1 low 25'])
    expect(brief(currents(2, 8))).toEqual([])
    expect(brief(currents(0, 2, 8))).toEqual([])
    expect(brief(currents(0.3, 0.99, 0.99, 0.99))).toEqual([])
    expect(brief(currents(0.3, 1, 1, 1))).toEqual(['1 low 30'])
    expect(brief(currents(2, 8, 8, 8), 5)).toEqual([])
    expect(brief(currents(2, 8, 8, 8), 6)).toHaveLength(1)
    expect(stringFindings('X', [aReading()], limits)).toEqual([])
    expect(brief(currents(undefined, 8, 8, 8))).toEqual([])
  })

  test('are judged by the median of the readings: a passing shadow is none', () => {
    const shade = Array.from({ length: 12 }, (_, at) => aReading({ atMs: at, strings: currents(at < 5 ? 1 : 8, 8, 8, 8) }))
    expect(stringFindings('X', shade, limits)).toEqual([])
    const longer = Array.from({ length: 12 }, (_, at) => aReading({ atMs: at, strings: currents(at < 7 ? 1 : 8, 8, 8, 8) }))
    expect(stringFindings('X', longer, limits)).toMatchObject([{ string: 1, kind: 'low' }])
  })

  test('by the limits a county sets', () => {
    expect(found(currents(6, 8, 8, 8), 12, { ...limits, stringLowPercent: 70 })).toEqual([])
    expect(found(currents(2, 8, 8, 8), 12, { ...limits, stringDeadPercent: 30 })).toMatchObject([{ kind: 'dead' }])
  })

  test('are named in the order of their numbers', () => {
    const many = currents(...Array.from({ length: 12 }, (_, at) => (at === 10 || at === 1 ? 1 : 8)))
    expect(found(many).map(({ string }) => string)).toEqual([2, 11])
  })
})
