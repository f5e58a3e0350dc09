import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ENERGY_FINDINGS } from '../../domain/energy.ts'
import { goldenCases } from './format.ts'
import { ourAnswer } from './our-answer.ts'

const cases = goldenCases().map(({ parsed }) => parsed)

describe('golden days', () => {
  test.each(cases)('$family: $name', (golden) => {
    expect(ourAnswer(golden)).toEqual(golden.expect)
  })

  test('are sixty at least, each in the table of the README and only those', () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
    const [, table = ''] = readme.split('## Cases')
    const listed = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name)
    expect(cases.length).toBeGreaterThanOrEqual(60)
    expect(listed).toHaveLength(cases.length)
    expect(new Set(listed)).toEqual(new Set(cases.map(({ name }) => name)))
  })

  test('name no finding that is none', () => {
    const codes = cases.flatMap(({ expect: days }) =>
      Object.values(days).flatMap(({ findings, devices }) => [
        ...findings,
        ...Object.values(devices).flatMap((device) => device.findings),
      ]),
    )
    expect(codes.filter((code) => !ENERGY_FINDINGS.some((known) => known === code))).toEqual([])
  })
})
