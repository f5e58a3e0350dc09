import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { type User, WHOLE_COUNTRY } from '../../domain/access.ts'
import { create as trace } from '../../functions/api-trace.ts'
import { create as closings } from '../../functions/api-closings.ts'
import { create as county } from '../../functions/api-county.ts'
import { create as papers } from '../../functions/api-papers.ts'
import { create as registry } from '../../functions/api-registry.ts'
import { create as resets } from '../../functions/api-resets.ts'
import { create as performance } from '../../functions/api-performance.ts'
import { create as receipts } from '../../functions/api-receipts.ts'
import { create as session } from '../../functions/api-session.ts'
import { create as plans } from '../../functions/api-plans.ts'
import { create as slips } from '../../functions/api-slips.ts'
import { create as stations } from '../../functions/api-stations.ts'
import { create as villages } from '../../functions/api-villages.ts'
import { hashPassword } from '../../functions/edge/session.ts'
import { createApp, listen } from '../../local/http.ts'
import { openJobs } from '../../local/jobs.ts'
import { readWebFiles } from '../../local/web-files.ts'
import { NOW_MS, villageCode } from '../a-county.ts'
import { COUNTY } from '../registry.ts'
import { type ApiWorld, openApiWorld } from '../functions/api-world.ts'

/** The built dashboard over the API of the seeded county, on a free port, with the headers of the one-machine server. */
export type ServedCounty = ApiWorld & {
  url: string
  /** While true, every API request is refused as an outage is. */
  outage: (on: boolean) => void
  /** Moves the server's clock on. */
  advance: (byMs: number) => void
}

export const PASSWORD = 'an-invented-password'
const users: Omit<User, 'passwordHash' | 'disabled'>[] = [
  { userName: 'officer', role: 'county_officer', regionCode: COUNTY },
  { userName: 'second-officer', role: 'county_officer', regionCode: COUNTY },
  { userName: 'cashier', role: 'carry_over_cashier', regionCode: COUNTY },
  { userName: 'administrator', role: 'administrator', regionCode: WHOLE_COUNTRY },
  { userName: 'operator', role: 'operator', regionCode: COUNTY },
  { userName: 'accountant', role: 'village_accountant', regionCode: villageCode(1) },
]

const unused = () => Promise.reject(new Error('not part of this test'))
const control = {
  status: () => ({}),
  deadLetters: () => ({}),
  redrive: () => ({}),
  jobs: openJobs({}),
  quiesce: unused,
  session: unused,
  names: [],
  run: unused,
}

export const serveCounty = async (countyVillages: number): Promise<ServedCounty> => {
  const webDir = mkdtempSync(join(tmpdir(), 'yangguang-web-'))
  await build({ logLevel: 'warn', build: { outDir: webDir, emptyOutDir: true } })
  const world = await openApiWorld(countyVillages)
  let nowMs = NOW_MS
  let down = false
  const deps = { ...world.deps, now: () => nowMs }
  const passwordHash = await hashPassword(PASSWORD, 16_384)
  await world.tables.users.putBatch(users.map((user) => ({ ...user, passwordHash, disabled: false })))
  const route = (http: `/api/${string}`, call: (request: Request) => Promise<Response>) => ({
    name: http,
    on: { http },
    timeoutSeconds: 30,
    call: async (request: Request) => (down ? new Response(null, { status: 503 }) : call(request)),
  })
  const functions = [
    route('/api/session', session(deps)),
    route('/api/county', county(deps)),
    route('/api/stations', stations(deps)),
    route('/api/receipts', receipts(deps)),
    route('/api/plans', plans(deps)),
    route('/api/slips', slips(deps)),
    route('/api/resets', resets(deps)),
    route('/api/performance', performance(deps)),
    route('/api/villages', villages(deps)),
    route('/api/closings', closings(deps)),
    route('/api/registry', registry(deps)),
    route('/api/trace', trace(deps)),
    route('/api/papers', papers(deps)),
  ]
  const server = await listen(createApp({ functions, control, token: 'none', log: deps.log, web: readWebFiles(webDir) }), 0)
  return {
    ...world,
    url: server.url,
    outage: (on) => {
      down = on
    },
    advance: (byMs) => {
      nowMs += byMs
    },
    close: async () => {
      await server.close()
      await world.close()
      rmSync(webDir, { recursive: true })
    },
  }
}
