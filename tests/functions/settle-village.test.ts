import { beforeEach, describe, expect, test } from 'vitest'
import { create as settleStation } from '../../functions/settle-station.ts'
import { create } from '../../functions/settle-village.ts'
import { aTransfer } from '../receipts.ts'
import { aStation, day, VILLAGE } from '../registry.ts'
import { aPlan, aPrice, aShare, aStationDay, month, someStationDays, somePlanLines, someVillageCodes } from '../settlement.ts'
import { aSettling, delivered, NOW_MS, rowsOf, type Settling, stationWork, villageWork } from './settling.ts'

let settling: Settling

const DONE = { kind: 'done', failed: [] }
const depsOf = (over: object = {}) => ({ ...settling.tables, ...settling.ambient, ...over })
const settle = (...bodies: unknown[]) => create(depsOf())(delivered(...bodies))
const settleStations = (...ids: string[]) => settleStation(depsOf())(delivered(...ids.map((id) => stationWork(id))))
const statements = (villageCode = VILLAGE) => rowsOf(settling.tables.villageStatements.query({ partition: villageCode }))
const linesIn = (villageCode = VILLAGE) => rowsOf(settling.tables.allocationLines.query({ partition: `${villageCode}#2026-10` }))
const sum = (amounts: readonly { amountFen: number }[]) => amounts.reduce((total, { amountFen }) => total + amountFen, 0)

/** What a reader of the village's month sees: the run the allocation names, whole or not. */
const visible = async () => {
  const allocation = (await settling.tables.allocations.get({ villageCode: VILLAGE, month: month('2026-10') }))?.row
  const lines = (await linesIn()).filter(({ runId }) => runId === allocation?.runId)
  return { allocation, lines }
}
const expectWhole = ({ allocation, lines }: Awaited<ReturnType<typeof visible>>) => {
  expect(sum(lines)).toBe(allocation?.distributedFen ?? 0)
  const { reserveFen = 0, distributedFen = 0, undistributedFen = 0, potFen = 0 } = allocation ?? {}
  expect(reserveFen + distributedFen + undistributedFen).toBe(potFen)
}
const lateStationDay = () =>
  settling.tables.generation.put(aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 }))

beforeEach(async () => {
  settling = aSettling()
  const { tables } = settling
  await tables.stations.putBatch([aStation()])
  await tables.prices.putBatch([aPrice()])
  await tables.generation.putBatch(someStationDays('2026-10', 700_000))
  await tables.plans.put(aPlan({ collectiveReserveBp: 1_000, lines: somePlanLines(7) }))
  await settleStations('ZL1')
  return () => tables.close()
})

describe('a village-month', () => {
  test('has a statement and an allocation whose lines sum to it', async () => {
    expect(await settle(villageWork())).toEqual(DONE)
    expect(await statements()).toMatchObject([{ version: 1, computedAtMs: NOW_MS, netFen: 834_148, provisional: false }])
    const { allocation, lines } = await visible()
    expect(allocation).toMatchObject({ potFen: 834_148, reserveFen: 83_415, distributedFen: 750_733, payees: 7 })
    expect(lines.map(({ amountFen }) => amountFen)).toEqual([107_248, 107_248, 107_247, 107_247, 107_247, 107_248, 107_248])
    expectWhole({ allocation, lines })
  })

  test('is not written again while nothing changes', async () => {
    await settle(villageWork())
    const written: string[] = []
    const watched = <T extends { put: unknown }>(name: string, table: T) => ({
      ...table,
      put: async () => written.push(name),
      putBatch: async () => written.push(name),
    })
    const { villageStatements, allocations, allocationLines } = settling.tables
    await create(
      depsOf({
        villageStatements: watched('statement', villageStatements),
        allocations: watched('allocation', allocations),
        allocationLines: watched('lines', allocationLines),
      }),
    )(delivered(villageWork(), villageWork()))
    expect(written).toEqual([])
  })

  describe('by wages', () => {
    const [august, september, october] = ['2026-08', '2026-09', '2026-10'] as const
    const of = (each: string) => villageWork(VILLAGE, each)
    const carried = async () => {
      const rows = await rowsOf(settling.tables.allocations.query({ partition: VILLAGE }))
      return rows.map(({ month: each, carriedInFen, carriedOutFen }) => [each.slice(5), carriedInFen, carriedOutFen])
    }
    const aSheet = (each: string, attended: number) => ({
      villageCode: VILLAGE,
      month: month(each),
      version: 1,
      entries: [{ personId: 'P001', post: '保洁员', attended, due: 22 }],
      document: '示范考勤',
      recordedBy: 'an-accountant',
      recordedAtMs: 1,
    })
    /** August earns next to nothing, September and October plenty; seven posts at 500 yuan claim 3,500.00 a month. */
    beforeEach(async () => {
      const { tables } = settling
      await tables.generation.putBatch([...someStationDays('2026-08', 1_000), ...someStationDays('2026-09', 700_000)])
      await tables.plans.put(aPlan({ basis: 'wages', lines: somePlanLines(7) }))
      await settleStation(depsOf())(delivered(stationWork('ZL1', august), stationWork('ZL1', september)))
    })
    const leftInSeptember = 807_240 - 350_000
    const leftInOctober = 834_148 - 350_000
    const all = [
      ['08', 0, 0],
      ['09', 0, leftInSeptember],
      ['10', leftInSeptember, leftInSeptember + leftInOctober],
    ]
    const withDaysOff = (fen: number) => [
      ['08', 0, 0],
      ['09', 0, leftInSeptember + fen],
      ['10', leftInSeptember + fen, leftInSeptember + fen + leftInOctober],
    ]

    test('carries on from month to month what it does not pay', async () => {
      await settle(of(august), of(september), of(october))
      expect(await carried()).toEqual(all)
    })

    test('comes to the same when a later month is settled before an earlier one, or all at once', async () => {
      await settle(of(october), of(september), of(august))
      expect(await carried()).toEqual(all)
      await settling.tables.attendance.put(aSheet(september, 0))
      await Promise.all([of(october), of(august), of(september), of(october)].map((work) => settle(work)))
      expect(await carried()).toEqual(withDaysOff(50_000))
    })

    test('divides the months after an earlier one again when that one carries on something else', async () => {
      await settle(of(august), of(september), of(october))
      await settling.tables.attendance.put(aSheet(september, 11))
      await settle(of(september))
      expect(await carried()).toEqual(withDaysOff(25_000))
      const { allocation } = await visible()
      const lineIds = somePlanLines(7).map(({ lineId }) => lineId)
      expect(allocation?.findings).toEqual([{ code: 'attendance_assumed', lineIds }])
    })

    test('goes on with the months after when a crash came between them', async () => {
      await settle(of(august), of(september), of(october))
      await settling.tables.attendance.put(aSheet(september, 11))
      const { allocations } = settling.tables
      const put: typeof allocations.put = (row, condition) =>
        row.month === october ? Promise.reject(new Error('the power failed')) : allocations.put(row, condition)
      const { failed } = await create(depsOf({ allocations: { ...allocations, put } }))(delivered(of(september)))
      expect(failed).toEqual(['m1'])
      expect((await carried()).at(-1)).toEqual(all.at(-1))
      await settle(of(september))
      expect(await carried()).toEqual(withDaysOff(25_000))
    })

    test('goes on to the last month when a crash came after the first of those that follow', async () => {
      await settling.tables.generation.putBatch(someStationDays('2026-11', 700_000))
      await settleStation(depsOf())(delivered(stationWork('ZL1', '2026-11')))
      await settle(of(august), of(september), of(october), of('2026-11'))
      const [, , , before] = await carried()
      await settling.tables.attendance.put(aSheet(september, 11))
      const { allocations } = settling.tables
      const put: typeof allocations.put = (row, condition) =>
        row.month === '2026-11' ? Promise.reject(new Error('the power failed')) : allocations.put(row, condition)
      const { failed } = await create(depsOf({ allocations: { ...allocations, put } }))(delivered(of(september)))
      expect(failed).toEqual(['m1'])
      expect((await carried())[3]).toEqual(before)
      await settle(of(september))
      const months = await carried()
      expect(months.slice(0, 3)).toEqual(withDaysOff(25_000))
      expect(months[3]?.[1]).toBe(months[2]?.[2])
    })

    test('carries on over a month that has no allocation, and takes that month in once it has one', async () => {
      await settling.tables.attendance.put(aSheet(august, 0))
      await settling.tables.generation.putBatch(someStationDays('2026-08', 700_000))
      await settleStation(depsOf())(delivered(stationWork('ZL1', august)))
      await settle(of(august), of(october))
      const [first, last] = await carried()
      expect(first?.[2]).toBeGreaterThan(350_000)
      expect(last).toEqual(['10', first?.[2], Number(first?.[2]) + leftInOctober])
      await settling.tables.attendance.put({ ...aSheet(august, 22), version: 2 })
      await settle(of(august))
      const [changed, followed] = await carried()
      expect(changed?.[2]).toBe(Number(first?.[2]) - 50_000)
      expect(followed?.[1]).toBe(changed?.[2])
      await settle(of(september))
      const months = await carried()
      expect(months.slice(1).map(([, carriedInFen]) => carriedInFen)).toEqual(months.slice(0, -1).map(([, , out]) => out))
    })

    test('takes back what a later month stands on when an earlier one carries nothing on any more', async () => {
      await settle(of(september), of(october))
      await settling.tables.plans.put(aPlan({ version: 2, lines: somePlanLines(7) }))
      await settle(of(september))
      const months = await carried()
      expect(months.map(([, carriedInFen = 0, carriedOutFen = 0]) => [carriedInFen, carriedOutFen])).toEqual([
        [0, 0],
        [0, 0],
      ])
    })

    test('looks again when the month before changes while it is being divided', async () => {
      await settle(of(august), of(september), of(october))
      await settling.tables.attendance.putBatch([aSheet(september, 11), aSheet(october, 0)])
      const { allocations } = settling.tables
      let isFirst = true
      const put: typeof allocations.put = async (row, condition) => {
        if (isFirst && row.month === october) {
          isFirst = false
          const before = await allocations.get({ villageCode: VILLAGE, month: month(september) })
          if (before) await allocations.put({ ...before.row, carriedOutFen: 1_000 })
        }
        return allocations.put(row, condition)
      }
      await create(depsOf({ allocations: { ...allocations, put } }))(delivered(of(october)))
      expect((await carried()).at(-1)).toEqual(['10', 1_000, 1_000 + leftInOctober + 50_000])
    })

    test('takes the highest version of a sheet', async () => {
      await settling.tables.attendance.putBatch([aSheet(october, 0), { ...aSheet(october, 22), version: 2 }])
      await settle(of(october))
      expect((await visible()).lines[0]).toMatchObject({ attended: 22, due: 22, amountFen: 50_000 })
    })
  })

  test('pays nobody who has left, and says so', async () => {
    const left = { villageCode: VILLAGE, personId: 'P003', householdId: 'H003', validFrom: day('2016-01-01') }
    await settling.tables.memberships.put({ ...left, validTo: day('2026-09-15') })
    await settle(villageWork())
    const { allocation, lines } = await visible()
    expect(lines).toHaveLength(6)
    expect(allocation?.findings).toEqual([{ code: 'person_left', lineIds: ['L003'] }])
    expectWhole({ allocation, lines })
  })

  test('[M8] settled five times at once is one statement and one run', async () => {
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => settle(villageWork())))
    expect(outcomes.flatMap(({ failed }) => failed)).toEqual([])
    expect(await statements()).toHaveLength(1)
    expect(new Set((await linesIn()).map(({ runId }) => runId)).size).toBe(1)
    expect(await linesIn()).toHaveLength(7)
    expectWhole(await visible())
  })

  test('gets a new version and a new run from a late station-day, and the old ones stay', async () => {
    await settle(villageWork())
    const before = { statements: await statements(), ...(await visible()) }
    await lateStationDay()
    await settleStations('ZL1')
    await settle(villageWork())
    const [old, late] = await statements()
    expect([old]).toEqual(before.statements)
    expect(late).toMatchObject({ version: 2, stations: [{ stationId: 'ZL1', version: 2 }] })
    const after = await visible()
    expect(after.allocation).toMatchObject({ statementVersion: 2, potFen: 837_992 })
    expectWhole(after)
    expect(await linesIn()).toEqual([...before.lines, ...after.lines])
  })

  test('is the sum of its own stations and its parts of joint ones', async () => {
    const [other = ''] = someVillageCodes(1)
    const { tables } = settling
    await tables.stations.put(aStation({ stationId: 'KT', kind: 'joint', villageCode: undefined }))
    await tables.prices.put(aPrice({ stationId: 'KT' }))
    await tables.generation.putBatch(someStationDays('2026-10', 700_000, { stationId: 'KT' }))
    await tables.shares.putBatch([aShare({ weight: 1 }), aShare({ villageCode: other, weight: 3 })])
    await settleStations('KT')
    await settle(villageWork(), villageWork(other))
    const [statement] = await statements()
    expect(statement?.stations.map(({ stationId, netFen }) => [stationId, netFen])).toEqual([
      ['KT', 208_537],
      ['ZL1', 834_148],
    ])
    expect(statement?.stations[0]?.lines).toMatchObject([{ energyWh: 5_425_000, amountFen: 208_537 }])
    expect(await statements(other)).toMatchObject([{ netFen: 625_611, stations: [{ stationId: 'KT' }] }])
  })

  test('counts a joint station that stands in the village once', async () => {
    await settling.tables.stations.put(aStation({ kind: 'joint' }))
    await settling.tables.shares.put(aShare({ stationId: 'ZL1' }))
    await settleStations('ZL1')
    await settle(villageWork())
    expect(await statements()).toMatchObject([{ netFen: 834_148, stations: [{ stationId: 'ZL1' }] }])
  })

  test('is provisional while one of its stations has no statement, and says nothing of stations not in service yet', async () => {
    await settling.tables.stations.put(aStation({ stationId: 'ZL3', commissionedOn: day('2026-11-01') }))
    await settle(villageWork())
    expect((await statements()).map(({ provisional }) => provisional)).toEqual([false])
    await settling.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await settle(villageWork())
    expect((await statements()).map(({ provisional }) => provisional)).toEqual([false, true])
  })

  test('without any settled station has neither statement nor allocation', async () => {
    const [other = ''] = someVillageCodes(1)
    expect(await settle(villageWork(other))).toEqual(DONE)
    expect(await statements(other)).toEqual([])
    expect(await settling.tables.allocations.get({ villageCode: other, month: month('2026-10') })).toBeUndefined()
  })

  test('loses the money of a station that is no longer its own', async () => {
    await settle(villageWork())
    await settling.tables.stations.put(aStation({ villageCode: someVillageCodes(1)[0] }))
    await settle(villageWork())
    expect((await statements()).map(({ version, netFen }) => [version, netFen])).toEqual([
      [1, 834_148],
      [2, 0],
    ])
    expect((await visible()).allocation).toMatchObject({ potFen: 0, undistributed: 'nothing_to_divide' })
  })
})

describe('the allocation', () => {
  test('shows money without a plan in force as undistributed, and divides it once the plan is filed', async () => {
    await settling.tables.plans.put(aPlan({ state: 'noticed' }))
    await settle(villageWork())
    expect((await visible()).allocation).toMatchObject({ undistributed: 'plan_not_in_force', undistributedFen: 834_148 })
    await settling.tables.plans.put(aPlan({ state: 'filed' }))
    await settle(villageWork())
    const after = await visible()
    expect(after.allocation).toMatchObject({ distributedFen: 834_148, undistributedFen: 0, planVersion: 1 })
    expectWhole(after)
  })

  test('[M4] follows a changed plan by a new run and keeps the old lines', async () => {
    await settle(villageWork())
    const before = await visible()
    await settling.tables.plans.put(aPlan({ version: 2, lines: somePlanLines(8) }))
    await settle(villageWork())
    const after = await visible()
    expect(after.lines).toHaveLength(8)
    expectWhole(after)
    expect((await linesIn()).filter(({ runId }) => runId === before.allocation?.runId)).toEqual(before.lines)
  })

  test('never goes back to an older statement when a slow writer ends last', async () => {
    let interrupted = false
    const allocationLines = {
      ...settling.tables.allocationLines,
      putBatch: async (rows: Awaited<ReturnType<typeof linesIn>>) => {
        await settling.tables.allocationLines.putBatch(rows)
        if (interrupted) return
        interrupted = true
        await lateStationDay()
        await settleStations('ZL1')
        await settle(villageWork())
      },
    }
    expect(await create(depsOf({ allocationLines }))(delivered(villageWork()))).toEqual(DONE)
    const after = await visible()
    expect(after.allocation).toMatchObject({ statementVersion: 2, potFen: 837_992 })
    expectWhole(after)
  })
})

describe('[M7] a crash', () => {
  /** Tables on which the n-th write, counted from 1, and every later one throws; lines are written one by one. */
  const crashingAt = (count: number) => {
    let writes = 0
    const alive = async () => {
      writes += 1
      if (writes >= count) throw new Error('the power is out')
    }
    const { villageStatements, allocations, allocationLines } = settling.tables
    const guarded = <Row, Rule>(table: { put: (row: Row, condition?: Rule) => Promise<unknown> }) => ({
      ...table,
      put: async (row: Row, condition?: Rule) => {
        await alive()
        return table.put(row, condition)
      },
    })
    return {
      villageStatements: guarded(villageStatements),
      allocations: guarded(allocations),
      allocationLines: {
        ...allocationLines,
        putBatch: async (rows: Awaited<ReturnType<typeof linesIn>>) => {
          for (const row of rows) {
            await alive()
            await allocationLines.put(row)
          }
        },
      },
    }
  }

  test.each(Array.from({ length: 9 }, (_, at) => at + 1))(
    'at write %i of nine leaves the old allocation visible and whole, and the next try completes the new one',
    async (at) => {
      await settle(villageWork())
      const old = await visible()
      await lateStationDay()
      await settleStations('ZL1')

      const crashed = await create(depsOf(crashingAt(at)))(delivered(villageWork()))
      expect(crashed).toEqual({ kind: 'done', failed: ['m1'] })
      expect(await visible()).toEqual(old)

      expect(await settle(villageWork())).toEqual(DONE)
      const after = await visible()
      expect(after.allocation).toMatchObject({ statementVersion: 2, potFen: 837_992 })
      expectWhole(after)
      expect(await statements()).toHaveLength(2)
      expect(await linesIn()).toHaveLength(14)
    },
  )

  test('after the ninth write is none', async () => {
    await settle(villageWork())
    await lateStationDay()
    await settleStations('ZL1')
    expect(await create(depsOf(crashingAt(10)))(delivered(villageWork()))).toEqual(DONE)
  })
})

describe('a plan of received money', () => {
  const received = { pool: 'received', collectiveReserveBp: 0, lines: somePlanLines(7) } as const
  const transfer = (on: string, amountFen: number) =>
    settling.tables.moneyRecords.put(aTransfer({ recordId: `T${on}`, on, amountFen }))
  const of = async (named: string) => (await settling.tables.allocations.get({ villageCode: VILLAGE, month: month(named) }))?.row

  test('divides what has arrived, again when more is recorded for the month, and never twice', async () => {
    const { tables } = settling
    await tables.plans.put(aPlan(received))
    await settle(villageWork())
    expect(await of('2026-10')).toMatchObject({ undistributed: 'nothing_to_divide', distributedFen: 0, potFen: 834_148 })
    await transfer('2026-10-31', 5_000)
    await settle(villageWork())
    expect(await of('2026-10')).toMatchObject({ distributedFen: 5_000, undistributed: 'not_arrived', undistributedFen: 829_148 })
    expectWhole(await visible())
    // The next month stands on what this one divides.
    const statement = (await statements())[0]
    if (!statement) throw new Error('the month has a statement')
    await tables.villageStatements.put({ ...statement, month: month('2026-11'), version: 1 })
    await tables.stationStatements.putBatch(
      (await rowsOf(tables.stationStatements.query({ partition: 'ZL1' }))).map((row) => ({ ...row, month: month('2026-11') })),
    )
    await transfer('2026-11-03', 700)
    await settle(villageWork(VILLAGE, '2026-11'))
    expect(await of('2026-11')).toMatchObject({ distributedFen: 700, received: { arrivedFen: 5_700, dividedFen: 5_000 } })
    await transfer('2026-10-02', 40)
    await settle(villageWork())
    expect(await of('2026-10')).toMatchObject({ distributedFen: 5_040 })
    expect(await of('2026-11')).toMatchObject({ distributedFen: 700, received: { arrivedFen: 5_740, dividedFen: 5_040 } })
  })
})
