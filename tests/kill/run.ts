import { parseArgs } from 'node:util'
import { killRounds } from './harness.ts'

/** `node tests/kill/run.ts --rounds 30 [--seed N] [--broken] [--damage]`: exits 1 when anything acknowledged is missing, doubled or invented. */

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seed: { type: 'string' }, broken: { type: 'boolean' }, damage: { type: 'boolean' } },
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)
console.error(`SEED=${seed}`)
const report = await killRounds({
  rounds: Number(values.rounds ?? 30),
  seed,
  soundness: values.broken ? 'broken' : 'sound',
  damage: values.damage ?? false,
})
console.table(report)
console.log(JSON.stringify({ kill: values.broken ? 'broken' : 'sound', ...report }))
process.exitCode = report.lost + report.double + report.invented > 0 || report.acknowledged === 0 ? 1 : 0
