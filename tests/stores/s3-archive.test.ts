import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openS3Archive } from '../../stores/s3/archive.ts'
import { archiveContract } from './archive.contract.ts'
import { type SimulatedS3, startSimulatedS3 } from './simulated-s3.ts'

const clientOf = ({ endpoint }: SimulatedS3): S3Client =>
  new S3Client({ endpoint, region: 'local', maxAttempts: 1, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } })

archiveContract('a simulated S3', async () => {
  const s3 = await startSimulatedS3()
  const client = clientOf(s3)
  const close = async (): Promise<void> => {
    client.destroy()
    await s3.close()
  }
  return { archive: openS3Archive({ client, bucket: s3.bucket }), close }
})

describe('S3', () => {
  let s3: SimulatedS3
  let client: S3Client
  beforeAll(async () => {
    s3 = await startSimulatedS3()
    client = clientOf(s3)
  })
  afterAll(async () => {
    client.destroy()
    await s3.close()
  })

  test('hands on no object whose bytes are not those that were sent', async () => {
    const archive = openS3Archive({ client, bucket: s3.bucket })
    await archive.put('a/file', new Uint8Array([1, 2, 3]))
    s3.objects.set('a/file', { bytes: Buffer.from([1, 2, 4]), sha256: s3.objects.get('a/file')?.sha256 ?? '' })
    await expect(archive.get('a/file')).rejects.toThrow('Checksum')
  })

  test('that has no such bucket is an error, not an absent file', async () => {
    await expect(openS3Archive({ client, bucket: 'elsewhere' }).get('a/file')).rejects.toThrow()
  })
})
