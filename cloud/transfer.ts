import { S3Client } from '@aws-sdk/client-s3'
import type { RegionCode } from '../domain/registry.ts'
import type { Archive, ArchiveReader } from '../stores/archive.ts'
import { exportSystem } from '../stores/export.ts'
import { importSystem, type ImportReport } from '../stores/import.ts'
import { openS3Archive } from '../stores/s3/archive.ts'
import type { TransferManifest, TransferProgress } from '../stores/transfer-files.ts'
import type { Deployment } from './deployment.ts'

/**
 * A deployment as one end of a move: its tables, its time series and its archive, opened from outside. What is taken in is computed
 * by the deployment itself, as everything else is.
 */
export type TransferEnd = {
  exportTo: (to: Archive, ask: { county?: RegionCode; onProgress: TransferProgress }) => Promise<TransferManifest>
  restoreFrom: (from: ArchiveReader, ask: { write: boolean; onProgress: TransferProgress }) => Promise<ImportReport>
}

export const transferEnd = (deployment: Deployment, now: () => number = Date.now): TransferEnd => {
  const open = async () => ({
    tables: deployment.tables,
    readings: await deployment.openReadings(),
    archive: openS3Archive({ client: new S3Client(), bucket: deployment.outputs.ArchiveBucket }),
    now,
  })
  return {
    exportTo: async (to, ask) => exportSystem(await open(), { to, ...ask }),
    restoreFrom: async (from, ask) => importSystem(await open(), { from, ...ask }),
  }
}
