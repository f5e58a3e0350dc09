import { describe, expect, test } from 'vitest'
import { outputOf, TICKS_PER_HOUR } from '../../devices/output.ts'
import { GRID_POINTS, skyOf } from '../../devices/sky.ts'
import type { Place } from '../../devices/sky.ts'
import { DAY_MS } from '../../domain/calendar.ts'
import { solarElevationDeg } from '../../domain/sun.ts'
import { aSite, china } from './a-fleet.ts'

const LIXIN: Place = { latitudeDeg: 33.14, longitudeDeg: 116.2 }
const eastOf = (place: Place, km: number): Place => ({ ...place, longitudeDeg: place.longitudeDeg + km / (111 * 0.83) })

const correlation = (a: readonly number[], b: readonly number[]): number => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  const product = a.reduce((sum, value, at) => sum + (value - meanA) * ((b[at] ?? 0) - meanB), 0)
  const square = (values: readonly number[], middle: number) => values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return product / Math.sqrt(square(a, meanA) * square(b, meanB))
}

/** Changes from one grid point to the next: what clouds do, without the sun's own course. */
const changes = (place: Place, days: number): number[] =>
  Array.from({ length: days }, (_, day) => [...skyOf(5).dayAt(place, china('2026-05-01') + day * DAY_MS).irradianceWm2])
    .map((curve) => curve.slice(1).map((value, at) => value - (curve[at] ?? 0)))
    .flat()

describe('the simulated sky', () => {
  test('is its seed: the same gives the same day, another gives another', () => {
    const day = (seed: number) => skyOf(seed).dayAt(LIXIN, china('2026-06-10'))
    expect(day(7)).toEqual(day(7))
    expect(day(7)).not.toEqual(day(8))
  })

  test.each(['2026-01-05', '2026-03-21', '2026-06-21', '2026-10-30'])(
    'shines while the sun is up and never else (%s)',
    (date) => {
      const { irradianceWm2 } = skyOf(1).dayAt(LIXIN, china(date))
      irradianceWm2.forEach((value, at) => {
        const elevationDeg = solarElevationDeg({ ...LIXIN, atMs: china(date) + at * 300_000 })
        if (elevationDeg < 0) expect(value).toBe(0)
        if (elevationDeg > 2) expect(value).toBeGreaterThan(0)
        expect(value).toBeLessThan(1_250)
      })
    },
  )

  test('follows the sun of the place: Kashgar peaks about 2 hours 40 after Lixin', () => {
    const brightestAt = (place: Place): number => {
      const total = new Float64Array(GRID_POINTS)
      for (let day = 0; day < 120; day += 1) {
        skyOf(3)
          .dayAt(place, china('2026-04-01') + day * DAY_MS)
          .irradianceWm2.forEach((value, at) => {
            total[at] = (total[at] ?? 0) + value
          })
      }
      const weight = total.reduce((sum, value) => sum + value, 0)
      return total.reduce((sum, value, at) => sum + value * at, 0) / weight / 12
    }
    const laterHours = brightestAt({ latitudeDeg: 39.5, longitudeDeg: 76 }) - brightestAt(LIXIN)
    expect(laterHours).toBeGreaterThan(2.4)
    expect(laterHours).toBeLessThan(2.95)
  })

  test('gives neighbours the same clouds and distant places others', () => {
    const here = changes(LIXIN, 20)
    const near = correlation(here, changes(eastOf(LIXIN, 0.5), 20))
    const further = correlation(here, changes(eastOf(LIXIN, 6), 20))
    const far = correlation(here, changes(eastOf(LIXIN, 60), 20))
    expect(near).toBeGreaterThan(0.85)
    expect(near).toBeGreaterThan(further + 0.1)
    expect(further).toBeGreaterThan(far)
    expect(far).toBeLessThan(0.5)
  })

  test('has weather: bright days and dull ones, warm summers and cold winters', () => {
    const sky = skyOf(2)
    const output = outputOf(aSite('S').stations[0] ?? expect.unreachable(), sky)
    const ticks = Array.from({ length: 366 }, (_, day) => output(china('2026-01-01') + day * DAY_MS).ticks)
    const days = ticks.slice(1).map((value, at) => (value - (ticks[at] ?? 0)) / TICKS_PER_HOUR)
    expect(Math.min(...days)).toBeLessThan(0.8)
    expect(Math.max(...days)).toBeGreaterThan(5)
    const noonC = (date: string) => sky.dayAt(LIXIN, china(date)).ambientC[144] ?? Number.NaN
    expect(noonC('2026-07-20')).toBeGreaterThan(noonC('2026-01-20') + 15)
  })

  test.each([1, 2, 3, 4, 5, 42, 20_260_328])('yields 900 to 1,300 kWh per kW in a year in Lixin (seed %i)', (seed) => {
    const [station = expect.unreachable()] = aSite('S', LIXIN).stations
    const output = outputOf(station, skyOf(seed))
    const hours = (output(china('2027-01-01')).ticks - output(china('2026-01-01')).ticks) / TICKS_PER_HOUR
    const perKw = (hours * station.acCapacityW) / station.dcCapacityW
    expect(perKw).toBeGreaterThan(900)
    expect(perKw).toBeLessThan(1_300)
  })
})
