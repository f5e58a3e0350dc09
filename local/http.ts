import { createHash, timingSafeEqual } from 'node:crypto'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import type { HttpTrigger, Log } from '../functions/entry.ts'
import type { Jobs } from './jobs.ts'
import type { LocalFunction } from './functions.ts'
import type { WebFiles } from './web-files.ts'

/** The HTTP side: the manifest's http functions at their paths, the dashboard, and `/local` for whoever may read `server.json`. */

/** What the machine's owner may do over loopback: the command line speaks to a running server through these. */
export type LocalControl = {
  status: () => object
  deadLetters: () => object
  /** Puts dead letters back to be tried again; answers how many, by the function that takes them. Only of one when it is named. */
  redrive: (name?: string) => Record<string, number>
  jobs: Jobs
  quiesce: () => Promise<void>
  /** A token of an administrator of everything: whoever may read `server.json` owns this machine. */
  session: () => Promise<{ token: string; expiresAtMs: number }>
  /** The schedule functions. */
  names: readonly string[]
  run: (name: string, atMs?: number) => Promise<{ did: number }>
}

export type HttpParts = {
  functions: readonly LocalFunction<HttpTrigger>[]
  control: LocalControl
  token: string
  log: Log
  web?: WebFiles
}

/** API Gateway passes 6 MiB to a function, base64 included. */
const BODY_BYTES_MAX = 4 * 1024 * 1024
const CLOSE_AFTER_MS = 2_000
const HOST = '127.0.0.1'
/** What this machine is called by itself. A proxy in front must ask by one of these, as they do unless told to pass the name on. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]']

const problem = (context: Context, status: 400 | 401 | 404 | 409 | 413 | 421 | 500, title: string, detail?: string): Response =>
  context.json({ type: 'about:blank', title, status, ...(detail && { detail }) }, status, {
    'content-type': 'application/problem+json',
  })

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

const jsonOf = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const localRoutes = ({ control, token }: HttpParts): Hono => {
  const expected = digestOf(`Bearer ${token}`)
  const routes = new Hono()
  routes.use('*', async (context, next) => {
    if (timingSafeEqual(digestOf(context.req.header('authorization') ?? ''), expected)) return next()
    return problem(context, 401, 'Unauthorized')
  })
  routes.get('/status', (context) => context.json(control.status()))
  routes.get('/dead-letters', (context) => context.json(control.deadLetters()))
  routes.post('/dead-letters/redrive', (context) => context.json(control.redrive(context.req.query('of'))))
  routes.get('/jobs', (context) => context.json(control.jobs.state() ?? {}))
  routes.post('/jobs/:name', async (context) => {
    const ask = jsonOf(await context.req.text())
    if (!ask) return problem(context, 400, 'Bad Request', 'the body is no JSON')
    const started = control.jobs.start(context.req.param('name'), ask.value)
    if (started === 'started') return context.json(control.jobs.state() ?? {}, 202)
    if (started === 'busy') return problem(context, 409, 'Conflict', 'another job is running: wait for its end')
    return problem(context, 404, 'Not Found', `what can be started: ${control.jobs.names.join(', ')}`)
  })
  routes.post('/session', async (context) => context.json(await control.session()))
  routes.post('/quiesce', async (context) => {
    await control.quiesce()
    return context.json(control.status())
  })
  routes.post('/run/:function', async (context) => {
    const at = context.req.query('at')
    const atMs = at === undefined ? undefined : Date.parse(at)
    if (Number.isNaN(atMs)) return problem(context, 400, 'Bad Request', '`at` is not an instant')
    const name = context.req.param('function')
    if (!control.names.includes(name)) return problem(context, 404, 'Not Found', `what can be run: ${control.names.join(', ')}`)
    return context.json(await control.run(name, atMs))
  })
  return routes
}

const page = (web: WebFiles | undefined, context: Context): Response => {
  const file = /^(GET|HEAD)$/.test(context.req.method) ? web?.find(context.req.path) : undefined
  if (!file) return problem(context, 404, 'Not Found')
  return context.body(file.bytes, 200, { 'content-type': file.contentType, 'cache-control': file.cacheControl })
}

/** The whole app: what the port serves, and what a test may call without one. */
export const createApp = (parts: HttpParts): { fetch: (request: Request) => Promise<Response> } => {
  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
      strictTransportSecurity: false,
    }),
  )
  // A page of another name can be pointed at 127.0.0.1 (DNS rebinding) and would then be of one origin with the dashboard.
  app.use(async (context, next) =>
    OWN_NAMES.includes(new URL(context.req.url).hostname) ? next() : problem(context, 421, 'Misdirected Request'),
  )
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: (context) => problem(context, 413, 'Content Too Large') }))
  app.use('/api/*', async (context, next) => {
    await next()
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store')
  })
  for (const { on, call } of parts.functions) {
    app.all(on.http, (context) => call(context.req.raw))
    app.all(`${on.http}/*`, (context) => call(context.req.raw))
  }
  app.all('/api/*', (context) => problem(context, 404, 'Not Found'))
  app.route('/local', localRoutes(parts))
  app.all('/local/*', (context) => problem(context, 404, 'Not Found'))
  app.all('*', (context) => page(parts.web, context))
  app.onError((error, context) => {
    // The caller hung up while sending; nothing else here speaks over a network.
    if ('code' in error && error.code === 'ECONNRESET') return problem(context, 400, 'Bad Request')
    // The path of a request may name a person; its pattern cannot.
    parts.log.error({ method: context.req.method, route: context.req.routePath, reason: error.message }, 'request failed')
    return problem(context, 500, 'Internal Server Error')
  })
  return { fetch: async (request) => app.fetch(request) }
}

/** Serves an app on 127.0.0.1; port 0 is any free one. */
export const listen = async (
  app: { fetch: (request: Request) => Promise<Response> },
  port: number,
): Promise<{ url: string; close: () => Promise<void> }> => {
  const server = await new Promise<{ server: ServerType; port: number }>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: HOST }, (info) => resolve({ server, port: info.port }))
    server.once('error', reject)
  })
  return {
    url: `http://${HOST}:${server.port}`,
    close: () =>
      new Promise((resolve) => {
        const http = server.server
        const hurry = setTimeout(() => 'closeAllConnections' in http && http.closeAllConnections(), CLOSE_AFTER_MS)
        http.close(() => {
          clearTimeout(hurry)
          resolve()
        })
        if ('closeIdleConnections' in http) http.closeIdleConnections()
      }),
  }
}
