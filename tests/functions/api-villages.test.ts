import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VillagesView, VillageView } from '../../functions/api-types.ts'
import { create } from '../../functions/api-villages.ts'
import { OTHER_COUNTY, OTHER_VILLAGE, statementOf, villageCode } from '../a-county.ts'
import { COUNTY, TOWN } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

let world: ApiWorld
let answer: ReturnType<typeof create>
beforeAll(async () => {
  world = await openApiWorld(8)
  answer = create(world.deps)
})
afterAll(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})
const ask = <View>(path: string, who?: Parameters<ApiWorld['ask']>[2]) => world.ask<View>(answer, path, who)
const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0)

describe('the list of villages', () => {
  test('gives last month, each village once, and adds up', async () => {
    const { body } = await ask<VillagesView>('/api/villages')
    expect(body.month).toBe('2026-10')
    expect(body.villages).toHaveLength(8)
    expect(body.villages.find(({ code }) => code === villageCode(1))).toMatchObject({
      netFen: statementOf(1).netFen,
      stations: 2,
    })
    expect(body.villages.find(({ code }) => code === villageCode(7))).toMatchObject({ netFen: null, stations: 0 })
    expect(body.netFen).toBe(sum(body.villages.map(({ netFen }) => netFen ?? 0)))
  })

  test('is of the part of the county that was asked for', async () => {
    const { body } = await ask<VillagesView>(`/api/villages?county=${TOWN}`)
    expect(body.villages.map(({ code }) => code)).toEqual([1, 3, 5, 7].map(villageCode))
  })
})

describe("a village's month", () => {
  test('adds up: lines to stations, stations to the village, payees to what was distributed, parts to the pot', async () => {
    const { body } = await ask<VillageView>(`/api/villages/${villageCode(1)}?month=2026-10`)
    const { statement, allocation } = body
    if (!statement || !allocation) throw new Error('both are there')
    for (const station of statement.stations) {
      expect(sum(station.lines.map(({ amountFen }) => amountFen))).toBe(station.netFen)
      expect(station.grossFen + station.deductionFen).toBe(station.netFen)
    }
    expect(sum(statement.stations.map(({ netFen }) => netFen))).toBe(statement.netFen)
    expect(statement.netFen).toBe(statementOf(1).netFen)
    expect(statement.version).toBe(2)
    expect(statement.provisional).toBe(true)
    expect(sum(allocation.lines.map(({ amountFen }) => amountFen))).toBe(allocation.distributedFen)
    expect(allocation.reserveFen + allocation.distributedFen + allocation.undistributedFen).toBe(allocation.potFen)
    expect(allocation.potFen).toBe(statement.netFen)
  })

  test('shows names masked and no id of a person or household', async () => {
    const { body, text } = await ask<VillageView>(`/api/villages/${villageCode(1)}`)
    expect(body.allocation?.lines.map(({ payee }) => payee)).toEqual(['甲**', '乙**', '𠮷**', '阿**', '丁**', '戊**'])
    expect(text).not.toMatch(/某|"P1-|"H1-|personId|householdId|headName/)
  })

  test('shows own stations whole and joint ones with the share', async () => {
    const { body } = await ask<VillageView>(`/api/villages/${villageCode(2)}`)
    expect(body.generation).toMatchObject([
      { stationId: 'ZL2', kind: 'village', share: null, days: { measured: 29, estimated: 1, missing: 1 }, findings: 0 },
      { stationId: 'KT', kind: 'joint', share: { weight: 200, of: 300 } },
    ])
  })

  test('without a statement has none, and no allocation', async () => {
    const { status, body } = await ask<VillageView>(`/api/villages/${villageCode(7)}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ statement: null, allocation: null, generation: [{ stationId: 'ZL7' }] })
  })

  test('that does not add up is not shown', async () => {
    const statement = statementOf(8)
    await world.tables.villageStatements.put({ ...statement, netFen: statement.netFen + 1 })
    expect((await ask(`/api/villages/${villageCode(8)}`)).status).toBe(500)
    expect(world.errors.splice(0)).toHaveLength(1)
    await world.tables.villageStatements.put(statement)
  })
})

describe('who may look', () => {
  test("a neighbour's village answers exactly what no village answers", async () => {
    const nowhere = await ask('/api/villages/999999999999')
    expect(nowhere.status).toBe(404)
    expect(await ask(`/api/villages/${OTHER_VILLAGE}`)).toEqual(nowhere)
    expect(await ask(`/api/villages?county=${OTHER_COUNTY}`)).toEqual(nowhere)
    expect(await ask('/api/villages/not-a-code')).toEqual(nowhere)
    expect(await ask(`/api/villages/${COUNTY}`)).toEqual(nowhere)
  })

  test('an operator gets no household data, not of the own region and no hint of another', async () => {
    const who = { role: 'operator' as const }
    const own = await ask(`/api/villages/${villageCode(1)}`, who)
    expect(own.status).toBe(403)
    expect(own.text).not.toMatch(/\*\*|Fen/)
    expect((await ask('/api/villages', who)).status).toBe(403)
    expect((await ask(`/api/villages/${OTHER_VILLAGE}`, who)).status).toBe(404)
  })

  test('a village accountant sees the own village and not the next one', async () => {
    const who = { role: 'village_accountant' as const, regionCode: villageCode(1) }
    expect((await ask(`/api/villages/${villageCode(1)}`, who)).status).toBe(200)
    expect((await ask(`/api/villages/${villageCode(2)}`, who)).status).toBe(404)
    expect((await ask<VillagesView>('/api/villages', who)).body.villages.map(({ code }) => code)).toEqual([villageCode(1)])
  })
})

test.each(['?month=2026-12', '?month=2026-13', '?month=0001-01', '?month=9999-12', '?names=full'])(
  '%s is refused',
  async (query) => {
    expect((await ask(`/api/villages${query}`)).status).toBe(400)
    expect((await ask(`/api/villages/${villageCode(1)}${query}`)).status).toBe(400)
  },
)
