import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import { create } from '../../functions/api-registry.ts'
import { create as settleStation } from '../../functions/settle-station.ts'
import type { ShareChangeView } from '../../functions/edge/registry-shares.ts'
import { aPost, aPrincipal, bearerOf } from '../api.ts'
import { dayNamed } from '../domain/sunny.ts'
import { asFiles, someLines } from '../registry-files.ts'
import { aSettling, delivered, NOW_MS, rowsOf, type Settling, stationWork } from './settling.ts'
import { aPrice, someStationDays } from '../settlement.ts'

/** The joint station KT belongs to villages 0 and 1 by halves; 2 and 3 come after them. */

const [FIRST, SECOND, THIRD, FOURTH] = ['341623105220', '341623105221', '341623105222', '341623105223'] as const
const COUNTY = '341623000000'
const MERGER = {
  validFrom: '2026-11-01',
  document: '民政〔2026〕1号',
  from: [FIRST],
  to: [{ villageCode: SECOND, share: '1/1' }],
}

let settling: Settling

const post = async (path: string, body: object, regionCode = WHOLE_COUNTRY) => {
  const { tables, ambient } = settling
  const headers = await bearerOf(tables, aPrincipal({ regionCode }), NOW_MS)
  const response = await create({ ...tables, ...ambient })(aPost(path, body, headers))
  return { status: response.status, body: (await response.json()) as ShareChangeView & { detail?: string } }
}
const change = (over: object = {}, dryRun = false) => post('/api/registry/shares/change', { dryRun, ...MERGER, ...over })
const importing = (lines: ReturnType<typeof theLines>) => post('/api/registry/import', { dryRun: false, files: asFiles(lines) })

const theLines = () => {
  const lines = someLines()
  const town = { level: 'village', parent_code: '341623105000' }
  lines['regions.csv'].push({ code: THIRD, name: '示范002村', ...town }, { code: FOURTH, name: '示范003村', ...town })
  return lines
}
const stored = async () =>
  (await rowsOf(settling.tables.shares.query({ partition: 'KT' }))).map(
    ({ validFrom, villageCode, weight, weightTotal }) => `${validFrom} ${villageCode} ${weight}/${weightTotal}`,
  )
const BEFORE = [`2016-11-20 ${FIRST} 93600/187200`, `2016-11-20 ${SECOND} 93600/187200`]

beforeEach(async () => {
  settling = aSettling()
  expect((await importing(theLines())).body).toMatchObject({ written: true })
})
afterEach(() => settling.tables.close())

describe('villages that merge', () => {
  test('get a new set from that day on; the old one stays, and a dry run writes nothing', async () => {
    const said = {
      stationId: 'KT',
      name: '张楼村示范站',
      before: [
        { villageCode: FIRST, share: '50 %' },
        { villageCode: SECOND, share: '50 %' },
      ],
      after: [{ villageCode: SECOND, share: '100 %' }],
      settledAgain: [],
    }
    expect((await change({}, true)).body).toMatchObject({ written: false, stations: [said] })
    expect(await stored()).toEqual(BEFORE)
    expect((await change()).body).toMatchObject({ written: true, stations: [said] })
    expect(await stored()).toEqual([...BEFORE, `2026-11-01 ${SECOND} 1/1`])
  })

  test('are named the stations that one of them owns whole, which no set of shares can hand on', async () => {
    expect((await change({}, true)).body.wholeStations).toEqual([{ stationId: 'ZL1', name: '张楼村示范站' }])
  })

  test('send the settled months since that day to be settled again, and no month before it', async () => {
    const { tables, ambient } = settling
    await tables.prices.put(aPrice({ stationId: 'KT' }))
    for (const month of ['2026-08', '2026-09', '2026-10']) {
      await tables.generation.putBatch(someStationDays(month, 700_000, { stationId: 'KT' }))
      await settleStation({ ...tables, ...ambient })(delivered(stationWork('KT', month)))
    }
    const { body } = await change({ validFrom: '2026-09-15' })
    expect(body.stations[0]?.settledAgain).toEqual(['2026-09', '2026-10'])
    expect(settling.sent['settle-station']).toEqual([stationWork('KT', '2026-09'), stationWork('KT', '2026-10')])
  })

  test('asked for again change nothing more, also when the first time ended half way', async () => {
    const to = [
      { villageCode: THIRD, share: '1/3' },
      { villageCode: FOURTH, share: '2/3' },
    ]
    await change({ to })
    const after = await stored()
    expect(after).toEqual([...BEFORE, `2026-11-01 ${SECOND} 3/6`, `2026-11-01 ${THIRD} 1/6`, `2026-11-01 ${FOURTH} 2/6`])
    await settling.tables.shares.delete({ stationId: 'KT', villageCode: THIRD, validFrom: dayNamed('2026-11-01') })
    expect((await change({ to })).status).toBe(200)
    expect(await stored()).toEqual(after)
  })
})

describe('a change of villages is refused', () => {
  test.each<[string, object, number, RegExp]>([
    ['whose successors are short of one', { to: [{ villageCode: THIRD, share: '1/3' }] }, 409, /1\/3: 2\/3 is missing/],
    ['that no joint station knows of', { from: [THIRD] }, 409, /None of these villages has a part/],
    ['to a town', { to: [{ villageCode: '341623105000', share: '1/1' }] }, 400, /only villages/],
    ['to a village that is none', { to: [{ villageCode: '341623105999', share: '1/1' }] }, 404, /no such thing/],
    ['on a day that is none', { validFrom: '2026-02-29' }, 400, /validFrom/],
    ['with a part that is none', { to: [{ villageCode: THIRD, share: '0.5' }] }, 400, /exact part/],
    ['that begins before a set that is there', { validFrom: '2016-11-20' }, 409, /None of these villages has a part/],
  ])('%s', async (_, over, status, detail) => {
    expect(await change(over)).toMatchObject({ status, body: { detail: expect.stringMatching(detail) } })
    expect(await stored()).toEqual(BEFORE)
  })

  test('before the day of a later change', async () => {
    await change({ validFrom: '2027-01-01' })
    const { status, body } = await change({ from: [SECOND], to: [{ villageCode: THIRD, share: '1/1' }] })
    expect([status, body.detail]).toEqual([409, expect.stringMatching(/^KT has a set of shares from 2027-01-01 on already/)])
  })

  test('to whoever administers another county', async () => {
    const { status } = await post('/api/registry/shares/change', { dryRun: true, ...MERGER }, '341622000000')
    expect(status).toBe(404)
    expect((await post('/api/registry/shares/change', { dryRun: true, ...MERGER }, COUNTY)).status).toBe(200)
  })
})

describe('an import of shares', () => {
  const withShares = (parts: Record<string, string>) => {
    const lines = theLines()
    const [line = {}] = lines['shares.csv']
    lines['shares.csv'] = Object.entries(parts).map(([village, share]) => ({
      ...line,
      village_code: village,
      share,
      weight: '',
      weight_total: '',
    }))
    return lines
  }

  test('that leaves out a village of the set that is stored is refused and says which', async () => {
    const { status, body } = await importing(withShares({ [FIRST]: '1/3', [THIRD]: '2/3' }))
    expect([status, body.detail]).toEqual([
      409,
      `shares.csv: village ${SECOND} has a part of KT from 2016-11-20 on already: give it a line, with 0% if it has none any more.`,
    ])
    expect(await stored()).toEqual(BEFORE)
  })

  test('that gives it 0% replaces the set, which is one again', async () => {
    const { body } = await importing(withShares({ [FIRST]: '1/3', [SECOND]: '0%', [THIRD]: '2/3' }))
    expect(body).toMatchObject({ written: true })
    expect(await stored()).toEqual([`2016-11-20 ${FIRST} 100/300`, `2016-11-20 ${SECOND} 0/300`, `2016-11-20 ${THIRD} 200/300`])
    // Who has no part any more may be left out from then on.
    expect((await importing(withShares({ [FIRST]: '1/3', [THIRD]: '2/3' }))).body).toMatchObject({ written: true })
  })
})
