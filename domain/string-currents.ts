import { medianOf } from './peers.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import type { Reading } from './reading.ts'

/** The strings of one inverter beside each other at high sun: panels of one roof and one minute differ by their own trouble alone. */

/** `string` counts from 1 as on the inverter; `percent` is its current of the median of its inverter's strings. */
export type StringFinding = { deviceId: string; string: number; kind: 'low' | 'dead'; percent: number }

/** Below this there is too little light to compare by, A. */
const MEDIAN_MIN_A = 1
const STRINGS_MIN = 3
const READINGS_MIN = 6
/** An input nothing is connected to shows no voltage; one whose string is open shows that of its neighbours. */
const CONNECTED_VOLTAGE_SHARE = 0.5
const MILLI = 1_000

type Ratio = { string: number; permille: number }

const milli = (values: readonly (number | undefined)[]): number[] =>
  values.filter((value) => value !== undefined).map((value) => Math.round(value * MILLI))

/** Each connected string of one reading by the median of those that carry a current; nothing when they are few or the light is low. */
const ratiosOf = ({ strings = [] }: Reading): Ratio[] => {
  const carrying = milli(strings.map(({ currentA }) => currentA)).filter((current) => current > 0)
  const median = medianOf(carrying) ?? 0
  if (carrying.length < STRINGS_MIN || median < MEDIAN_MIN_A * MILLI) return []
  const voltage = medianOf(milli(strings.map(({ voltageV }) => voltageV)).filter((value) => value > 0)) ?? 0
  return strings.flatMap(({ currentA, voltageV }, index) => {
    if (currentA === undefined) return []
    const isConnected = voltageV === undefined ? currentA > 0 : voltageV * MILLI >= voltage * CONNECTED_VOLTAGE_SHARE
    return isConnected ? [{ string: index + 1, permille: Math.round((currentA * MILLI * MILLI) / median) }] : []
  })
}

/** The strings of an inverter that were low or dead, by the median of a day's readings at high sun; in order of their numbers. */
export const stringFindings = (deviceId: string, readings: readonly Reading[], limits: PerformanceLimits): StringFinding[] => {
  const byString = Map.groupBy(readings.flatMap(ratiosOf), ({ string }) => string)
  return [...byString]
    .flatMap(([string, ratios]): StringFinding[] => {
      const permille = medianOf(ratios.map((ratio) => ratio.permille)) ?? 0
      if (ratios.length < READINGS_MIN || permille >= limits.stringLowPercent * 10) return []
      const kind = permille < limits.stringDeadPercent * 10 ? 'dead' : 'low'
      return [{ deviceId, string, kind, percent: Math.round(permille / 10) }]
    })
    .sort((a, b) => a.string - b.string)
}
