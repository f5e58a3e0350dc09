import type { LimitsView } from '../functions/api-types-performance.ts'
import { limitsWords } from './limits-words.ts'
import { scaled, shown } from './scaled.ts'

/** A county's limits as people write them: percent and not hundredths of it, and what of it is no limit. */

type Limits = LimitsView['limits']
export type LimitName = keyof Limits
type Unit = keyof typeof limitsWords.value.units
/** `digits` behind the point: a limit is a whole number of 10^-digits of its unit. */
type Kind = { unit: Unit; digits: number }

const WHOLE = (unit: Unit): Kind => ({ unit, digits: 0 })
const PERMILLE: Kind = { unit: 'percent', digits: 1 }
const BP: Kind = { unit: 'percent', digits: 2 }

export const KINDS: Record<LimitName, Kind> = {
  peersMin: WHOLE('stations'),
  peerYieldMinWhPerKw: WHOLE('WhPerKw'),
  ordinaryBp: BP,
  ordinarySpreads: WHOLE('times'),
  degradedBp: BP,
  degradedDays: WHOLE('days'),
  degradedWithinDays: WHOLE('days'),
  sunUpDeg: WHOLE('degrees'),
  producingPermille: PERMILLE,
  darkWPerKw: WHOLE('WPerKw'),
  stoppedPermille: PERMILLE,
  lookEveryDays: WHOLE('days'),
  lookBelowBp: BP,
  irradiationGapMinutes: WHOLE('minutes'),
  irradiationCoveragePermille: PERMILLE,
  flatPermille: PERMILLE,
  flatMinutes: WHOLE('minutes'),
  clockDays: WHOLE('days'),
  clockMinutes: WHOLE('minutes'),
  stringLowPercent: WHOLE('percent'),
  stringDeadPercent: WHOLE('percent'),
  availabilityPermille: PERMILLE,
  yieldBp: BP,
  coveragePermille: PERMILLE,
  findingDaysPercent: WHOLE('percent'),
  gradeDaysPercent: WHOLE('percent'),
}

export const GROUPS = {
  comparison: [
    'peersMin',
    'peerYieldMinWhPerKw',
    'ordinaryBp',
    'ordinarySpreads',
    'degradedBp',
    'degradedDays',
    'degradedWithinDays',
  ],
  losses: ['sunUpDeg', 'producingPermille', 'darkWPerKw', 'stoppedPermille'],
  curves: [
    'lookEveryDays',
    'lookBelowBp',
    'irradiationGapMinutes',
    'irradiationCoveragePermille',
    'flatPermille',
    'flatMinutes',
    'clockDays',
    'clockMinutes',
    'stringLowPercent',
    'stringDeadPercent',
  ],
  grades: ['availabilityPermille', 'yieldBp', 'coveragePermille', 'findingDaysPercent', 'gradeDaysPercent'],
} as const satisfies Record<string, readonly LimitName[]>

/** As written into the form: one text, or one for each of three grades. */
export type LimitsDraft = Record<LimitName, string[]>

const listOf = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value)

/** A limit in its unit's figures, without the unit. */
export const figuresOf = (limits: Limits, name: LimitName): string[] =>
  listOf(limits[name]).map((value) => shown(value, KINDS[name].digits))

/** A limit with its unit, e.g. `98.0 / 95.0 / 90.0 %`. */
export const limitText = (limits: Limits, name: LimitName): string =>
  `${figuresOf(limits, name).join(' / ')} ${limitsWords.value.units[KINDS[name].unit]}`

export const draftOf = (limits: Limits): LimitsDraft =>
  Object.fromEntries(namesOf(limits).map((name) => [name, figuresOf(limits, name)])) as LimitsDraft

export const namesOf = (limits: Limits): LimitName[] => Object.keys(limits) as LimitName[]

export const rangeText = ({ ranges }: Pick<LimitsView, 'ranges'>, name: LimitName): string => {
  const { min, max } = ranges[name]
  const { digits } = KINDS[name]
  return limitsWords.value.range(shown(min, digits), shown(max, digits))
}

/** Of a grade's limits, whether they go from strict to lenient. */
const isInOrder = (name: LimitName, values: readonly number[]): boolean =>
  values.every((value, at) => {
    const before = values[at - 1] ?? value
    return name === 'findingDaysPercent' ? before <= value : before >= value
  })

/** The limits a draft says, or the complaint about the first that cannot be. */
export const limitsOf = (draft: LimitsDraft, view: LimitsView): Limits | string => {
  const text = limitsWords.value
  const read: [LimitName, number | number[]][] = []
  for (const name of namesOf(view.limits)) {
    const { min, max } = view.ranges[name]
    const values = draft[name].map((written) => scaled(written, KINDS[name].digits) ?? Number.NaN)
    if (values.some((value) => !(value >= min && value <= max))) return text.bad(text.names[name], rangeText(view, name))
    if (!isInOrder(name, values)) return text.badOrder(text.names[name])
    read.push([name, typeof view.limits[name] === 'number' ? (values[0] ?? Number.NaN) : values])
  }
  return Object.fromEntries(read) as Limits
}

/** The limits that two say otherwise. */
export const changesOf = (from: Limits, to: Limits): LimitName[] =>
  namesOf(from).filter((name) => listOf(from[name]).join() !== listOf(to[name]).join())
