import { describe, expect, test } from 'vitest'
import { dayEndMs, dayOf } from '../../domain/calendar.ts'
import type { DeviceReadings } from '../../domain/device-day.ts'
import type { StationDay } from '../../domain/energy.ts'
import { settleStationMonth } from '../../domain/settlement.ts'
import { computeStationDay } from '../../domain/station-day.ts'
import { aStation, day } from '../registry.ts'
import { aPrice, month } from '../settlement.ts'
import { at, bozhou, dayNamed, readingsFor, type Row, sunnyRows } from './sunny.ts'

/** From the readings of meters to what a station in service for one day is paid for. */

const JUNE_1 = dayNamed('2026-06-01')
const rows = sunnyRows(dayNamed('2026-05-31'), dayNamed('2026-06-02'))
const trueWh = (() => {
  const last = (of: string) => rows.findLast(({ atMs }) => dayOf(atMs) === of)?.counterWh ?? 0
  return last('2026-06-01') - last('2026-05-31')
})()
const inverter = readingsFor(JUNE_1, rows, { device: { deviceId: 'INV-1' } })
/** A meter whose own register shows a part of what the inverter made. */
const meter = (deviceId: string, part: number, ctMultiplier = 1, of: readonly Row[] = rows): DeviceReadings =>
  readingsFor(
    JUNE_1,
    of.map((row) => ({ ...row, counterWh: Math.round((row.counterWh ?? 0) * part), acPowerW: null })),
    { device: { deviceId, kind: 'meter', ctMultiplier, ratedPowerW: 60_000 } },
  )

const station = aStation({ ...bozhou, commissionedOn: JUNE_1, decommissionedOn: day('2026-06-02') })
const settled = (...devices: DeviceReadings[]) => {
  const { figure } = computeStationDay({ station, day: JUNE_1, nowMs: dayEndMs(JUNE_1), devices })
  const final: StationDay = { ...figure, version: 1, computedAtMs: 1 }
  const rules = { prices: [aPrice({ validFrom: JUNE_1 })], deductions: [], shares: [], slips: [] }
  const outcome = settleStationMonth({ station, month: month('2026-06'), days: [final], ...rules })
  if (outcome.kind === 'rejected') throw new Error(outcome.detail)
  return outcome.statement
}
const near = (wh: number) => ({ asymmetricMatch: (other: unknown) => Math.abs(Number(other) - wh) <= 60 })

describe('a station is paid', () => {
  test('by what its meter counted times its transformers, not by its inverters', () => {
    const statement = settled(inverter, meter('M1', 0.98 / 60, 60))
    expect(statement).toMatchObject({ energyWh: near(0.98 * trueWh), provisional: false, findings: [] })
    expect(statement.days).toMatchObject([{ basis: 'meter' }])
  })

  test('by the sum of its meters', () => {
    expect(settled(inverter, meter('M1', 0.4), meter('M2', 0.57))).toMatchObject({
      energyWh: near(0.97 * trueWh),
      provisional: false,
    })
  })

  test('by its inverters, provisionally, while one of its meters is unknown', () => {
    const statement = settled(inverter, meter('M1', 0.4), meter('M2', 0.57, 1, []))
    expect(statement).toMatchObject({ energyWh: trueWh, provisional: true })
    expect(statement.days).toMatchObject([{ basis: 'inverters' }])
  })

  test('by what it fed in where it uses some itself, and the difference is told', () => {
    const statement = settled(inverter, meter('M1', 0.6))
    expect(statement).toMatchObject({ energyWh: near(0.6 * trueWh), provisional: false })
    expect(statement.findings).toMatchObject([{ code: 'month_sum_check', ofWh: trueWh }])
  })

  test('provisionally where the meter is known for a part of the day only, and the difference is told', () => {
    const afternoon = rows.filter(({ atMs }) => atMs >= at('2026-06-01', 12))
    const statement = settled(inverter, meter('M1', 0.98, 1, afternoon))
    expect(statement).toMatchObject({ provisional: true, findings: [{ code: 'month_sum_check', estimatedDays: 1 }] })
    expect(statement.days).toMatchObject([{ basis: 'meter', quality: 'estimated' }])
    expect(statement.energyWh).toBeLessThan(0.6 * trueWh)
  })

  test('by the wrong multiplier until somebody looks: the difference is told', () => {
    expect(settled(inverter, meter('M1', 0.98 / 60, 1)).findings).toMatchObject([{ code: 'month_sum_check' }])
  })
})
