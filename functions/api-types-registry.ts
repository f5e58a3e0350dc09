import type { RegistryRows } from '../domain/registry-import.ts'
import type { ToldError } from './api-types.ts'

/** What pages get of the registry. */

/** Where something is wrong and what to do: in English as the rules say it, and in Chinese as the template's sheets are headed. */
export type RegistryError = ToldError & { sheetZh: string; headingZh: string }

/** POST /api/registry/import: nothing is written on a dry run, or while anything is wrong. */
export type RegistryImportView = {
  written: boolean
  rows: Record<keyof RegistryRows, number>
  /** The first of them. */
  errors: RegistryError[]
  errorCount: number
  /** Plans the files say otherwise, which were left as they are because somebody has acted on them here. */
  plansKept?: number
  /** Station-days that are computed anew because their readings mean something else now. */
  stationDays?: number
}
