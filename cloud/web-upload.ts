import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { WEB_FILES_MAX, webFileHeaders } from '../domain/web-file.ts'

const UPLOADS_AT_ONCE = 8
const PAGE = 'index.html'

/**
 * Puts the built dashboard into the bucket of a deployment; answers how many files. The page goes last, so that it never names a
 * file that is not there; files of earlier versions stay for those who have them open. Nothing needs to be invalidated in front of
 * the bucket: hashed files never change, and all others are asked for again each time.
 */
export const uploadWeb = async (webDir: string, bucket: string, client = new S3Client()): Promise<number> => {
  const paths = globSync('**/*', { cwd: webDir })
    .filter((name) => statSync(join(webDir, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
  if (!paths.includes(PAGE)) throw new Error(`${webDir} holds no ${PAGE}: build the dashboard first`)
  if (paths.length > WEB_FILES_MAX) throw new RangeError(`more than ${WEB_FILES_MAX} files in ${webDir}`)
  const put = async (path: string): Promise<void> => {
    const { contentType, cacheControl } = webFileHeaders(path)
    const Body = readFileSync(join(webDir, path))
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: path, Body, ContentType: contentType, CacheControl: cacheControl }),
    )
  }
  const parts = paths.filter((path) => path !== PAGE)
  for (let at = 0; at < parts.length; at += UPLOADS_AT_ONCE) await Promise.all(parts.slice(at, at + UPLOADS_AT_ONCE).map(put))
  await put(PAGE)
  return paths.length
}
