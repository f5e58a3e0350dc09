import { createHash } from 'node:crypto'
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { type Archive, checkedFileKey, checkedFileList } from '../archive.ts'

/**
 * The Archive port on S3: one object per file. S3 compares what it got with the checksum it was sent, and the SDK what it gets
 * with the one S3 kept. Whoever may not list the bucket is told 403 for a file that is not there, so that goes with reading.
 */
export const openS3Archive = ({ client, bucket }: { client: S3Client; bucket: string }): Archive => ({
  put: async (key, bytes) => {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: checkedFileKey(key),
        Body: bytes,
        ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
      }),
    )
  },
  get: async (key) => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: checkedFileKey(key), ChecksumMode: 'ENABLED' })
    try {
      const { Body: body } = await client.send(command)
      return await body?.transformToByteArray()
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  },
  list: async (ask) => {
    const { prefix, after, limit } = checkedFileList(ask)
    const { Contents: contents = [], IsTruncated: isTruncated = false } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: limit, StartAfter: after }),
    )
    return { keys: contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key])), isLast: !isTruncated }
  },
})
