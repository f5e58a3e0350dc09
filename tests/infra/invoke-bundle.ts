import { pathToFileURL } from 'node:url'

/** Runs in a process of its own, as a Lambda instance does: loads one bundle and answers the events sent to it. */

const [, , bundle = ''] = process.argv
const { handler } = await import(pathToFileURL(bundle).href)

process.on('message', (event) => {
  const context = { awsRequestId: 'test-request', functionName: 'test', getRemainingTimeInMillis: () => 10_000 }
  handler(event, context).then(
    (result: unknown) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.stack ?? String(error) }),
  )
})
process.send?.('loaded')
