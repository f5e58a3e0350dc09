import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type Answer, goldenCases, parseAnswer } from './format.ts'

/**
 * Runs the golden cases against a command of anybody's (README.md):
 * `node tests/golden/run.ts [--energy] [--case <name>] -- <command> [<argument>...]`.
 */

const ANSWER_MS_MAX = 60_000

const { values, positionals } = parseArgs({
  options: { energy: { type: 'boolean', default: false }, case: { type: 'string' } },
  allowPositionals: true,
})
const [command, ...args] = positionals
if (command === undefined) throw new Error('no command: node tests/golden/run.ts -- <command> [<argument>...]')

/** What is compared, in an order of its own: findings are a set. */
const flat = (answer: Answer): [what: string, value: unknown][] =>
  Object.entries(answer).flatMap(([day, { devices, ...station }]) =>
    [['station', station] as const, ...Object.entries(devices)].flatMap(([who, figure]) =>
      Object.entries(figure)
        .filter(([key]) => !values.energy || key === 'energyWh')
        .map(([key, value]): [string, unknown] => [
          `${day} ${who} ${key}`,
          Array.isArray(value) ? [...new Set(value)].sort().join(' ') : value,
        ]),
    ),
  )

/** Every difference in words; none when the command is right. */
const judge = (text: string, expected: Answer): string[] => {
  const { status, error, stdout, stderr } = spawnSync(command, args, { input: text, encoding: 'utf8', timeout: ANSWER_MS_MAX })
  if (error) return [error.message]
  if (status !== 0) return [`exit ${status}: ${stderr.trim().split('\n').at(-1)}`]
  let answer: Answer
  try {
    answer = parseAnswer(stdout)
  } catch (thrown) {
    return [`not an answer: ${thrown instanceof Error ? thrown.message : String(thrown)}`]
  }
  const given = new Map(flat(answer))
  return flat(expected)
    .filter(([what, value]) => given.get(what) !== value)
    .map(([what, value]) => `${what}: ${String(given.get(what))} instead of ${String(value)}`)
}

const cases = goldenCases().filter(({ parsed }) => values.case === undefined || parsed.name === values.case)
if (cases.length === 0) throw new Error(`no case of the name ${values.case}`)
let wrong = 0
for (const { parsed, text } of cases) {
  const { expect: _expected, why: _why, ...asked } = JSON.parse(text) as Record<string, unknown>
  const differences = judge(JSON.stringify({ ...asked, days: Object.keys(parsed.expect) }), parsed.expect)
  if (differences.length > 0) wrong += 1
  process.stdout.write(`${differences.length > 0 ? 'WRONG' : 'right'}  ${parsed.family}/${parsed.name}\n`)
  for (const difference of differences) process.stdout.write(`         ${difference}\n`)
  if (differences.length > 0) process.stdout.write(`         why: ${parsed.why}\n`)
}
process.stdout.write(`${cases.length - wrong} of ${cases.length} right\n`)
process.exitCode = wrong > 0 ? 1 : 0
