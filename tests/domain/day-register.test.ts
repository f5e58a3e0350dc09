import { describe, expect, test } from 'vitest'
import { dayEndMs, dayStartMs } from '../../domain/calendar.ts'
import type { CounterRule } from '../../domain/counter-terms.ts'
import { readDayRegister } from '../../domain/day-register.ts'
import { computeDeviceDay } from '../../domain/device-day.ts'
import type { Row } from './sunny.ts'
import { at, bozhou, dayNamed, readingsFor, sunnyRows } from './sunny.ts'

const may31 = dayNamed('2026-05-31')
const june1 = dayNamed('2026-06-01')
const rule: CounterRule = { ratedPowerW: 60_000, stepWh: 100 }

type Shown = readonly (readonly [hour: number, wh: number])[]
/** 1 June 2026 from [local hour, register] pairs; hours before 0 are of the day before. */
const read = (shown: Shown) =>
  readDayRegister(
    shown.map(([hour, wh]) => ({ atMs: at('2026-06-01', hour), wh })),
    rule,
    { site: bozhou, startMs: dayStartMs(june1), endMs: dayEndMs(june1) },
  )
const energyWh = (shown: Shown): number => read(shown).accepted.reduce((sum, { deltaWh }) => sum + deltaWh, 0)
const eventsOf = (shown: Shown) => read(shown).events.map(({ code, atMs }) => [code, atMs])

describe('the energy of a day by a day register', () => {
  const cases: [string, [number, number][], number][] = [
    [
      'is what it showed last',
      [
        [6, 0],
        [9, 30_000],
        [12, 120_000],
        [19, 250_000],
      ],
      250_000,
    ],
    [
      'is all it shows when the first reading comes late',
      [
        [14, 180_000],
        [19, 250_000],
      ],
      250_000,
    ],
    [
      'leaves out what was carried over until the device woke',
      [
        [-6, 240_000],
        [5.5, 240_000],
        [6, 240_000],
        [6.2, 300],
        [6.3, 600],
        [12, 90_000],
      ],
      90_000,
    ],
    [
      'leaves out a carried figure that nobody saw the evening before',
      [
        [-9, 150_000],
        [5.5, 240_000],
        [6, 240_000],
        [6.2, 300],
        [6.3, 600],
        [12, 90_000],
      ],
      90_000,
    ],
    [
      'leaves out a small carried figure that this sun could have made',
      [
        [8, 30_000],
        [8.1, 30_000],
        [8.2, 200],
        [8.3, 500],
        [8.4, 900],
        [12, 90_000],
      ],
      90_000,
    ],
    [
      'leaves out what was carried over although midnight had passed',
      [
        [0.1, 240_000],
        [0.2, 240_000],
        [5.5, 0],
        [6, 100],
        [12, 90_000],
      ],
      90_000,
    ],
    [
      'counts growth alone while the register has not been reset',
      [
        [-6, 20_000],
        [6, 20_000],
        [9, 45_000],
        [12, 90_000],
      ],
      70_000,
    ],
    [
      'adds segments when the register is reset at midday',
      [
        [9, 30_000],
        [12, 120_000],
        [12.5, 5_000],
        [13, 20_000],
        [13.5, 35_000],
        [19, 130_000],
      ],
      250_000,
    ],
    [
      'takes a zero for a dip',
      [
        [9, 30_000],
        [9.1, 0],
        [9.2, 0],
        [9.3, 33_000],
        [19, 130_000],
      ],
      130_000,
    ],
    [
      'survives a reset before midnight',
      [
        [9, 30_000],
        [19, 130_000],
        [21, 0],
        [23, 0],
      ],
      130_000,
    ],
    [
      'rejects what the sun cannot have made',
      [
        [9, 30_000],
        [9.1, 9_000_000],
        [9.2, 33_000],
        [12, 90_000],
      ],
      90_000,
    ],
    ['is nothing without a reading', [[-6, 240_000]], 0],
    [
      'leaves out the day before when the register goes on from a little above its last figure',
      [
        [-4.5, 152_000],
        [5.3, 152_400],
        [5.4, 152_450],
        [9, 170_000],
        [19, 400_000],
      ],
      248_000,
    ],
    [
      'leaves out the day before when the register shows 0 until it wakes and then goes on',
      [
        [-4.5, 152_000],
        [5.2, 0],
        [5.5, 0],
        [5.6, 152_300],
        [9, 170_000],
        [19, 400_000],
      ],
      248_000,
    ],
    [
      'leaves out the first figure when this sun cannot have made it and nobody saw the day before',
      [
        [5.3, 152_400],
        [5.5, 152_600],
        [9, 170_000],
        [19, 400_000],
      ],
      247_600,
    ],
    [
      'leaves out the first figure when the evening before was not seen to its end',
      [
        [-9, 52_000],
        [5.3, 152_400],
        [5.5, 152_600],
        [9, 170_000],
        [19, 400_000],
      ],
      247_600,
    ],
    [
      'leaves out the day before when this sun could have made the first figure, which is nearer to the last one than to 0',
      [
        [-4.5, 40_000],
        [6.5, 43_000],
        [9, 70_000],
        [19, 290_000],
      ],
      250_000,
    ],
    [
      'counts a first figure that this sun could have made and that is nearer to 0',
      [
        [-4.5, 10_000],
        [6.5, 31_000],
        [9, 70_000],
        [19, 290_000],
      ],
      290_000,
    ],
    [
      'counts a first figure of the afternoon, though the day before ended near it',
      [
        [-4.5, 240_000],
        [16.3, 250_000],
        [19, 280_000],
      ],
      280_000,
    ],
    [
      'leaves out a figure that repeats the last one, however long nothing was seen',
      [
        [-9, 150_000],
        [11, 150_000],
        [12, 190_000],
        [19, 300_000],
      ],
      150_000,
    ],
    [
      'counts a first figure below the last of the day before',
      [
        [-4.5, 240_000],
        [7, 20_000],
        [19, 280_000],
      ],
      280_000,
    ],
    [
      'counts what the first light made, though nobody saw the day before',
      [
        [5.3, 900],
        [9, 30_000],
        [12, 120_000],
      ],
      120_000,
    ],
    [
      'counts from 0 when the day before made next to nothing',
      [
        [-4.5, 40],
        [5.6, 45],
        [9, 30_000],
        [12, 90_000],
      ],
      90_000,
    ],
    [
      'takes no glitch for a figure carried over',
      [
        [-4.5, 152_000],
        [5.3, 9_000_000],
        [6, 200],
        [9, 30_000],
        [19, 250_000],
      ],
      250_000,
    ],
    [
      'adds what grew on a carried figure to what came after the reset',
      [
        [-4.5, 152_000],
        [5.3, 152_000],
        [6, 153_000],
        [6.1, 100],
        [6.2, 400],
        [6.3, 900],
        [12, 90_000],
      ],
      91_000,
    ],
    [
      'counts from what it showed at midnight',
      [
        [0, 50],
        [6, 3_000],
        [19, 250_000],
      ],
      249_950,
    ],
    [
      'ends before the next midnight',
      [
        [6, 0],
        [12, 120_000],
        [19, 250_000],
        [24, 250_500],
      ],
      250_000,
    ],
    [
      'leaves out all that fell before the device woke',
      [
        [-4.5, 240_000],
        [5.3, 240_000],
        [5.5, 150_000],
        [6, 200],
        [12, 90_000],
      ],
      90_000,
    ],
    [
      'leaves out a figure that no sun had made when it was first shown, however long it stayed',
      [
        [5.3, 40_000],
        [9, 40_000],
        [9.2, 43_000],
        [19, 290_000],
      ],
      250_000,
    ],
    [
      'holds a figure carried over that falls by one step',
      [
        [-4.5, 152_000],
        [5.3, 152_000],
        [6, 151_900],
        [9, 170_000],
        [19, 400_000],
      ],
      248_000,
    ],
    [
      'counts what a figure carried over grew by, were it half a step',
      [
        [5.3, 152_000],
        [5.4, 152_050],
        [9, 170_000],
        [19, 400_000],
      ],
      248_000,
    ],
    [
      'goes on from a figure carried over with all that the first light can have made',
      [
        [4, 20_000],
        [5, 24_600],
        [9, 170_000],
        [19, 400_000],
      ],
      380_000,
    ],
    // A tenth of 60 kW for 45 minutes and a step of 100 Wh.
    [
      'counts all that the first light can have made',
      [
        [5, 4_600],
        [9, 170_000],
        [19, 400_000],
      ],
      400_000,
    ],
    [
      'leaves out a Wh more than that',
      [
        [5, 4_601],
        [9, 170_000],
        [19, 400_000],
      ],
      395_399,
    ],
    // 60 kW x 1.2 for a quarter of an hour and a step.
    [
      'counts all that can have come since a 0',
      [
        [8, 0],
        [8.25, 18_100],
        [19, 250_000],
      ],
      250_000,
    ],
    [
      'leaves out a Wh more than can have come since a 0',
      [
        [8, 0],
        [8.25, 18_101],
        [19, 250_000],
      ],
      231_899,
    ],
    [
      'leaves out a figure of the night after a day that ended at 0',
      [
        [-6, 0],
        [5, 20_000],
        [9, 170_000],
        [19, 400_000],
      ],
      380_000,
    ],
    [
      'leaves out a figure that no night brings on top of the day before',
      [
        [-4.5, 40_000],
        [5.3, 152_000],
        [9, 170_000],
        [19, 400_000],
      ],
      248_000,
    ],
    [
      'goes on from the day before with all that a night can bring',
      [
        [-4.5, 152_000],
        [5, 156_600],
        [9, 170_000],
        [19, 400_000],
      ],
      248_000,
    ],
    [
      'leaves out the smallest figure that repeats the last one',
      [
        [-4.5, 80],
        [5.3, 80],
        [9, 30_000],
      ],
      29_920,
    ],
    [
      'counts a figure of one step, near as the last one is',
      [
        [-4.5, 80],
        [5.3, 100],
        [9, 30_000],
      ],
      30_000,
    ],
    [
      'counts a figure as near to 0 as to the last one',
      [
        [-4.5, 2_000],
        [5.3, 4_000],
        [9, 30_000],
      ],
      30_000,
    ],
    [
      'is nothing yet while only the figure carried over was seen',
      [
        [-4.5, 152_000],
        [5.3, 152_000],
        [5.4, 152_000],
      ],
      0,
    ],
  ]
  test.each(cases)('%s', (_, shown, wh) => {
    expect(energyWh(shown)).toBe(wh)
  })
})

describe('the events of a day by a day register', () => {
  const unconfirmed = (hour: number) => ['counter_reset_unconfirmed', at('2026-06-01', hour)]

  test('tell nothing of figures that fell before the device woke', () => {
    expect(
      eventsOf([
        [-4.5, 240_000],
        [5.3, 240_000],
        [5.5, 150_000],
        [6, 200],
        [12, 90_000],
      ]),
    ).toEqual([])
    expect(
      eventsOf([
        [-4.5, 152_000],
        [5.3, 9_000_000],
        [6, 200],
        [9, 30_000],
        [19, 250_000],
      ]),
    ).toEqual([])
  })

  test('tell of a reset at midday and not of the one that was expected', () => {
    const shown: Shown = [
      [8, 30_000],
      [8.1, 30_000],
      [8.2, 200],
      [8.3, 500],
      [8.4, 800],
      [12, 60_000],
      [12.1, 100],
      [12.2, 300],
      [12.3, 500],
      [19, 100_000],
    ]
    expect(eventsOf(shown)).toEqual([unconfirmed(12.1)])
    expect(energyWh(shown)).toBe(60_000 + 100_000)
  })

  test('tell of a reset at midday, and what stood still for a while before it counts', () => {
    const shown: Shown = [
      [8, 30_000],
      [8.1, 30_000],
      [12, 60_000],
      [12.1, 100],
      [12.2, 300],
      [12.3, 500],
      [19, 100_000],
    ]
    expect(eventsOf(shown)).toEqual([unconfirmed(12.1)])
    expect(energyWh(shown)).toBe(60_000 + 100_000)
  })

  test('tell of the figure the day goes on from, a glitch before it left out', () => {
    expect(
      eventsOf([
        [5.3, 20_000],
        [5.5, 60_000],
        [5.6, 61_000],
        [9, 170_000],
        [19, 400_000],
      ]),
    ).toEqual([unconfirmed(5.5)])
  })

  test('tell of a glitch after the figure that continues the day before', () => {
    const glitchMs = at('2026-06-01', 5.4)
    expect(
      eventsOf([
        [-4.5, 152_000],
        [5.3, 152_000],
        [5.4, 900_000],
        [5.5, 152_500],
        [9, 170_000],
        [19, 400_000],
      ]),
    ).toEqual([unconfirmed(5.3), ['rate_implausible', glitchMs]])
  })
})

describe('a day register', () => {
  test('that showed nothing on the day proves nothing', () => {
    expect(
      read([
        [-4.5, 240_000],
        [24, 0],
      ]),
    ).toEqual({ accepted: [], events: [] })
  })

  test('that showed a single 0 proves that nothing was made until then', () => {
    expect(read([[12, 0]]).accepted).toMatchObject([
      { atMs: dayStartMs(june1), deltaWh: 0 },
      { atMs: at('2026-06-01', 12), sinceMs: dayStartMs(june1), deltaWh: 0 },
    ])
  })

  test('that shows a single figure no sun had made proves nothing yet', () => {
    expect(read([[5, 152_000]])).toEqual({ accepted: [], events: [] })
  })
})

describe('a device without a lifetime counter', () => {
  const rows = sunnyRows(june1, june1, 0)
  const frame = { site: bozhou, day: june1, untilMs: dayEndMs(june1) }
  const device = { counter: 'day' as const }
  const nextMorning = { atMs: at('2026-06-02', 6), counterWh: 0, acPowerW: 0 }
  const seen = (shown: readonly Row[]) => readingsFor(june1, [...shown, nextMorning], { device })
  const underSnowWh = rows.findLast(({ atMs }) => atMs < at('2026-06-01', 11))?.counterWh ?? 0

  test('has its day measured', () => {
    const { deviceDay } = computeDeviceDay(seen(rows), frame)
    expect(deviceDay).toMatchObject({ energyWh: rows.at(-1)?.counterWh, quality: 'measured', findings: [] })
  })

  test('has its day missing when it reported on other days only', () => {
    const { deviceDay } = computeDeviceDay(readingsFor(may31, rows, { device }), {
      ...frame,
      day: may31,
      untilMs: dayEndMs(may31),
    })
    expect(deviceDay).toMatchObject({ energyWh: null, quality: 'missing' })
  })

  test('under snow until eleven has its day measured: a 0 is a reading too', () => {
    const snowy = rows.map((row) => {
      const counterWh = Math.max(0, (row.counterWh ?? 0) - underSnowWh)
      return { ...row, counterWh, acPowerW: counterWh === 0 ? 0 : row.acPowerW }
    })
    const { deviceDay } = computeDeviceDay(seen(snowy), frame)
    expect(deviceDay).toMatchObject({ energyWh: (rows.at(-1)?.counterWh ?? 0) - underSnowWh, quality: 'measured', findings: [] })
  })

  const evening = (wh: number) => ({ atMs: at('2026-06-01', -4.5), counterWh: wh, acPowerW: 0 })
  const carrying = (wh: number) => rows.map((row) => ({ ...row, counterWh: (row.counterWh ?? 0) + wh }))
  const dayWh = rows.at(-1)?.counterWh ?? 0

  test.each([300, 3_000, 30_000, 300_000, 3_000_000])(
    'that is not reset and carries %i Wh over has its day estimated, without them, and says so',
    (carriedWh) => {
      const shown = [evening(carriedWh), ...carrying(carriedWh)]
      const { deviceDay, echoes } = computeDeviceDay(seen(shown), frame)
      expect(deviceDay).toMatchObject({ energyWh: dayWh, quality: 'estimated' })
      expect(deviceDay.findings).toMatchObject([
        { code: 'counter_reset_unconfirmed', atMs: rows[0]?.atMs, detail: expect.stringContaining(`${carriedWh} Wh`) },
      ])
      expect(echoes).toEqual([])
    },
  )

  test('that is not reset and was not seen the day before has its day estimated from its first figure', () => {
    const { deviceDay } = computeDeviceDay(seen(carrying(300_000)), frame)
    expect(deviceDay).toMatchObject({ energyWh: dayWh - (rows[0]?.counterWh ?? 0), quality: 'estimated' })
    expect(deviceDay.findings.map(({ code }) => code)).toEqual(['counter_reset_unconfirmed'])
  })

  test('that leaps from 0 by more than it can make has its day estimated from there', () => {
    const wakesMs = at('2026-06-01', 8)
    const shown = carrying(60_000).map((row) => (row.atMs < wakesMs ? { ...row, counterWh: 0 } : row))
    const { deviceDay } = computeDeviceDay(seen(shown), frame)
    const wokenWh = rows.find(({ atMs }) => atMs >= wakesMs)?.counterWh ?? 0
    expect(deviceDay).toMatchObject({ energyWh: dayWh - wokenWh, quality: 'estimated' })
    expect(deviceDay.findings.map(({ code }) => code)).toEqual(['counter_reset_unconfirmed'])
  })

  test('has the day after one that was not reset measured', () => {
    const { deviceDay } = computeDeviceDay(seen([evening(900_000), ...rows]), frame)
    expect(deviceDay).toMatchObject({ energyWh: dayWh, quality: 'measured', findings: [] })
  })

  test.each([240_000, 400_000])('that comes back in the afternoon after a day of %i Wh keeps all it shows', (lastWh) => {
    const afternoon = rows.filter(({ atMs }) => atMs >= at('2026-06-01', 16.3))
    for (const shown of [afternoon, [evening(lastWh), ...afternoon]]) {
      const { deviceDay } = computeDeviceDay(seen(shown), frame)
      expect(deviceDay).toMatchObject({ energyWh: dayWh, quality: 'estimated' })
      expect(deviceDay.findings.map(({ code }) => code)).toEqual(['gap'])
    }
  })

  test('comes to the same whatever the order and repetition of its readings', () => {
    const shown = [evening(30_000), ...carrying(30_000)]
    const whole = computeDeviceDay(seen(shown), frame)
    const given = seen(shown)
    const scrambled = [...given.atMs.keys(), ...given.atMs.keys()].toSorted((a, b) => ((a * 7_919) % 211) - ((b * 7_919) % 211))
    const columns = {
      atMs: scrambled.map((index) => given.atMs[index] ?? 0),
      counterWh: scrambled.map((index) => given.counterWh[index] ?? null),
      acPowerW: scrambled.map((index) => given.acPowerW[index] ?? null),
    }
    expect(computeDeviceDay({ ...given, ...columns }, frame)).toEqual(whole)
  })

  test('is stuck when the register stays at zero while power rises, and its day is no measurement', () => {
    const stuck = rows.map((row) => ({ ...row, counterWh: 0 }))
    const { deviceDay } = computeDeviceDay(seen(stuck), frame)
    expect(deviceDay.quality).toBe('estimated')
    expect(deviceDay.findings.map(({ code }) => code)).toEqual(['stuck_value'])
  })

  test('keeps the reset on waking out of the findings and reports one at midday', () => {
    const carried = [5.1, 5.15, 5.2].map((hour) => ({ atMs: at('2026-06-01', hour), counterWh: 240_000, acPowerW: 0 }))
    const awake = computeDeviceDay(seen([...carried, ...rows.filter(({ atMs }) => atMs > at('2026-06-01', 5.2))]), frame)
    expect(awake.deviceDay.findings).toEqual([])
    const noonWh = rows.find(({ atMs }) => atMs === at('2026-06-01', 12))?.counterWh ?? 0
    const reset = rows.map((row) =>
      row.atMs < at('2026-06-01', 12) ? row : { ...row, counterWh: (row.counterWh ?? 0) - noonWh },
    )
    const atMidday = computeDeviceDay(seen(reset), frame)
    expect(atMidday.deviceDay).toMatchObject({ quality: 'estimated' })
    expect(atMidday.deviceDay.findings.map(({ code }) => code)).toEqual(['counter_reset_unconfirmed'])
  })

  describe('between days without a reading', () => {
    const codesOf = (shown: readonly Row[], about: Parameters<typeof readingsFor>[2] = { device }, untilMs = frame.untilMs) =>
      computeDeviceDay(readingsFor(june1, shown, about), { ...frame, untilMs }).deviceDay.findings.map(({ code }) => code)
    const silent = { ...nextMorning, counterWh: null }

    test('stands alone, which is told and no doubt', () => {
      const { deviceDay } = computeDeviceDay(readingsFor(june1, rows, { device }), frame)
      expect(deviceDay).toMatchObject({ energyWh: dayWh, quality: 'measured' })
      expect(deviceDay.findings).toEqual([
        { code: 'stands_alone', deviceId: 'INV-1', detail: 'no reading of the day register on the day before or after' },
      ])
      expect(codesOf([...rows, silent])).toEqual(['stands_alone'])
    })

    test('does not stand alone beside one of them, while it runs, without energy, or with a lifetime counter', () => {
      expect(codesOf([...rows, nextMorning])).toEqual([])
      expect(codesOf([evening(240_000), ...rows])).toEqual([])
      expect(codesOf(rows, { device }, at('2026-06-01', 20))).toEqual([])
      expect(codesOf([], { device })).toEqual(['no_data'])
      expect(codesOf(rows, { device: { counter: 'lifetime' }, installedOn: june1 })).toEqual([])
    })
  })
})
