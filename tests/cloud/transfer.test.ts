import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTransferEndOf } from '../../cloud/commands.ts'
import { fleetOf } from '../../devices/fleet.ts'
import { rounds } from '../../devices/rounds.ts'
import { DAY_MS, dayOf, dayStartMs } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import { deployedTransferDesk } from '../../local/cli/transfer-commands.ts'
import { archiveKey, unpackStationDay } from '../../stores/archive-file.ts'
import { openFolderArchive } from '../../stores/folder/archive.ts'
import { readFileList, readManifest, type TransferManifest } from '../../stores/transfer-files.ts'
import { NOON_MS } from '../readings.ts'
import { asFiles, someLines } from '../registry-files.ts'
import { startSimulatedS3, type SimulatedS3 } from '../stores/simulated-s3.ts'
import { startWorld, type World } from '../world.ts'
import { type RunningDeployment, startDeployment } from './a-running-deployment.ts'

/** A county that outgrows its one machine moves into a deployment, and out of it again. */

const files = asFiles(someLines())
const fleet = fleetOf(parseRegistry(files).rows)
const TODAY_MS = dayStartMs(dayOf(NOON_MS))
/** Long enough ago for the archive to take its readings. */
const LONG_AGO_MS = TODAY_MS - 200 * DAY_MS

const root = mkdtempSync(join(tmpdir(), 'yangguang-move-'))
const from = join(root, 'from')
let world: World
let exported: TransferManifest
let s3: SimulatedS3
let deployment: RunningDeployment
beforeAll(async () => {
  world = await startWorld({ now: () => NOON_MS })
  await world.importRegistry(files, fleet.gatewayIds)
  for (const fromMs of [LONG_AGO_MS, TODAY_MS - DAY_MS]) {
    const span = rounds({ fleet, seed: 7, fromMs, toMs: fromMs + DAY_MS, everyMs: 1_800_000 })
    await world.publish([...span].flatMap(({ messages }) => messages))
  }
  await world.run('sweep-generation', NOON_MS)
  exported = (await world.job('export', { folder: from })) as TransferManifest
  s3 = await startSimulatedS3('invented-archive')
  deployment = await startDeployment(undefined, { ArchiveBucket: s3.bucket }, { AWS_ENDPOINT_URL_S3: s3.endpoint })
}, 120_000)
afterAll(async () => {
  await deployment.close()
  await s3.close()
  await world.close()
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const desk = async () => deployedTransferDesk(await openTransferEndOf({ stack: 'yangguang' }))
/** What an export holds, file by file; marks are set anew by whoever takes them in, and overseers shut out. */
const contentOf = async (folder: string): Promise<string[]> => {
  const archive = openFolderArchive(folder)
  const manifest = await readManifest(archive)
  if (!manifest) throw new Error('no export')
  return (await readFileList(archive, manifest))
    .filter(({ key }) => !/\/(staleDays|above\/users)-/.test(key))
    .map(({ key, sha256 }) => `${key} ${sha256}`)
}

test('a dry run looks at every file and writes nothing', async () => {
  const report = await (await desk()).restoreFrom(from, false)
  expect([report.written, report.readings]).toEqual([false, exported.readings])
  expect((await deployment.tables.stations.get({ stationId: 'ZL1' }))?.row).toBeUndefined()
})

test('a deployment takes in all of it, gives all of it back, and a second time changes nothing', async () => {
  const report = await (await desk()).restoreFrom(from, true)
  expect(exported.readings).toBeGreaterThan(100)
  expect([report.written, report.readings]).toEqual([true, exported.readings])

  const again = await (await desk()).restoreFrom(from, true)
  expect(again.readings).toBe(0)
  expect(again.rows.stations).toMatchObject({ new: 0, same: exported.rows.stations })

  const back = join(root, 'back')
  const manifest = await (await desk()).exportTo(back, undefined)
  expect(manifest.readings).toBe(exported.readings)
  expect(await contentOf(back)).toEqual(await contentOf(from))
})

test('readings old enough for it are in its archive at once', () => {
  const key = archiveKey({ countyCode: '341623000000', stationId: 'ZL1', day: dayOf(LONG_AGO_MS) })
  const kept = s3.objects.get(key)
  expect(kept && unpackStationDay(kept.bytes).readings.length).toBeGreaterThan(0)
})

test('what is no export is refused in words, and so is a folder that others may read', async () => {
  await expect((await desk()).restoreFrom(root, true)).rejects.toThrow('it holds no finished export')
  await expect((await desk()).exportTo(tmpdir(), undefined)).rejects.toThrow('others may look into')
})
