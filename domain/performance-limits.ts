import * as z from 'zod'

/**
 * Where performance begins to be worth a word. Nothing here is a rule of the state: no published one was found, so these are this
 * platform's own, shown with every grade, and a county sets its own.
 */

/** A grade is the best whose limit is met; below the last it is D. */
const atLeast = (max: number, [a, b, c]: readonly [number, number, number]) =>
  z
    .tuple([z.int().min(0).max(max), z.int().min(0).max(max), z.int().min(0).max(max)])
    .refine(([forA, forB, forC]) => forA >= forB && forB >= forC, 'from the limit of A down to that of C')
    .default([a, b, c])
const within = (min: number, max: number, byDefault: number) => z.int().min(min).max(max).default(byDefault)

export const performanceLimitsSchema = z.strictObject({
  /** Fewer stations with a measured day are no peers to compare with. */
  peersMin: within(3, 50, 5),
  /** On a day that gave the peers' median less per kW DC there was too little sun to compare by, Wh per kW. */
  peerYieldMinWhPerKw: within(0, 5_000, 500),
  /** From this share of the peers' median on nothing is lost, hundredths of a percent; nor within so many times their spread. */
  ordinaryBp: within(5_000, 10_000, 9_000),
  ordinarySpreads: within(0, 10, 3),
  /** A station below this share on so many days that could be compared, all within so many days, is degraded. */
  degradedBp: within(1_000, 9_500, 7_000),
  degradedDays: within(1, 14, 3),
  degradedWithinDays: within(1, 14, 7),
  /** The sun higher than this is expected to give power, degrees. */
  sunUpDeg: within(0, 20, 5),
  /** From this share of its rating on an inverter produces, per mille. */
  producingPermille: within(1, 100, 5),
  /** Below this the peers' own median says that nobody can produce, W per kW DC. */
  darkWPerKw: within(0, 100, 10),
  /** From this share of a day's expected energy on, standing still is a stop and not a late start, per mille. */
  stoppedPermille: within(1, 1_000, 20),
  /** The curve of every station is looked at once in so many days, and at once below this share of its peers. */
  lookEveryDays: within(1, 30, 3),
  lookBelowBp: within(5_000, 10_000, 9_500),
  /** Two readings of an irradiance sensor further apart say nothing about the time between them, minutes. */
  irradiationGapMinutes: within(5, 60, 30),
  /** Less of the sun-up time covered, and there is no performance ratio, per mille. */
  irradiationCoveragePermille: within(500, 1_000, 900),
  /** Power that keeps within so many per mille for so long is held by something: the noon of a clear day moves more. */
  flatPermille: within(1, 100, 10),
  flatMinutes: within(30, 480, 90),
  /** So many days that say something of it tell how a station's clock stands to its peers'; less than so many minutes is no finding. */
  clockDays: within(2, 10, 3),
  clockMinutes: within(15, 120, 15),
  /** A string below this share of the median of its inverter's is low, below that one it is dead, percent. */
  stringLowPercent: within(10, 99, 80),
  stringDeadPercent: within(1, 50, 5),
  /** For grades, each for A, B and C: per mille, hundredths of a percent, per mille. */
  availabilityPermille: atLeast(1_000, [980, 950, 900]),
  yieldBp: atLeast(10_000, [9_000, 8_000, 6_000]),
  coveragePermille: atLeast(1_000, [950, 850, 700]),
  /** At most so many days with a finding, in a hundred. */
  findingDaysPercent: z
    .tuple([z.int().min(0).max(100), z.int().min(0).max(100), z.int().min(0).max(100)])
    .refine(([forA, forB, forC]) => forA <= forB && forB <= forC, 'from the limit of A up to that of C')
    .default([5, 15, 30]),
  /** Fewer days with figures, of a hundred in service, and there is no grade. */
  gradeDaysPercent: within(1, 100, 50),
})
export type PerformanceLimits = z.output<typeof performanceLimitsSchema>

export const DEFAULT_LIMITS: PerformanceLimits = performanceLimitsSchema.parse({})

const bounds = z.object({ minimum: z.number(), maximum: z.number() })
const rangeSchema = z.union([bounds, z.object({ prefixItems: z.tuple([bounds], bounds) })])

/** What each limit may be, both included, as the schema has it; of a grade's limits what each of the three may be. */
export const LIMIT_RANGES = Object.fromEntries(
  Object.entries(z.toJSONSchema(performanceLimitsSchema, { io: 'input' }).properties ?? {}).map(([name, property]) => {
    const range = rangeSchema.parse(property)
    const { minimum: min, maximum: max } = 'prefixItems' in range ? range.prefixItems[0] : range
    return [name, { min, max }]
  }),
) as Record<keyof PerformanceLimits, { min: number; max: number }>
