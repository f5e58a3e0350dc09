import { Command } from 'commander'
import {
  complaintOfAws,
  type DeploymentOptions,
  openApiOf,
  openDeadLetterDeskOf,
  openGatewayDeskOf,
  openMarkingOf,
  openTransferEndOf,
} from '../cloud/commands.ts'
import { addAuditCommand } from './cli/audit-command.ts'
import { addBackfillCommands, deployedBackfillDesk, localBackfillDesk } from './cli/backfill-commands.ts'
import { addCostCommand } from './cli/cost-command.ts'
import { addDeadLetterCommands, localDeadLetterDesk, shownAsTables } from './cli/dead-letter-commands.ts'
import { addFleetCommands } from './cli/fleet-commands.ts'
import { addGatewayCommands, localGatewayDesk } from './cli/gateway-commands.ts'
import { addMoneyCommands } from './cli/money-commands.ts'
import { addClosingCommands } from './cli/closing-commands.ts'
import { addOperationCommands } from './cli/operation-commands.ts'
import { addPaperCommands } from './cli/paper-commands.ts'
import { addPlanCommands } from './cli/plan-commands.ts'
import { addQuarantineCommands } from './cli/quarantine-commands.ts'
import { addReceiptCommands } from './cli/receipt-commands.ts'
import { addRegistryCommands } from './cli/registry-commands.ts'
import { addResetCommands } from './cli/reset-commands.ts'
import { CommandError, type Platform } from './cli/server.ts'
import { addShareCommands } from './cli/share-commands.ts'
import { addSlipCommands } from './cli/slip-commands.ts'
import { addStartCommand } from './cli/start.ts'
import { addTransferCommands, deployedTransferDesk, localTransferDesk } from './cli/transfer-commands.ts'
import { DataFolderInUse } from './owner.ts'

/**
 * The command line. Beside a running server a command goes through it; otherwise it opens the data folder itself. With `--aws` it
 * works on a deployment instead, when that command can.
 */

const program = new Command('yangguang')
  .description('阳光: village photovoltaic stations, from the reading to the household, to the fen')
  .option('--data <folder>', 'where everything is kept', './data')
  .option('--aws', 'work on the deployment in an AWS account instead of this machine')
  .option('--profile <name>', 'with --aws: the profile of your credentials')
  .option('--aws-region <region>', "with --aws: the region of the deployment, when it is not the profile's")
  .option('--stack <name>', 'with --aws: the name of its stack', 'yangguang')
  .showHelpAfterError('(add --help for what is possible)')

type Options = { data: string; aws?: boolean; profile?: string; awsRegion?: string; stack: string }
/** The deployment that is meant; undefined for this machine. */
const deployment = (): DeploymentOptions | undefined => {
  const { aws, stack, profile, awsRegion: region } = program.opts<Options>()
  if (aws) return { stack, ...(profile !== undefined && { profile }), ...(region !== undefined && { region }) }
  if (profile === undefined && region === undefined) return undefined
  throw new CommandError('--profile and --aws-region are for a deployment: add --aws')
}
const here = (): string => program.opts<Options>().data
/** For commands of one machine: none of them may touch its data folder when the operator meant a deployment. */
const dataDir = (): string => {
  if (deployment()) throw new CommandError('this command works on one machine only: leave --aws out')
  return here()
}
/** For commands that need no more than the API. */
const platform = (): Platform => {
  const there = deployment()
  return there ? async () => openApiOf(there) : here()
}

addStartCommand(program, dataDir)
addRegistryCommands(program, platform)
addGatewayCommands(program, async (mqttUrl) => {
  const there = deployment()
  return there ? openGatewayDeskOf(there) : localGatewayDesk(here(), mqttUrl)
})
addShareCommands(program, platform)
addMoneyCommands(program, platform)
addClosingCommands(program, platform)
addReceiptCommands(program, platform)
addPlanCommands(program, platform)
addSlipCommands(program, platform)
addPaperCommands(program, platform, Date.now)
addAuditCommand(program, platform)
addResetCommands(program, platform)
addOperationCommands(program, dataDir)
addQuarantineCommands(program, platform)
addDeadLetterCommands(program, async () => {
  const there = deployment()
  return there ? shownAsTables(await openDeadLetterDeskOf(there)) : localDeadLetterDesk(here())
})
addTransferCommands(program, async () => {
  const there = deployment()
  return there ? deployedTransferDesk(await openTransferEndOf(there)) : localTransferDesk(here())
})
addBackfillCommands(program, async () => {
  const there = deployment()
  return there ? deployedBackfillDesk(await openMarkingOf(there)) : localBackfillDesk(here())
})
addFleetCommands(program, dataDir)
addCostCommand(program)

/** What a person can mend, in one line; undefined for a bug, which deserves its stack. */
const complaintOf = (error: unknown): string | undefined => {
  if (error instanceof CommandError || error instanceof DataFolderInUse) return error.message
  const ofAws = complaintOfAws(error)
  if (ofAws !== undefined) return ofAws
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
