import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QuarantinePage, QuarantineRelease } from '../../functions/api-types.ts'
import { aDeviceLine, asFiles, someLines } from '../registry-files.ts'
import { startWorld, type World } from '../world.ts'

/** What was set aside at the door comes in after all, once the registry is right. */

const COUNTY = '341623000000'
const NOW_MS = Date.parse('2026-10-20T18:00:00+08:00')
const NOON_MS = Date.parse('2026-10-20T12:00:00+08:00')

let world: World
beforeAll(async () => {
  world = await startWorld({ now: () => NOW_MS })
  await world.importRegistry(asFiles(someLines()), ['GW-ZL1'])
})
afterAll(async () => world.close())

const publish = (readings: readonly object[]) => {
  const payload = JSON.stringify({ v: 1, readings })
  return world.publish([{ gatewayId: 'GW-ZL1', payload, readings: readings.length, atMs: NOON_MS }])
}
const waiting = async () =>
  ((await world.call('GET', `/api/quarantine?county=${COUNTY}`)).body as QuarantinePage).items.map(({ reason, deviceId }) => ({
    reason,
    deviceId,
  }))
const release = async (dryRun: boolean) =>
  (await world.call('POST', '/api/quarantine/release', { county: COUNTY, dryRun })).body as QuarantineRelease

describe('a reading of a device that was not registered', () => {
  test('waits in quarantine, while the rest of its message is stored', async () => {
    await publish([
      { deviceId: 'ZL1-INV-1', atMs: NOON_MS, acPowerW: 1 },
      { deviceId: 'ZL1-INV-2', atMs: NOON_MS, acPowerW: 2 },
    ])
    expect(await waiting()).toEqual([{ reason: 'unknown_device', deviceId: 'ZL1-INV-2' }])
    expect(world.runtime.status().counts).toMatchObject({ stored: 1, quarantined: 1 })
  })

  test('released too early, is back there under a new entry, and only there', async () => {
    expect(await release(true)).toMatchObject({ matched: 1, released: 0 })
    expect(await release(false)).toMatchObject({ matched: 1, released: 1 })
    await world.runtime.quiesce()
    expect(await waiting()).toEqual([{ reason: 'unknown_device', deviceId: 'ZL1-INV-2' }])
    expect(world.runtime.status().counts).toMatchObject({ stored: 1, quarantined: 2 })
  })

  test('released once it is registered, is stored and waits no more', async () => {
    const lines = someLines()
    lines['devices.csv'] = [
      ...lines['devices.csv'].map((line) => (line.device_id === 'ZL1-INV-1' ? { ...line, rated_power_kw: '90' } : line)),
      aDeviceLine({ device_id: 'ZL1-INV-2', rated_power_kw: '90' }),
    ]
    await world.importRegistry(asFiles(lines), [])
    // What the functions know of the registry is as old as they are.
    await world.restart()
    await release(false)
    await world.runtime.quiesce()
    expect(await waiting()).toEqual([])
    expect(world.runtime.status().counts).toMatchObject({ stored: 2, quarantined: 2 })
  })
})
