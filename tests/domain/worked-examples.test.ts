import { describe, expect, test } from 'vitest'
import { demoCounty } from '../../devices/demo-county.ts'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import { dayEndMs, daysBetween, MINUTE_MS } from '../../domain/calendar.ts'
import { scaledInteger } from '../../domain/cells.ts'
import { readCounter } from '../../domain/counter.ts'
import { computeDeviceDay } from '../../domain/device-day.ts'
import { performanceRatio, type StationDay } from '../../domain/energy.ts'
import { type StatementLine, sumFen } from '../../domain/income.ts'
import { formatYuan, incomeFen, shareByLargestRemainder, timesRatio } from '../../domain/money.ts'
import { equivalentHours } from '../../domain/overview.ts'
import { labourShare, wageCover } from '../../domain/policy.ts'
import { parseRegistry, type RegistryFile, type RegistryRows } from '../../domain/registry-import.ts'
import type { Station } from '../../domain/registry.ts'
import { type StationMonth, settleStationMonth } from '../../domain/settlement.ts'
import { computeStationDay } from '../../domain/station-day.ts'
import { fenPerKw, fulfilmentBp, perYear } from '../../domain/yield.ts'
import { aPlan, aPrice, month, somePlanLines, someStationDays, aDueRule } from '../settlement.ts'
import { at, bozhou, dayNamed, readingsFor, type Row, sunnyRows } from './sunny.ts'

/**
 * What was published about Lixin county and what follows from it, computed by hand beforehand: the platform must come to the same
 * watt-hour and the same fen. Stations, prices and deductions are those of the demonstration county, read by the registry import.
 */

const ZHANGLOU = '341623105220'
const WULI = '341623105001'

const files = demoCounty({ stations: 347, today: dayNamed('2026-11-22') })
/** The registry, and one without errors. */
const imported = (given: Record<RegistryFile, string>): RegistryRows => {
  const { rows, errorCount } = parseRegistry(given)
  expect(errorCount).toBe(0)
  return rows
}
const county = imported(files)

/** The files with one more station, alike in everything but its id. */
const withTwin = (given: Record<RegistryFile, string>, of: string, as: string): Record<RegistryFile, string> => {
  const twins = Object.entries(given).map(([file, text]) => {
    const own = text.split('\n').filter((line) => new RegExp(`(^|[,-])${of}[,-]`).test(line) || line.startsWith(`GW-${of},`))
    return [file, [text.trimEnd(), ...own.map((line) => line.trimEnd().replaceAll(of, as))].join('\n')]
  })
  return Object.fromEntries(twins)
}

const stationNamed = (stationId: string, rows = county): Station => {
  const station = rows.stations.find((row) => row.stationId === stationId)
  if (!station) throw new Error(`no station ${stationId}`)
  return station
}
const stationsOf = (village: string, rows = county): Station[] =>
  rows.stations.filter(({ villageCode }) => villageCode === village)
const capacityW = (stations: readonly Station[]): number => stations.reduce((sum, { dcCapacityW }) => sum + dcCapacityW, 0)
const plannedFen = (stations: readonly Station[]): number =>
  sumFen(stations.map(({ plannedIncomeFenPerYear: amountFen }) => ({ amountFen })))
const standard = county.stations.filter(({ dcCapacityW }) => dcCapacityW === 187_200)

/** A month of a station of the county by its own prices, deductions and shares. */
const settled = (stationId: string, over: Partial<StationMonth> & Pick<StationMonth, 'month' | 'days'>) => {
  const own = <Of extends { stationId: string }>(rows: readonly Of[]) => rows.filter((row) => row.stationId === stationId)
  const { prices, deductions, shares } = county
  const rules = { slips: [], prices: own(prices), deductions: own(deductions), shares: own(shares) }
  const outcome = settleStationMonth({ station: stationNamed(stationId), ...rules, ...over })
  if (outcome.kind === 'rejected') throw new Error(outcome.detail)
  return outcome.statement
}
const partsOf = (total: number, shares: readonly { villageCode: string; weight: number }[]): number[] => {
  const divided = shareByLargestRemainder({ total, shares: shares.map(({ villageCode: id, weight }) => ({ id, weight })) })
  return divided.kind === 'shared' ? divided.parts.map(({ part }) => part) : []
}
const times = <Of>(count: number, of: Of): Of[] => Array.from({ length: count }, () => of)

describe('the first stations', () => {
  const pilot = stationNamed('ZL1')
  const madeWh = 98_270_000
  /** On line some day of July 2015, counted on 28 March 2017: so many days at least, and at most. */
  const [fewest, most] = ['2015-07-31', '2015-07-01'].map((from) => daysBetween(dayNamed(from), dayNamed('2017-03-27')).length)

  test('worked example 1: 98,270 kWh of the 60 kW pilot at 1.00 → 98,270.00 yuan', () => {
    const { lines, grossFen } = settled('ZL1', { month: month('2026-10'), days: someStationDays('2026-10', [madeWh]) })
    expect(lines.slice(0, 2).map(({ kind, amountFen }) => [kind, formatYuan(amountFen)])).toEqual([
      ['benchmark', '37,774.99'],
      ['subsidy', '60,495.01'],
    ])
    expect(formatYuan(grossFen)).toBe('98,270.00')
    expect(incomeFen({ energyWh: madeWh, priceE4YuanPerKwh: 10_000 })).toBe(grossFen)
  })

  test('worked example 2: 98,270 kWh of 60 kW in 606 to 636 days → 940 to 986 hours a year', () => {
    expect(equivalentHours(madeWh, pilot.dcCapacityW)).toBeCloseTo(1_637.83, 2)
    expect([fewest, most]).toEqual([606, 636])
    const energies = [most, fewest].map((days) => perYear(madeWh, days ?? 0))
    expect(energies.map((energyWh) => Math.round(energyWh / 100_000) * 100)).toEqual([56_400, 59_200])
    expect(energies.map((energyWh) => Math.round(equivalentHours(energyWh, pilot.dcCapacityW) ?? 0))).toEqual([940, 986])
  })

  test('worked example 3: 187.2 kW → 220,000 yuan a year, 1,175.21 a kW, 1,199 hours at 0.98', () => {
    const { dcCapacityW, plannedIncomeFenPerYear } = stationNamed('ZL2')
    expect([dcCapacityW, formatYuan(plannedIncomeFenPerYear)]).toEqual([187_200, '220,000.00'])
    expect(formatYuan(fenPerKw({ amountFen: plannedIncomeFenPerYear, dcCapacityW }))).toBe('1,175.21')

    const bringsFen = (hours: number, priceE4YuanPerKwh: number) =>
      incomeFen({ energyWh: dcCapacityW * hours, priceE4YuanPerKwh })
    for (const [priceE4, hours] of [
      [10_000, 1_175],
      [9_800, 1_199],
      [8_500, 1_383],
    ] as const) {
      expect(bringsFen(hours - 0.5, priceE4)).toBeLessThan(plannedIncomeFenPerYear)
      expect(bringsFen(hours + 0.5, priceE4)).toBeGreaterThan(plannedIncomeFenPerYear)
    }
    expect(formatYuan(bringsFen(1_200, 9_800))).toBe('220,147.20')
  })

  test('worked example 6: 98,270 kWh against a plan of 70,000 yuan a year → 81 to 85 % of it', () => {
    const planned = pilot.plannedIncomeFenPerYear
    const shares = [most, fewest].map((days) => {
      const actual = incomeFen({ energyWh: perYear(madeWh, days ?? 0), priceE4YuanPerKwh: 10_000 })
      return fulfilmentBp({ actual, planned })
    })
    expect(shares).toEqual([8_057, 8_456])
  })
})

describe('villages, a county and a joint station', () => {
  const joint = stationNamed('KT')
  const shares = county.shares.filter(({ stationId }) => stationId === 'KT')

  test('worked example 4: Wuli’s three stations, 561.6 kW → 660,000 yuan; five, 936 kW → 1,100,000', () => {
    const three = stationsOf(WULI)
    expect(capacityW(three)).toBe(561_600)
    expect(three.map(({ plannedIncomeFenPerYear }) => formatYuan(plannedIncomeFenPerYear))).toEqual(times(3, '220,000.00'))
    expect(formatYuan(plannedFen(three))).toBe('660,000.00')
    // 13.5 mu in all, 4.5 mu of 800 yuan each, at 0.02404 mu a kW.
    const ids = three.map(({ stationId }) => stationId)
    const rents = county.deductions.filter(({ stationId, kind }) => kind === 'land_rent' && ids.includes(stationId))
    expect(rents.map(({ amountFenPerYear = 0 }) => formatYuan(amountFenPerYear))).toEqual(times(3, '3,600.00'))
    expect(fenPerKw({ amountFen: 1_080_000, dcCapacityW: capacityW(three) })).toBe(1_923)

    const five = stationsOf(WULI, imported(withTwin(withTwin(files, 'WL1', 'WL4'), 'WL1', 'WL5')))
    expect(five).toHaveLength(5)
    expect(capacityW(five)).toBe(936_000)
    expect(formatYuan(plannedFen(five))).toBe('1,100,000.00')
  })

  test('worked example 5: Zhanglou’s three stations, 434.4 kW → 510,000 yuan, 4,250 to each of 120 people', () => {
    expect(stationsOf(ZHANGLOU).map(({ dcCapacityW }) => dcCapacityW)).toEqual([60_000, 187_200])
    const three = stationsOf(ZHANGLOU, imported(withTwin(files, 'ZL2', 'ZL3')))
    expect(capacityW(three)).toBe(434_400)
    expect(formatYuan(plannedFen(three))).toBe('510,000.00')
    expect(formatYuan(incomeFen({ energyWh: capacityW(three) * 1_200, priceE4YuanPerKwh: 9_800 }))).toBe('510,854.40')
    const { dcCapacityW, plannedIncomeFenPerYear: amountFen } = stationNamed('ZL1')
    expect(formatYuan(fenPerKw({ amountFen, dcCapacityW }))).toBe('1,166.67')

    const { lines } = allocateVillageMonth({
      statement: {
        villageCode: ZHANGLOU,
        countyCode: joint.countyCode,
        month: month('2026-10'),
        version: 1,
        netFen: plannedFen(three),
      },
      plans: [aPlan({ villageCode: ZHANGLOU, lines: somePlanLines(120) })],
    })
    expect(lines.map((line) => formatYuan(line.amountFen))).toEqual(times(120, '4,250.00'))
  })

  test('worked example 7: the programme of 2016 → 97.5312 MW, 69.3 % of it on line, 201.95 MW with two other years', () => {
    expect(standard).toHaveLength(346)
    expect(capacityW(standard)).toBe(64_771_200)
    const programmeW = capacityW([...standard, joint])
    expect(programmeW).toBe(97_531_200)
    // To 0.01 MW, as the county publishes it.
    expect(timesRatio(programmeW, { times: 1, per: 10_000 })).toBe(scaledInteger('97.53', 2))
    const years = ['18.3', '97.53', '86.12'].map((megawatt) => scaledInteger(megawatt, 2) ?? 0)
    expect(years.reduce((sum, year) => sum + year, 0)).toBe(scaledInteger('201.95', 2))

    const onLineW = capacityW([...standard.slice(0, 186), joint])
    expect(onLineW).toBe(67_579_200)
    expect(fulfilmentBp({ actual: onLineW, planned: programmeW })).toBe(6_929)
    expect(standard.slice(186)).toHaveLength(160)
    expect(capacityW(standard.slice(186))).toBe(29_952_000)
  })

  test('worked example 8: 32.76 MW for 175 villages → 187.2 kW each, and of 3,000,000.00 yuan 125 get a fen more', () => {
    expect(joint.dcCapacityW).toBe(32_760_000)
    expect(partsOf(joint.dcCapacityW, shares)).toEqual(times(175, 187_200))
    expect(formatYuan(joint.plannedIncomeFenPerYear)).toBe('38,500,000.00')
    expect(partsOf(joint.plannedIncomeFenPerYear, shares).map(formatYuan)).toEqual(times(175, '220,000.00'))

    const { lines, villages } = settled('KT', {
      month: month('2026-10'),
      days: someStationDays('2026-10', [3_000_000_000]),
      prices: [aPrice({ stationId: 'KT', priceE4YuanPerKwh: 10_000 })],
      deductions: [],
    })
    expect(lines.map(({ amountFen }) => formatYuan(amountFen))).toEqual(['3,000,000.00'])
    expect(villages.map(({ netFen }) => formatYuan(netFen))).toEqual([...times(125, '17,142.86'), ...times(50, '17,142.85')])
    expect(villages.map(({ villageCode }) => villageCode)).toEqual(shares.map(({ villageCode }) => villageCode).toSorted())
  })
})

describe('worked example 9: a year of a village station', () => {
  const months = Array.from({ length: 12 }, (_, before) => month(`2025-${String(before + 1).padStart(2, '0')}`))
  // 1,100 hours of 187.2 kW. A month of 17,200 kWh comes to whole fen on every line, so twelve roundings are one.
  const statements = months.map((each, before) =>
    settled('ZL2', { month: each, days: someStationDays(each, [before < 11 ? 17_200_000 : 16_720_000]) }),
  )
  const lines: StatementLine[] = statements.flatMap((statement) => statement.lines)
  const sum = (of: 'grossFen' | 'deductionFen' | 'netFen'): number =>
    sumFen(statements.map((statement) => ({ amountFen: statement[of] })))
  const netFen = sum('netFen')
  /** A year of posts at 500 yuan a month. */
  const wagesFen = (posts: number): number => posts * 12 * 50_000

  test('worked example 9: 205,920 kWh at 0.85 → 175,032.00 yuan gross, 161,855.43 net', () => {
    const energyWh = statements.reduce((total, statement) => total + statement.energyWh, 0)
    expect(equivalentHours(energyWh, stationNamed('ZL2').dcCapacityW)).toBe(1_100)
    const ofYear = [...Map.groupBy(lines, ({ kind }) => kind)].map(([kind, own]) => [kind, formatYuan(sumFen(own))])
    expect(ofYear).toEqual([
      ['benchmark', '79,155.65'],
      ['subsidy', '95,876.35'],
      ['land_rent', '-3,600.00'],
      ['operation', '-5,075.93'],
      ['insurance', '-1,000.00'],
      ['reserve', '-3,500.64'],
    ])
    expect([sum('grossFen'), sum('deductionFen'), netFen].map(formatYuan)).toEqual(['175,032.00', '-13,176.57', '161,855.43'])
  })

  test.each([
    [16, 6_000, { minimumFen: 9_711_326, shareBp: 5_931, holds: false }],
    [17, 6_000, { minimumFen: 9_711_326, shareBp: 6_302, holds: true }],
    [21, 8_000, { minimumFen: 12_948_435, shareBp: 7_785, holds: false }],
    [22, 8_000, { minimumFen: 12_948_435, shareBp: 8_155, holds: true }],
  ])(
    'worked example 9: %i posts at 500 yuan against a minimum of %i hundredths of a percent of net',
    (posts, minimumBp, found) => {
      expect(labourShare({ baseFen: netFen, labourFen: wagesFen(posts), minimumBp })).toEqual(found)
    },
  )

  test('worked example 9: 17 posts cost 22,844.35 yuan more than arrives within the year', () => {
    const cover = wageCover({ lines, year: 2026, rules: [aDueRule()], wagesFen: wagesFen(17) })
    expect(cover).toEqual({ arrivesFen: 7_915_565, shortFen: 2_284_435, holds: false })
  })
})

describe('a day of readings', () => {
  const day = dayNamed('2026-06-01')

  test('worked example 18: 748.8 kWh of 187.2 kW under 5.0 kWh/m² → 4.00 hours and a ratio of 0.80', () => {
    const hours = equivalentHours(748_800, stationNamed('ZL2').dcCapacityW) ?? 0
    expect(hours).toBe(4)
    expect(performanceRatio(hours, 5_000)).toBeCloseTo(0.8, 12)
  })

  test('worked example 19: inverters 1,000.0 kWh, meter 972.0 → no finding, and 826.20 yuan at 0.85', () => {
    const rows = sunnyRows(dayNamed('2026-05-31'), dayNamed('2026-06-02'))
    const shownAt = (atMs: number) => rows.findLast((row) => row.atMs < atMs)?.counterWh ?? 0
    const [before, after] = [shownAt(dayEndMs(day) - 24 * 60 * MINUTE_MS), shownAt(dayEndMs(day))]
    /** The course of a clear day, come to so many Wh. */
    const making = (wh: number): Row[] =>
      rows.map((row) => ({
        ...row,
        acPowerW: null,
        counterWh: 7_000_000 + Math.round((((row.counterWh ?? 0) - before) * wh) / (after - before)),
      }))
    const device = (deviceId: string, kind: 'inverter' | 'meter', wh: number) =>
      readingsFor(day, making(wh), { device: { deviceId, kind, ratedPowerW: 187_200 } })
    const { figure } = computeStationDay({
      station: { ...stationNamed('ZL2'), ...bozhou },
      day,
      nowMs: dayEndMs(day),
      devices: [device('INV-1', 'inverter', 1_000_000), device('METER', 'meter', 972_000)],
    })
    expect(figure).toMatchObject({
      inverterWh: 1_000_000,
      meterWh: 972_000,
      energyWh: 972_000,
      basis: 'meter',
      quality: 'measured',
    })
    expect(figure.findings).toEqual([])

    const written: StationDay = { ...figure, version: 1, computedAtMs: dayEndMs(day) }
    expect(formatYuan(settled('ZL2', { month: month('2026-06'), days: [written] }).grossFen)).toBe('826.20')
  })

  test('worked example 20: a counter that shows 0 twice and goes on → 5.54, 0.00 and 3.20 kWh, 8.74 in all', () => {
    const shown = [51_234_560, 51_240_100, 0, 0, 51_240_100, 51_243_300]
    const minutes = [0, 20, 25, 30, 35, 40]
    const points = shown.map((wh, index) => ({ atMs: at('2026-06-01', 12) + (minutes[index] ?? 0) * MINUTE_MS, wh }))
    const { accepted } = readCounter(points, { ratedPowerW: 60_000, stepWh: 1_000 })
    expect(accepted.map(({ deltaWh }) => deltaWh)).toEqual([0, 5_540, 0, 3_200])

    const rows = points.map(({ atMs, wh }) => ({ atMs, counterWh: wh, acPowerW: null }))
    const { deviceDay } = computeDeviceDay(readingsFor(day, rows), { site: bozhou, day, untilMs: dayEndMs(day) })
    expect(deviceDay.energyWh).toBe(8_740)
    expect(deviceDay.findings.map(({ code }) => code)).toContain('counter_dip')
  })
})
