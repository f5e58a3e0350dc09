import { mkdirSync, statSync } from 'node:fs'
import * as z from 'zod'
import { parseDay } from '../domain/calendar.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import type { Archive } from '../stores/archive.ts'
import { changesBetween, figuresOf, markStationDays, stationDaysOf } from '../stores/backfill.ts'
import { exportSystem } from '../stores/export.ts'
import { openFolderArchive } from '../stores/folder/archive.ts'
import { importSystem } from '../stores/import.ts'
import type { SqliteTables } from '../stores/sqlite/table.ts'
import { TransferRefused } from '../stores/transfer-files.ts'
import type { OnProgress, Operations } from './jobs.ts'
import type { QueueRunner } from './queue-runner.ts'
import type { Readings } from './readings.ts'
import type { Scheduler } from './scheduler.ts'
import type { WorkQueues } from './queue.ts'

/** The jobs of the one-machine runtime: export, restore and backfill, each done beside everything else. */

type Parts = {
  tables: SqliteTables
  readings: Readings
  archive: Archive
  scheduler: Scheduler
  runner: QueueRunner
  queues: WorkQueues
  now: () => number
  /** Resolves when what was acknowledged before is in the stores. */
  quiesce: () => Promise<void>
}

const id = z.string().regex(ID_PATTERN)
const day = z.string().transform((text, context) => {
  const parsed = parseDay(text)
  if (parsed === undefined) context.issues.push({ code: 'custom', message: 'not a day', input: text })
  return parsed ?? z.NEVER
})
const exportAsk = z.strictObject({ folder: z.string().min(1), county: id.optional() })
const restoreAsk = z.strictObject({ folder: z.string().min(1), write: z.boolean() })
const backfillAsk = z.strictObject({
  from: day,
  to: day,
  stationId: id.optional(),
  county: id.optional(),
  write: z.boolean(),
})

/** What a command asks for, or one line about what is wrong with it. */
const asked = <Ask>(schema: z.ZodType<Ask>, ask: unknown): Ask => {
  const { data, error } = schema.safeParse(ask)
  if (data === undefined)
    throw new RangeError(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  return data
}

const OTHERS = 0o077
const SWEEPS_MAX = 100
const LOOK_EVERY_MS = 250
/** So many changes are told one by one. */
const CHANGES_MAX = 500

/** A folder for names: made for its owner alone, or there already and closed to others. */
export const privateFolder = (folder: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.platform !== 'win32' && (statSync(folder).mode & OTHERS) !== 0) {
    throw new TransferRefused(
      `others may look into ${folder}, and an export holds names of households: chmod 700, or a new folder`,
    )
  }
}

const exportTo =
  (parts: Parts) =>
  async (ask: unknown, onProgress: OnProgress): Promise<object> => {
    const { folder, county } = asked(exportAsk, ask)
    privateFolder(folder)
    await parts.quiesce()
    const { tables, archive, now } = parts
    const from = { tables, readings: parts.readings.store, archive, now }
    return exportSystem(from, { to: openFolderArchive(folder), ...(county !== undefined && { county }), onProgress })
  }

const restoreFrom =
  (parts: Parts) =>
  async (ask: unknown, onProgress: OnProgress): Promise<object> => {
    const { folder, write } = asked(restoreAsk, ask)
    const { tables, archive, now } = parts
    const into = { tables, readings: parts.readings.store, archive, now }
    const report = await importSystem(into, { from: openFolderArchive(folder), write, onProgress })
    // What comes by the door is kept in the inbound log until a checkpoint; this did not come by the door.
    if (write) await parts.readings.checkpoint()
    return report
  }

/** Lets the schedule take up the marks, sweep after sweep, until none is left. */
const sweepAll = async ({ scheduler, runner, queues }: Parts, onProgress: OnProgress, of: number): Promise<void> => {
  let [done, sent] = [0, 0]
  const look = setInterval(() => {
    const { ready, inFlight } = queues.depth('compute-generation')
    const waiting = ready + inFlight
    // Of a long span a sweep sends a part; only what was sent, by this sweep or the schedule's, and has left the queue is computed.
    sent = Math.max(sent, done + waiting)
    done = Math.max(done, sent - waiting)
    onProgress(Math.min(done, of), of, 'station-days computed')
  }, LOOK_EVERY_MS)
  try {
    for (let sweeps = 0; sweeps < SWEEPS_MAX; sweeps += 1) {
      const before = done
      const { did } = await scheduler.run('sweep-generation')
      sent = Math.max(sent, before + did)
      // Also when the schedule was faster and has sent what was due.
      await runner.idle()
      done = Math.max(done, sent)
      if (did === 0) return
    }
  } finally {
    clearInterval(look)
  }
}

const backfill =
  (parts: Parts) =>
  async (ask: unknown, onProgress: OnProgress): Promise<object> => {
    const { write, ...given } = asked(backfillAsk, ask)
    const { from, to, stationId, county } = given
    const span = { from, to, ...(stationId !== undefined && { stationId }), ...(county !== undefined && { county }) }
    const { tables, now } = parts
    const places = await stationDaysOf(tables, span, now())
    if (!write) return { stationDays: places.length, written: false }
    const before = await figuresOf(tables.generation, places)
    await markStationDays(tables, places, now(), (done) => onProgress(done, places.length, 'station-days marked'))
    await sweepAll(parts, onProgress, places.length)
    const changes = changesBetween(before, await figuresOf(tables.generation, places))
    return { stationDays: places.length, written: true, changed: changes.length, changes: changes.slice(0, CHANGES_MAX) }
  }

export const operationsOf = (parts: Parts): Operations => ({
  export: exportTo(parts),
  restore: restoreFrom(parts),
  backfill: backfill(parts),
})
