import { pathToFileURL } from 'node:url'

/** A fresh process that loads one module, answers one event with it if there is any, and says how long each took. */

const [, , module = '', event] = process.argv
const startedMs = performance.now()
const { handler } = await import(pathToFileURL(module).href)
const importMs = performance.now() - startedMs
if (event !== undefined) await handler(JSON.parse(event), { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 })
process.send?.({ importMs, answerMs: performance.now() - startedMs })
process.disconnect()
