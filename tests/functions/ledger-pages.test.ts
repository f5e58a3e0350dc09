import { afterEach, beforeEach, expect, test } from 'vitest'
import { sumFen } from '../../domain/income.ts'
import { stationYearOf } from '../../functions/edge/ledger-pages.ts'
import { countyMonthOf } from '../../functions/edge/paper-pages.ts'
import { countyMonth } from '../../papers/county-month.ts'
import type { OpenRegion } from '../../functions/edge/region.ts'
import { stationLedger } from '../../papers/station-ledger.ts'
import { type Books, daysOf, openBooks } from '../books.ts'
import { aStation, COUNTY, someRegions, VILLAGE } from '../registry.ts'
import { aPlan, aPrice, aShare, month, somePlanLines } from '../settlement.ts'
import { rowsOf } from './settling.ts'

/** The year of a station whose closed month changed afterwards: printed as it was closed, and said. */

const [SEPTEMBER, OCTOBER] = [month('2026-09'), month('2026-10')]

let books: Books
beforeEach(async () => {
  books = openBooks()
  const { tables } = books
  await tables.regions.putBatch(someRegions)
  await tables.stations.putBatch([aStation(), { ...aStation({ stationId: 'KT', kind: 'joint' }), villageCode: undefined }])
  await tables.shares.put(aShare({ weight: 1, weightTotal: 1 }))
  await tables.prices.putBatch(['ZL1', 'KT'].map((stationId) => aPrice({ stationId })))
  await tables.plans.put(aPlan({ basis: 'wages', lines: somePlanLines(7) }))
  for (const of of [SEPTEMBER, OCTOBER]) {
    await tables.generation.putBatch(['ZL1', 'KT'].flatMap((stationId) => daysOf(stationId, of, (at) => 700_000 + at * 7)))
    books.after(of)
    await books.settle(['ZL1', 'KT'], [of])
  }
})
afterEach(() => books.tables.close())

const yearOf = async (stationId: string) => {
  const station = (await books.tables.stations.get({ stationId }))?.row
  if (!station) throw new Error('no such station')
  return stationYearOf(books.deps, station, 2026)
}
const monthOf = async (stationId: string, of = SEPTEMBER) =>
  (await yearOf(stationId)).months.find(({ month: each }) => each === of)

test('so does a closed month of all stations and villages of the county, and the two add up', async () => {
  const [county] = someRegions.filter(({ code }) => code === COUNTY)
  const villages = someRegions.filter(({ level }) => level === 'village')
  if (!county) throw new Error('no such county')
  const opened: OpenRegion = { region: county, countyCode: COUNTY, villages, holds: async () => true, nameOf: () => null }
  const october = () => countyMonthOf(books.deps, opened, OCTOBER)
  const september = () => countyMonthOf(books.deps, opened, SEPTEMBER)
  const before = await september()
  await books.close(SEPTEMBER)
  expect(await september()).toEqual({ ...before, asOfMs: expect.any(Number) })
  const [late] = daysOf('ZL1', SEPTEMBER, () => 900_000)
  if (late) await books.tables.generation.put({ ...late, version: 2 })
  await books.settle(['ZL1'], [SEPTEMBER])
  const after = await september()
  expect(after.stations).toEqual(
    before.stations.map((station) => ({ ...station, ...(station.stationId === 'ZL1' && { changedSince: true }) })),
  )
  const netOf = (of: readonly { statement: { netFen: number } | null }[]) =>
    of.reduce((sum, { statement }) => sum + (statement?.netFen ?? 0), 0)
  expect(netOf(after.stations)).toBe(netOf(after.villages))
  expect(countyMonth(after).notes[0]).toMatch(/结账后有变更/)
  expect((await october()).stations.some(({ changedSince }) => changedSince)).toBe(false)
  expect(countyMonth(await october()).notes[0]).toMatch(/^联建电站按全站列示/)
})

test.each(['ZL1', 'KT'])('a closed month of %s stands as the village closed it, whatever became of it', async (stationId) => {
  const before = await monthOf(stationId)
  expect(before).toMatchObject({ closed: false })
  await books.close(SEPTEMBER)
  expect(await monthOf(stationId)).toEqual({ ...before, closed: true })
  const [late] = daysOf(stationId, SEPTEMBER, () => 900_000)
  if (late) await books.tables.generation.put({ ...late, version: 2 })
  await books.settle([stationId], [SEPTEMBER])
  expect(
    await rowsOf(books.tables.stationStatements.query({ partition: stationId, from: `${SEPTEMBER}#`, to: `${SEPTEMBER}#~` })),
  ).toHaveLength(2)
  expect(await monthOf(stationId)).toEqual({ ...before, closed: true, changedSince: true })
  const closed = (
    await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE, from: `${SEPTEMBER}#`, to: `${SEPTEMBER}#~` }))
  ).at(-1)
  const own = closed?.stations.find((station) => station.stationId === stationId)
  expect((await monthOf(stationId))?.statement?.netFen).toBe(own && sumFen(own.lines))
  const { notes } = stationLedger(await yearOf(stationId))
  expect(notes[0]).toContain('2026年9月结账后有变更')
  expect(notes.some((note) => note.startsWith('联建电站按全站列示'))).toBe(stationId === 'KT')
  expect(await monthOf(stationId, OCTOBER)).toMatchObject({ closed: false })
})

test('a month that somebody only asked to close is open', async () => {
  await books.tables.closings.put({
    countyCode: COUNTY,
    month: SEPTEMBER,
    state: 'requested',
    requestedBy: 'an-officer',
    requestedAtMs: 1,
    blockers: [],
  })
  expect(await monthOf('ZL1')).toMatchObject({ closed: false })
})
