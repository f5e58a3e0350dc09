import type { Command } from 'commander'
import * as z from 'zod'
import { formatInstant } from '../../domain/calendar.ts'
import { CommandError, withServer } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `dead-letters`: what was given up after every try, on either runtime, and sending it to be tried again. */

/** Both answer lines to show. */
export type DeadLetterDesk = {
  list: () => Promise<string[]>
  /** Of one queue, or of `all`. */
  redrive: (queue: string) => Promise<string[]>
}

/** Dead letters as a deployment answers them. */
type Letters = { name: string; count: number; some: { messageId: string; queuedAtMs: number; about: string; bytes: number }[] }

const ALL = 'all'

export const localDeadLetterDesk = (dataDir: string): DeadLetterDesk => ({
  list: async () =>
    withServer(dataDir, async ({ call }) => [JSON.stringify(await call('GET', '/local/dead-letters'), undefined, 2)]),
  redrive: async (queue) =>
    withServer(dataDir, async ({ call }) => {
      const of = queue === ALL ? '' : `?of=${encodeURIComponent(queue)}`
      const redriven = z.record(z.string(), z.int()).parse(await call('POST', `/local/dead-letters/redrive${of}`))
      const names = Object.keys(redriven)
      if (names.length === 0) throw new CommandError(`nothing takes dead letters of "${queue}": see \`yangguang status\``)
      return names.map((name) => `${name}: ${redriven[name]} back to be tried again`)
    }),
})

/** The desk of a deployment, its letters as tables. */
export const shownAsTables = (desk: {
  list: () => Promise<Letters[]>
  redrive: (queue: string) => Promise<string[]>
}): DeadLetterDesk => ({
  list: async () => {
    const found = await desk.list()
    const counts = found.map(({ name, count }) => [name, String(count)])
    const some = found.flatMap(({ name, some: letters }) =>
      letters.map(({ messageId, queuedAtMs, about, bytes }) => [
        name,
        formatInstant(queuedAtMs),
        about,
        String(bytes),
        messageId,
      ]),
    )
    const titles = ['queue', 'since', 'about', 'bytes', 'message'].map((title) => ({ title, right: title === 'bytes' }))
    return [
      ...tableLines([{ title: 'queue' }, { title: 'dead letters', right: true }], counts),
      ...(some.length === 0 ? [] : ['', ...tableLines(titles, some)]),
    ]
  },
  redrive: desk.redrive,
})

export const addDeadLetterCommands = (program: Command, deskOf: () => Promise<DeadLetterDesk>): void => {
  const letters = program
    .command('dead-letters')
    .description('messages and work given up after every try')
    .action(async () => print(...(await (await deskOf()).list())))
  letters
    .command('redrive [queue]')
    .description('sends them to be tried again, of one queue or of all; nothing is stored twice by that')
    .option('--write', 'really do it')
    .action(async (queue: string = ALL, options: { write?: boolean } = {}) => {
      if (!options.write) return print(`a dry run: dead letters (${queue}) would be sent again; add --write`)
      return print(...(await (await deskOf()).redrive(queue)))
    })
}
