import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { create } from '../../functions/api-closings.ts'
import type { DeliveriesView, InboxView } from '../../functions/api-types-closings.ts'
import { NOW_MS, OTHER_VILLAGE, tokenOf, villageCode } from '../a-county.ts'
import { COUNTY } from '../registry.ts'
import { month } from '../settlement.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

const VILLAGE = villageCode(1)
const ACCOUNTANT = { userName: 'an-accountant', role: 'village_accountant', regionCode: VILLAGE } as const
const OFFICER = { userName: 'an-officer', role: 'county_officer', regionCode: COUNTY } as const

let world: ApiWorld
beforeEach(async () => {
  world = await openApiWorld(3)
  const sent = { countyCode: COUNTY, deliveredAtMs: 1 }
  await world.tables.deliveries.putBatch([
    { ...sent, villageCode: VILLAGE, month: month('2026-09') },
    { ...sent, villageCode: VILLAGE, month: month('2026-10') },
    { ...sent, villageCode: villageCode(2), month: month('2026-10') },
    { ...sent, villageCode: OTHER_VILLAGE, countyCode: '341698000000', month: month('2026-10') },
  ])
})
afterEach(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})

const ask = async (who: typeof ACCOUNTANT | typeof OFFICER, below: string, body?: object) => {
  const headers = { authorization: `Bearer ${await tokenOf(world.tables, who)}`, 'content-type': 'application/json' }
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  const response = await create(world.deps)(new Request(`http://localhost/api/closings/${below}`, init))
  return { status: response.status, body: await response.json() }
}
const inbox = async (who: typeof ACCOUNTANT | typeof OFFICER = ACCOUNTANT) => (await ask(who, 'inbox')).body as InboxView
const read = (of: string, village: string = VILLAGE, who: typeof ACCOUNTANT | typeof OFFICER = ACCOUNTANT) =>
  ask(who, 'inbox', { village, month: of })

describe('an inbox', () => {
  test('has what was sent to the village, newest first, unread until somebody of it opens it', async () => {
    expect(await inbox()).toMatchObject({ unread: 2, items: [{ month: '2026-10', readBy: null }, { month: '2026-09' }] })
    expect((await read('2026-10')).body).toEqual({
      month: '2026-10',
      deliveredAtMs: 1,
      readBy: 'an-accountant',
      readAtMs: NOW_MS,
    })
    expect(await inbox()).toMatchObject({ unread: 1, items: [{ readBy: 'an-accountant' }, { readBy: null }] })
  })

  test('keeps who was first, however many open it at once', async () => {
    const both = await Promise.all([read('2026-10'), read('2026-10')])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    await world.tables.deliveries.put({
      villageCode: VILLAGE,
      countyCode: COUNTY,
      month: month('2026-10'),
      deliveredAtMs: 1,
      readBy: 'first',
      readAtMs: 2,
    })
    expect((await read('2026-10')).body).toMatchObject({ readBy: 'first', readAtMs: 2 })
  })

  test('is the village’s alone: an officer reads nothing in its place, and nobody another’s', async () => {
    expect(await inbox(OFFICER)).toMatchObject({ unread: 0, items: [] })
    expect((await read('2026-10', VILLAGE, OFFICER)).status).toBe(403)
    expect((await read('2026-10', villageCode(2))).status).toBe(404)
    expect((await read('2026-08')).status).toBe(404)
    expect((await read('October')).status).toBe(400)
  })
})

test('officers see of the last month sent, or another, which village has received and read it', async () => {
  await read('2026-10')
  const of = async (query = '') => (await ask(OFFICER, `deliveries${query}`)).body as DeliveriesView
  const { month: last, villages } = await of()
  expect(last).toBe('2026-10')
  expect(villages.map(({ code, delivery }) => [code, delivery && delivery.readBy])).toEqual([
    [VILLAGE, 'an-accountant'],
    [villageCode(3), null],
    [villageCode(2), null],
  ])
  expect(villages[1]?.delivery).toBeNull()
  expect((await of('?month=2026-09')).villages.filter(({ delivery }) => delivery !== null)).toMatchObject([{ code: VILLAGE }])
})
