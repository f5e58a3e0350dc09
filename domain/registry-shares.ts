import type { Fraction } from './fraction.ts'
import { eachLine, refer, referRegion, type Registry, type Tell } from './registry-checks.ts'
import type { Report } from './registry-files.ts'
import type { FileRow } from './registry-rows.ts'
import type { Share } from './registry.ts'
import { TOO_FINE, weigh } from './share-set.ts'

/** The lines of shares.csv: each says its part exactly, and the parts of one station from one day on are the whole. */

type ShareLine = FileRow<'shares.csv'>

const capacityOf = (registry: Registry, { station_id: stationId }: ShareLine): number | undefined => {
  const station = registry.find('stations.csv', stationId)
  return typeof station === 'object' ? station.dc_capacity_kw : undefined
}

/** The part a line states, over what it is stated of: its fraction, its watts of the station's capacity, its weight of the total. */
const partOf = (registry: Registry, line: ShareLine): Fraction | undefined => {
  const { share, weight, weight_total: total } = line
  if (share && 'fraction' in share) return share.fraction
  const part = share ? share.watts : weight
  const of = share ? capacityOf(registry, line) : total
  if (part === undefined || of === undefined || of === 0) return undefined
  return { numerator: BigInt(part), denominator: BigInt(of) }
}

/** Lines of one set in the order of the file, by what names the set. */
const setsOf = ({ content }: Registry): ShareLine[][] =>
  [...Map.groupBy(content['shares.csv'].lines, ({ row }) => `${row.station_id}#${row.valid_from}`).values()].map((lines) =>
    lines.map(({ row }) => row),
  )

const checkLine = (registry: Registry, line: ShareLine, tell: Tell): void => {
  const station = refer(registry, 'stations.csv', line.station_id, tell, 'station_id')
  if (station && station.kind !== 'joint') tell('station_id', 'Only a joint station has shares; this one belongs to one village.')
  referRegion(registry, line.village_code, 'village', tell, 'village_code')
  const { share, weight, weight_total: total } = line
  if ((share === undefined) === (weight === undefined)) tell('share', 'Fill in either share or weight, and only one of them.')
  else if ((weight === undefined) !== (total === undefined))
    tell('weight_total', 'Weights say what they sum to: fill in both or neither.')
}

/** Tells of a set, on its first line, that is not exactly the whole or too fine for whole weights. */
const checkSet = (registry: Registry, set: readonly ShareLine[], tell: Tell): void => {
  const parts = set.map((line) => partOf(registry, line))
  if (!parts.every((part) => part !== undefined)) return
  const column = set[0]?.share ? 'share' : 'weight'
  const weighed = weigh(parts)
  if (weighed.kind === 'too_fine') tell(column, TOO_FINE)
  if (weighed.kind !== 'gap') return
  tell(column, `The shares of this station from this day on sum to ${weighed.detail}; they must sum to exactly 100 %.`)
}

/** What shares.csv must be to itself and to the stations and villages it names. A set with a broken line is not summed. */
export const checkShares = (registry: Registry, report: Report): void => {
  const { brokenKeys, whole } = registry.content['shares.csv']
  const broken = new Set([...brokenKeys].map((key) => key.split('#').toSpliced(1, 1).join('#')))
  const firsts = new Map(setsOf(registry).map((set) => [set[0], set]))
  eachLine(registry, 'shares.csv', report, (line, tell) => {
    checkLine(registry, line, tell)
    const set = firsts.get(line)
    if (set && whole && !broken.has(`${line.station_id}#${line.valid_from}`)) checkSet(registry, set, tell)
  })
}

/** The rows of every set that is without errors; complete when the file is. */
export const sharesOf = (registry: Registry): Share[] =>
  setsOf(registry).flatMap((set) => {
    const parts = set.map((line) => partOf(registry, line))
    const weighed = parts.every((part) => part !== undefined) ? weigh(parts) : undefined
    if (weighed?.kind !== 'weighed') return []
    const { weights, weightTotal } = weighed
    return set.map((line, at) => ({
      stationId: line.station_id,
      villageCode: line.village_code,
      validFrom: line.valid_from,
      weight: weights[at] ?? 0,
      weightTotal,
      document: line.document,
    }))
  })
