import * as z from 'zod'
import { ID_PATTERN } from '../domain/limits.ts'
import type { ArchiveReader } from './archive.ts'
import { packLines, sha256Of, unpackLines } from './archive-file.ts'
import { TABLES_IN_ORDER } from './transfer-scope.ts'

/**
 * The files of an export: rows as JSON lines by county and table, readings as one file per station-day, a list of all files with
 * their hashes, and the manifest with the hash of that list. The manifest is written last: an export that was cut short is no export.
 */

export const MANIFEST_KEY = 'manifest.json'
export const FILE_LIST_KEY = 'files.ndjson.gz'

/** A travel document is not a bug report: what it says can be shown to the person who asked for the transfer. */
export class TransferRefused extends Error {}

const count = z.int().min(0)
const fileBase = { key: z.string(), sha256: z.string(), count }
const listedFile = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rows'), ...fileBase, table: z.enum(TABLES_IN_ORDER) }),
  /** `mark`: after which mark the readings were read, if there was one. While it is the same they need not be read again. */
  z.strictObject({ kind: z.literal('readings'), ...fileBase, mark: z.string().optional() }),
])
export type ListedFile = z.infer<typeof listedFile>

const manifestSchema = z.strictObject({
  version: z.literal(1),
  /** The instant the export began: everything committed before is in it. */
  cutAtMs: z.int(),
  /** Absent when it is the whole system. */
  county: z.string().regex(ID_PATTERN).optional(),
  rows: z.record(z.string(), count),
  stationDays: count,
  readings: count,
  fileList: z.strictObject({ count, sha256: z.string() }),
})
export type TransferManifest = z.infer<typeof manifestSchema>

export const packJson = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)

export const packFileList = (files: readonly ListedFile[]): Uint8Array => packLines(files.map((file) => JSON.stringify(file)))

/** The manifest of an export; undefined when there is none. Refuses one of another kind. */
export const readManifest = async (from: ArchiveReader): Promise<TransferManifest | undefined> => {
  const bytes = await from.get(MANIFEST_KEY)
  if (bytes === undefined) return undefined
  try {
    return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString()))
  } catch {
    throw new TransferRefused(`${MANIFEST_KEY} is not that of an export this release can read`)
  }
}

/** The files a manifest stands for. Refuses a list that is not the one it names. */
export const readFileList = async (from: ArchiveReader, { fileList }: TransferManifest): Promise<ListedFile[]> => {
  const bytes = await from.get(FILE_LIST_KEY)
  if (bytes === undefined || sha256Of(bytes) !== fileList.sha256) {
    throw new TransferRefused(`${FILE_LIST_KEY} is not the one of the manifest: let the export run to its end`)
  }
  return unpackLines(bytes).map((line) => listedFile.parse(JSON.parse(line)))
}

/** Told how far a transfer is. */
export type TransferProgress = (done: number, of: number, note: string) => void

/** Does work with a few at a time; after a throw no more is begun. */
export const fewAtOnce = async <Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, at: number) => Promise<void>,
): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at]
      if (item !== undefined) await work(item, at)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  } finally {
    next = items.length
  }
}
