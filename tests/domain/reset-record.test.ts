import { describe, expect, test } from 'vitest'
import type { ChinaDay } from '../../domain/calendar.ts'
import { addDays, dayOf } from '../../domain/calendar.ts'
import type { DeviceDay, StationDay } from '../../domain/energy.ts'
import { REACH_DAYS } from '../../domain/generation-work.ts'
import {
  daysTouched,
  inForce,
  inForceAt,
  nearestDays,
  newestAt,
  recordOf,
  resetAsk,
  type ResetAsk,
  type ResetRecord,
} from '../../domain/reset-record.ts'
import { aDevice, aResetRecord, COUNTY, day } from '../registry.ts'
import { aStationDay } from '../settlement.ts'

const AT_MS = Date.parse('2026-10-05T09:30:00+08:00')
const NOW_MS = Date.parse('2026-11-01T12:00:00+08:00')

const anAsk = (over: Partial<ResetAsk> = {}): ResetAsk => {
  const { stationId, deviceId, atMs, finalWh, startWh, kind, reason, document } = aRecord()
  return { stationId, deviceId, atMs, finalWh, startWh, kind, reason, document, ...over }
}
const aRecord = (over: Partial<ResetRecord> = {}): ResetRecord => aResetRecord({ atMs: AT_MS, recordedAtMs: NOW_MS, ...over })
const withdrawn = { withdrawnBy: 'demo-officer', withdrawnAtMs: NOW_MS, withdrawalReason: '日期写错' }

type Known = Parameters<typeof recordOf>[1]
const recordedWith = (ask: Partial<ResetAsk> = {}, known: Partial<Known> = {}) =>
  recordOf(anAsk(ask), {
    devices: [aDevice({ validFrom: day('2026-10-01'), validTo: day('2026-10-20') })],
    records: [],
    countyCode: COUNTY,
    userName: 'demo-officer',
    nowMs: NOW_MS,
    ...known,
  })

describe('what an officer says', () => {
  test('is taken as it stands, spaces around it left out', () => {
    expect(resetAsk.parse({ ...anAsk(), reason: '  换表 ' })).toEqual(anAsk({ reason: '换表' }))
    expect(resetAsk.safeParse(anAsk({ finalWh: Number.MAX_SAFE_INTEGER, startWh: 0 })).success).toBe(true)
    expect(resetAsk.safeParse(anAsk({ reason: '因'.repeat(200), document: '号'.repeat(200) })).success).toBe(true)
  })

  test.each<[string, object]>([
    ['without a figure', { finalWh: undefined }],
    ['with a figure below nothing', { startWh: -1 }],
    ['with a part of a watt-hour', { finalWh: 0.5 }],
    ['with a figure no register shows', { startWh: Number.MAX_SAFE_INTEGER + 1 }],
    ['without a time', { atMs: undefined }],
    ['of a time before there were stations', { atMs: Date.UTC(2009, 11, 31) }],
    ['of a part of a millisecond', { atMs: AT_MS + 0.5 }],
    ['of no kind there is', { kind: 'theft' }],
    ['without a reason', { reason: '  ' }],
    ['with a reason nobody reads', { reason: '因'.repeat(201) }],
    ['without a document', { document: '' }],
    ['with a document nobody finds', { document: '号'.repeat(201) }],
    ['of a device no id can name', { deviceId: 'a b' }],
    ['with more than was asked for', { recordedBy: 'someone-else' }],
  ])('%s is refused', (_, over) => {
    expect(resetAsk.safeParse({ ...anAsk(), ...over }).success).toBe(false)
  })
})

describe('a record', () => {
  test('names who said it and when', () => {
    expect(recordedWith()).toEqual(aRecord())
  })

  test.each<[string, Partial<ResetAsk>, Partial<Known>, string]>([
    ['in the future', { atMs: NOW_MS + 1 }, { devices: [aDevice()] }, 'future'],
    ['about a device the station never had', { deviceId: 'ZL1-INV-9' }, {}, 'no such device'],
    ['about a day before it came', { atMs: AT_MS - 10 * 86_400_000 }, {}, 'no such device'],
    ['about the day it went', { atMs: Date.parse('2026-10-20T00:00:00+08:00') }, {}, 'no such device'],
    ['about a sensor', {}, { devices: [aDevice({ kind: 'irradiance' })] }, 'no counter'],
  ])('%s is refused', (_, ask, known, why) => {
    expect(recordedWith(ask, known)).toMatchObject({
      kind: 'rejected',
      code: 'bad_request',
      detail: expect.stringContaining(why),
    })
  })

  test('of this very moment is taken', () => {
    expect(recordedWith({ atMs: NOW_MS }, { devices: [aDevice()] })).toMatchObject({ atMs: NOW_MS })
  })

  test.each<Partial<ResetAsk>>([{ finalWh: 1 }, { startWh: 1 }, { kind: 'reset' }, { reason: '别的' }, { document: '另一号' }])(
    'that says %j about an instant that has one is a conflict',
    (over) => {
      const answer = recordedWith(over, { records: [aRecord()] })
      expect(answer).toMatchObject({ kind: 'rejected', code: 'conflict', detail: expect.stringContaining('2026-10-05 09:30:00') })
    },
  )

  test('that says the same again is the one that is there, whoever asks', () => {
    const there = aRecord({ recordedBy: 'another', recordedAtMs: 1 })
    expect(recordedWith({}, { records: [there] })).toBe(there)
  })

  test('follows a withdrawn one as the next revision, whatever it says', () => {
    const records = [aRecord({ revision: 2, ...withdrawn }), aRecord({ ...withdrawn })]
    expect(recordedWith({ finalWh: 7 }, { records })).toEqual(aRecord({ finalWh: 7, revision: 3 }))
    expect(recordedWith({}, { records })).toEqual(aRecord({ revision: 3 }))
  })

  test('from a file is not brought back once it was withdrawn, and by hand it is', () => {
    const records = [aRecord({ finalWh: 7, ...withdrawn }), aRecord({ revision: 2, ...withdrawn })]
    const again = { kind: 'rejected', code: 'conflict', detail: expect.stringContaining('record it by hand') }
    expect(recordedWith({}, { records, fromFile: true })).toMatchObject(again)
    expect(recordedWith({}, { records: records.toReversed(), fromFile: true })).toMatchObject(again)
    expect(recordedWith({}, { records })).toEqual(aRecord({ revision: 3 }))
    expect(recordedWith({ finalWh: 7 }, { records, fromFile: true })).toEqual(aRecord({ finalWh: 7, revision: 3 }))
    expect(recordedWith({}, { records: [aRecord()], fromFile: true })).toEqual(aRecord())
    expect(recordedWith({}, { fromFile: true })).toEqual(aRecord())
  })

  test('of another device or instant stands beside it', () => {
    const records = [aRecord({ deviceId: 'ZL1-INV-2' }), aRecord({ atMs: AT_MS + 1 })]
    expect(recordedWith({}, { records })).toEqual(aRecord())
  })

  test('in force is the one that is not withdrawn', () => {
    const records = [aRecord(withdrawn), aRecord({ revision: 2 }), aRecord({ atMs: 1 })]
    expect(inForceAt(records, anAsk())).toBe(records[1])
    expect(inForceAt(records, anAsk({ deviceId: 'ZL1-INV-2' }))).toBeUndefined()
    expect(records.map(inForce)).toEqual([false, true, true])
  })

  test('newest of an instant is the one of the last revision, in force or not', () => {
    const records = [aRecord({ revision: 2, ...withdrawn }), aRecord(withdrawn), aRecord({ atMs: 1, revision: 9 })]
    expect(newestAt(records, anAsk())).toBe(records[0])
    expect(newestAt(records, anAsk({ deviceId: 'ZL1-INV-2' }))).toBeUndefined()
  })
})

describe('the days a record touches', () => {
  const own = dayOf(AT_MS)
  const aDeviceDay = (over: Partial<DeviceDay> = {}): DeviceDay => ({
    deviceId: 'ZL1-INV-1',
    kind: 'inverter',
    energyWh: 9,
    quality: 'measured',
    coveragePermille: 1_000,
    readings: 9,
    findings: [],
    ...over,
  })
  const figures = (over: Record<string, Partial<DeviceDay> | undefined> = {}): Map<ChinaDay, StationDay> =>
    new Map(
      Array.from({ length: 100 }, (_, at) => addDays(own, at - 50))
        .filter((each) => !(each in over) || over[each] !== undefined)
        .map((each) => [each, aStationDay({ day: each, devices: [aDeviceDay(over[each])] })]),
    )
  const touched = (given: Map<ChinaDay, StationDay>, today = day('2026-11-30')) => {
    const days = daysTouched({ deviceId: 'ZL1-INV-1', atMs: AT_MS }, given, today)
    expect(days).toEqual(days.toSorted())
    return [days[0], days.at(-1), days.length]
  }

  test('are its own and its neighbours', () => {
    expect(touched(figures())).toEqual(['2026-10-04', '2026-10-06', 3])
  })

  test.each<[string, Partial<DeviceDay> | undefined]>([
    ['a gap touches', { findings: [{ code: 'gap', detail: '' }] }],
    ['has no data', { findings: [{ code: 'no_data', detail: '' }] }],
    ['is unknown', { energyWh: null }],
    ['knows nothing of the device', { deviceId: 'ZL1-INV-2' }],
    ['was never computed', undefined],
  ])('go on over a day that %s', (_, open) => {
    expect(touched(figures({ '2026-10-04': open, '2026-10-03': open }))).toEqual(['2026-10-02', '2026-10-06', 5])
    expect(touched(figures({ '2026-10-06': open }))).toEqual(['2026-10-04', '2026-10-07', 4])
  })

  test('end where another finding stands', () => {
    const other: Partial<DeviceDay> = { findings: [{ code: 'night_output', detail: '' }] }
    expect(touched(figures({ '2026-10-04': other }))).toEqual(['2026-10-04', '2026-10-06', 3])
  })

  test('end today', () => {
    expect(touched(figures(), own)).toEqual(['2026-10-04', '2026-10-05', 2])
  })

  test('lie within the reach of a counter', () => {
    expect(touched(new Map())).toEqual([addDays(own, -REACH_DAYS), addDays(own, REACH_DAYS), 2 * REACH_DAYS + 1])
  })
})

test('days nearest to an instant are shown before those farther off, in order', () => {
  const days = Array.from({ length: 9 }, (_, at) => addDays(day('2026-09-28'), at))
  expect(nearestDays(days, AT_MS, 5)).toEqual(['2026-10-02', '2026-10-03', '2026-10-04', '2026-10-05', '2026-10-06'])
  expect(nearestDays(days, Date.parse('2026-10-01T00:00:00+08:00'), 3)).toEqual(['2026-09-30', '2026-10-01', '2026-10-02'])
  expect(nearestDays(days.slice(0, 2), AT_MS, 5)).toEqual(['2026-09-28', '2026-09-29'])
})
