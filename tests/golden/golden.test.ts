import { describe, expect, test } from 'vitest'
import { goldenCases } from './format.ts'
import { ourAnswer } from './our-answer.ts'

describe('golden days', () => {
  const cases = goldenCases()
  test.each(cases.map(({ parsed }) => parsed))('$family: $name', (golden) => {
    expect(ourAnswer(golden)).toEqual(golden.expect)
  })
})
