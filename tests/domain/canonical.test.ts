import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, fingerprint, quickFingerprint } from '../../domain/canonical.ts'

describe('canonical JSON', () => {
  test('has its keys in order at every depth, absent ones gone, and lists as they are', () => {
    const value = { b: [3, { d: 1, c: undefined, a: null }], a: 'x', ab: 2 }
    expect(canonicalJson(value)).toBe('{"a":"x","ab":2,"b":[3,{"a":null,"d":1}]}')
    expect(canonicalJson([2, 1])).toBe('[2,1]')
    expect(canonicalJson(null)).toBe('null')
  })

  test('never changes: closed months are hashed by it', () => {
    const ordered = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value
    const first = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) => ordered(inner))
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('10', '9', '-1', '01', '', '__proto__', '4294967295'))
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.constantFrom(null, undefined, true, -0),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(fc.array(value), (each) => {
        expect(canonicalJson(each)).toBe(first(each))
      }),
      { numRuns: 1_000 },
    )
  })

  test('is the same whatever order the keys came in, and says what the value says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed())
        expect(canonicalJson(turned)).toBe(canonicalJson(value))
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('a fingerprint', () => {
  test('never changes: runs are named by it', () => {
    expect(fingerprint('')).toBe('cbf29ce484222325')
    expect(fingerprint('阳光')).toBe('f85c57095aa06811')
    expect(quickFingerprint('')).toBe('811c9dc59747b28c')
    expect(quickFingerprint('阳光')).toBe('b6a37051257fe94f')
    expect(quickFingerprint('阳光'.repeat(1_000))).toBe('f83cc3a5101cc928')
  })

  test('has sixteen digits, and is another one for a text that differs in one unit or in order', () => {
    const texts = Array.from({ length: 2_000 }, (_, at) => `s1-p1-${at}`).concat(['ab', 'ba', 'a', 'aa', 'a\u0000'])
    for (const mark of [fingerprint, quickFingerprint]) {
      const marks = texts.map(mark)
      expect(marks.every((each) => /^[0-9a-f]{16}$/.test(each))).toBe(true)
      expect(new Set(marks).size).toBe(texts.length)
    }
    const halves = texts.map((text) => quickFingerprint(text).slice(0, 8))
    const others = texts.map((text) => quickFingerprint(text).slice(8))
    expect(new Set(halves).size).toBeGreaterThan(texts.length - 5)
    expect(new Set(others).size).toBeGreaterThan(texts.length - 5)
  })
})
