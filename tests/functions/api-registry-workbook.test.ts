import { writeXlsx } from 'hucre/xlsx'
import { beforeEach, describe, expect, test } from 'vitest'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import { columnsOf, type RegistryFile } from '../../domain/registry-import.ts'
import { create } from '../../functions/api-registry.ts'
import { readRegistryWorkbook } from '../../papers/registry-workbook.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { anAmbient, aPost, aPrincipal, bearerOf } from '../api.ts'
import { someLines } from '../registry-files.ts'

/** A registry imported as one workbook: the same rules and the same answers as CSV files, places named as the spreadsheet has them. */

const COUNTY = '341623000000'
const EVERYWHERE = aPrincipal({ regionCode: WHOLE_COUNTRY })
const refusing = { send: () => Promise.reject(new Error('nothing was settled')) }

let tables: SqliteTables
let handle: (request: Request) => Promise<Response>
beforeEach(() => {
  tables = openTables(':memory:')
  handle = create({ ...anAmbient().ambient, ...tables, queues: { 'settle-station': refusing, 'settle-village': refusing } })
})

const base64Of = async (lines: Record<RegistryFile, Record<string, string>[]>): Promise<string> => {
  const sheets = (Object.keys(lines) as RegistryFile[]).map((file) => ({
    name: `台账 ${file.replace('.csv', '')}`,
    rows: [columnsOf(file), ...lines[file].map((cells) => columnsOf(file).map((column) => cells[column] ?? ''))],
  }))
  return Buffer.from(await writeXlsx({ sheets })).toString('base64')
}

const post = async (body: object, principal = EVERYWHERE) => {
  const response = await handle(aPost('/api/registry/import', body, await bearerOf(tables, principal)))
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('an import of one workbook', () => {
  test('writes what its CSV files would', async () => {
    const { body } = await post({ dryRun: false, workbook: await base64Of(someLines()) })
    expect(body).toMatchObject({ written: true, errorCount: 0, rows: { regions: 5, stations: 2, plans: 1 } })
    expect((await tables.stations.get({ stationId: 'ZL1' }))?.row).toMatchObject({ dcCapacityW: 187_200, countyCode: COUNTY })
  })

  test('writes nothing on a dry run', async () => {
    const { body } = await post({ dryRun: true, workbook: await base64Of(someLines()) })
    expect(body).toMatchObject({ written: false, errorCount: 0 })
    expect(await tables.regions.get({ code: COUNTY })).toBeUndefined()
  })

  test('names sheet, row and column of every error', async () => {
    const lines = someLines()
    lines['persons.csv'] = [{ person_id: 'P1', household_id: 'H9', name: '示范户甲01' }]
    const { body } = await post({ dryRun: false, workbook: await base64Of(lines) })
    expect(body['written']).toBe(false)
    expect(body['errors']).toContainEqual(expect.objectContaining({ file: '台账 persons', line: 2, column: 'household_id' }))
  })

  test.each([
    ['what is no workbook', { dryRun: true, workbook: Buffer.from('a,b').toString('base64') }],
    ['what is no base64', { dryRun: true, workbook: '不是' }],
    ['a workbook beside files', { dryRun: true, workbook: 'AAAA', files: {} }],
    ['neither', { dryRun: true }],
  ])('refuses %s', async (_, body) => expect((await post(body)).status).toBe(400))

  test("leaves out no check: another region's rows are forbidden", async () => {
    const elsewhere = aPrincipal({ regionCode: '341622000000' })
    expect((await post({ dryRun: true, workbook: await base64Of(someLines()) }, elsewhere)).status).toBe(403)
  })
})

describe('the template', () => {
  const ask = async (principal = EVERYWHERE) =>
    handle(new Request('http://localhost/api/registry/template', { headers: await bearerOf(tables, principal) }))

  test('is handed to administrators, and reads', async () => {
    const response = await ask()
    expect(decodeURIComponent(response.headers.get('content-disposition') ?? '')).toContain('台账导入模板.xlsx')
    const workbook = await readRegistryWorkbook(new Uint8Array(await response.arrayBuffer()))
    expect('files' in workbook && workbook.sheetOf.size).toBe(Object.keys(someLines()).length)
  })

  test('is for nobody else', async () => {
    expect((await ask(aPrincipal({ role: 'county_officer' }))).status).toBe(403)
  })
})
