import { beforeEach, describe, expect, test } from 'vitest'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import type { RegistryFile } from '../../domain/registry-import.ts'
import { create } from '../../functions/api-registry.ts'
import { create as settleStation } from '../../functions/settle-station.ts'
import { create as settleVillage } from '../../functions/settle-village.ts'
import { aPost, aPrincipal, bearerOf } from '../api.ts'
import { VILLAGE } from '../registry.ts'
import { aPriceLine, asFiles, aStationLine, someLines, someTerms } from '../registry-files.ts'
import { someStationDays } from '../settlement.ts'
import { aMonthMark, aSettling, delivered, NOW_MS, rowsOf, type Settling, stationWork, villageWork } from './settling.ts'

/** October is settled: ZL1 belongs to one village, the joint KT to that village and to another, which has no plan. */

const OTHER_VILLAGE = '341623105221'

let settling: Settling

const importing = async (files: Record<string, string>, dryRun = false) => {
  const { tables, ambient } = settling
  const headers = await bearerOf(tables, aPrincipal({ regionCode: WHOLE_COUNTRY }), NOW_MS)
  const response = await create({ ...tables, ...ambient })(aPost('/api/registry/import', { dryRun, files }, headers))
  expect(await response.json()).toMatchObject({ written: !dryRun, errorCount: 0 })
}

/** Does what waits in the queues, stations first, and says what it was. */
const work = async () => {
  const { sent, tables, ambient } = settling
  const stations = sent['settle-station'].splice(0)
  await settleStation({ ...tables, ...ambient })(delivered(...stations))
  const villages = sent['settle-village'].splice(0)
  await settleVillage({ ...tables, ...ambient })(delivered(...villages))
  return { stations, villages }
}

const linesWith = (change: (lines: ReturnType<typeof theLines>) => void) => {
  const lines = theLines()
  change(lines)
  return asFiles(lines)
}
const theLines = () => {
  const lines = someLines()
  lines['prices.csv'].push(aPriceLine({ station_id: 'KT' }))
  return lines
}
/** Lines of a file with other cells where they hold the given ones. */
const correct = (file: RegistryFile, of: Record<string, string>, to: Record<string, string>) =>
  linesWith((lines) => {
    const holds = (line: Record<string, string>) => Object.entries(of).every(([column, text]) => line[column] === text)
    expect(lines[file].filter(holds)).toHaveLength(1)
    lines[file] = lines[file].map((line) => (holds(line) ? { ...line, ...to } : line))
  })

/** The joint station divided otherwise: the part of the village, and of the other. */
const sharing = (...parts: string[]) =>
  linesWith((lines) => {
    lines['shares.csv'] = lines['shares.csv'].map((line, at) => ({
      ...line,
      share: parts[at] ?? '',
      weight: '',
      weight_total: '',
    }))
  })

const stationVersions = (stationId = 'ZL1') => rowsOf(settling.tables.stationStatements.query({ partition: stationId }))
const villageVersions = (village = VILLAGE) => rowsOf(settling.tables.villageStatements.query({ partition: village }))
const allocation = async (village = VILLAGE) =>
  (await settling.tables.allocations.get({ villageCode: village, month: villageWork().month }))?.row
const runs = async () =>
  new Set((await rowsOf(settling.tables.allocationLines.query({ partition: `${VILLAGE}#2026-10` }))).map(({ runId }) => runId))
const everything = async () => [
  await stationVersions(),
  await stationVersions('KT'),
  await villageVersions(),
  await villageVersions(OTHER_VILLAGE),
  await allocation(),
  await allocation(OTHER_VILLAGE),
  [...(await runs())],
]

beforeEach(async () => {
  settling = aSettling()
  await importing(asFiles(theLines()))
  expect(Object.values(settling.sent).flat()).toEqual([])
  for (const stationId of ['ZL1', 'KT'])
    await settling.tables.generation.putBatch(someStationDays('2026-10', 700_000, { stationId }))
  settling.sent['settle-station'].push(stationWork('ZL1'), stationWork('KT'))
  await work()
  return () => settling.tables.close()
})

describe('a correction of what is settled', () => {
  test('of a price gives the station and its village a second version and a new run; the first stay as they were', async () => {
    const [station, village, before] = [await stationVersions(), await villageVersions(), await allocation()]
    await importing(
      correct('prices.csv', { station_id: 'ZL1', stream: 'benchmark' }, { price_yuan_per_kwh: '0.4000', document: '示范更正' }),
    )
    await work()

    expect(await stationVersions()).toEqual([...station, expect.objectContaining({ version: 2 })])
    const [first, second] = await stationVersions()
    // 21,700 kWh at 0.0156 yuan more, of which operation takes 2.9 %, rounded on the whole: 534.91 before, 544.72 now.
    expect([first?.grossFen, second?.grossFen]).toEqual([1_844_500, 1_878_352])
    expect((second?.netFen ?? 0) - (first?.netFen ?? 0)).toBe(33_852 - 981)
    expect(second?.lines[0]).toMatchObject({ priceE4YuanPerKwh: 4_000, document: '示范更正' })

    const versions = (await villageVersions()).slice(village.length)
    expect((await villageVersions()).slice(0, village.length)).toEqual(village)
    expect(versions).toMatchObject([{ version: village.length + 1, netFen: (village.at(-1)?.netFen ?? 0) + 33_852 - 981 }])
    const after = await allocation()
    expect(after).toMatchObject({ statementVersion: village.length + 1, potFen: versions[0]?.netFen })
    expect(after?.runId).not.toBe(before?.runId)
    expect(await runs()).toEqual(new Set([before?.runId, after?.runId]))
  })

  test('of a price is written before it is sent, so that nobody settles on the old one', async () => {
    const prices: number[] = []
    const note = async () => {
      const price = await settling.tables.prices.query({ partition: 'ZL1', from: 'benchmark', to: 'benchmark~' })
      prices.push(...price.rows.map(({ row }) => row.priceE4YuanPerKwh))
      return undefined
    }
    settling.ambient.queues['settle-station'].send = note
    await importing(correct('prices.csv', { station_id: 'ZL1', stream: 'benchmark' }, { price_yuan_per_kwh: '0.4000' }))
    expect(prices).toEqual([4_000])
  })

  test('reaches a marked month that could not be settled yet, and no month that is neither marked nor settled', async () => {
    await settling.tables.staleMonths.put(aMonthMark(stationWork('ZL1', '2026-09')))
    await settling.tables.staleMonths.put({ ...aMonthMark(stationWork('ZL1', '2026-08')), settledAtMs: NOW_MS })
    await importing(asFiles(theLines()))
    const { stations } = await work()
    const ofZl1 = stations.filter((each) => 'stationId' in each && each.stationId === 'ZL1')
    expect(ofZl1).toEqual([stationWork('ZL1', '2026-10'), stationWork('ZL1', '2026-09')])
  })

  test.each<[string, () => Record<string, string>, string]>([
    ['a deduction', () => correct('deductions.csv', { kind: 'operation' }, { rate_percent: '3' }), 'ZL1'],
    ['shares', () => sharing('1/3', '2/3'), 'KT'],
    ['a place in the catalogue', () => correct('stations.csv', { station_id: 'ZL1' }, { catalogue_listed: 'no' }), 'ZL1'],
  ])('of %s gives the station concerned a second version, and no other', async (_, files, stationId) => {
    await importing(files())
    await work()
    const other = stationId === 'ZL1' ? 'KT' : 'ZL1'
    expect(await stationVersions(stationId)).toHaveLength(2)
    expect(await stationVersions(other)).toHaveLength(1)
  })

  test('of a share reaches the village that lost and the one that gained', async () => {
    const netOf = async (village: string) => (await villageVersions(village)).at(-1)?.netFen ?? 0
    const before = [await netOf(VILLAGE), await netOf(OTHER_VILLAGE)]
    await importing(sharing('1/3', '2/3'))
    await work()
    const after = [await netOf(VILLAGE), await netOf(OTHER_VILLAGE)]
    expect(after[0]).toBeLessThan(before[0] ?? 0)
    expect((after[0] ?? 0) + (after[1] ?? 0)).toBe((before[0] ?? 0) + (before[1] ?? 0))
  })

  test('of a plan gives a new run on the same statements', async () => {
    const [before, stations, villages] = [await allocation(), await stationVersions(), await villageVersions()]
    await importing(correct('plans.csv', { village_code: VILLAGE }, { collective_reserve_percent: '10' }))
    await work()
    expect([await stationVersions(), await villageVersions()]).toEqual([stations, villages])
    const after = await allocation()
    expect(after).toMatchObject({ statementVersion: before?.statementVersion, potFen: before?.potFen })
    expect(after?.reserveFen).toBeGreaterThan(before?.reserveFen ?? 0)
  })

  test('of what a county deducts reaches all of its stations, and of what a village deducts that village', async () => {
    const onlyTerms = (terms: Partial<ReturnType<typeof theLines>>) =>
      linesWith((lines) => {
        for (const file of Object.keys(lines) as RegistryFile[]) if (file !== 'regions.csv') lines[file] = []
        Object.assign(lines, terms)
      })
    const [ofCounty, ofVillage] = someTerms()['region-deductions.csv']
    await importing(onlyTerms({ 'region-deductions.csv': ofCounty ? [ofCounty] : [] }))
    expect((await work()).stations).toEqual([stationWork('KT'), stationWork('ZL1')])
    expect(await stationVersions()).toMatchObject([{}, { lines: [{}, {}, {}, {}, { kind: 'insurance', isPooled: true }] }])
    const before = (await villageVersions()).at(-1)
    await importing(onlyTerms({ 'region-deductions.csv': ofVillage ? [ofVillage] : [] }))
    expect(await work()).toEqual({ stations: [], villages: [villageWork()] })
    expect((await villageVersions()).at(-1)).toMatchObject({
      netFen: (before?.netFen ?? 0) - 1_000,
      deductions: [{ kind: 'insurance', amountFen: -1_000 }],
    })
    await importing(onlyTerms({ 'vat-rules.csv': someTerms()['vat-rules.csv'] }))
    expect((await work()).stations).toEqual([stationWork('KT'), stationWork('ZL1')])
  })

  test('of what a station earns beside energy reaches its village', async () => {
    const before = (await villageVersions()).at(-1)
    await importing(linesWith((lines) => Object.assign(lines, { 'incomes.csv': someTerms()['incomes.csv'] })))
    await work()
    expect((await villageVersions()).at(-1)?.netFen).toBe((before?.netFen ?? 0) + 10_000)
  })

  test('of a plan alone reaches a village whose stations are in no file of the import', async () => {
    await importing(
      linesWith((lines) => {
        for (const file of ['stations.csv', 'devices.csv', 'prices.csv', 'shares.csv', 'deductions.csv'] as const)
          lines[file] = []
      }),
    )
    expect(await work()).toEqual({ stations: [], villages: [villageWork()] })
  })
})

describe('an import that changes nothing', () => {
  test('sends what is settled and writes nothing', async () => {
    const before = await everything()
    await importing(asFiles(theLines()))
    expect((await work()).stations).toEqual([stationWork('ZL1'), stationWork('KT')])
    expect(await everything()).toEqual(before)
  })

  test('completes one that broke off before it sent anything', async () => {
    const { queues } = settling.ambient
    const broken = { send: () => Promise.reject(new Error('the queue is away')) }
    settling.ambient.queues = { ...queues, 'settle-station': broken }
    const corrected = correct('prices.csv', { station_id: 'ZL1', stream: 'benchmark' }, { price_yuan_per_kwh: '0.4000' })
    await expect(importing(corrected)).rejects.toThrow()
    settling.ambient.queues = queues
    await importing(corrected)
    await work()
    expect(await stationVersions()).toHaveLength(2)
  })
})

describe('what is sent', () => {
  test('is nothing on a dry run', async () => {
    await importing(asFiles(theLines()), true)
    expect(await work()).toEqual({ stations: [], villages: [] })
  })

  test('are no months without a statement, no stations the files leave out, and no plans of another year', async () => {
    await settling.tables.generation.putBatch(someStationDays('2026-09', 700_000))
    await importing(
      linesWith((lines) => {
        lines['stations.csv'] = [aStationLine()]
        lines['shares.csv'] = []
        lines['prices.csv'] = lines['prices.csv'].filter(({ station_id: id }) => id === 'ZL1')
        lines['plans.csv'] = lines['plans.csv'].map((line) => ({ ...line, year: '2025' }))
        lines['plan-lines.csv'] = lines['plan-lines.csv'].map((line) => ({ ...line, year: '2025' }))
        lines['memberships.csv'] = []
      }),
    )
    expect(settling.sent).toMatchObject({ 'settle-station': [stationWork()], 'settle-village': [] })
  })

  test('are the months of a village whose people came or went, also without a plan', async () => {
    await importing(
      linesWith((lines) => {
        lines['plans.csv'] = []
        lines['plan-lines.csv'] = []
        lines['memberships.csv'] = [{ person_id: 'P1', household_id: 'H1', valid_from: '2026-10-05' }]
      }),
    )
    expect(settling.sent).toMatchObject({ 'settle-village': [villageWork()] })
  })

  test('are the settled months of the last fourteen, each once, however many versions it has', async () => {
    const { tables, ambient } = settling
    const [statement] = await stationVersions()
    if (!statement) throw new Error('October is not settled')
    for (const [of, version] of [
      ['2026-10', 2],
      ['2026-09', 1],
      ['2025-09', 1],
      ['2025-08', 1],
    ] as const)
      await tables.stationStatements.put({ ...statement, month: stationWork('ZL1', of).month, version })
    await importing(asFiles(theLines()))
    expect(settling.sent['settle-station']).toEqual([
      stationWork('ZL1', '2025-09'),
      stationWork('ZL1', '2026-09'),
      stationWork('ZL1', '2026-10'),
      stationWork('KT', '2026-10'),
    ])
    expect(ambient.now()).toBe(NOW_MS)
    expect(settling.said.at(-1)).toEqual({ level: 'info', fields: { stationMonths: 4, villageMonths: 1 } })
  })
})
