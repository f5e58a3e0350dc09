import { pathToFileURL } from 'node:url'

/** A fresh process that loads one module, answers one event with it if there is any, and says how much processor time each took. */

const [, , module = '', event] = process.argv

const spentMs = (): number => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

const before = process.cpuUsage()
const { handler } = await import(pathToFileURL(module).href)
const importMs = spentMs()
if (event !== undefined) await handler(JSON.parse(event), { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 })
process.send?.({ importMs, answerMs: spentMs() })
process.disconnect()
