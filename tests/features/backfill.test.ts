import { afterAll, beforeAll, expect, test } from 'vitest'
import { fleetOf } from '../../devices/fleet.ts'
import { rounds } from '../../devices/rounds.ts'
import { type ChinaDay, DAY_MS, dayStartMs } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import type { FigureChange } from '../../stores/backfill.ts'
import { asFiles, someLines } from '../registry-files.ts'
import { startWorld, type World } from '../world.ts'

/** A correction of the registry becomes new figures of the days it is about, by one command. */

const FROM = '2026-10-01' as ChinaDay
const AFTER_MS = dayStartMs(FROM) + 2 * DAY_MS + 6 * 3_600_000
const files = asFiles(someLines())
const fleet = fleetOf(parseRegistry(files).rows)

let world: World
beforeAll(async () => {
  world = await startWorld({ now: () => AFTER_MS })
  await world.importRegistry(files, fleet.gatewayIds)
  const span = { fromMs: dayStartMs(FROM), toMs: dayStartMs(FROM) + 2 * DAY_MS }
  await world.publish([...rounds({ fleet, seed: 3, ...span, everyMs: 1_800_000 })].flatMap(({ messages }) => messages))
  for (let run = 0; run < 10 && (await world.run('sweep-generation', AFTER_MS)) > 0; run += 1);
})
afterAll(async () => world.close())

type Backfilled = { stationDays: number; changed: number; changes: FigureChange[] }
const backfill = async (write: boolean) =>
  (await world.job('backfill', { from: FROM, to: '2026-10-02', stationId: 'ZL1', write })) as Backfilled

test('nothing changes while nothing was wrong', async () => {
  expect(await backfill(false)).toEqual({ stationDays: 2, written: false })
  expect(await backfill(true)).toEqual({ stationDays: 2, written: true, changed: 0, changes: [] })
})

test('a corrected multiplier of the meter changes its days in proportion, each told with before and after', async () => {
  const lines = someLines()
  lines['devices.csv'] = lines['devices.csv'].map((line) => (line.kind === 'meter' ? { ...line, ct_multiplier: '30' } : line))
  await world.importRegistry(asFiles(lines), [])
  const { changed, changes } = await backfill(true)
  expect(changed).toBe(2)
  for (const { beforeWh, afterWh, version } of changes) {
    expect(version).toBeGreaterThan(1)
    expect(beforeWh).toBeGreaterThan(0)
    expect(Math.abs((beforeWh ?? 0) - 2 * (afterWh ?? 0))).toBeLessThanOrEqual(60)
  }
  expect((await backfill(true)).changed).toBe(0)
})

test('a span that cannot be is refused', async () => {
  await expect(world.job('backfill', { from: FROM, to: FROM, stationId: 'NONE', write: true })).rejects.toThrow('no station NONE')
})
