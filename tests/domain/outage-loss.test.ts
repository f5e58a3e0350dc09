import { describe, expect, test } from 'vitest'
import { lossOf, priceInForce } from '../../domain/outage-loss.ts'
import { day } from '../registry.ts'
import { aPrice } from '../settlement.ts'

const price = (stream: 'benchmark' | 'subsidy', validFrom: string, priceE4YuanPerKwh: number) =>
  aPrice({ stream, validFrom: day(validFrom), priceE4YuanPerKwh })
const peers = (medianWhPerKwDc: number | null) => ({ count: 9, medianWhPerKwDc, spreadBp: 0 })

describe('the prices in force', () => {
  const listed = { catalogueListed: true }
  const prices = [
    price('subsidy', '2016-01-01', 4_656),
    price('benchmark', '2016-01-01', 3_844),
    price('benchmark', '2026-06-02', 3_900),
    price('benchmark', '2026-06-03', 1_000),
  ]

  test('are the latest of each stream together', () => {
    for (const rows of [prices, prices.toReversed()]) {
      expect(priceInForce(listed, rows, day('2026-06-01'))).toBe(8_500)
      expect(priceInForce(listed, rows, day('2026-06-02'))).toBe(8_556)
    }
  })

  test('are those of streams the station has: no subsidy outside the catalogue', () => {
    const unlisted = { catalogueListed: false }
    expect(priceInForce(unlisted, prices, day('2026-06-02'))).toBe(3_900)
    expect(priceInForce(unlisted, [price('subsidy', '2016-01-01', 4_656)], day('2026-06-02'))).toBeNull()
  })

  test('are none before the first', () => {
    expect(priceInForce(listed, prices, day('2015-12-31'))).toBeNull()
    expect(priceInForce(listed, [], day('2026-06-01'))).toBeNull()
  })
})

describe('a loss', () => {
  const inverter = { dcCapacityW: 60_000 }

  test('[21] of a 60 kW inverter that stopped under peers at 4.2 kWh per kW, at 0.85 yuan: 252 kWh and 214.20 yuan a day', () => {
    expect(lossOf(inverter, { energyWh: 0, peers: peers(4_200) }, 8_500)).toEqual({
      expectedWh: 252_000,
      lostWh: 252_000,
      lostFen: 21_420,
    })
  })

  test('is what was not made, and nothing where more was made', () => {
    expect(lossOf(inverter, { energyWh: 200_000, peers: peers(4_200) }, 8_500)).toMatchObject({ lostWh: 52_000, lostFen: 4_420 })
    expect(lossOf(inverter, { energyWh: 260_000, peers: peers(4_200) }, 8_500)).toMatchObject({ lostWh: 0, lostFen: 0 })
  })

  test('is not known without peers or without energy, and has no yuan without a price', () => {
    expect(lossOf(inverter, { energyWh: 0, peers: peers(null) }, 8_500)).toBeNull()
    expect(lossOf(inverter, { energyWh: null, peers: peers(4_200) }, 8_500)).toBeNull()
    expect(lossOf(inverter, { energyWh: 0, peers: peers(4_200) }, null)).toMatchObject({ lostWh: 252_000, lostFen: null })
  })
})
