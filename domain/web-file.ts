/** How files of the built dashboard are served, by their path below its folder; the same on one machine and from S3. */

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
/** More files than this are no dashboard. */
export const WEB_FILES_MAX = 1_000

const extensionOf = (path: string): string => /\.[^./]+$/.exec(path)?.[0] ?? ''

/** All but the hashed files is asked for again each time, so that a new version is seen at once. */
export const webFileHeaders = (path: string): { contentType: string; cacheControl: string } => ({
  contentType: CONTENT_TYPES[extensionOf(path)] ?? 'application/octet-stream',
  cacheControl: HASHED.test(path) ? FOR_EVER : 'no-cache',
})
