import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod'
import { CommandError, type Server } from './server.ts'
import { progressBar } from './terminal.ts'

/** A job of the server, followed to its end with a progress bar. */

const stateSchema = z.object({
  name: z.string(),
  done: z.number(),
  of: z.number(),
  note: z.string(),
  result: z.looseObject({}).optional(),
  error: z.string().optional(),
})

const LOOK_EVERY_MS = 150

/** Answers what the job came to. Throws CommandError with why it ended. */
export const runJob = async (server: Server, name: string, ask: object): Promise<object> => {
  const bar = progressBar(name)
  await server.call('POST', `/local/jobs/${name}`, ask)
  for (;;) {
    const state = stateSchema.parse(await server.call('GET', '/local/jobs'))
    if (state.result !== undefined || state.error !== undefined) bar.end()
    if (state.error !== undefined) throw new CommandError(state.error)
    if (state.result !== undefined) return state.result
    bar.at(state.done, state.of, state.note)
    await wait(LOOK_EVERY_MS)
  }
}
