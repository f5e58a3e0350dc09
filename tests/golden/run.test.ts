import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { goldenCases } from './format.ts'

describe('the runner', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('node', [join(import.meta.dirname, 'run.ts'), ...args], { encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }
  const ours = [process.execPath, join(import.meta.dirname, 'answer.ts')]

  test('finds our own rule right, by the same protocol as anybody else', () => {
    const { status, said } = run('--case', 'two-replacements-in-a-day', '--', ...ours)
    expect(said).toContain('right  reset/two-replacements-in-a-day')
    expect(said).toContain('1 of 1 right')
    expect(status).toBe(0)
  })

  const answering = (energyWh: number, quality: string) => {
    const figure = { energyWh, quality, coveragePermille: 1_000, findings: [] }
    const answer = { '2026-06-01': { ...figure, basis: 'inverters', devices: { 'INV-1': figure } } }
    return [process.execPath, '-e', `process.stdout.write(${JSON.stringify(JSON.stringify(answer))})`]
  }
  const ordinaryWh =
    goldenCases().find(({ parsed }) => parsed.name === 'ordinary-day')?.parsed.expect['2026-06-01']?.energyWh ?? Number.NaN

  test('tells a Wh too much, and why it is', () => {
    const { status, said } = run('--case', 'ordinary-day', '--', ...answering(ordinaryWh + 1, 'measured'))
    expect(said).toContain(`2026-06-01 INV-1 energyWh: ${ordinaryWh + 1} instead of ${ordinaryWh}`)
    expect(said).toContain('why: A lifetime counter read every half hour')
    expect(status).toBe(1)
  })

  test('compares energy alone when asked to', () => {
    expect(run('--case', 'ordinary-day', '--', ...answering(ordinaryWh, 'estimated')).status).toBe(1)
    expect(run('--energy', '--case', 'ordinary-day', '--', ...answering(ordinaryWh, 'estimated')).status).toBe(0)
  })

  test.each([
    ['no answer', [process.execPath, '-e', ''], 'not an answer'],
    ['a failure', [process.execPath, '-e', 'process.exit(3)'], 'exit 3'],
    ['no such command', ['no-such-command-anywhere'], 'ENOENT'],
  ])('takes %s for a wrong answer', (_, command, said) => {
    const result = run('--case', 'ordinary-day', '--', ...command)
    expect(result.said).toContain(said)
    expect(result.status).toBe(1)
  })
})
