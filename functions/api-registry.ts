import * as z from 'zod'

import {
  handles,
  PASSWORD_CHARS_MAX,
  PASSWORD_CHARS_MIN,
  ROLES,
  roleFits,
  USER_NAME_PATTERN,
  WHOLE_COUNTRY,
} from '../domain/access.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import type { RegionCode } from '../domain/registry.ts'
import type { RegistryRows } from '../domain/registry-import.ts'
import { registryTemplate } from '../papers/registry-template.ts'
import { COLUMNS, SHEETS } from '../papers/registry-words.ts'
import type { ToldError } from './api-types.ts'
import type { RegistryError, RegistryImportView } from './api-types-registry.ts'
import { onAws } from './edge/aws.ts'
import { api, type ApiContext, notFound, parseBody, problem, scope } from './edge/http.ts'
import { answerFile } from './edge/paper-answer.ts'
import { announce, correctionsOf, daysIn, setGoing } from './edge/recompute.ts'
import { resettle } from './edge/registry-resettle.ts'
import { staysInRegion } from './edge/registry-rights.ts'
import { changeShares, leftOutOfSets } from './edge/registry-shares.ts'
import { readRegistryBody } from './edge/registry-workbook.ts'
import { writeRegistry } from './edge/registry-write.ts'
import { told } from './edge/told.ts'
import { hashPassword, newSecret, secretHashOf } from './edge/session.ts'
import type { Deps } from './entry.ts'

/**
 * The registry: imported from CSV files or one workbook as one whole, a gateway's secret, and users. For administrators, within their region.
 *
 * An import writes nothing on a dry run or when any line has an error, and importing the same files again changes nothing. What
 * the files no longer mention stays: a device or a station ends by a date, not by being left out. Months already settled are sent
 * to be settled again, and days whose readings now mean something else are computed anew, so that what was corrected reaches the
 * statements; the answer says how many days.
 */

/** Enough for a province's files at once on one machine; API Gateway accepts 10 MB, a Lambda function 6 MB. */
const IMPORT_BYTES_MAX = 32 * 1024 * 1024
const SECRET_BYTES = 32
const PASSWORD_BYTES = 15

const importSchema = z
  .strictObject({
    dryRun: z.boolean(),
    files: z.record(z.string(), z.string()).optional(),
    workbook: z.base64().optional(),
  })
  .refine(({ files, workbook }) => (files === undefined) !== (workbook === undefined), 'files or a workbook, one of the two')
const userSchema = z.strictObject({
  userName: z.string().regex(USER_NAME_PATTERN),
  role: z.enum(ROLES),
  regionCode: z.string().regex(/^\d{12}$/),
  password: z.string().min(PASSWORD_CHARS_MIN).max(PASSWORD_CHARS_MAX).optional(),
})
const userChangeSchema = z
  .strictObject({ newPassword: z.literal(true).optional(), disabled: z.boolean().optional() })
  .refine((change) => Object.keys(change).length > 0, 'say what to change')

type RegistryDeps = Deps<
  'verifyKeys' | 'stationStatements' | 'villageStatements' | 'staleMonths',
  keyof RegistryRows | 'planEvents' | 'users' | 'recomputations',
  'settle-station' | 'settle-village'
>

const countsOf = (rows: RegistryRows): RegistryImportView['rows'] =>
  Object.fromEntries(Object.entries(rows).map(([kind, { length }]) => [kind, length])) as RegistryImportView['rows']

/** An error of a workbook names its sheet, in which the file's name stands last. */
const placed = (error: ToldError): RegistryError => {
  const file = error.file.endsWith('.csv') ? error.file : `${error.file.split(' ').at(-1)}.csv`
  return {
    ...error,
    sheetZh: SHEETS[file as keyof typeof SHEETS] ?? error.file,
    headingZh: COLUMNS[error.column]?.[0] ?? error.column,
  }
}

const importFiles = (deps: RegistryDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, importSchema)
  if (body instanceof Response) return body
  const read = await readRegistryBody(body)
  if ('kind' in read) return problem(context, 'bad_request', read.detail)
  const { rows, errorCount } = read
  const errors = told(read.errors).map(placed)
  const counts = countsOf(rows)
  if (errorCount > 0) return context.json({ written: false, rows: counts, errors, errorCount } satisfies RegistryImportView)
  const asking = { principal: context.get('principal'), pathOf: context.get('pathOf') }
  if (!(await staysInRegion(deps, asking, rows))) {
    return problem(
      context,
      'forbidden',
      'Some lines are about another region, or use ids taken there; leave them out or choose other ids.',
    )
  }
  const left = await leftOutOfSets(deps, rows.shares)
  if (left) {
    const { stationId, validFrom, villageCode } = left
    const which = `village ${villageCode} has a part of ${stationId} from ${validFrom} on`
    return problem(context, 'conflict', `shares.csv: ${which} already: give it a line, with 0% if it has none any more.`)
  }
  const spans = await correctionsOf(deps, rows, deps.now())
  const stationDays = daysIn(spans)
  let kept = 0
  if (!body.dryRun) {
    const by = asking.principal.userName
    const announced = await announce(deps, spans, { by, nowMs: deps.now() })
    const { plansKept } = await writeRegistry(deps, rows, { by, atMs: deps.now() })
    await setGoing(deps, announced, deps.now())
    kept = plansKept
    deps.log.info({ counts, plansKept, stationDays, regionCode: asking.principal.regionCode }, 'registry imported')
    const again = await resettle(deps, rows)
    if (again.stationMonths + again.villageMonths > 0) deps.log.info(again, 'settled months are settled again')
  }
  const beside = { ...(kept > 0 && { plansKept: kept }), ...(stationDays > 0 && { stationDays }) }
  return context.json({ written: !body.dryRun, rows: counts, errors, errorCount, ...beside } satisfies RegistryImportView)
}

/** The workbook to fill in and import. */
const template = async (context: ApiContext): Promise<Response> =>
  answerFile(context, { bytes: await registryTemplate(), name: '台账导入模板', extension: 'xlsx' })

/** The gateway of the path, when it is the administrator's to change. */
const gatewayOf = async (deps: RegistryDeps, context: ApiContext) => {
  const gatewayId = context.req.param('gatewayId') ?? ''
  const found = ID_PATTERN.test(gatewayId) ? await deps.gateways.get({ gatewayId }) : undefined
  return found && (await scope(context, 'registry', found.row.countyCode)) ? found : undefined
}

const issueSecret = (deps: RegistryDeps) => async (context: ApiContext) => {
  const found = await gatewayOf(deps, context)
  if (!found) return notFound(context)
  const { gatewayId } = found.row
  const secret = newSecret(SECRET_BYTES)
  const written = await deps.gateways.put({ ...found.row, secretHash: secretHashOf(secret) }, { version: found.version })
  if (written === 'conflict') return problem(context, 'conflict', 'The gateway was changed at the same moment; try again.')
  deps.log.info({ gatewayId }, 'gateway secret issued')
  return context.json({ gatewayId, secret }, 201)
}

/** Ends a gateway's access: it is turned away from then on, and its open connection is closed within half a minute. */
const endSecret = (deps: RegistryDeps) => async (context: ApiContext) => {
  const found = await gatewayOf(deps, context)
  if (!found) return notFound(context)
  const { secretHash, ...gateway } = found.row
  if (secretHash !== undefined) {
    const written = await deps.gateways.put(gateway, { version: found.version })
    if (written === 'conflict') return problem(context, 'conflict', 'The gateway was changed at the same moment; try again.')
    deps.log.info({ gatewayId: gateway.gatewayId }, 'gateway secret ended')
  }
  return context.json({ gatewayId: gateway.gatewayId, ended: secretHash !== undefined })
}

/** Users of the whole country are for an administrator of the whole country alone. */
const maySetUp = async (context: ApiContext, regionCode: RegionCode): Promise<boolean> =>
  regionCode === WHOLE_COUNTRY
    ? context.get('principal').regionCode === WHOLE_COUNTRY
    : await scope(context, 'registry', regionCode)

const addUser = (deps: RegistryDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, userSchema)
  if (body instanceof Response) return body
  const { userName, role, regionCode } = body
  const granted = await maySetUp(context, regionCode)
  const level = regionCode === WHOLE_COUNTRY ? 'country' : (await deps.regions.get({ code: regionCode }))?.row.level
  if (!granted || !level) return notFound(context)
  if (!roleFits(role, level))
    return problem(context, 'bad_request', 'A village accountant has one village, every other role a larger region.')
  const password = body.password ?? newSecret(PASSWORD_BYTES)
  const user = { userName, role, regionCode, passwordHash: await hashPassword(password), disabled: false }
  if ((await deps.users.put(user, 'absent')) === 'conflict') return problem(context, 'conflict', 'This user name is taken.')
  deps.log.info({ role, regionCode }, 'user added')
  return context.json({ userName, role, regionCode, ...(body.password === undefined && { password }) }, 201)
}

/** A new password, shown once, or the end of a user's access: sessions that run end within a quarter of an hour. */
const changeUser = (deps: RegistryDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, userChangeSchema)
  if (body instanceof Response) return body
  const userName = context.req.param('userName') ?? ''
  const found = USER_NAME_PATTERN.test(userName) ? await deps.users.get({ userName }) : undefined
  if (!found || !(await maySetUp(context, found.row.regionCode))) return notFound(context)
  const password = body.newPassword === true ? newSecret(PASSWORD_BYTES) : undefined
  const disabled = body.disabled ?? found.row.disabled
  const user = { ...found.row, disabled, ...(password !== undefined && { passwordHash: await hashPassword(password) }) }
  const written = await deps.users.put(user, { version: found.version })
  if (written === 'conflict') return problem(context, 'conflict', 'The user was changed at the same moment; try again.')
  deps.log.info({ disabled, newPassword: password !== undefined }, 'user changed')
  return context.json({ userName, disabled, ...(password !== undefined && { password }) })
}

export const create = (deps: RegistryDeps) => {
  const app = api(deps, { bodyBytesMax: IMPORT_BYTES_MAX })
  app.use(async (context, next) =>
    handles(context.get('principal').role, 'registry')
      ? await next()
      : problem(context, 'forbidden', 'Only an administrator may do this.'),
  )
  app.get('/api/registry/template', template)
  app.post('/api/registry/import', importFiles(deps))
  app.post('/api/registry/shares/change', changeShares(deps))
  app.post('/api/registry/gateways/:gatewayId/secret', issueSecret(deps))
  app.delete('/api/registry/gateways/:gatewayId/secret', endSecret(deps))
  app.post('/api/registry/users', addUser(deps))
  app.post('/api/registry/users/:userName', changeUser(deps))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
