import { demoCounty } from '../../devices/demo-county.ts'
import { type Fleet, fleetOf } from '../../devices/fleet.ts'
import { addMonths, dayOf, monthOf, monthStartMs } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import { type Demonstration, saveDemonstration } from './data-folder.ts'
import { importFiles, issueSecret } from './registry-commands.ts'
import { CommandError, type Server } from './server.ts'

/** Drawing up the demonstration county in an empty platform, and what the simulator needs of it. */

const SEED = 20_260_328

const filesOf = ({ stations, today }: { stations: number; today: string }): Record<string, string> =>
  demoCounty({ stations, today: dayOf(Date.parse(`${today}T12:00:00+08:00`)) })

/** What the simulator needs of the county. */
export const demonstrationFleet = (demonstration: Demonstration): Fleet => fleetOf(parseRegistry(filesOf(demonstration)).rows)

/** Draws the county up in an empty platform: imports its registry and gives every gateway a secret. Nothing is published yet. */
export const drawUpDemonstration = async (
  server: Server,
  dataDir: string,
  { stations, clockShiftMs }: { stations: number; clockShiftMs: number },
): Promise<Demonstration> => {
  const nowMs = Date.now() + clockShiftMs
  const today = dayOf(nowMs)
  const { errors } = await importFiles(server, filesOf({ stations, today }), false)
  if (errors[0]) throw new CommandError(`the demonstration county does not import: ${errors[0].file}: ${errors[0].message}`)
  const { gatewayIds } = fleetOf(parseRegistry(filesOf({ stations, today })).rows)
  const secrets: Record<string, string> = {}
  for (const gatewayId of gatewayIds) secrets[gatewayId] = await issueSecret(server, gatewayId)
  // From the first day of last month, so that one whole month can be settled.
  const publishedToMs = monthStartMs(addMonths(monthOf(nowMs), -1))
  const demonstration = { stations, seed: SEED, today, secrets, clockShiftMs, publishedToMs }
  saveDemonstration(dataDir, demonstration)
  return demonstration
}
