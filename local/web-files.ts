import { globSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'

/** The built dashboard, read once: what is not in the list does not exist, so no path can lead out of its folder. */
export type WebFiles = {
  /** The file at a URL path; the page itself for every other path without an extension; undefined when there is no such file. */
  find: (path: string) => WebFile | undefined
}
export type WebFile = { bytes: Uint8Array<ArrayBuffer>; contentType: string; cacheControl: string }

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
/** Vite puts a hash of the content into the names of these. */
const HASHED = /^assets\//
const FOR_EVER = 'public, max-age=31536000, immutable'
const FILES_MAX = 1_000

/** Reads a folder of built files. Throws RangeError when it holds more than a dashboard can. */
export const readWebFiles = (webDir: string): WebFiles => {
  const names = globSync('**/*', { cwd: webDir }).filter((name) => statSync(join(webDir, name)).isFile())
  if (names.length > FILES_MAX) throw new RangeError(`more than ${FILES_MAX} files in ${webDir}`)
  const files = new Map(
    names.map((name): [string, WebFile] => {
      const path = name.replaceAll('\\', '/')
      const contentType = CONTENT_TYPES[extname(path)] ?? 'application/octet-stream'
      const cacheControl = HASHED.test(path) ? FOR_EVER : 'no-cache'
      return [`/${path}`, { bytes: new Uint8Array(readFileSync(join(webDir, name))), contentType, cacheControl }]
    }),
  )
  return { find: (path) => files.get(path) ?? (extname(path) === '' ? files.get('/index.html') : undefined) }
}
