import { Command } from 'commander'
import { addFleetCommands } from './cli/fleet-commands.ts'
import { addMoneyCommands } from './cli/money-commands.ts'
import { addOperationCommands } from './cli/operation-commands.ts'
import { addRegistryCommands } from './cli/registry-commands.ts'
import { CommandError } from './cli/server.ts'
import { addStartCommand } from './cli/start.ts'
import { DataFolderInUse } from './owner.ts'

/** The command line. Beside a running server a command goes through it; otherwise it opens the data folder itself. */

const program = new Command('yangguang')
  .description('阳光: village photovoltaic stations, from the reading to the household, to the fen')
  .option('--data <folder>', 'where everything is kept', './data')
  .showHelpAfterError('(add --help for what is possible)')
const dataDir = (): string => program.opts<{ data: string }>().data

addStartCommand(program, dataDir)
addRegistryCommands(program, dataDir)
addMoneyCommands(program, dataDir)
addOperationCommands(program, dataDir)
addFleetCommands(program, dataDir)

/** What a person can mend, in one line; undefined for a bug, which deserves its stack. */
const complaintOf = (error: unknown): string | undefined => {
  if (error instanceof CommandError || error instanceof DataFolderInUse) return error.message
  const { code, address, port } =
    error instanceof Error ? (error as NodeJS.ErrnoException & { address?: string; port?: number }) : {}
  if (code === 'EADDRINUSE') return `${address}:${port} is taken by another program: give another --port or --mqtt-port`
  return code === 'EACCES' || code === 'ENOSPC' ? String(error) : undefined
}

try {
  await program.parseAsync()
} catch (error) {
  const complaint = complaintOf(error)
  if (complaint === undefined) throw error
  process.stderr.write(`yangguang: ${complaint}\n`)
  process.exitCode = 1
}
