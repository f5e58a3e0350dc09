import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import type { QuarantineDetail, QuarantinePage } from '../../functions/api-types.ts'
import { create } from '../../functions/api-quarantine.ts'
import { OTHER_COUNTY, villageCode } from '../a-county.ts'
import { COUNTY, TOWN } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

let world: ApiWorld
let answer: ReturnType<typeof create>
beforeAll(async () => {
  world = await openApiWorld(2)
  answer = create(world.deps)
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
