import type { Command } from 'commander'
import { parseInstant } from '../../domain/calendar.ts'
import { type FunctionName, manifest } from '../../functions/manifest.ts'
import { CommandError, withServer } from './server.ts'
import { print } from './terminal.ts'

/** `run`, `status`: what an operator of the platform itself asks for. */

const scheduled = Object.entries(manifest)
  .filter(([, { on }]) => 'everyMinutes' in on)
  .map(([name]) => name as FunctionName)

export const addOperationCommands = (program: Command, dataDir: () => string): void => {
  program
    .command('run <function>')
    .description(`runs a scheduled function by hand and waits for the work it hands on: ${scheduled.join(', ')}`)
    .option('--at <instant>', 'as of this instant, e.g. 2026-11-01T06:00 in Asia/Shanghai; now unless told')
    .action(async (name: string, options: { at?: string }) => {
      if (!scheduled.some((known) => known === name)) {
        throw new CommandError(`there is no scheduled function "${name}": choose one of ${scheduled.join(', ')}`)
      }
      const atMs = options.at === undefined ? undefined : parseInstant(options.at)
      if (options.at !== undefined && atMs === undefined) {
        throw new CommandError(`"${options.at}" is no instant: write it as 2026-11-01T06:00, or with Z or an offset`)
      }
      await withServer(dataDir(), async (server) => {
        const at = atMs === undefined ? '' : `?at=${new Date(atMs).toISOString()}`
        const { did } = (await server.call('POST', `/local/run/${name}${at}`)) as { did: number }
        print(`${name}: ${did} done`)
      })
    })
  program
    .command('status')
    .description('what came in and what became of it, queues, dead letters')
    .action(async () =>
      withServer(dataDir(), async (server) => print(JSON.stringify(await server.call('GET', '/local/status'), undefined, 2))),
    )
}
