import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { openTables } from '../../stores/sqlite/table.ts'

/**
 * The demonstration county as it stands in a data folder: how large it is, its gateways' secrets (of no use but here) and how far
 * its simulated past has been published. Kept beside the stores, so that a restart goes on where it ended.
 */
export type Demonstration = z.infer<typeof demonstrationSchema>

const demonstrationSchema = z.object({
  stations: z.int(),
  seed: z.int(),
  /** The day the county was drawn up on; its files are a function of it. */
  today: z.string(),
  secrets: z.record(z.string(), z.string()),
  /** How far the clock of this data folder is ahead of the real one. */
  clockShiftMs: z.int(),
  /** Everything before this instant has been published and acknowledged. */
  publishedToMs: z.int(),
})

const pathIn = (dataDir: string): string => join(dataDir, 'demonstration.json')

/** Replaces the file whole, so that a crash leaves the old one or the new one. */
export const saveDemonstration = (dataDir: string, demonstration: Demonstration): void => {
  const path = pathIn(dataDir)
  writeFileSync(`${path}.new`, JSON.stringify(demonstration, undefined, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

export const loadDemonstration = async (dataDir: string): Promise<Demonstration | undefined> => {
  const text = await readFile(pathIn(dataDir), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : demonstrationSchema.parse(JSON.parse(text))
}

/** The clock everything in a data folder lives by: the real one, unless its demonstration has put it forward. */
export const clockOf = async (dataDir: string): Promise<() => number> => {
  const shiftMs = (await loadDemonstration(dataDir))?.clockShiftMs ?? 0
  return () => Date.now() + shiftMs
}

/** Whether somebody's registry is in the data folder already. */
export const holdsRegistry = async (dataDir: string): Promise<boolean> => {
  const path = join(dataDir, 'tables.db')
  if (!existsSync(path)) return false
  const tables = openTables(path)
  try {
    const counties = await tables.regions.queryIndex('byLevel', { partition: 'county', limit: 1 })
    return counties.rows.length > 0
  } finally {
    tables.close()
  }
}
