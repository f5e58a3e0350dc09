import { readXlsx } from 'hucre/xlsx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { User } from '../../domain/access.ts'
import { readCsv } from '../../domain/csv.ts'
import { formatYuan } from '../../domain/money.ts'
import { create } from '../../functions/api-papers.ts'
import type { PaperView } from '../../functions/api-types.ts'
import { resultOf } from '../../functions/edge/aws-http.ts'
import { createApp } from '../../local/http.ts'
import { openJobs } from '../../local/jobs.ts'
import { OTHER_VILLAGE, statementOf, tokenOf, villageCode } from '../a-county.ts'
import { textOfPdf } from '../papers/pdf-text.ts'
import { COUNTY } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

/** Papers over HTTP: who gets them, in which form, and what is never in one. */

let world: ApiWorld
let answer: ReturnType<typeof create>
beforeAll(async () => {
  world = await openApiWorld(8)
  answer = create(world.deps)
})
afterAll(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})

const get = async (path: string, who: Partial<Pick<User, 'role' | 'regionCode'>> = {}): Promise<Response> =>
  answer(new Request(`http://localhost${path}`, { headers: { authorization: `Bearer ${await tokenOf(world.tables, who)}` } }))
const bytesOf = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await get(path)).arrayBuffer())

const VILLAGE = villageCode(1)
const PAPERS = [
  ...['month', 'year', 'households', 'statement', 'allocation', 'notice', 'vouchers'].map(
    (paper) => `/api/papers/villages/${VILLAGE}/${paper}`,
  ),
  ...['month', 'villages', 'stations'].map((paper) => `/api/papers/county/${paper}`),
  '/api/papers/stations/ZL1/year',
]

describe.each(PAPERS)('%s', (path) => {
  test('comes as a spreadsheet that opens', async () => {
    const response = await get(`${path}?format=xlsx`)
    expect(response.headers.get('content-type')).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    const { sheets } = await readXlsx(new Uint8Array(await response.arrayBuffer()))
    const { sections, title } = (await (await get(path)).json()) as PaperView
    expect(sheets.map(({ rows }) => String(rows[0]?.[0]).startsWith(title))).toEqual(sections.map(() => true))
  })

  test('comes as CSV that reads', async () => {
    const response = await get(`${path}?format=csv`)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const csv = Buffer.from(await response.arrayBuffer())
    expect([...csv.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(readCsv(csv.toString()).error).toBeUndefined()
  })

  test('comes as PDF with its title in it', async () => {
    const response = await get(`${path}?format=pdf`)
    expect(response.headers.get('content-type')).toBe('application/pdf')
    const { title } = (await (await get(path)).json()) as PaperView
    expect(textOfPdf(new Uint8Array(await response.arrayBuffer())).drawn).toContain(title)
  })

  test('is a download with a Chinese name, kept by nobody on the way', async () => {
    const { headers } = await get(`${path}?format=xlsx`)
    const [, name = ''] =
      /^attachment; filename="paper\.xlsx"; filename\*=UTF-8''(\S+)$/.exec(headers.get('content-disposition') ?? '') ?? []
    expect(decodeURIComponent(name)).toMatch(/^示范(001村|县)-.*[月年]?[报表账证示]\.xlsx$|台账\.xlsx$/)
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff'])
  })

  test('holds no whole name of a person, in any form', async () => {
    const persons = (await world.tables.persons.query({ partition: VILLAGE })).rows.map(({ row }) => row.name)
    const carer = (await world.tables.stations.get({ stationId: 'ZL1' }))?.row.carer ?? ''
    const texts = [
      await (await get(path)).text(),
      await (await get(`${path}?format=csv`)).text(),
      textOfPdf(await bytesOf(`${path}?format=pdf`)).drawn,
      JSON.stringify((await readXlsx(await bytesOf(`${path}?format=xlsx`))).sheets),
      Buffer.from(await bytesOf(`${path}?format=pdf`)).toString('latin1'),
    ]
    for (const name of [...persons, carer]) {
      expect(name).toMatch(/../u)
      for (const text of texts) expect(text.includes(name), name).toBe(false)
    }
  })
})

describe('what a paper says', () => {
  test('is what the village page says', async () => {
    const paper = (await (await get(`/api/papers/villages/${VILLAGE}/statement?month=2026-10`)).json()) as PaperView
    expect(paper.provisional).toBe(true)
    expect(paper.sections[0]?.rows.at(-1)?.cells[6]).toEqual({ kind: 'money', fen: statementOf(1).netFen })
    const drawn = textOfPdf(await bytesOf(`/api/papers/villages/${VILLAGE}/statement?month=2026-10&format=pdf`)).drawn
    expect(drawn).toContain(formatYuan(statementOf(1).netFen))
    expect(drawn).toContain('（暂估）')
  })

  test('masks names by their first character', async () => {
    const { drawn } = textOfPdf(await bytesOf(`/api/papers/villages/${VILLAGE}/notice?month=2026-10&format=pdf`))
    expect(drawn).toContain('甲**')
  })

  test('of a county covers every village and station of it and of no other', async () => {
    const paper = (await (await get(`/api/papers/county/month?month=2026-10`)).json()) as PaperView
    const [stations, villages] = paper.sections.map(({ rows }) => rows.filter(({ role }) => role === 'line'))
    expect([stations?.length, villages?.length]).toEqual([9, 8])
    expect(JSON.stringify(paper)).not.toContain('邻示')
    const net = villages?.map(({ cells }) => cells[6]).filter((cell) => cell?.kind === 'money' && cell.fen !== null)
    expect(net).toHaveLength(7)
  })

  test('of a year lists the months that have begun', async () => {
    const paper = (await (await get(`/api/papers/villages/${VILLAGE}/year?year=2026`)).json()) as PaperView
    expect(paper.sections[0]?.rows.filter(({ role }) => role === 'line')).toHaveLength(11)
  })

  test('of the households of a year are the lines of the runs that count, each once, and no others', async () => {
    const paper = (await (await get(`/api/papers/villages/${VILLAGE}/households?year=2026`)).json()) as PaperView
    const [sums, entries] = paper.sections
    const allocations = (await world.tables.allocations.query({ partition: VILLAGE, from: '2026-01', to: '2026-12~' })).rows
    const distributedFen = allocations.reduce((sum, { row }) => sum + row.distributedFen, 0)
    expect(distributedFen).toBeGreaterThan(0)
    expect(sums?.rows.at(-1)?.cells.at(-1)).toEqual({ kind: 'money', fen: distributedFen })
    expect(entries?.rows.at(-1)?.cells.at(-1)).toEqual({ kind: 'money', fen: distributedFen })
    expect(entries?.rows.find(({ role }) => role === 'group')?.cells[0]).toMatchObject({
      text: expect.stringMatching(/^.\*\*（H\d/),
    })
    // As the month's own list says: its statement may still change.
    expect([paper.provisional, paper.notes[0]]).toEqual([true, '计入已分配的月份：2026年10月。'])
    const empty = (await (await get(`/api/papers/villages/${VILLAGE}/households?year=2020`)).json()) as PaperView
    expect(empty.provisional).toBe(false)
    expect(empty.sections.map(({ rows, empty: why }) => [rows.length, why])).toEqual([
      [0, '本年度还没有分配到户的收益。'],
      [0, '本年度还没有分配到户的收益。'],
    ])
  })

  test('of a station’s year is what its statements say, for those who may see what it earns', async () => {
    const path = '/api/papers/stations/ZL1/year?year=2026'
    const paper = (await (await get(path)).json()) as PaperView
    expect(paper.sections.map(({ name }) => name)).toEqual(['登记信息', '各月情况', '各月分项'])
    expect(paper.sections[1]?.rows.filter(({ role }) => role === 'line')).toHaveLength(11)
    expect((await get(path, { role: 'operator' })).status).toBe(403)
    expect((await get(path, { role: 'village_accountant', regionCode: VILLAGE })).status).toBe(200)
    const neighbour = await get(path, { role: 'village_accountant', regionCode: villageCode(3) })
    const nowhere = await get('/api/papers/stations/NONE/year')
    expect([neighbour.status, nowhere.status]).toEqual([404, 404])
    expect(await neighbour.text()).toBe(await nowhere.text())
    expect((await get('/api/papers/stations/ZL1/year?year=2027')).status).toBe(400)
  })

  test('of a notice is what the office adds', async () => {
    const query = new URLSearchParams({
      month: '2026-10',
      from: '2026-11-20',
      days: '10',
      contacts: '示范镇 0558-1234567；示范县 0558-7654321',
      url: 'https://example.org/x',
    })
    const paper = (await (await get(`/api/papers/villages/${VILLAGE}/notice?${query.toString()}`)).json()) as PaperView
    expect(paper.notes[0]).toContain('2026年11月20日至2026年11月29日，共 10 天')
    expect(paper.notes[1]).toContain('示范镇 0558-1234567；示范县 0558-7654321')
    expect(paper.qr?.text).toBe('https://example.org/x')
  })
})

describe('what is refused', () => {
  test.each([
    ['a month to come', `/api/papers/villages/${VILLAGE}/month?month=2027-01`],
    ['a format nobody makes', `/api/papers/villages/${VILLAGE}/month?format=docx`],
    ['a year to come', `/api/papers/villages/${VILLAGE}/year?year=2027`],
    ['an address that is none', `/api/papers/villages/${VILLAGE}/notice?url=javascript:alert(1)`],
    ['a notice of no days', `/api/papers/villages/${VILLAGE}/notice?from=2026-11-20&days=0`],
    ['telephones without end', `/api/papers/villages/${VILLAGE}/notice?contacts=${'1;'.repeat(60)}1`],
    ['a parameter nobody knows', `/api/papers/villages/${VILLAGE}/month?names=full`],
  ])('%s', async (_, path) => expect((await get(path)).status).toBe(400))

  test.each(['month', 'notice', 'vouchers', 'households'])(
    'the %s of another county as one of nowhere, in every form',
    async (paper) => {
      for (const format of ['json', 'pdf', 'xlsx', 'csv']) {
        const [far, nowhere] = await Promise.all(
          [OTHER_VILLAGE, '999999999999'].map(async (code) => get(`/api/papers/villages/${code}/${paper}?format=${format}`)),
        )
        expect([far?.status, nowhere?.status]).toEqual([404, 404])
        expect(await far?.text()).toBe(await nowhere?.text())
      }
    },
  )

  test('a village as a county-wide month to its neighbour', async () => {
    const who = { role: 'village_accountant' as const, regionCode: villageCode(3) }
    expect((await get(`/api/papers/county/month?code=${COUNTY}&format=xlsx`, who)).status).toBe(404)
  })
})

describe('both runtimes hand out the very bytes', () => {
  const path = `/api/papers/villages/${VILLAGE}/month?month=2026-10&format=xlsx`

  test('AWS as base64', async () => {
    const { body, isBase64Encoded, headers } = await resultOf(await get(path))
    expect(isBase64Encoded).toBe(true)
    expect(Buffer.from(body, 'base64').equals(Buffer.from(await bytesOf(path)))).toBe(true)
    expect(headers['content-disposition']).toContain("UTF-8''")
  })

  test('one machine as they are', async () => {
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
    const functions = [{ name: 'api-papers', on: { http: '/api/papers' } as const, timeoutSeconds: 30, call: answer }]
    const app = createApp({ functions, control, token: 'none', log: world.deps.log })
    const headers = { authorization: `Bearer ${await tokenOf(world.tables, {})}` }
    const response = await app.fetch(new Request(`http://localhost${path}`, { headers }))
    expect(response.headers.get('content-disposition')).toContain("UTF-8''")
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(await bytesOf(path)))).toBe(true)
  })
})
