import { pathToFileURL } from 'node:url'

/**
 * Runs in a process of its own, as a Lambda instance does: loads one bundle and answers the events sent to it. The clock may be
 * ahead or behind by so many milliseconds, for the bundle and all in it: a deployed function takes the time from nobody.
 */

const [, , bundle = '', clockShiftMs = '0'] = process.argv

const TrueDate = Date
globalThis.Date = class extends TrueDate {
  constructor(...given: [] | [string | number | Date]) {
    if (given.length > 0) super(...(given as [number]))
    else super(TrueDate.now() + Number(clockShiftMs))
  }
  static override now(): number {
    return TrueDate.now() + Number(clockShiftMs)
  }
} as DateConstructor

const { handler } = await import(pathToFileURL(bundle).href)

process.on('message', ({ event, timeoutMs }: { event: unknown; timeoutMs: number }) => {
  const endsAtMs = performance.now() + timeoutMs
  const getRemainingTimeInMillis = () => Math.max(0, endsAtMs - performance.now())
  handler(event, { awsRequestId: 'test-request', functionName: 'test', getRemainingTimeInMillis }).then(
    (result: unknown) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.stack ?? String(error) }),
  )
})
process.send?.('loaded')
