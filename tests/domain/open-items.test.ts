import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../domain/calendar.ts'
import { computeDeviceDay } from '../../domain/device-day.ts'
import { type DeviceDay, ENERGY_FINDINGS } from '../../domain/energy.ts'
import { figuresShown, NEEDS_PERSON, openItemsOf } from '../../domain/open-items.ts'
import { aDevice } from '../registry.ts'
import { at, bozhou, dayNamed, sunnyRows } from './sunny.ts'

const aDeviceDay = (over: Partial<DeviceDay> = {}): DeviceDay => ({
  deviceId: 'ZL1-INV-1',
  kind: 'inverter',
  energyWh: 9,
  quality: 'estimated',
  coveragePermille: 1_000,
  readings: 9,
  findings: [],
  ...over,
})

describe('what waits for a person', () => {
  test.each(ENERGY_FINDINGS)('a finding of %s, or not', (code) => {
    const finding = { code, detail: 'figures' }
    const device = aDeviceDay({ findings: [finding] })
    const open = openItemsOf({ version: 1, devices: [aDeviceDay(), device] })
    expect(open).toEqual(NEEDS_PERSON.includes(code) ? [{ device, finding }] : [])
  })

  test('is what no later reading can explain', () => {
    const waits = [
      'counter_reset_unconfirmed',
      'counter_reset_contradicted',
      'two_counters',
      'clock_shift',
      'high_low',
      'conflict',
    ]
    expect([...NEEDS_PERSON].toSorted()).toEqual(waits.toSorted())
  })

  test('is nothing while the day runs', () => {
    const device = aDeviceDay({ findings: [{ code: 'counter_reset_unconfirmed', detail: '' }] })
    expect(openItemsOf({ version: 0, devices: [device] })).toEqual([])
    expect(openItemsOf({ version: 2, devices: [device] })).toHaveLength(1)
  })
})

describe('the figures around an unconfirmed reset', () => {
  test('are read off the finding as the energy rule writes it', () => {
    const day = dayNamed('2026-06-02')
    const resetMs = at('2026-06-02', 11)
    const rows = sunnyRows(dayNamed('2026-06-01'), dayNamed('2026-06-03')).map((row) =>
      row.atMs < resetMs ? row : { ...row, counterWh: (row.counterWh ?? 0) - 39_000_000 },
    )
    const { deviceDay } = computeDeviceDay(
      {
        device: aDevice(),
        installedOn: dayNamed('2026-01-01'),
        resets: [],
        conflicts: 0,
        atMs: rows.map((row) => row.atMs),
        counterWh: rows.map((row) => row.counterWh),
        acPowerW: rows.map((row) => row.acPowerW),
      },
      { site: bozhou, day, untilMs: resetMs + 24 * HOUR_MS },
    )
    const [open] = openItemsOf({ version: 1, devices: [deviceDay] })
    if (!open) throw new Error('a reset nobody recorded is found')
    expect(figuresShown(open.finding)).toEqual({
      finalWh: rows.findLast(({ atMs }) => atMs < resetMs)?.counterWh,
      startWh: rows.find(({ atMs }) => atMs >= resetMs)?.counterWh,
    })
  })

  test.each([
    ['counter_reset_unconfirmed', '5 Wh after 115 Wh; 3 more', { startWh: 5, finalWh: 115 }],
    ['counter_reset_unconfirmed', 'said otherwise', undefined],
    ['counter_reset_unconfirmed', 'about 5 Wh after 115 Wh', undefined],
    ['counter_reset_unconfirmed', '5 Wh after some Wh', undefined],
    ['rate_implausible', '5 Wh after 115 Wh', undefined],
  ] as const)('%s with "%s" tells %j', (code, detail, shown) => {
    expect(figuresShown({ code, detail })).toEqual(shown)
  })
})
