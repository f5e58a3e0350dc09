import { deflateRawSync } from 'node:zlib'
import { readXlsx, writeXlsx } from 'hucre/xlsx'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnsOf, parseRegistry, REGISTRY_FILES, type RegistryFile } from '../../domain/registry-import.ts'
import { registryTemplate } from '../../papers/registry-template.ts'
import { readRegistryWorkbook } from '../../papers/registry-workbook.ts'
import { COLUMNS, SHEETS } from '../../papers/registry-words.ts'
import { unpackedBytes } from '../../papers/zip-size.ts'
import { asFiles, someLines } from '../registry-files.ts'
import { hasOffice, sheetsInOffice } from './office.ts'

/** A registry in one workbook is read as its CSV files are, and what no registry can be is refused. */

type Cells = Record<string, unknown>
const FILES = Object.keys(REGISTRY_FILES) as RegistryFile[]

/** The lines as a workbook with the template's names; values as they are given, so that numbers and days can be typed as such. */
const workbookOf = async (lines: Partial<Record<RegistryFile, Cells[]>>, names: (file: RegistryFile) => string = nameOf) =>
  writeXlsx({
    sheets: FILES.filter((file) => lines[file] !== undefined).map((file) => ({
      name: names(file),
      rows: [
        columnsOf(file).map((column) => `${COLUMNS[column]?.[0] ?? ''} ${column}`),
        ...(lines[file] ?? []).map((cells) => columnsOf(file).map((column) => (cells[column] ?? null) as string)),
      ],
    })),
  })
const nameOf = (file: RegistryFile): string => `${SHEETS[file]} ${file.replace('.csv', '')}`

const read = async (bytes: Uint8Array) => {
  const workbook = await readRegistryWorkbook(bytes)
  if ('kind' in workbook) throw new Error(workbook.detail)
  return workbook
}

describe('a workbook', () => {
  test('gives the rows its CSV files give', async () => {
    const { files, errors } = await read(await workbookOf(someLines()))
    expect(errors).toEqual([])
    const parsed = parseRegistry(files)
    expect(parsed.errors).toEqual([])
    expect(parsed.rows).toEqual(parseRegistry(asFiles(someLines())).rows)
  })

  test('takes numbers and days that were typed as such', async () => {
    const lines: Record<RegistryFile, Cells[]> = someLines()
    lines['regions.csv'] = lines['regions.csv'].map((cells) => ({ ...cells, code: Number(cells['code']) }))
    lines['stations.csv'] = lines['stations.csv'].map((cells) => ({
      ...cells,
      commissioned_on: new Date(Date.UTC(2016, 10, 20)),
      dc_capacity_kw: 187.2,
      planned_income_yuan_per_year: 0.1 + 0.2,
      catalogue_listed: true,
    }))
    const parsed = parseRegistry((await read(await workbookOf(lines))).files)
    expect(parsed.errors).toEqual([])
    expect(parsed.rows.stations[0]).toMatchObject({
      commissionedOn: '2016-11-20',
      dcCapacityW: 187_200,
      plannedIncomeFenPerYear: 30,
      catalogueListed: true,
    })
  })

  test('refuses a number a spreadsheet has rounded, by sheet, row and column', async () => {
    const lines: Record<RegistryFile, Cells[]> = someLines()
    lines['stations.csv'] = [{ ...lines['stations.csv'][0], billing_account: Number('340000000000000018') }]
    const { errors } = await read(await workbookOf(lines))
    expect(errors).toEqual([
      { file: 'stations.csv', line: 2, column: 'billing_account', message: expect.stringContaining('format the column as text') },
    ])
  })

  test('refuses a cell whose formula failed', async () => {
    const { errors } = await read(await workbookOf({ 'persons.csv': [{ person_id: 'P1', household_id: 'H1', name: '#REF!' }] }))
    expect(errors[0]).toMatchObject({ file: 'persons.csv', line: 2, column: 'name' })
  })

  test('counts its rows as the spreadsheet does, empty ones included', async () => {
    const lines = { 'households.csv': [{}, {}, { household_id: 'bad id', village_code: '1', head_name: '甲' }] }
    const { errors } = parseRegistry((await read(await workbookOf(lines))).files)
    expect(errors.find(({ column }) => column === 'household_id')?.line).toBe(4)
  })

  test('may have its columns in any order and its sheets in English', async () => {
    const bytes = await writeXlsx({
      sheets: [
        {
          name: 'gateways',
          rows: [
            ['county_code', 'gateway_id'],
            ['341623000000', 'GW-1'],
          ],
        },
      ],
    })
    expect((await read(bytes)).files['gateways.csv']?.records[1]?.fields).toEqual(['341623000000', 'GW-1'])
  })

  test('is told of sheets nobody knows, of two for one file and of cells beside the table', async () => {
    const rows = [
      ['gateway_id', 'county_code'],
      ['GW-1', '341623000000', '备注'],
    ]
    const { errors } = await read(
      await writeXlsx({
        sheets: [
          { name: '网关 gateways', rows },
          { name: 'gateways', rows },
          { name: '备忘', rows },
        ],
      }),
    )
    expect(errors.map(({ file, line, message }) => [file, line, message.slice(0, 30)])).toEqual([
      ['gateways.csv', 2, 'A cell stands in a column with'],
      ['gateways', 0, 'The sheet "网关 gateways" is for'],
      ['备忘', 0, 'Not a sheet of the registry; e'],
    ])
  })

  test('keeps a hostile name as text', async () => {
    const lines = someLines()
    const first = lines['stations.csv'][0]
    if (first) first['name'] = '=HYPERLINK("http://x","y")'
    const { files } = await read(await workbookOf(lines))
    expect(parseRegistry(files).rows.stations[0]?.name).toBe('=HYPERLINK("http://x","y")')
  })
})

/** A ZIP file of one entry that says how large it is, truly or not. */
const zipOf = (content: Uint8Array, says: number): Buffer => {
  const packed = deflateRawSync(content)
  const name = Buffer.from('xl/worksheets/sheet1.xml')
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(8, 8)
  local.writeUInt32LE(packed.length, 18)
  local.writeUInt32LE(says, 22)
  local.writeUInt16LE(name.length, 26)
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(8, 10)
  entry.writeUInt32LE(packed.length, 20)
  entry.writeUInt32LE(says, 24)
  entry.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(46 + name.length, 12)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  return Buffer.concat([local, name, packed, entry, name, end])
}

describe('refused without being unpacked', () => {
  test.each([
    ['a bomb that says its size', zipOf(new Uint8Array(200_000_000), 200_000_000), 'too large'],
    ['a bomb that says nothing', zipOf(new Uint8Array(1_000_000), 0), 'no .xlsx workbook'],
    ['a bomb that lies', zipOf(new Uint8Array(200_000_000), 1_000), 'cannot be read'],
    ['a file beyond the limit', new Uint8Array(2_900_001), 'too large'],
    ['a CSV file', Buffer.from('gateway_id,county_code\r\n'), 'no .xlsx workbook'],
    ['nothing', new Uint8Array(), 'no .xlsx workbook'],
  ])('%s', async (_, bytes, reason) => {
    const before = process.memoryUsage().rss
    expect(await readRegistryWorkbook(bytes)).toEqual({ kind: 'rejected', detail: expect.stringContaining(reason) })
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  test('whatever bytes there are', async () => {
    const workbook = Buffer.from(await workbookOf({ 'gateways.csv': [{ gateway_id: 'GW-1', county_code: '341623000000' }] }))
    const spoiled = fc.array(fc.tuple(fc.nat(workbook.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), spoiled), async (input) => {
        const bytes = Array.isArray(input) ? Uint8Array.from(workbook) : input
        if (Array.isArray(input)) for (const [at, value] of input) bytes[at] = value
        await readRegistryWorkbook(bytes)
      }),
      { numRuns: 200 },
    )
  })

  test('a sheet of more rows than any registry has', async () => {
    const rows = Array.from({ length: 100_002 }, (_, at) => [at === 0 ? 'gateway_id' : 'G'])
    const detail = expect.stringMatching(/rows|too large/)
    expect(await readRegistryWorkbook(await writeXlsx({ sheets: [{ name: 'gateways', rows }] }))).toEqual({
      kind: 'rejected',
      detail,
    })
  })

  test('what a workbook unpacks to is what its directory says', async () => {
    expect(unpackedBytes(zipOf(new Uint8Array(5_000), 5_000))).toBe(5_000)
  })
})

describe('the template', () => {
  test('has a sheet for every file with every column, in Chinese and by the word of the CSV files', async () => {
    const { sheets } = await readXlsx(await registryTemplate())
    expect(sheets.map(({ name }) => name)).toEqual(['说明', ...FILES.map(nameOf)])
    for (const [at, file] of FILES.entries()) {
      const headings = sheets[at + 1]?.rows[0]?.map(String) ?? []
      expect(headings.map((heading) => heading.split(' ').at(-1))).toEqual(columnsOf(file))
      for (const heading of headings) expect(heading).toMatch(/^\p{Script=Han}/u)
    }
  })

  test('explains each column and offers the choices there are', async () => {
    const { sheets } = await readXlsx(await registryTemplate(), { readStyles: true })
    const stations = sheets.find(({ name }) => name === '电站 stations')
    expect(stations?.cells?.get('0,0')?.comment?.text).toContain('字母')
    // Codes and days that are typed here stay what was typed.
    expect(stations?.cells?.get('500,16')?.style?.numFmt).toBe('@')
    const lists = stations?.dataValidations?.map(({ range, values, formula1 }) => [range, values ?? formula1])
    expect(JSON.stringify(lists)).toMatch(/C2:C501.*village.*joint.*Q2:Q501.*yes.*no/)
  })

  test('imports as nothing while it is empty, and as what is filled in', async () => {
    const { files, errors } = await read(await registryTemplate())
    expect(errors).toEqual([])
    const parsed = parseRegistry(files)
    expect([parsed.errorCount, Object.values(parsed.rows).flat()]).toEqual([0, []])
  })

  test.runIf(hasOffice)(
    'opens in LibreOffice',
    async () => {
      const sheets = await sheetsInOffice(await registryTemplate(), 'xlsx')
      expect([...sheets.keys()].toSorted()).toEqual(['说明', ...FILES.map(nameOf)].toSorted())
      expect(sheets.get('网关 gateways')?.[0]).toEqual(['网关编号 gateway_id', '县代码 county_code'])
    },
    120_000,
  )
})
