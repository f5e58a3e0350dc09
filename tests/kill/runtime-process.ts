import type { InboundLog, openInboundLog } from '../../local/inbound-log.ts'
import { openInboundLog as openSoundLog } from '../../local/inbound-log.ts'
import { startRuntime } from '../../local/run.ts'

/** The runtime that is killed: `<data folder> <mqtt port> sound|broken`. It says when it listens and, when asked, that all is drained. */

export type RuntimeSays = 'listening' | 'drained'

/** Long enough that a kill always finds something acknowledged and not committed. */
const COMMITTED_LATER_MS = 50

/** The negative control: says "on disk" before it is. What a harness does not catch here, it catches nowhere. */
const openBrokenLog: typeof openInboundLog = (path, options) => {
  const log: InboundLog = openSoundLog(path, options)
  return {
    ...log,
    append: (message, done) => {
      done()
      setTimeout(() => log.append(message, () => undefined), COMMITTED_LATER_MS)
    },
  }
}

const say = (what: RuntimeSays): void => void process.send?.(what)
const [dataDir = '', mqttPort = '0', soundness] = process.argv.slice(2)
const log = { info: () => undefined, warn: () => undefined, error: process.env.LOUD ? console.error : () => undefined }

const runtime = await startRuntime({
  dataDir,
  httpPort: 0,
  mqttPort: Number(mqttPort),
  schedules: false,
  log,
  ...(soundness === 'broken' && { openLog: openBrokenLog }),
})
const finish = async (): Promise<void> => {
  // Nobody kills this life, so what is lost is lost by the kills before it.
  await new Promise((resolve) => setTimeout(resolve, 4 * COMMITTED_LATER_MS))
  await runtime.quiesce()
  await runtime.close()
  say('drained')
  process.disconnect()
}
process.on('message', () => void finish())
process.on('disconnect', () => process.exit())
say('listening')
