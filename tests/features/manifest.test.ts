import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCounty } from '../../devices/demo-county.ts'
import { fleetOf } from '../../devices/fleet.ts'
import { rounds } from '../../devices/rounds.ts'
import { type ChinaDay, type ChinaMonth, DAY_MS, monthEndMs, monthStartMs } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import type { Trigger } from '../../functions/entry.ts'
import { type FunctionName, manifest } from '../../functions/manifest.ts'
import { startWorld, type World } from '../world.ts'

/** Every entry of the manifest does its work in the local runtime; tests/infra/bundles.test.ts says the same of AWS. */

const MONTH = '2026-10' as ChinaMonth
const AFTER_MS = monthEndMs(MONTH) + 6 * 3_600_000
const ZHANGLOU = '341623105220'
const files = demoCounty({ stations: 5, today: '2026-11-01' as ChinaDay })
const registry = parseRegistry(files).rows
const fleet = fleetOf({
  stations: registry.stations.filter(({ stationId }) => stationId === 'ZL1'),
  gateways: registry.gateways.filter(({ gatewayId }) =>
    registry.devices.some((device) => device.gatewayId === gatewayId && device.stationId === 'ZL1'),
  ),
  devices: registry.devices.filter(({ stationId }) => stationId === 'ZL1'),
})

let world: World
beforeAll(async () => {
  world = await startWorld({ now: () => AFTER_MS })
  await world.importRegistry(files, fleet.gatewayIds)
}, 60_000)
afterAll(async () => world.close())

const bodyOf = async (path: string): Promise<string> => {
  const { status, body } = await world.call('GET', path)
  expect(status).toBe(200)
  return JSON.stringify(body)
}

/** What shows that an entry was fired and did its work, in the order in which they feed each other. */
const proofs: Record<FunctionName, () => Promise<void>> = {
  'api-registry': async () => expect(await bodyOf('/api/stations?county=341623000000')).toContain('"stationId":"ZL1"'),
  'api-session': async () =>
    expect((await world.call('POST', '/api/session', { userName: 'admin', password: 'wrong' })).status).toBe(401),
  'ingest-readings': async () => {
    const span = { fromMs: monthStartMs(MONTH), toMs: monthStartMs(MONTH) + 5 * 86_400_000 }
    const messages = [...rounds({ fleet, seed: 1, ...span, everyMs: 3_600_000 })].flatMap((round) => round.messages)
    await world.publish(messages)
    expect((await world.counts()).stored).toBe(messages.reduce((sum, { readings }) => sum + readings, 0))
  },
  'sweep-generation': async () => expect(await world.run('sweep-generation', AFTER_MS)).toBeGreaterThan(0),
  'compute-generation': async () =>
    expect(await bodyOf(`/api/stations/ZL1/generation?month=${MONTH}`)).toContain('"basis":"meter"'),
  'archive-readings': async () => {
    const later = AFTER_MS + 60 * DAY_MS
    expect(await world.run('archive-readings', later)).toBeGreaterThan(0)
    expect(await world.run('archive-readings', later)).toBe(0)
  },
  'sweep-settlement': async () => expect(await world.run('sweep-settlement', AFTER_MS)).toBeGreaterThan(0),
  'settle-station': async () => expect(await bodyOf(`/api/villages/${ZHANGLOU}?month=${MONTH}`)).toContain('"kind":"benchmark"'),
  'settle-village': async () => expect(await bodyOf(`/api/villages/${ZHANGLOU}?month=${MONTH}`)).toContain('"distributedFen":'),
  'sweep-performance': async () => expect(await world.run('sweep-performance', AFTER_MS)).toBeGreaterThan(0),
  'assess-performance': async () =>
    expect(await bodyOf(`/api/performance/stations/ZL1?month=${MONTH}`)).toContain('"generationVersion":1'),
  'api-performance': async () =>
    expect(await bodyOf(`/api/performance?county=341623000000&month=${MONTH}`)).toContain('"shareBp":'),
  'watch-offline': async () => {
    await world.run('watch-offline', Date.parse('2026-10-06T11:00:00+08:00'))
    await world.run('watch-offline', Date.parse('2026-10-06T11:04:00+08:00'))
    expect(await bodyOf('/api/county/alerts?code=341623000000')).toContain('"alerts":')
  },
  'api-county': async () => expect(await bodyOf('/api/county?code=341623000000')).toContain('"tiles":'),
  'api-stations': async () => expect(await bodyOf('/api/stations/ZL1/curve?day=2026-10-02')).toContain('"powerW":'),
  'api-resets': async () => expect(await bodyOf('/api/resets/open?county=341623000000')).toContain('"items":[]'),
  'api-receipts': async () =>
    expect(await bodyOf(`/api/receipts/villages/${ZHANGLOU}?asOf=${MONTH}-31`)).toContain('"stream":"subsidy"'),
  'audit-ledger': async () => {
    expect(await world.run('audit-ledger', AFTER_MS)).toBe(14)
    expect(await world.run('audit-ledger', AFTER_MS)).toBe(0)
  },
  'api-trace': async () => {
    const { body } = await world.call('GET', `/api/villages/${ZHANGLOU}?month=${MONTH}`)
    const lineId = (body as { allocation: { lines: { lineId: string }[] } }).allocation.lines[0]?.lineId ?? ''
    expect(await bodyOf(`/api/trace/${ZHANGLOU}.${MONTH}.${lineId}`)).toContain('"isSame":true,"steps":[{"kind":"payee"')
  },
  'api-closings': async () => expect(await bodyOf('/api/closings?county=341623000000')).toContain(`"month":"${MONTH}"`),
  'sweep-closings': async () => expect(await world.run('sweep-closings', AFTER_MS)).toBe(0),
  'api-villages': async () => expect(await bodyOf(`/api/villages?county=341623000000&month=${MONTH}`)).toContain(ZHANGLOU),
  'api-slips': async () => {
    const slip = {
      billingAccount: '示范户号-0001',
      document: '示范结1',
      from: '2026-10-02',
      to: '2026-10-03',
      energyWh: 1_000_000,
    }
    expect((await world.call('POST', '/api/slips/stations/ZL1', slip)).status).toBe(201)
    expect(await bodyOf(`/api/slips?county=341623000000&month=${MONTH}`)).toContain('"document":"示范结1"')
  },
  'api-papers': async () =>
    expect(await bodyOf(`/api/papers/villages/${ZHANGLOU}/month?month=${MONTH}`)).toContain('村级光伏收益月报'),
  'api-plans': async () => expect(await bodyOf(`/api/plans/${ZHANGLOU}?year=2026`)).toContain('"state":"executing"'),
  'api-quarantine': async () => expect(await bodyOf('/api/quarantine?county=341623000000')).toContain('"items":[]'),
}

describe('every entry of the manifest does its work in the local runtime', () => {
  test.each(Object.entries(proofs))('%s', async (_name, proof) => proof())

  test('and there is no entry without a proof, nor a trigger kind without an entry', () => {
    expect(new Set(Object.keys(proofs))).toEqual(new Set(Object.keys(manifest)))
    const kinds = Object.values(manifest).map(({ on }: { on: Trigger }) => Object.keys(on).find((key) => key !== 'batch'))
    expect(new Set(kinds)).toEqual(new Set(['mqtt', 'queue', 'everyMinutes', 'http']))
  })
})
