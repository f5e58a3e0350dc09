import type { VillageStation } from '../../functions/api-types.ts'
import { words } from '../language.ts'

type StandsOn = NonNullable<VillageStation['standsOn']>
const BASES = ['slip', 'meter', 'inverters', 'none'] as const

/** What the days of a month stand on, in falling rank: 结算单 25 天 · 关口表 6 天. */
export const standsOnText = (standsOn: StandsOn): string => {
  const { bases, basisDays } = words.value.station
  const some = BASES.filter((basis) => standsOn[basis] > 0)
  return some.map((basis) => basisDays(bases[basis], standsOn[basis])).join(' · ')
}

export const countBases = (days: readonly { basis?: keyof StandsOn }[]): StandsOn => {
  const counts: StandsOn = { slip: 0, meter: 0, inverters: 0, none: 0 }
  for (const { basis } of days) if (basis) counts[basis] += 1
  return counts
}
