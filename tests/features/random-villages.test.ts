import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/**
 * Fifty thousand villages made up from seeds, each from its stations' days to the last payee, with months that were closed and turned
 * out otherwise: invariants 11 to 17, by arithmetic of its own (`tests/villages/arithmetic.ts`). Two processes tell them, a half each;
 * one lives elsewhere and speaks otherwise, and what both tell must be the same to the byte.
 */

const VILLAGES = 50_000
const AGAIN = 500
const run = promisify(execFile)

const told = async (seed: number, env: Record<string, string>): Promise<{ villages: number; broken: string[]; hash: string }> => {
  const script = fileURLToPath(new URL('../villages/run.ts', import.meta.url))
  const args = [script, '--seed', String(seed), '--villages', String(VILLAGES / 2), '--again', String(AGAIN)]
  const made = await run(process.execPath, args, { env: { ...process.env, ...env } }).catch((error: { stdout?: string }) => {
    // With a broken rule it ends with 1, and has said which.
    if (!error.stdout) throw error
    return { stdout: error.stdout }
  })
  return JSON.parse(made.stdout)
}

test(`of ${VILLAGES} random villages none breaks invariants 11 to 17, here or elsewhere`, { timeout: 600_000 }, async () => {
  const [here, elsewhere] = await Promise.all([
    told(1, { TZ: 'UTC' }),
    told(2_000_000, { TZ: 'America/St_Johns', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }),
  ])
  expect([...here.broken, ...elsewhere.broken]).toEqual([])
  expect(here.villages + elsewhere.villages).toBeGreaterThanOrEqual(VILLAGES)
  expect(here.hash).toBe(elsewhere.hash)
})
