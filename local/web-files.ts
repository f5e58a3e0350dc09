import { globSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { WEB_FILES_MAX, webFileHeaders } from '../domain/web-file.ts'

/** The built dashboard, read once: what is not in the list does not exist, so no path can lead out of its folder. */
export type WebFiles = {
  /** The file at a URL path; the page itself for every other path without an extension; undefined when there is no such file. */
  find: (path: string) => WebFile | undefined
}
export type WebFile = { bytes: Uint8Array<ArrayBuffer>; contentType: string; cacheControl: string }

/** Reads a folder of built files. Throws RangeError when it holds more than a dashboard can. */
export const readWebFiles = (webDir: string): WebFiles => {
  const names = globSync('**/*', { cwd: webDir }).filter((name) => statSync(join(webDir, name)).isFile())
  if (names.length > WEB_FILES_MAX) throw new RangeError(`more than ${WEB_FILES_MAX} files in ${webDir}`)
  const files = new Map(
    names.map((name): [string, WebFile] => {
      const path = name.replaceAll('\\', '/')
      return [`/${path}`, { bytes: new Uint8Array(readFileSync(join(webDir, name))), ...webFileHeaders(path) }]
    }),
  )
  return { find: (path) => files.get(path) ?? (extname(path) === '' ? files.get('/index.html') : undefined) }
}
