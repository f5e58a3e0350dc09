import { addMonths, type ChinaDay, type ChinaMonth, daysOfMonth } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import type { AttendanceSheet } from '../../domain/attendance.ts'
import {
  BENEFIT_KINDS,
  DEDUCTION_KINDS,
  AMOUNT_STREAMS,
  type AmountIncome,
  type Deduction,
  GRID_STREAMS,
  type Membership,
  PLAN_STATES,
  type Plan,
  type Price,
  type RegionDeduction,
  type Share,
  type Station,
} from '../../domain/registry.ts'
import { aStation, COUNTY, day } from '../registry.ts'
import { aDeduction, anIncome, aPlan, aPlanLine, aPrice, aRegionDeduction, aShare, aStationDay, month } from '../settlement.ts'

/**
 * Small counties made up from a seed: one to five villages with stations of their own and joint ones, three months of days, and every
 * row of a registry that decides money. And what is corrected of them later.
 */

/** Three months, one after another; the last may be the first of a new year. */
export type Months = readonly [ChinaMonth, ChinaMonth, ChinaMonth]

/** What a village received by the end of a month, and what it owes of it. */
export type Cash = { arrivedFen: number; owedFen: number }

export type RandomVillage = {
  villageCode: string
  plans: readonly Plan[]
  memberships: readonly Membership[]
  sheets: readonly AttendanceSheet[]
  /** What months before the first have left; absent where none ever carried on. */
  carriedFen: number | undefined
  /** By month, sums since ever. */
  cash: readonly [Cash, Cash, Cash]
}

export type RandomStation = {
  station: Station
  days: readonly StationDay[]
  prices: readonly Price[]
  deductions: readonly Deduction[]
  shares: readonly Share[]
  incomes: readonly AmountIncome[]
  /** What the county deducts, and the stations it is deducted of: the same for all. */
  pooled: readonly RegionDeduction[]
  fleet: readonly Station[]
}

export type RandomCounty = { months: Months; villages: readonly RandomVillage[]; stations: readonly RandomStation[] }

/** A small generator of its own: fifty thousand shrinkable villages take hours. */
export type Chance = {
  /** A whole number from 0 to `most`. */
  upTo: (most: number) => number
  /** True once in so many times. */
  onceIn: (times: number) => boolean
  oneOf: <Item>(items: readonly Item[]) => Item
  shuffled: <Item>(items: readonly Item[]) => Item[]
}

export const chanceOf = (seed: number): Chance => {
  let state = seed
  const next = (): number => {
    let x = (state += 0x6d2b79f5)
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  const upTo = (most: number): number => Math.floor(next() * (most + 1))
  return {
    upTo,
    onceIn: (times) => upTo(times - 1) === 0,
    oneOf: (items) => {
      const found = items[upTo(items.length - 1)]
      if (found === undefined) throw new RangeError('nothing to choose from')
      return found
    },
    shuffled: (items) => {
      const left = [...items]
      return items.map(() => left.splice(upTo(left.length - 1), 1)).flat()
    },
  }
}

const LONG_AGO = day('2016-11-01')
const dayIn = (chance: Chance, months: readonly ChinaMonth[]): ChinaDay => chance.oneOf(daysOfMonth(chance.oneOf(months)))

const energyOf = (chance: Chance, most: number): number | null => (chance.onceIn(60) ? null : chance.upTo(most))

const aDay = (chance: Chance, of: { stationId: string; day: ChinaDay; version: number }, most: number): StationDay =>
  aStationDay({
    ...of,
    energyWh: energyOf(chance, most),
    ...(chance.onceIn(20) && { quality: 'estimated' as const }),
    ...(chance.onceIn(20) && { basis: 'inverters' as const }),
  })

const someShares = (chance: Chance, stationId: string, villageCodes: readonly string[], validFrom: ChinaDay): Share[] => {
  const most = chance.oneOf([1, 3, 200_000])
  const weights = villageCodes.map(() => (chance.onceIn(6) ? 0 : 1 + chance.upTo(most)))
  // Of a set that says its total rows may be missing still; nobody has a part in half a set.
  const total = weights.reduce((sum, weight) => sum + weight, 0) + (chance.onceIn(60) ? 1 : 0)
  const says = chance.onceIn(2)
  return villageCodes.map((villageCode, at) => {
    const row = aShare({ stationId, villageCode, validFrom, weight: weights[at] ?? 0 })
    return says || chance.onceIn(6) ? { ...row, weightTotal: total } : row
  })
}

const somePrices = (chance: Chance, stationId: string, months: Months): Price[] =>
  GRID_STREAMS.flatMap((stream, at) => {
    if (at > 0 && !chance.onceIn(at + 1)) return []
    const begins = new Set([LONG_AGO, ...Array.from({ length: chance.upTo(2) }, () => dayIn(chance, months))])
    return [...begins].map((validFrom) => aPrice({ stationId, stream, validFrom, priceE4YuanPerKwh: 1 + chance.upTo(9_800) }))
  })

const aSomeDeduction = (chance: Chance, stationId: string, validFrom: ChinaDay): Deduction => {
  const kind = chance.oneOf(DEDUCTION_KINDS)
  // Once in a while more than any month earns.
  const most = chance.onceIn(8) ? 40_000_000 : 400_000
  const taken = chance.onceIn(2) ? { amountFenPerYear: chance.upTo(most) } : { rateBp: chance.upTo(1_500) }
  return aDeduction({ stationId, kind, validFrom, ...taken })
}

/** By the year or once; the later of two that begin on one day is the one there is. */
const someIncomes = (chance: Chance, stationId: string, months: Months): AmountIncome[] => {
  const rows = Array.from({ length: chance.onceIn(2) ? 0 : chance.upTo(3) }, () => {
    const row = anIncome({
      stationId,
      stream: chance.oneOf(AMOUNT_STREAMS),
      validFrom: chance.onceIn(2) ? LONG_AGO : dayIn(chance, months),
    })
    if (chance.onceIn(3)) return { ...row, amountFenOnce: chance.upTo(90_000) }
    const yearly = { ...row, amountFenPerYear: chance.upTo(900_000) }
    return chance.onceIn(5) ? { ...yearly, validTo: dayIn(chance, months) } : yearly
  })
  return [...new Map(rows.map((row) => [`${row.stream}#${row.validFrom}`, row])).values()]
}

const somePooled = (chance: Chance, months: Months): RegionDeduction[] =>
  someDeductions(chance, '', months).map((of) => {
    const { stationId: _, ...row } = of
    return aRegionDeduction(row)
  })

const someDeductions = (chance: Chance, stationId: string, months: Months): Deduction[] => {
  const rows = Array.from({ length: chance.upTo(3) }, () => {
    const row = aSomeDeduction(chance, stationId, chance.onceIn(2) ? LONG_AGO : dayIn(chance, months))
    return chance.onceIn(5) ? { ...row, validTo: dayIn(chance, months) } : row
  })
  return [...new Map(rows.map((row) => [`${row.kind}#${row.validFrom}`, row])).values()]
}

const aRandomStation = (chance: Chance, stationId: string, villageCodes: readonly string[], months: Months): RandomStation => {
  const isJoint = villageCodes.length > 1
  const base = aStation({
    stationId,
    kind: isJoint ? 'joint' : 'village',
    catalogueListed: !chance.onceIn(4),
    dcCapacityW: 1 + chance.upTo(chance.oneOf([3, 187_200, 32_760_000])),
    ...(chance.onceIn(12) && { commissionedOn: dayIn(chance, months.slice(0, 1)) }),
    ...(chance.onceIn(30) && { decommissionedOn: dayIn(chance, months) }),
  })
  const most = chance.oneOf([900, 60_000, 1_000_000])
  const days = months.flatMap(daysOfMonth).map((each) => aDay(chance, { stationId, day: each, version: 1 }, most))
  return {
    station: { ...base, villageCode: isJoint ? undefined : villageCodes[0] },
    days: days.filter(() => !chance.onceIn(120)),
    prices: somePrices(chance, stationId, months),
    deductions: someDeductions(chance, stationId, months),
    incomes: someIncomes(chance, stationId, months),
    pooled: [],
    fleet: [],
    shares: isJoint
      ? [...new Set([LONG_AGO, ...(chance.onceIn(3) ? [dayIn(chance, months)] : [])])].flatMap((from) =>
          someShares(chance, stationId, villageCodes, from),
        )
      : [],
  }
}

const somePlan = (chance: Chance, villageCode: string, year: number, version: number): Plan => {
  const most = chance.oneOf([0, 2, 60_000, 60_000])
  return aPlan({
    villageCode,
    year,
    version,
    state: chance.onceIn(8) ? chance.oneOf(PLAN_STATES) : 'filed',
    pool: chance.onceIn(6) ? 'received' : 'accrued',
    collectiveReserveBp: chance.onceIn(2) ? 0 : chance.upTo(10_000),
    ...(chance.onceIn(3) && { basis: 'wages' as const }),
    lines: Array.from({ length: chance.onceIn(15) ? 0 : 1 + chance.upTo(9) }, (_, at) =>
      aPlanLine({
        lineId: `L${at}`,
        personId: `P${chance.onceIn(5) ? 0 : at}`,
        householdId: `H${at}`,
        kind: chance.oneOf(BENEFIT_KINDS),
        weight: chance.onceIn(10) ? 0 : chance.upTo(most),
      }),
    ),
  })
}

/** Of some persons: when they came, moved to another household, and left. */
const someMemberships = (chance: Chance, villageCode: string, months: Months): Membership[] => {
  const people = Array.from({ length: chance.upTo(3) }, () => chance.upTo(9))
  return [...new Set(people)].flatMap((person) => {
    const [personId, householdId] = [`P${person}`, `H${person}`]
    const moved = dayIn(chance, months)
    const first = { villageCode, personId, householdId, validFrom: chance.onceIn(3) ? moved : LONG_AGO }
    if (chance.onceIn(3)) return [first]
    const left = dayIn(chance, months)
    if (first.validFrom === moved || chance.onceIn(2)) return [left > first.validFrom ? { ...first, validTo: left } : first]
    return [
      { ...first, validTo: moved },
      { villageCode, personId, householdId: 'H-new', validFrom: moved },
    ]
  })
}

const aSheet = (chance: Chance, villageCode: string, each: ChinaMonth): AttendanceSheet => ({
  villageCode,
  month: each,
  version: 1,
  entries: Array.from({ length: 6 }, (_, at) => {
    const due = 1 + chance.upTo(21)
    return { personId: `P${at}`, post: '保洁员', attended: chance.upTo(due), due }
  }),
  document: '示范考勤',
  recordedBy: 'an-officer',
  recordedAtMs: 1,
})

const someCash = (chance: Chance): RandomVillage['cash'] => {
  const first = { arrivedFen: chance.upTo(900_000), owedFen: chance.upTo(100_000) }
  const next = ({ arrivedFen, owedFen }: Cash): Cash => ({
    arrivedFen: arrivedFen + chance.upTo(900_000),
    owedFen: owedFen + chance.upTo(100_000),
  })
  const second = next(first)
  return [first, second, next(second)]
}

const aRandomVillage = (chance: Chance, villageCode: string, months: Months): RandomVillage => ({
  villageCode,
  plans: [2026, 2027].flatMap((year) => (chance.onceIn(12) ? [] : [somePlan(chance, villageCode, year, 1)])),
  memberships: someMemberships(chance, villageCode, months),
  sheets: months.filter(() => chance.onceIn(2)).map((each) => aSheet(chance, villageCode, each)),
  carriedFen: chance.onceIn(2) ? undefined : chance.upTo(2_000_000) - 500_000,
  cash: someCash(chance),
})

export const aRandomCounty = (chance: Chance): RandomCounty => {
  const first = addMonths(month('2026-01'), chance.upTo(11))
  const months: Months = [first, addMonths(first, 1), addMonths(first, 2)]
  const villages = Array.from({ length: 1 + chance.upTo(4) }, (_, at) =>
    aRandomVillage(chance, `${COUNTY.slice(0, 6)}10500${at}`, months),
  )
  const codes = villages.map(({ villageCode }) => villageCode)
  const own = codes.flatMap((code, village) =>
    Array.from({ length: chance.oneOf([0, 1, 1, 1, 2]) }, (_, at) => aRandomStation(chance, `ZL${village}${at}`, [code], months)),
  )
  const joint = codes.length > 1 && !chance.onceIn(3) ? [aRandomStation(chance, 'KT', codes, months)] : []
  const pooled = chance.onceIn(2) ? [] : somePooled(chance, months)
  const fleet = [...own, ...joint].map(({ station }) => station)
  return { months, villages, stations: [...own, ...joint].map((of) => ({ ...of, pooled, fleet })) }
}

/** What may be found out later about months that are closed. */
const CORRECTIONS: ((chance: Chance, county: RandomCounty) => RandomCounty)[] = [
  /** Readings that came late, or were read wrongly. */
  (chance, county) =>
    withStation(chance, county, (of) => {
      const again = Array.from({ length: 1 + chance.upTo(3) }, () => dayIn(chance, county.months))
      const { stationId } = of.station
      const version = Math.max(0, ...of.days.map((each) => each.version)) + 1
      return {
        ...of,
        days: [...of.days, ...[...new Set(again)].map((each) => aDay(chance, { stationId, day: each, version }, 90_000))],
      }
    }),
  (chance, county) =>
    withStation(chance, county, (of) => {
      const validFrom = chance.onceIn(2) ? LONG_AGO : dayIn(chance, county.months)
      const { stationId } = of.station
      const price = aPrice({ stationId, stream: chance.oneOf(GRID_STREAMS), validFrom, priceE4YuanPerKwh: chance.upTo(9_000) })
      const others = of.prices.filter((row) => row.stream !== price.stream || row.validFrom !== validFrom)
      return { ...of, prices: [...others, price] }
    }),
  (chance, county) =>
    withStation(chance, county, (of) => {
      if (of.shares.length === 0) return of
      const validFrom = chance.onceIn(2) ? LONG_AGO : dayIn(chance, county.months)
      const codes = county.villages.map(({ villageCode }) => villageCode)
      const others = of.shares.filter((row) => row.validFrom !== validFrom)
      return { ...of, shares: [...others, ...someShares(chance, of.station.stationId, codes, validFrom)] }
    }),
  (chance, county) =>
    withStation(chance, county, (of) => {
      const row = aSomeDeduction(chance, of.station.stationId, chance.onceIn(2) ? LONG_AGO : dayIn(chance, county.months))
      const others = of.deductions.filter(({ kind, validFrom }) => kind !== row.kind || validFrom !== row.validFrom)
      return { ...of, deductions: [...others, row] }
    }),
  (chance, county) =>
    withStation(chance, county, (of) => ({ ...of, incomes: someIncomes(chance, of.station.stationId, county.months) })),
  (chance, county) => {
    const pooled = somePooled(chance, county.months)
    return { ...county, stations: county.stations.map((of) => ({ ...of, pooled })) }
  },
  (chance, county) =>
    withVillage(chance, county, (of) => ({ ...of, memberships: someMemberships(chance, of.villageCode, county.months) })),
  (chance, county) =>
    withVillage(chance, county, (of) => {
      const year = chance.oneOf([2026, 2027])
      const version = of.plans.filter((plan) => plan.year === year).length + 1
      return { ...of, plans: [...of.plans, somePlan(chance, of.villageCode, year, version)] }
    }),
]

const withStation = (chance: Chance, county: RandomCounty, change: (of: RandomStation) => RandomStation): RandomCounty => {
  const changed = chance.upTo(Math.max(0, county.stations.length - 1))
  return { ...county, stations: county.stations.map((each, at) => (at === changed ? change(each) : each)) }
}

const withVillage = (chance: Chance, county: RandomCounty, change: (of: RandomVillage) => RandomVillage): RandomCounty => {
  const changed = chance.upTo(county.villages.length - 1)
  return { ...county, villages: county.villages.map((each, at) => (at === changed ? change(each) : each)) }
}

/** The same county, as somebody knows it who found out more. */
export const corrected = (chance: Chance, county: RandomCounty): RandomCounty =>
  Array.from({ length: 1 + chance.upTo(2) }).reduce<RandomCounty>((so) => chance.oneOf(CORRECTIONS)(chance, so), county)
