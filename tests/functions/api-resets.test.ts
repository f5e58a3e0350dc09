import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays, dayStartMs, HOUR_MS } from '../../domain/calendar.ts'
import type { DeviceDay, Finding } from '../../domain/energy.ts'
import type { OpenItemsPage, ResetAnswer, ResetsView } from '../../functions/api-types-days.ts'
import { create } from '../../functions/api-resets.ts'
import { NOW_MS, OTHER_COUNTY, tokenOf, villageCode } from '../a-county.ts'
import { COUNTY, day, TOWN } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

let world: ApiWorld
let answer: ReturnType<typeof create>
beforeEach(async () => {
  world = await openApiWorld(4)
  answer = create(world.deps)
})
afterEach(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})

type Who = Parameters<ApiWorld['ask']>[2]
const operator: Who = { role: 'operator', regionCode: COUNTY }
const ask = <View>(path: string, who: Who = operator) => world.ask<View>(answer, path, who)
const post = async (path: string, body: object, who: Who = operator) => {
  const headers = { authorization: `Bearer ${await tokenOf(world.tables, who ?? {})}`, 'content-type': 'application/json' }
  const response = await answer(new Request(`http://localhost${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
  return { status: response.status, body: (await response.json()) as ResetAnswer & { code?: string; detail?: string } }
}

const ON = day('2026-11-03')
const AT_MS = dayStartMs(ON) + 10 * HOUR_MS
const aReset = (over: object = {}) => ({
  stationId: 'ZL1',
  deviceId: 'ZL1-INV-1',
  atMs: AT_MS,
  finalWh: 115_000,
  startWh: 5_000,
  kind: 'reset',
  reason: '雷击后控制板复位',
  document: '示范修〔2026〕3号',
  ...over,
})
const record = (over: object = {}, who?: Who) => post('/api/resets', aReset(over), who)
const withdraw = (over: object = {}, who?: Who) =>
  post('/api/resets/withdraw', { stationId: 'ZL1', deviceId: 'ZL1-INV-1', atMs: AT_MS, reason: '时间写错', ...over }, who)
const list = async () => (await ask<ResetsView>('/api/resets?station=ZL1')).body.resets
const marks = async () =>
  (await world.tables.staleDays.queryIndex('pending', { partition: COUNTY })).rows
    .map(({ row }) => row)
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))

describe('a record', () => {
  test('is kept with who said it, and has its days computed anew, which say so', async () => {
    const { status, body } = await record()
    expect(status).toBe(201)
    expect(body).toMatchObject({ written: true, days: ['2026-11-02', '2026-11-03', '2026-11-04'] })
    expect(await list()).toEqual([
      {
        ...aReset(),
        recordedBy: expect.any(String),
        recordedAtMs: NOW_MS,
        withdrawnBy: null,
        withdrawnAtMs: null,
        withdrawalReason: null,
      },
    ])
    const by = (await list())[0]?.recordedBy
    const causes = [{ code: 'reset_recorded', atMs: NOW_MS, about: 'ZL1-INV-1', by }]
    expect(await marks()).toEqual(
      body.days.map((each) => ({ countyCode: COUNTY, stationId: 'ZL1', day: each, markedAtMs: NOW_MS, causes })),
    )
  })

  test('shows what its days are and become, and writes nothing on a dry run', async () => {
    const { status, body } = await record({ dryRun: true })
    expect(status).toBe(200)
    expect(body.written).toBe(false)
    expect(body.effect.map((each) => each.day)).toEqual(body.days)
    expect(body.effect[0]?.devices.map(({ deviceId }) => deviceId)).toEqual(['ZL1-INV-1', 'ZL1-INV-2', 'ZL1-INV-3', 'ZL1-METER'])
    expect(await list()).toEqual([])
    expect(await marks()).toEqual([])
  })

  test('shows the day it is about and those around it, when it touches many', async () => {
    for (let at = -9; at < 0; at += 1) {
      for (const { row } of (
        await world.tables.generation.query({ partition: 'ZL1', from: addDays(ON, at), to: `${addDays(ON, at)}~` })
      ).rows)
        await world.tables.generation.delete(row)
    }
    const { body } = await record({ dryRun: true })
    expect(body.days.length).toBeGreaterThan(8)
    expect(body.effect.map((each) => each.day)).toEqual(['2026-10-31', '2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04'])
  })

  test('said again is the same record, and its days are marked again: a first try may not have come so far', async () => {
    await record()
    for (const mark of await marks()) await world.tables.staleDays.put({ ...mark, settledAtMs: NOW_MS })
    expect((await record()).status).toBe(200)
    expect(await list()).toHaveLength(1)
    expect(await marks()).toHaveLength(3)
  })

  test('that says something else about the same instant is a conflict', async () => {
    await record()
    const { status, body } = await record({ startWh: 0 })
    expect([status, body.code]).toEqual([409, 'conflict'])
    expect(body.detail).toContain('2026-11-03 10:00:00 has a record already')
  })

  test('of two said at once one is kept', async () => {
    const answers = await Promise.all([record(), record({ startWh: 0 }), record({ startWh: 1 })])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
    expect(await list()).toHaveLength(1)
  })

  test.each<[string, object, string]>([
    ['in the future', { atMs: NOW_MS + 1 }, 'future'],
    ['of a device of another station', { deviceId: 'ZL2-INV-1' }, 'no such device'],
    ['without a reason', { reason: ' ' }, 'reason'],
    ['without a document', { document: undefined }, 'document'],
    ['with a figure below nothing', { finalWh: -1 }, 'finalWh'],
    ['with an author of its own', { recordedBy: 'another' }, 'recordedBy'],
  ])('%s is refused and says why', async (_, over, why) => {
    const { status, body } = await record(over)
    expect([status, body.code]).toEqual([400, 'bad_request'])
    expect(body.detail).toContain(why)
    expect(await marks()).toEqual([])
  })

  test.each<[string, Who, number]>([
    ['an operator of the town', { role: 'operator', regionCode: TOWN }, 201],
    ['a county officer', { role: 'county_officer', regionCode: COUNTY }, 201],
    ['an operator of another county', { role: 'operator', regionCode: OTHER_COUNTY }, 404],
    ['the accountant of the village', { role: 'village_accountant', regionCode: villageCode(1) }, 403],
  ])('is taken from whom it may: %s', async (_, who, status) => {
    expect((await record({}, who)).status).toBe(status)
    expect((await withdraw({}, who)).status).toBe(status === 201 ? 200 : status)
  })
})

describe('a withdrawal', () => {
  test('keeps the record, says who and why, and has the days computed anew', async () => {
    await record()
    for (const mark of await marks()) await world.tables.staleDays.put({ ...mark, settledAtMs: NOW_MS })
    const { status, body } = await withdraw()
    expect(status).toBe(200)
    const withdrawn = { withdrawnBy: expect.any(String), withdrawnAtMs: NOW_MS, withdrawalReason: '时间写错' }
    expect(body.reset).toMatchObject({ ...aReset(), ...withdrawn })
    expect(await list()).toEqual([expect.objectContaining(withdrawn)])
    expect((await marks()).map(({ causes }) => causes?.map(({ code }) => code))).toEqual(body.days.map(() => ['reset_withdrawn']))
  })

  test('makes room for another record about the same instant, and both stay', async () => {
    await record()
    await withdraw()
    expect((await record({ startWh: 0 })).status).toBe(201)
    expect((await list()).map(({ startWh, withdrawnAtMs }) => [startWh, withdrawnAtMs])).toEqual([
      [0, null],
      [5_000, NOW_MS],
    ])
    expect((await withdraw()).body.reset.startWh).toBe(0)
  })

  test('is shown and not written on a dry run', async () => {
    await record()
    expect((await withdraw({ dryRun: true })).body).toMatchObject({ written: false, days: expect.any(Array) })
    expect((await list())[0]?.withdrawnAtMs).toBeNull()
  })

  test.each<[string, object]>([
    ['of what nobody recorded', { atMs: AT_MS + 1 }],
    ['of another device', { deviceId: 'ZL1-INV-2' }],
  ])('%s is a conflict', async (_, over) => {
    await record()
    expect((await withdraw(over)).status).toBe(409)
  })

  test('needs a reason, and for another reason is a conflict a second time', async () => {
    await record()
    expect((await withdraw({ reason: '' })).status).toBe(400)
    expect((await withdraw()).status).toBe(200)
    expect((await withdraw({ reason: '又一个原因' })).status).toBe(409)
  })

  test('said again is the same withdrawal, and its days are marked again: a first try may not have come so far', async () => {
    await record()
    const first = await withdraw()
    for (const mark of await marks()) await world.tables.staleDays.put({ ...mark, settledAtMs: NOW_MS })
    expect((await withdraw({ dryRun: true })).body.written).toBe(false)
    expect(await marks()).toEqual([])
    const again = await withdraw({}, { role: 'county_officer', regionCode: COUNTY })
    expect([again.status, again.body.reset, again.body.written]).toEqual([200, first.body.reset, true])
    expect((await marks()).map((mark) => [mark.day, mark.causes?.map(({ code }) => code)])).toEqual(
      first.body.days.map((each) => [each, ['reset_withdrawn']]),
    )
    expect((await record({ startWh: 0 })).status).toBe(201)
    expect((await withdraw()).body.reset.startWh).toBe(0)
  })

  test('stands when a file brings the record again, and by hand it may be recorded anew', async () => {
    await record({ fromFile: true })
    await withdraw()
    const { status, body } = await record({ fromFile: true })
    expect([status, body.code]).toEqual([409, 'conflict'])
    expect(body.detail).toContain('it was withdrawn')
    expect((await record({ fromFile: true, dryRun: true })).status).toBe(409)
    expect((await record()).status).toBe(201)
  })
})

describe('open items', () => {
  const unconfirmed: Finding = {
    code: 'counter_reset_unconfirmed',
    deviceId: 'ZL1-INV-1',
    atMs: AT_MS,
    detail: '5000 Wh after 115000 Wh',
  }
  const put = async (stationId: string, on = ON, findings: Finding[] = [unconfirmed], version = 1): Promise<void> => {
    const found = (await world.tables.generation.get({ stationId, day: on, version: 1 }))?.row
    if (!found) throw new Error('the day is computed')
    const devices = found.devices.map(
      (device, at): DeviceDay => (at === 0 ? { ...device, quality: 'estimated', findings } : device),
    )
    await world.tables.generation.put({ ...found, version, devices })
  }
  const open = async (path = '', who?: Who) => (await ask<OpenItemsPage>(`/api/resets/open${path}`, who)).body.items
  const places = (items: OpenItemsPage['items']) => items.map((item) => `${item.day} ${item.stationId}`)

  test('are the findings of newest versions that wait for a person, with the figures shown', async () => {
    await put('ZL1')
    await put('ZL2', ON, [{ code: 'gap', detail: '' }])
    await put('ZL3')
    await put('ZL3', ON, [], 2)
    expect(await open()).toEqual([
      {
        stationId: 'ZL1',
        stationName: '示范001村光伏帮扶电站',
        day: ON,
        version: 1,
        deviceId: 'ZL1-INV-1',
        kind: 'inverter',
        code: 'counter_reset_unconfirmed',
        atMs: AT_MS,
        detail: unconfirmed.detail,
        energyWh: expect.any(Number),
        quality: 'estimated',
        shown: { finalWh: 115_000, startWh: 5_000 },
        isWaiting: false,
        isAcknowledgeable: false,
        acknowledged: null,
      },
    ])
  })

  const clock: Finding = { code: 'clock_shift', deviceId: 'ZL1-INV-1', detail: '60 minutes early' }
  const about = { stationId: 'ZL1', day: ON, deviceId: 'ZL1-INV-1', code: 'clock_shift', findingAtMs: null, reason: '时钟已校准' }
  const acknowledge = (over: object = {}, who?: Who) => post('/api/resets/acknowledge', { ...about, ...over }, who)

  test('that only had to be looked at leave the list with what was said, until the day tells something else', async () => {
    await put('ZL1', ON, [clock])
    expect((await open()).map(({ isAcknowledgeable }) => isAcknowledgeable)).toEqual([true])
    expect((await acknowledge()).status).toBe(200)
    expect(await open()).toEqual([])
    const said = async () => (await open('?state=acknowledged')).map(({ acknowledged }) => acknowledged)
    expect(await said()).toEqual([{ reason: '时钟已校准', acknowledgedBy: expect.any(String), acknowledgedAtMs: NOW_MS }])
    expect((await acknowledge({ reason: '采集器已更换' })).status).toBe(200)
    expect((await said()).map((each) => each?.reason)).toEqual(['采集器已更换'])
    await put('ZL1', ON, [clock], 2)
    expect(await open()).toEqual([])
    await put('ZL1', ON, [{ ...clock, detail: '120 minutes early' }], 3)
    expect((await open()).map(({ detail }) => detail)).toEqual(['120 minutes early'])
    expect(await said()).toEqual([])
  })

  test('change no figure and mark no day when they are acknowledged', async () => {
    await put('ZL1', ON, [clock])
    await acknowledge()
    expect(await marks()).toEqual([])
  })

  test.each([
    ['of a reset, which wants a record', { code: 'counter_reset_unconfirmed', findingAtMs: AT_MS }, 400],
    ['of another instant', { findingAtMs: AT_MS }, 409],
    ['of a day without it', { day: addDays(ON, 1) }, 409],
    ['of a day that is none', { day: '2026-02-30' }, 400],
    ['of nowhere', { stationId: 'NOWHERE' }, 404],
    ['of another county', { stationId: 'LS1' }, 404],
    ['without a word', { reason: '  ' }, 400],
    ['with too many words', { reason: '长'.repeat(201) }, 400],
    ['with more than is asked', { by: 'me' }, 400],
  ])('are not acknowledged %s', async (_, over, status) => {
    await put('ZL1', ON, [clock, unconfirmed])
    expect((await acknowledge(over)).status).toBe(status)
    expect(await open('?state=acknowledged')).toEqual([])
  })

  test('say when their day is about to be computed anew', async () => {
    await put('ZL1')
    await record()
    expect((await open()).map(({ isWaiting }) => isWaiting)).toEqual([true])
  })

  test('stand by day, the newest first, by region and station', async () => {
    await put('ZL1')
    await put('ZL2', addDays(ON, 1))
    await put('LS1')
    expect(places(await open())).toEqual(['2026-11-04 ZL2', '2026-11-03 ZL1'])
    expect(places(await open('?station=ZL1'))).toEqual(['2026-11-03 ZL1'])
    expect(places(await open('', { role: 'operator', regionCode: TOWN }))).toEqual(['2026-11-03 ZL1'])
    expect(places(await open('', { role: 'county_officer', regionCode: OTHER_COUNTY }))).toEqual(['2026-11-03 LS1'])
  })

  test('come a page at a time, short ones too, and take no cursor of another list', async () => {
    const days = Array.from({ length: 20 }, (_, at) => addDays(day('2026-11-01'), at)).filter((on) => !on.endsWith('-09'))
    for (const on of days) {
      for (const station of ['ZL1', 'ZL2', 'ZL3']) for (const version of [1, 2]) await put(station, on, [unconfirmed], version)
    }
    const all: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`
      const page: OpenItemsPage = (await ask<OpenItemsPage>(`/api/resets/open${query}`)).body
      all.push(...places(page.items))
      cursor = page.nextCursor
      pages += 1
    } while (cursor !== null && pages < 10)
    expect([pages, all.length, new Set(all).size]).toEqual([2, 57, 57])
    expect(all).toEqual(all.toSorted((a, b) => (a.slice(0, 10) < b.slice(0, 10) ? 1 : a.slice(0, 10) > b.slice(0, 10) ? -1 : 0)))
    expect((await ask(`/api/resets/open?cursor=nonsense`)).status).toBe(400)
  })
})

test('the records of a station are for whoever may look at it', async () => {
  await record()
  const path = '/api/resets?station=ZL1'
  expect((await ask<ResetsView>(path, { role: 'village_accountant', regionCode: villageCode(1) })).body.resets).toHaveLength(1)
  expect((await ask(path, { role: 'village_accountant', regionCode: villageCode(2) })).status).toBe(404)
  expect((await ask('/api/resets')).status).toBe(400)
})
