import type { ChinaMonth } from './calendar.ts'
import { isIncome, type StationStatement } from './income.ts'
import type { VillageStatement } from './village-statement.ts'
import { INCOME_STREAMS, type IncomeStream, type RegionCode } from './registry.ts'
import type { Opening } from './receipt.ts'

/** What is due to a village: one amount per station, month and stream, as the newest statement or an opening balance says. */

/** `accruedFen` is gross, before deductions; negative only as a correction. */
export type Item = { villageCode: RegionCode; stationId: string; month: ChinaMonth; stream: IncomeStream; accruedFen: number }

export const itemKey = ({ villageCode, stationId, month, stream }: Omit<Item, 'accruedFen'>): string =>
  `${villageCode}#${stationId}#${month}#${stream}`

type Line = { kind: string; energyWh?: number; amountFen: number }
const streamOf = (line: Line): IncomeStream | undefined =>
  isIncome(line) ? INCOME_STREAMS.find((stream) => stream === line.kind) : undefined

const summed = (items: readonly Item[]): Item[] => {
  const sums = new Map<string, Item>()
  for (const item of items) {
    const earlier = sums.get(itemKey(item))
    sums.set(itemKey(item), earlier ? { ...earlier, accruedFen: earlier.accruedFen + item.accruedFen } : item)
  }
  return [...sums.values()]
}

const itemsOfLines = (of: Pick<Item, 'villageCode' | 'stationId' | 'month'>, lines: readonly Line[]): Item[] =>
  lines.flatMap((line) => {
    const stream = streamOf(line)
    return stream ? [{ ...of, stream, accruedFen: line.amountFen }] : []
  })

/** Of a station's month, for all its villages. */
export const itemsOfStation = ({ stationId, month, lines, villages }: StationStatement): Item[] =>
  summed(
    villages.flatMap(({ villageCode, parts }) => {
      const own = parts.flatMap(({ line, amountFen }) => {
        const whole = lines[line]
        return whole ? [{ kind: whole.kind, amountFen, ...(whole.energyWh !== undefined && { energyWh: whole.energyWh }) }] : []
      })
      return itemsOfLines({ villageCode, stationId, month }, own)
    }),
  )

/** Of a village's month, from all its stations; what it settles of closed months is due for the months it is of. */
export const itemsOfVillage = ({ villageCode, month, stations, adjustments = [] }: VillageStatement): Item[] =>
  summed([
    ...stations.flatMap(({ stationId, lines }) => itemsOfLines({ villageCode, stationId, month }, lines)),
    ...adjustments.flatMap((line) =>
      line.stationId === undefined ? [] : itemsOfLines({ villageCode, stationId: line.stationId, month: line.ofMonth }, [line]),
    ),
  ])

/** Items of some statements, those of one station, month and stream as one. */
export const itemsOfStatements = (statements: readonly VillageStatement[]): Item[] => summed(statements.flatMap(itemsOfVillage))

/** What a village's month took from its income, 0 or negative; above 0 only as a correction of closed months. */
export const deductionFenOf = ({
  stations,
  deductions = [],
  adjustments = [],
}: Pick<VillageStatement, 'stations' | 'deductions' | 'adjustments'>): number =>
  stations
    .flatMap(({ lines }): Line[] => lines)
    .concat(deductions, adjustments)
    .filter((line) => !isIncome(line))
    .reduce((sum, { amountFen }) => sum + amountFen, 0)

/** Items of statements, and of openings where no statement speaks of the same amount. */
export const withOpenings = (items: readonly Item[], openings: readonly Opening[]): Item[] => {
  const stated = new Set(items.map(itemKey))
  const opened = openings.map(
    ({ villageCode, stationId, month, stream, amountFen: accruedFen }): Item => ({
      villageCode,
      stationId,
      month,
      stream,
      accruedFen,
    }),
  )
  return [...items, ...summed(opened).filter((item) => !stated.has(itemKey(item)))]
}
