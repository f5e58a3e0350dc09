import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fleetOf } from '../../devices/fleet.ts'
import { type GatewayMessage, rounds } from '../../devices/rounds.ts'
import {
  type ChinaDay,
  type ChinaMonth,
  dayStartMs,
  HOUR_MS,
  MINUTE_MS,
  monthEndMs,
  monthStartMs,
} from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import type { DayHistory, ResetAnswer } from '../../functions/api-types-days.ts'
import type { GenerationView, VillageView } from '../../functions/api-types.ts'
import { asFiles, someLines } from '../registry-files.ts'
import { startWorld, type World } from '../world.ts'

/** A month that is settled, and then what people and late gateways have to say about it. */

const MONTH = '2026-10' as ChinaMonth
const LATE = '2026-10-08' as ChinaDay
const RESET = '2026-10-15' as ChinaDay
let nowMs = monthEndMs(MONTH) + 6 * HOUR_MS
const files = asFiles(someLines())
const fleet = fleetOf(parseRegistry(files).rows)
const INVERTER = 'ZL1-INV-1'
const METER = 'ZL1-METER'
const METER_FROM_MS = dayStartMs('2026-10-20' as ChinaDay)
const LOST_FROM_MS = dayStartMs(LATE) + 10 * HOUR_MS
const RESET_MS = dayStartMs(RESET) + 11 * HOUR_MS + 7 * MINUTE_MS

type Published = { readings: { deviceId: string; atMs: number; energyTotalWh?: number }[] }

/** The revenue meter comes late in the month, so that the inverter decides before; which begins anew in the middle of it. */
const asSent = (message: GatewayMessage): GatewayMessage => {
  const published = JSON.parse(message.payload) as Published
  const readings = published.readings
    .filter(({ deviceId, atMs }) => deviceId !== METER || atMs >= METER_FROM_MS)
    .map((reading) =>
      reading.deviceId === INVERTER && reading.atMs >= RESET_MS && reading.energyTotalWh !== undefined
        ? { ...reading, energyTotalWh: reading.energyTotalWh - 30_000_000 }
        : reading,
    )
  return { ...message, payload: JSON.stringify({ ...published, readings }), readings: readings.length }
}
const span = { fromMs: monthStartMs(MONTH), toMs: monthEndMs(MONTH) }
const sent = [...rounds({ fleet, seed: 7, ...span, everyMs: HOUR_MS / 2 })].flatMap(({ messages }) => messages).map(asSent)
const instantOf = ({ payload }: GatewayMessage): number => (JSON.parse(payload) as Published).readings[0]?.atMs ?? 0
const isLost = (message: GatewayMessage): boolean =>
  message.gatewayId === fleet.gatewayIds[0] &&
  instantOf(message) >= LOST_FROM_MS &&
  instantOf(message) < LOST_FROM_MS + 6 * HOUR_MS

let world: World
const settled = async (): Promise<void> => {
  for (let runs = 0; runs < 20 && (await world.run('sweep-generation', nowMs)) > 0; runs += 1);
  await world.run('sweep-settlement', nowMs)
}
const get = async <View>(path: string): Promise<View> => {
  const { status, body } = await world.call('GET', path)
  expect(status).toBe(200)
  return body as View
}
const generation = async (stationId: string) =>
  (await get<GenerationView>(`/api/stations/${stationId}/generation?month=${MONTH}`)).days
const history = (day: ChinaDay) => get<DayHistory>(`/api/stations/ZL1/days/${day}`)
const village = () => get<VillageView>(`/api/villages/341623105220?month=${MONTH}`)
/** Everything that could move: every day's version and figure of both stations, and the statement. */
const figures = async () => ({
  ZL1: new Map((await generation('ZL1')).map((day) => [day.day, day])),
  KT: new Map((await generation('KT')).map((day) => [day.day, day])),
  statement: (await village()).statement,
})
const changedDays = (before: Awaited<ReturnType<typeof figures>>, after: Awaited<ReturnType<typeof figures>>) =>
  (['ZL1', 'KT'] as const).flatMap((station) =>
    [...after[station]]
      .filter(([day, row]) => before[station].get(day)?.version !== row.version)
      .map(([day]) => `${station} ${day}`),
  )

beforeAll(async () => {
  world = await startWorld({ now: () => nowMs })
  await world.importRegistry(files, fleet.gatewayIds)
  await world.publish(sent.filter((message) => !isLost(message)))
  await settled()
}, 120_000)
afterAll(async () => world.close())

describe('a late reading', () => {
  test('changes exactly its station-days and the statement above them; the audit says so, and the day shows a badge', async () => {
    const before = await figures()
    nowMs += MINUTE_MS
    await world.publish(sent.filter(isLost))
    await settled()
    const after = await figures()
    expect(changedDays(before, after)).toEqual([`ZL1 ${LATE}`])
    expect([...after.ZL1.values()].filter(({ isBackfilled }) => isBackfilled).map(({ day }) => day)).toEqual([LATE])
    expect(after.statement?.version).toBe((before.statement?.version ?? 0) + 1)

    const { versions, waiting } = await history(LATE)
    expect(waiting).toBeNull()
    const [late, first] = versions
    expect(first?.causes[0]).toMatchObject({ code: 'day_over' })
    expect(late?.causes).toMatchObject([{ code: 'late_readings', about: null }])
    expect(late?.energyWh).toBe(after.ZL1.get(LATE)?.energyWh)
    expect(late?.differenceWh).toBe((late?.energyWh ?? 0) - (first?.energyWh ?? 0))
    expect([first?.quality, late?.quality]).toEqual(['estimated', 'measured'])
  })

  test('that is a repeat moves nothing', async () => {
    const before = await figures()
    await world.publish(sent.filter(isLost))
    await settled()
    expect(await figures()).toEqual(before)
  })
})

describe('a reset nobody recorded', () => {
  const open = async () => (await world.call('GET', '/api/resets/open?county=341623000000')).body as { items: object[] }
  const record = async (over: object) => {
    const [item] = (await open()).items as { shown: { finalWh: number; startWh: number }; atMs: number }[]
    const ask = { stationId: 'ZL1', deviceId: INVERTER, kind: 'reset', reason: '控制板复位', document: '示范修〔2026〕9号' }
    const { status, body } = await world.call('POST', '/api/resets', { ...ask, atMs: item?.atMs, ...item?.shown, ...over })
    return { status, answer: body as ResetAnswer }
  }

  test('waits for a person, with the figures shown, and leaves its day an estimate', async () => {
    expect((await open()).items).toMatchObject([
      {
        stationId: 'ZL1',
        day: RESET,
        deviceId: INVERTER,
        code: 'counter_reset_unconfirmed',
        quality: 'estimated',
        isWaiting: false,
      },
    ])
    expect((await history(RESET)).versions[0]?.quality).toBe('estimated')
  })

  test('once recorded adds its pieces: the day, its statement and nothing else move, as the dry run said', async () => {
    const before = await figures()
    const dry = await record({ dryRun: true })
    expect(await figures()).toEqual(before)
    nowMs += MINUTE_MS
    const { status, answer } = await record({})
    expect([dry.status, status]).toEqual([200, 201])
    expect(answer.effect).toEqual(dry.answer.effect)
    await settled()

    const after = await figures()
    expect(changedDays(before, after)).toEqual([`ZL1 ${RESET}`])
    expect(after.ZL1.get(RESET)).toMatchObject({ quality: 'measured' })
    const foretold = answer.effect.find(({ day }) => day === RESET)
    expect([before.ZL1.get(RESET)?.energyWh, after.ZL1.get(RESET)?.energyWh]).toEqual([foretold?.beforeWh, foretold?.afterWh])
    expect((await history(RESET)).versions[0]?.causes).toMatchObject([{ code: 'reset_recorded', about: INVERTER }])
    expect((await open()).items).toEqual([])
  })

  test('and withdrawn again is what it was before, and says who and why', async () => {
    const [first] = (await history(RESET)).versions.slice(-1)
    const { resets } = (await world.call('GET', '/api/resets?station=ZL1')).body as { resets: { atMs: number }[] }
    nowMs += MINUTE_MS
    const ask = { stationId: 'ZL1', deviceId: INVERTER, atMs: resets[0]?.atMs, reason: '时间记错' }
    expect((await world.call('POST', '/api/resets/withdraw', ask)).status).toBe(200)
    await settled()
    const { versions } = await history(RESET)
    expect(versions[0]).toMatchObject({ energyWh: first?.energyWh, quality: 'estimated', causes: [{ code: 'reset_withdrawn' }] })
    expect((await open()).items).toHaveLength(1)
  })
})

test('a corrected multiplier has the days of its meter computed anew by itself, and the audit says what was corrected', async () => {
  const before = await figures()
  const lines = someLines()
  lines['devices.csv'] = lines['devices.csv'].map((line) =>
    line.device_id === METER ? { ...line, ct_multiplier: String(Number(line.ct_multiplier) / 2) } : line,
  )
  nowMs += MINUTE_MS
  const corrected = { dryRun: false, files: asFiles(lines) }
  const { body } = await world.call('POST', '/api/registry/import', corrected)
  expect(body).toMatchObject({ written: true, stationDays: expect.any(Number) })
  await settled()
  const after = await figures()
  const metered = [...before.ZL1.values()].filter(({ basis }) => basis === 'meter').map(({ day }) => day)
  expect(metered.length).toBeGreaterThan(10)
  expect(changedDays(before, after)).toEqual(metered.map((day) => `ZL1 ${day}`))
  for (const day of metered) {
    const [was, is] = [before.ZL1.get(day)?.energyWh ?? 0, after.ZL1.get(day)?.energyWh ?? 0]
    expect(Math.abs(was - 2 * is)).toBeLessThanOrEqual(60)
  }
  const { versions } = await history('2026-10-25' as ChinaDay)
  expect(versions[0]?.causes).toMatchObject([{ code: 'registry', about: `${METER} ctMultiplier`, by: expect.any(String) }])
  expect((await world.call('POST', '/api/registry/import', corrected)).body).not.toHaveProperty('stationDays')
})
