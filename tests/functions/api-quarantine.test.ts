import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import type { QuarantineDetail, QuarantinePage, QuarantineRelease } from '../../functions/api-types.ts'
import { type InboundBody, inboundBody } from '../../functions/edge/inbound.ts'
import { create } from '../../functions/api-quarantine.ts'
import { NOW_MS, OTHER_COUNTY, tokenOf, villageCode } from '../a-county.ts'
import { COUNTY, TOWN } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

let world: ApiWorld
let answer: ReturnType<typeof create>
/** What was sent to ingest; `isDown` makes it refuse. */
const sent: InboundBody[] = []
let isDown = false
const ingest = {
  send: async (bodies: readonly object[]) => {
    if (isDown) throw new Error('the queue is down')
    sent.push(...bodies.map((body) => inboundBody.parse(body)))
  },
}
beforeAll(async () => {
  world = await openApiWorld(2)
  answer = create({ ...world.deps, queues: { 'ingest-readings': ingest } })
})
afterAll(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})
const ask = <View>(path: string, who?: Parameters<ApiWorld['ask']>[2]) => world.ask<View>(answer, path, who)
const overseer = { role: 'administrator' as const, regionCode: WHOLE_COUNTRY }

describe('the list', () => {
  test('is newest first, 50 at a time, each once, without raw bytes', async () => {
    const first = await ask<QuarantinePage>('/api/quarantine')
    expect(first.body.items).toHaveLength(50)
    expect(first.text).not.toContain('payload')
    const next = await ask<QuarantinePage>(`/api/quarantine?cursor=${encodeURIComponent(first.body.nextCursor ?? '')}`)
    expect(next.body.items).toHaveLength(8)
    expect(next.body.nextCursor).toBeNull()
    const all = [...first.body.items, ...next.body.items]
    expect(new Set(all.map(({ id }) => id)).size).toBe(58)
    const times = all.map(({ receivedAtMs }) => receivedAtMs)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    expect(all[0]).toMatchObject({ reason: 'schema', gatewayId: 'GW-ZL1', index: -1, deviceId: null })
  })

  test('takes no cursor that was edited or is of another county', async () => {
    const cursor = (await ask<QuarantinePage>('/api/quarantine')).body.nextCursor ?? ''
    const flipped = `${cursor.slice(0, -4)}AAAA`
    expect((await ask(`/api/quarantine?cursor=${flipped}`)).status).toBe(400)
    expect((await ask(`/api/quarantine?cursor=${cursor}`, { regionCode: OTHER_COUNTY })).status).toBe(400)
  })
})

describe('one message', () => {
  test('is shown with its raw bytes', async () => {
    const [item] = (await ask<QuarantinePage>('/api/quarantine')).body.items
    const { body } = await ask<QuarantineDetail>(`/api/quarantine/${item?.id}`)
    expect(Buffer.from(body.payloadBase64, 'base64').toString()).toBe('{"at":2}')
  })

  test('of another county, of nobody and of no id get one answer', async () => {
    const nowhere = await ask('/api/quarantine/nonsense')
    const [elsewhere] = (await ask<QuarantinePage>('/api/quarantine', { regionCode: OTHER_COUNTY })).body.items
    const [unknown] = (await ask<QuarantinePage>('/api/quarantine?county=unknown', overseer)).body.items
    expect(nowhere.status).toBe(404)
    expect(elsewhere?.id).toMatch(/.{20}/)
    expect(await ask(`/api/quarantine/${elsewhere?.id}`)).toEqual(nowhere)
    expect(await ask(`/api/quarantine/${unknown?.id}`)).toEqual(nowhere)
    expect((await ask(`/api/quarantine/${unknown?.id}`, overseer)).status).toBe(200)
  })
})

test.each(['M\0', '\ud800', 'M 1', ''])(
  'an id nothing was ever filed under (%j) is not found, like any other',
  async (messageId) => {
    const id = Buffer.from(JSON.stringify([COUNTY, 1, messageId, -1])).toString('base64url')
    expect((await ask(`/api/quarantine/${id}`)).status).toBe(404)
  },
)

describe('who may look', () => {
  test('an operator of the county may, a village accountant may not', async () => {
    expect((await ask('/api/quarantine', { role: 'operator' })).status).toBe(200)
    expect((await ask('/api/quarantine', { role: 'village_accountant', regionCode: villageCode(1) })).status).toBe(404)
  })

  test('messages of unknown gateways are only for whoever oversees the whole', async () => {
    expect((await ask('/api/quarantine?county=unknown', { role: 'county_officer' })).status).toBe(404)
    expect((await ask<QuarantinePage>('/api/quarantine?county=unknown', overseer)).body.items).toHaveLength(1)
  })

  test("another county's list answers what no county's answers", async () => {
    expect(await ask(`/api/quarantine?county=${OTHER_COUNTY}`)).toEqual(await ask('/api/quarantine?county=999999000000'))
  })
})

test.each([`county=${TOWN}`, 'county=x', 'limit=1000000', 'cursor='])('%s is refused', async (query) => {
  expect((await ask(`/api/quarantine?${query}`)).status).toBe(400)
})

describe('release', () => {
  const ADMINISTRATOR = { role: 'administrator' as const, regionCode: COUNTY }
  const release = async (body: object, who: Parameters<ApiWorld['ask']>[2] = ADMINISTRATOR) => {
    const headers = {
      authorization: `Bearer ${await tokenOf(world.tables, who)}`,
      'content-type': 'application/json',
    }
    const request = { method: 'POST', headers, body: JSON.stringify({ county: COUNTY, dryRun: false, ...body }) }
    const response = await answer(new Request('http://localhost/api/quarantine/release', request))
    return { status: response.status, body: (await response.json()) as QuarantineRelease }
  }
  const rowAt = (secondsAgo: number) =>
    world.tables.quarantine.get({
      countyCode: COUNTY,
      receivedAtMs: NOW_MS - secondsAgo * 1_000,
      messageId: `M${secondsAgo}`,
      index: -1,
    })
  const at = (secondsAgo: number) => ({ fromMs: NOW_MS - secondsAgo * 1_000, toMs: NOW_MS - secondsAgo * 1_000 + 1 })

  test('says first how much it would be, and sends nothing', async () => {
    expect(await release({ dryRun: true })).toEqual({ status: 200, body: { matched: 58, released: 0, nextCursor: null } })
    expect(sent).toEqual([])
  })

  test('sends a whole message as it was published, its receive time kept, and marks it with who and when', async () => {
    expect((await release(at(5))).body).toEqual({ matched: 1, released: 1, nextCursor: null })
    expect(sent.splice(0)).toEqual([
      {
        payload: Buffer.from('{"at":5}').toString('base64'),
        topic: 'pv/GW-ZL1/readings',
        clientId: 'GW-ZL1',
        receivedAtMs: NOW_MS - 5_000,
      },
    ])
    expect((await rowAt(5))?.row).toMatchObject({ releasedAtMs: NOW_MS, releasedBy: 'a-user', reason: 'schema' })
  })

  test('takes what was released out of the list and out of the next release, and keeps it to be looked at', async () => {
    const { body } = await ask<QuarantinePage>('/api/quarantine')
    expect(body.items.map(({ receivedAtMs }) => receivedAtMs)).not.toContain(NOW_MS - 5_000)
    expect((await release(at(5))).body.matched).toBe(0)
    const id = Buffer.from(JSON.stringify([COUNTY, NOW_MS - 5_000, 'M5', -1])).toString('base64url')
    expect((await ask(`/api/quarantine/${id}`)).status).toBe(200)
  })

  test('sends a single reading in a message of its own', async () => {
    const reading = '{"deviceId":"ZL1-INV-1","atMs":1}'
    await world.tables.quarantine.put({
      countyCode: COUNTY,
      gatewayId: 'GW-ZL1',
      messageId: 'M-reading',
      index: 3,
      reason: 'before_commissioning',
      detail: '',
      receivedAtMs: 7_000,
      payloadBase64: Buffer.from(reading).toString('base64'),
    })
    expect((await release({ reason: 'before_commissioning' })).body.released).toBe(1)
    const [body] = sent.splice(0)
    expect(Buffer.from(body?.payload ?? '', 'base64').toString()).toBe(`{"v":1,"readings":[${reading}]}`)
    expect(body?.receivedAtMs).toBe(7_000)
  })

  test.each([
    ['another reason', { reason: 'clock_skew' }],
    ['another gateway', { gatewayId: 'GW-ZL2' }],
    ['another time', { toMs: 1 }],
  ])('leaves alone what was set aside for %s', async (_what, filter) => {
    expect((await release(filter)).body).toEqual({ matched: 0, released: 0, nextCursor: null })
    expect(sent).toEqual([])
  })

  test('marks nothing when it cannot be sent', async () => {
    isDown = true
    expect((await release(at(6))).status).toBe(500)
    isDown = false
    world.errors.splice(0)
    expect((await rowAt(6))?.row).not.toHaveProperty('releasedAtMs')
    expect((await release(at(6))).body.released).toBe(1)
    sent.splice(0)
  })

  test('of two at once loses nothing', async () => {
    const both = await Promise.all([release(at(7)), release(at(7))])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(sent.splice(0).length).toBeGreaterThanOrEqual(1)
    expect((await rowAt(7))?.row.releasedAtMs).toBe(NOW_MS)
  })

  test('goes page by page to the end, each once', async () => {
    await world.tables.quarantine.putBatch(
      Array.from({ length: 230 }, (_, nth) => ({
        countyCode: COUNTY,
        gatewayId: 'GW-MANY',
        messageId: `N${nth}`,
        index: -1,
        reason: 'unknown_device' as const,
        detail: '',
        receivedAtMs: 1_000 + nth,
        payloadBase64: Buffer.from(String(nth)).toString('base64'),
      })),
    )
    let cursor: string | undefined
    let released = 0
    do {
      const { body } = await release({ gatewayId: 'GW-MANY', cursor })
      released += body.released
      cursor = body.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(released).toBe(230)
    expect(new Set(sent.splice(0).map(({ payload }) => payload)).size).toBe(230)
  })

  test.each([
    ['a county officer', { role: 'county_officer' as const }, 403],
    ['an operator', { role: 'operator' as const }, 403],
    ['an administrator of another county', { role: 'administrator' as const, regionCode: OTHER_COUNTY }, 404],
  ])('is not for %s', async (_who, who, status) => {
    expect((await release({ dryRun: true }, who)).status).toBe(status)
  })

  test('of unknown gateways is for whoever oversees the whole', async () => {
    const ofATown = { ...ADMINISTRATOR, regionCode: TOWN }
    expect((await release({ county: 'unknown', dryRun: true }, ofATown)).status).toBe(404)
    expect((await release({ county: 'unknown', dryRun: true }, overseer)).body.matched).toBe(1)
  })

  test.each([
    { reason: 'no reason' },
    { gatewayId: '../x' },
    { fromMs: -1 },
    { cursor: 'AAAA' },
    { more: 1 },
    { county: undefined },
  ])('%j is refused', async (body) => {
    expect((await release(body)).status).toBe(400)
  })
})
