import { Command } from 'commander'
import { addFleetCommands } from './cli/fleet-commands.ts'
import { addMoneyCommands } from './cli/money-commands.ts'
import { addOperationCommands } from './cli/operation-commands.ts'
import { addRegistryCommands } from './cli/registry-commands.ts'
import { CommandError } from './cli/server.ts'
import { addStartCommand } from './cli/start.ts'

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

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  process.stderr.write(`yangguang: ${error.message}\n`)
  process.exitCode = 1
}
