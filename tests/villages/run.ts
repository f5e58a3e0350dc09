import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { storiesFrom } from './stories.ts'

/**
 * `node tests/villages/run.ts --seed N --villages N --again N`: tells so many stories from a seed on, and some that other processes tell
 * too, whose hash says whether two of them were told the same.
 */

const { values } = parseArgs({ options: { seed: { type: 'string' }, villages: { type: 'string' }, again: { type: 'string' } } })
const made = storiesFrom(Number(values.seed ?? 1), Number(values.villages ?? 50_000))
const hash = createHash('sha256')
const again = storiesFrom(1, Number(values.again ?? 0), (told) => void hash.update(told))
const broken = [...made.broken, ...again.broken]
console.log(JSON.stringify({ villages: made.villages, broken, hash: hash.digest('hex') }))
process.exitCode = broken.length > 0 ? 1 : 0
