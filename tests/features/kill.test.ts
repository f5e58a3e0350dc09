import { expect, test } from 'vitest'
import { killRounds } from '../kill/harness.ts'

const rounds = Number(process.env['ROUNDS'] ?? 3)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const timeout = 60_000 + rounds * 20_000

console.info(`SEED=${seed}`)

test(`what was acknowledged survives kill -9, ${rounds} times`, { timeout }, async () => {
  const report = await killRounds({ rounds, seed, soundness: 'sound' })
  expect(report, `SEED=${seed}`).toMatchObject({ lost: 0, double: 0, invented: 0 })
  expect(report.acknowledged, 'the rounds were too short to mean anything').toBeGreaterThan(rounds * 100)
})

test(`what was acknowledged survives kill -9 and a damaged log of the store, ${rounds} times`, { timeout }, async () => {
  const report = await killRounds({ rounds, seed, soundness: 'sound', damage: true })
  expect(report, `SEED=${seed}`).toMatchObject({ lost: 0, double: 0, invented: 0 })
})

test('the same rounds find the loss of a runtime that acknowledges before it commits', { timeout }, async () => {
  const report = await killRounds({ rounds, seed, soundness: 'broken' })
  expect(report.lost, `SEED=${seed}`).toBeGreaterThan(0)
})
