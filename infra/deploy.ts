import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { complaintOfAws, DeploymentError } from '../cloud/complaint.ts'
import { parseOptions, USAGE } from './deploy-options.ts'
import { deploy, type Hands } from './deploy-steps.ts'

/** `npm run deploy`: the platform in an AWS account, by one command that can be repeated. */

const ROOT = join(import.meta.dirname, '..')
const tool = (...path: string[]): string => join(ROOT, 'node_modules', ...path)

/** Runs a tool of the project to its end, its words shown as they come. */
const run = (script: string, ...argv: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...argv], { cwd: ROOT, stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new DeploymentError(`it ended with ${code}: mend what is said above and deploy again`))
    })
  })

const ask = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`${question} (yes/no) `)
  terminal.close()
  return /^(y|yes|是|好)$/i.test(answer.trim())
}

const hands: Hands = {
  cdk: (...argv) => run(tool('aws-cdk', 'bin', 'cdk'), ...argv),
  buildWeb: async () => {
    await run(tool('vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn')
    return join(ROOT, 'web', 'dist')
  },
  ask,
  print: (...lines) => console.log(lines.join('\n')),
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options) await deploy(options, hands)
  else console.log(USAGE)
} catch (error) {
  const complaint = complaintOfAws(error)
  if (complaint === undefined) throw error
  process.stderr.write(`deploy: ${complaint}\n`)
  process.exitCode = 1
}
