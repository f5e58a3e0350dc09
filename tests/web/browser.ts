import { existsSync } from 'node:fs'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as driver } from 'playwright-core'

const INSTALLED = '/usr/bin/chromium'

/** Made for one page per function call; with more contexts than one the browser dies of these. */
const isWanted = (argument: string): boolean => !['--single-process', '--no-zygote'].includes(argument)

/** A real browser: the one npm brings, else the machine's; undefined, said loudly, when neither starts. */
export const launchBrowser = async (): Promise<Browser | undefined> => {
  const tries: [string, () => Promise<{ executablePath: string; args: string[] }>][] = [
    [
      '@sparticuz/chromium',
      async () => ({ executablePath: await chromium.executablePath(), args: chromium.args.filter(isWanted) }),
    ],
    [INSTALLED, async () => ({ executablePath: INSTALLED, args: ['--no-sandbox'] })],
  ]
  // A busy machine may take too long to start it once.
  for (const [name, optionsOf] of [...tries, ...tries]) {
    if (name === INSTALLED && !existsSync(INSTALLED)) continue
    try {
      return await driver.launch(await optionsOf())
    } catch (error) {
      process.stderr.write(`${name} does not start: ${String(error).slice(0, 300)}\n`)
    }
  }
  process.stderr.write('NO BROWSER: the dashboard tests are skipped on this machine\n')
  return undefined
}
