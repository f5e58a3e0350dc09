/** What a browser is told about the dashboard: the headers that `local/http.ts` sends, and HTTPS for good. */

export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers CloudFront has no property of its own for. */
export const OTHER_HEADERS: Record<string, string> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-permitted-cross-domain-policies': 'none',
}

/**
 * Runs in CloudFront for each request of a page: every path without an extension is the page itself, which finds its own way, as in
 * `local/web-files.ts`.
 */
export const PAGE_OF_PATH = `function handler(event) {
  var request = event.request
  if (!/[^/]\\.[^./]*$/.test(request.uri)) request.uri = '/index.html'
  return request
}`
