import { describe, expect, test } from 'vitest'
import type { Device, Station } from '../../domain/registry.ts'
import {
  type Correction,
  correctedSince,
  correctedSpans,
  deviceCorrections,
  stationCorrections,
} from '../../domain/registry-corrections.ts'
import { aDevice, aStation, day } from '../registry.ts'

const NOW_MS = Date.parse('2026-11-03T12:00:00+08:00')
const spanOf = ({ stationId, from, to, about }: Correction) => `${stationId} ${from} ${to ?? '…'} ${about}`

describe('a device', () => {
  const before = aDevice({ deviceId: 'M', validFrom: day('2026-03-01'), validTo: day('2026-08-01') })
  const told = (over: Partial<Device>, from: Device | undefined = before) =>
    deviceCorrections(from, { ...before, ...over }).map(spanOf)

  test('that is as it was means nothing', () => {
    expect(told({})).toEqual([])
  })

  test.each<[string, Partial<Device>, string[]]>([
    ['multiplier', { ctMultiplier: 40 }, ['ZL1 2026-03-01 2026-07-31 M ctMultiplier']],
    ['rated power', { ratedPowerW: 1 }, ['ZL1 2026-03-01 2026-07-31 M ratedPowerW']],
    ['modulus', { counterModulusWh: 1 }, ['ZL1 2026-03-01 2026-07-31 M counterModulusWh']],
    ['counter and kind', { counter: 'day', kind: 'meter' }, ['ZL1 2026-03-01 2026-07-31 M kind counter']],
    ['multiplier and its end', { ctMultiplier: 2, validTo: day('2026-09-01') }, ['ZL1 2026-03-01 2026-08-31 M ctMultiplier']],
    ['station', { stationId: 'ZL2' }, ['ZL1 2026-03-01 2026-07-31 M stationId', 'ZL2 2026-03-01 2026-07-31 M stationId']],
    ['end, which comes sooner', { validTo: day('2026-07-01') }, ['ZL1 2026-06-30 2026-08-01 M validTo']],
    ['end, which comes later', { validTo: day('2026-09-01') }, ['ZL1 2026-07-31 2026-09-01 M validTo']],
    ['gateway’s county', { countyCode: '341699000000' }, []],
  ])('means its days anew with another %s', (_, over, spans) => {
    expect(told(over)).toEqual(spans)
  })

  test('that stays for good means the days from its former end on', () => {
    const { validTo: _end, ...stays } = before
    expect(deviceCorrections(before, stays).map(spanOf)).toEqual(['ZL1 2026-07-31 … M validTo'])
    expect(deviceCorrections(stays, before).map(spanOf)).toEqual(['ZL1 2026-07-31 … M validTo'])
    expect(deviceCorrections(stays, { ...stays, ctMultiplier: 2 }).map(spanOf)).toEqual(['ZL1 2026-03-01 … M ctMultiplier'])
  })

  test('nobody knew of means all its days', () => {
    expect(deviceCorrections(undefined, before).map(spanOf)).toEqual(['ZL1 2026-03-01 2026-07-31 M validFrom'])
  })

  test('that counts no energy means nothing, unless it did before', () => {
    const sensor = { ...before, kind: 'irradiance' as const, ratedPowerW: 0 }
    expect(deviceCorrections(undefined, sensor)).toEqual([])
    expect(deviceCorrections(sensor, { ...sensor, validTo: day('2026-09-01') })).toEqual([])
    expect(deviceCorrections(before, sensor)).toHaveLength(1)
    expect(deviceCorrections(sensor, before)).toHaveLength(1)
  })
})

describe('a station', () => {
  const before = aStation({ commissionedOn: day('2026-03-01'), decommissionedOn: day('2026-08-01') })
  test.each<[string, Partial<Station>, string[]]>([
    ['nothing that counts', { name: '别名', carer: '示范管护员乙', dcCapacityW: 1 }, []],
    ['latitude', { latitudeDeg: 30 }, ['ZL1 2026-03-01 … latitudeDeg']],
    ['place', { latitudeDeg: 30, longitudeDeg: 100 }, ['ZL1 2026-03-01 … latitudeDeg longitudeDeg']],
    [
      'place and beginning',
      { longitudeDeg: 100, commissionedOn: day('2026-02-01') },
      ['ZL1 2026-02-01 … longitudeDeg', 'ZL1 2026-02-01 2026-02-28 commissionedOn'],
    ],
    ['beginning, which came later', { commissionedOn: day('2026-04-01') }, ['ZL1 2026-03-01 2026-03-31 commissionedOn']],
    ['end', { decommissionedOn: day('2026-09-01') }, ['ZL1 2026-08-01 2026-08-31 decommissionedOn']],
  ])('with another %s', (_, over, spans) => {
    expect(stationCorrections(before, { ...before, ...over }).map(spanOf)).toEqual(spans)
  })

  test('that goes on after all has days again', () => {
    const { decommissionedOn: _end, ...goesOn } = before
    expect(stationCorrections(before, goesOn).map(spanOf)).toEqual(['ZL1 2026-08-01 … decommissionedOn'])
  })

  test('that is new has no days that could be other ones', () => {
    expect(stationCorrections(undefined, before)).toEqual([])
  })
})

describe('what is computed anew', () => {
  const aCorrection = (over: Partial<Correction> = {}): Correction => ({
    stationId: 'ZL1',
    from: day('2026-10-01'),
    to: day('2026-10-05'),
    about: 'M ctMultiplier',
    ...over,
  })

  test('begins with the oldest month whose statement follows its days', () => {
    expect(correctedSince(NOW_MS)).toBe('2025-09-01')
    expect(correctedSpans([aCorrection({ from: day('2020-01-01') })], NOW_MS)).toEqual([
      { stationId: 'ZL1', from: '2025-09-01', to: '2026-10-05', about: ['M ctMultiplier'] },
    ])
  })

  test('ends today', () => {
    const spans = correctedSpans(
      [aCorrection({ to: day('2027-01-01') }), aCorrection({ stationId: 'ZL2', from: day('2026-11-03') })],
      NOW_MS,
    )
    expect(spans.map(({ to }) => to)).toEqual(['2026-11-03'])
    expect(correctedSpans([aCorrection({ from: day('2026-11-03'), to: day('2026-11-03') })], NOW_MS)).toHaveLength(1)
    const { to: _to, ...open } = aCorrection()
    expect(correctedSpans([open], NOW_MS)[0]?.to).toBe('2026-11-03')
  })

  test.each<[string, Partial<Correction>]>([
    ['lies before it', { from: day('2020-01-01'), to: day('2025-08-31') }],
    ['lies in the future', { from: day('2026-11-04'), to: day('2026-11-09') }],
    ['is empty', { from: day('2026-10-06') }],
  ])('is nothing where it %s', (_, over) => {
    expect(correctedSpans([aCorrection(over)], NOW_MS)).toEqual([])
  })

  test('is one span of each station', () => {
    const corrections = [
      aCorrection(),
      aCorrection({ stationId: 'ZL2' }),
      aCorrection({ from: day('2026-09-28'), to: day('2026-10-02'), about: 'longitudeDeg' }),
      aCorrection({ from: day('2026-10-03'), to: day('2026-10-09'), about: 'N validTo' }),
      aCorrection({ from: day('2026-10-04'), to: day('2026-10-04'), about: 'latitudeDeg' }),
    ]
    expect(correctedSpans(corrections, NOW_MS)).toEqual([
      {
        stationId: 'ZL1',
        from: '2026-09-28',
        to: '2026-10-09',
        about: ['M ctMultiplier', 'longitudeDeg', 'N validTo', 'latitudeDeg'],
      },
      { stationId: 'ZL2', from: '2026-10-01', to: '2026-10-05', about: ['M ctMultiplier'] },
    ])
  })
})
