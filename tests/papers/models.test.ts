import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChinaDay, ChinaMonth } from '../../domain/calendar.ts'
import { allocationList } from '../../papers/allocation-list.ts'
import { countyMonth, type StationMonthFigures, type VillageMonthFigures } from '../../papers/county-month.ts'
import { stationList, villageList } from '../../papers/county-lists.ts'
import { cellText } from '../../papers/figures.ts'
import { incomeStatement } from '../../papers/income-statement.ts'
import { notice } from '../../papers/notice.ts'
import { none, type Paper, quantityOf, type Row, type Section } from '../../papers/paper.ts'
import { villageMonth } from '../../papers/village-month.ts'
import { householdLedger } from '../../papers/household-ledger.ts'
import { stationLedger } from '../../papers/station-ledger.ts'
import { isIncome } from '../../domain/income.ts'
import { villageYear } from '../../papers/village-year.ts'
import { vouchers } from '../../papers/vouchers.ts'
import { aVillageMonth, MONTH, someVillageMonth } from './a-village-month.ts'

/** Every sum that is printed adds up, to the fen, whatever a village's month looks like; and nothing unknown is a nought. */

/** The lines a sum of that role covers: those above it since the last row that closes it off. */
const linesUnder = (section: Section, at: number): Row[] => {
  const role = section.rows[at]?.role
  const closes: Record<string, string[]> = { sum: ['group', 'sum', 'subtotal'], subtotal: ['group', 'subtotal'], total: [] }
  const above: Row[] = []
  for (let step = at - 1; step >= 0; step -= 1) {
    const row = section.rows[step]
    if (row && closes[role ?? '']?.includes(row.role)) break
    if (row?.role === 'line') above.push(row)
  }
  return above
}

const expectToAddUp = (paper: Paper): void => {
  for (const section of paper.sections) {
    for (const [at, { role, cells }] of section.rows.entries()) {
      if (role === 'line' || role === 'figure' || role === 'group') continue
      for (const [column, cell] of cells.entries()) {
        const sum = quantityOf(cell)
        if (sum === undefined) continue
        const known = linesUnder(section, at).flatMap((row) => quantityOf(row.cells[column]) ?? [])
        const expected = known.length === 0 ? null : known.reduce((total, quantity) => total + quantity, 0)
        expect(sum, `${paper.title} ${section.name} row ${at} column ${column}`).toBe(expected)
      }
    }
  }
}

const totalOf = (section: Section | undefined, column: number) =>
  quantityOf(section?.rows.find(({ role }) => role === 'total')?.cells[column])

const onVillages = (check: (month: Parameters<typeof villageMonth>[0]) => void): void => {
  const property = fc.property(someVillageMonth, (month) => {
    check(month)
  })
  fc.assert(property, { numRuns: 300 })
}

describe('every sum of', () => {
  test.each([
    ['the monthly report', villageMonth],
    ['the income statement', incomeStatement],
    ['the allocation list', allocationList],
    ['the vouchers', vouchers],
    ['the notice', (month: Parameters<typeof notice>[0]) => notice(month, {})],
  ])('%s is the sum of its lines', (_, paperOf) => onVillages((month) => expectToAddUp(paperOf(month))))

  test('a county is the sum of its lines', () => {
    const statement = fc.option(
      fc.record({ grossFen: fc.integer(), deductionFen: fc.integer(), netFen: fc.integer(), provisional: fc.boolean() }),
    )
    const figures = fc.record({
      stations: fc.array(statement, { maxLength: 9 }),
      villages: fc.array(statement, { maxLength: 9 }),
    })
    fc.assert(
      fc.property(figures, ({ stations, villages }) => {
        const of = { asOfMs: aVillageMonth().asOfMs, regionName: '示范县', month: MONTH }
        const paper = countyMonth({ ...of, stations: stations.map(aStation), villages: villages.map(aVillage) })
        expectToAddUp(paper)
        const settled = stations.filter((station) => station !== null)
        expect(totalOf(paper.sections[0], 13)).toBe(
          stations.length === 0 ? undefined : settled.length === 0 ? null : settled.reduce((sum, { netFen }) => sum + netFen, 0),
        )
      }),
    )
  })
})

describe('a ledger of a year', () => {
  const station = {
    stationId: 'ZL1',
    name: '示范站',
    kind: 'village' as const,
    townName: '示范镇',
    villageName: '示范村',
    dcCapacityW: 187_200,
    acCapacityW: 180_000,
    commissionedOn: '2016-11-20' as never,
    decommissionedOn: null,
    billingAccount: '3400000000001',
    omOrganisation: '示范运维',
  }
  const booksOf = (month: ReturnType<typeof aVillageMonth>, provisional: boolean) => {
    const own = month.statement?.stations.flatMap(({ lines }) => lines) ?? []
    const grossFen = own.filter(isIncome).reduce((sum, { amountFen }) => sum + amountFen, 0)
    const netFen = own.reduce((sum, { amountFen }) => sum + amountFen, 0)
    return {
      energyWh: 17_160_000,
      grossFen,
      deductionFen: netFen - grossFen,
      netFen,
      provisional,
      lines: own,
      standsOn: { slip: 20, meter: 10, inverters: 0, none: 1 },
      days: { measured: 29, estimated: 1, missing: 1 },
    }
  }
  const of = (...statements: (ReturnType<typeof booksOf> | null)[]) =>
    stationLedger({
      asOfMs: aVillageMonth().asOfMs,
      year: 2026,
      station,
      months: statements.map((statement, at) => ({
        month: `2026-${String(at + 1).padStart(2, '0')}` as ChinaMonth,
        closed: at === 0,
        statement,
      })),
    })

  test('of a station adds up month by month and item by item, to the same net', () => {
    onVillages((month) => {
      const paper = of(booksOf(month, false), null, booksOf(month, false))
      expectToAddUp(paper)
      const [, months, items] = paper.sections
      for (const [at, row] of (items?.rows ?? []).entries()) {
        const [gross, deductions, net] = ['收入小计（元）', '扣除小计（元）', '本站净额（元）'].map((title) =>
          quantityOf(row.cells[items?.columns.findIndex((column) => column.title === title) ?? -1]),
        )
        expect([gross, deductions, net]).toEqual([4, 5, 6].map((column) => quantityOf(months?.rows[at]?.cells[column])))
      }
      expect(paper.provisional).toBe(true)
    })
  })

  test('of a station says on what its energy stands, its hours by DC capacity, and what is not known', () => {
    const [facts, months, items] = of(booksOf(aVillageMonth(), false), null).sections
    expect(facts?.rows.map(({ cells }) => cells.map(cellText))).toContainEqual(['户号', '3400000000001'])
    expect(months?.rows.map(({ cells }) => cells.slice(1, 4).map(cellText))).toEqual([
      ['17,160.000', '91.67', '结算单 20 天，关口表 10 天，缺数 1 天'],
      ['未知', '未知', ''],
      ['17,160.000', '', ''],
    ])
    expect(months?.rows.map(({ cells }) => cellText(cells[10] ?? none))).toEqual(['已结账', '未结账', ''])
    expect([items?.columns.map(({ title }) => title), ...(items?.rows ?? []).map(({ cells }) => cells.map(cellText))]).toEqual([
      [
        '月份',
        '标杆电价部分（元）',
        '财政补贴部分（元）',
        '收入小计（元）',
        '土地租金（元）',
        '运维费（元）',
        '扣除小计（元）',
        '本站净额（元）',
      ],
      ['2026年1月', '6,596.30', '7,989.70', '14,586.00', '-300.00', '-422.99', '-722.99', '13,863.01'],
      ['2026年2月', ...Array.from({ length: 7 }, () => '未知')],
      ['合计（未知的未计入）', '6,596.30', '7,989.70', '14,586.00', '-300.00', '-422.99', '-722.99', '13,863.01'],
    ])
    expect(
      of()
        .sections.slice(1)
        .map(({ rows, empty }) => [rows.length, empty]),
    ).toEqual([
      [0, '本年度电站没有在运的月份。'],
      [0, '本年度还没有结算的月份。'],
    ])
  })

  test('of a station says which closed months would be others today', () => {
    const months = [{ month: MONTH, closed: true, changedSince: true as const, statement: booksOf(aVillageMonth(), false) }]
    const { notes } = stationLedger({ asOfMs: aVillageMonth().asOfMs, year: 2026, station, months })
    expect(notes[0]).toMatch(/^2026年10月结账后有变更，本表按结账时的结算单列示/)
  })

  const households = [
    {
      householdId: 'H-01',
      head: '甲**',
      lines: [
        { month: '2026-01' as ChinaMonth, payee: '甲**', kind: 'post' as const, post: '保洁员', amountFen: 50_000 },
        {
          month: '2026-02' as ChinaMonth,
          ofMonth: '2026-01' as ChinaMonth,
          payee: '甲**',
          kind: 'post' as const,
          post: '保洁员',
          amountFen: -1,
        },
      ],
    },
    {
      householdId: 'H-02',
      head: '乙**',
      lines: [{ month: '2026-01' as ChinaMonth, payee: '丙**', kind: 'reward' as const, post: '', amountFen: 3 }],
    },
  ]
  const divided = ['2026-01', '2026-02'] as ChinaMonth[]
  const ledger = (distributedFen: number, provisional = false) =>
    householdLedger({ ...aVillageMonth(), year: 2026, distributedFen, months: divided, provisional, households })

  test('of households adds up by household and by kind, adjustments by the month they settle', () => {
    const paper = ledger(50_002)
    expectToAddUp(paper)
    expect(paper.notes[0]).toBe('计入已分配的月份：2026年1月、2026年2月。')
    expect([paper.provisional, ledger(50_002, true).provisional]).toEqual([false, true])
    expect(paper.sections[0]?.rows.map(({ cells }) => cells.map(cellText))).toEqual([
      ['1', '甲**', 'H-01', '2', '499.99', '0.00', '0.00', '499.99'],
      ['2', '乙**', 'H-02', '1', '0.00', '0.00', '0.03', '0.03'],
      ['合计（2 户）', '', '', '3', '499.99', '0.00', '0.03', '500.02'],
    ])
    expect(paper.sections[1]?.rows[2]?.cells.map(cellText)).toEqual([
      '2026年2月',
      '甲**',
      '公益岗位（2026年1月调整）',
      '保洁员',
      '-0.01',
    ])
  })

  test('of households is never printed when it is not what was distributed', () => {
    expect(() => ledger(50_003)).toThrow('50002 fen of the 50003')
  })
})

type Settled = { grossFen: number; deductionFen: number; netFen: number; provisional: boolean } | null
const aStation = (statement: Settled, at: number): StationMonthFigures => ({
  stationId: `ZL${at}`,
  name: `示范${at}站`,
  kind: 'village',
  townName: '示范镇',
  villageName: null,
  dcCapacityW: 187_200,
  statement: statement && { ...statement, energyWh: 17_160_000, days: { measured: 30, estimated: 1, missing: 0 } },
})
const aVillage = (statement: Settled, at: number): VillageMonthFigures => ({
  code: `34162310520${at}`,
  name: `示范${at}村`,
  townName: null,
  stations: 1,
  statement,
  allocation: statement && { reserveFen: 1, distributedFen: 2, undistributedFen: 3 },
})

describe('what a paper totals is what the books say', () => {
  test('an income statement ends in the net of the statement', () => {
    onVillages((month) => {
      const [section] = incomeStatement(month).sections
      const last = section?.rows.at(-1)
      expect(quantityOf(last?.cells[6])).toBe(month.statement?.netFen)
    })
  })

  test('an income statement says what the county pools, what has no subsidy any more, and what the village deducts', () => {
    const month = aVillageMonth()
    const [station] = month.statement?.stations ?? []
    const [benchmark, subsidy, rent, operation] = station?.lines ?? []
    if (!month.statement || !station || !benchmark || !subsidy || !rent || !operation) throw new Error('not the month it was')
    const lines = [benchmark, { ...subsidy, beyondCapWh: 1_500 }, { ...rent, isPooled: true as const }, operation]
    const { stationId: _, ...own } = { ...rent, kind: 'tax' as const, vatBp: 100, amountFen: -5_000 }
    const statement = { ...month.statement, stations: [{ ...station, lines }], deductions: [own] }
    const rows = incomeStatement({ ...month, statement }).sections[0]?.rows.map(({ cells }) => cells.map(cellText)) ?? []
    const named = (first: string) => rows.find(([cell]) => cell === first)
    expect(named('财政补贴部分')?.at(-1)).toMatch(/ · 另有 1\.500 千瓦时超出补贴电量上限，不计补贴$/)
    expect(named('土地租金（县统筹）')?.[6]).toBe('-300.00')
    expect(rows.slice(-5).map((cells) => [cells[0], cells[6]])).toEqual([
      ['税费（价内增值税）', '-50.00'],
      ['村级扣除小计', '-50.00'],
      ['收入合计', '14,586.00'],
      ['扣除合计', '-722.99'],
      ['村集体净收入', '13,813.01'],
    ])
  })

  test('an allocation list ends in what was distributed, and its pot is whole', () => {
    onVillages((month) => {
      const [payees, pot] = allocationList(month).sections
      const { allocation } = month
      const whole = allocation && allocation.lines.length > 0 ? allocation : undefined
      expect(totalOf(payees, (payees?.columns.length ?? 0) - 1)).toBe(whole?.distributedFen)
      if (whole?.claimedFen !== undefined) expect(totalOf(payees, 4)).toBe(whole.claimedFen)
      expect(totalOf(pot, 2)).toBe(allocation?.potFen)
    })
  })

  test('an allocation list counts lines by kind and calls them so', () => {
    const { allocation } = aVillageMonth()
    if (!allocation) throw new Error('the month has no allocation')
    const [line] = allocation.lines
    const lines = [...allocation.lines, ...(line ? [{ ...line, lineId: 'L3', amountFen: 0 }] : [])]
    const [, pot] = allocationList(aVillageMonth({ allocation: { ...allocation, lines } })).sections
    expect(pot?.columns[1]?.title).toBe('笔数（笔）')
    expect(pot?.rows[0]?.cells.map(cellText).slice(0, 2)).toEqual(['公益岗位', '2'])
  })

  test('debit and credit of every voucher are equal, and together they are the month', () => {
    onVillages((month) => {
      const sections = vouchers(month).sections
      for (const section of sections) expect(totalOf(section, 3)).toBe(totalOf(section, 4))
      const debits = sections.reduce((sum, section) => sum + (totalOf(section, 3) ?? 0), 0)
      const { statement, allocation } = month
      const earned = (statement?.grossFen ?? 0) - (statement?.deductionFen ?? 0)
      expect(debits).toBe(earned + (allocation ? allocation.distributedFen + allocation.reserveFen : 0))
    })
  })

  test('worked example 9, a twelfth of it, voucher by voucher', () => {
    const written = vouchers(aVillageMonth()).sections.map(({ rows }) => rows.map(({ cells }) => cells.map(cellText).slice(1)))
    expect(written[0]).toEqual([
      ['应收款', '光伏发电收入', '14,586.00', ''],
      ['经营收入', '标杆电价部分', '', '6,596.30'],
      ['经营收入', '财政补贴部分', '', '7,989.70'],
      ['', '', '14,586.00', '14,586.00'],
    ])
    expect(written[1]?.at(-1)).toEqual(['', '', '722.99', '722.99'])
    expect(written[2]?.slice(0, -1)).toEqual([
      ['收益分配', '公益岗位', '6,000.00', ''],
      ['收益分配', '奖励补助', '4,000.00', ''],
      ['收益分配', '村集体留存', '3,863.01', ''],
      ['应付劳务费', '公益岗位', '', '6,000.00'],
      ['应付款', '奖励补助', '', '4,000.00'],
      ['公积公益金', '村集体留存', '', '3,863.01'],
    ])
    expect(cellText(vouchers(aVillageMonth()).sections[0]?.rows.at(-1)?.cells[0] ?? none)).toBe(
      '合计　人民币（大写）壹万肆仟伍佰捌拾陆元整',
    )
  })
})

describe('what is unknown', () => {
  const nothing = aVillageMonth({ statement: null, allocation: null })

  test.each([
    ['monthly report', villageMonth(nothing)],
    ['income statement', incomeStatement(nothing)],
    ['allocation list', allocationList(nothing)],
    ['vouchers', vouchers(nothing)],
    ['notice', notice(nothing, {})],
  ])('is no nought in the %s, which is provisional', (_, paper) => {
    expect(paper.provisional).toBe(true)
    const fen = paper.sections.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells.filter(({ kind }) => kind === 'money')))
    for (const cell of fen) expect(cellText(cell)).toBe('未知')
    expect(paper.intro.join('')).not.toMatch(/(?<![\d.])0\.00(?!\d)/)
  })

  test('stays out of a sum, which says so', () => {
    const paper = villageYear({
      ...aVillageMonth(),
      year: 2026,
      months: [
        {
          month: '2026-01' as ChinaMonth,
          statement: { grossFen: 5, deductionFen: -1, netFen: 4, provisional: false },
          allocation: null,
        },
        { month: '2026-02' as ChinaMonth, statement: null, allocation: null },
      ],
    })
    expectToAddUp(paper)
    expect(paper.provisional).toBe(true)
    expect(paper.sections[0]?.rows.at(-1)?.cells.map(cellText)).toEqual([
      '合计（未知的未计入）',
      '0.05',
      '-0.01',
      '0.04',
      '未知',
      '未知',
      '未知',
      '',
    ])
  })

  test('of a list is told line by line', () => {
    const villages = [
      { code: '341623105201', name: '甲村', townName: null, stations: 1, netFen: 7, provisional: false },
      { code: '341623105202', name: '乙村', townName: null, stations: 0, netFen: null, provisional: false },
    ]
    const paper = villageList({ asOfMs: nothing.asOfMs, regionName: '示范县', month: MONTH, villages })
    expect(paper.sections[0]?.rows.map(({ cells }) => cells.slice(5).map(cellText))).toEqual([
      ['0.07', '已结算'],
      ['未知', '未出账'],
      ['0.07', ''],
    ])
  })
})

/** The month of before by a plan by wages: six and four parts of what is claimed. */
const aWagesAllocation = (claimedFen: number) => {
  const { allocation } = aVillageMonth()
  const [first, second] = allocation?.lines ?? []
  if (!allocation || !first || !second) throw new Error('the month has no two lines')
  const lines = [
    { ...first, claimFen: claimedFen * 0.6 },
    { ...second, claimFen: claimedFen * 0.4 },
  ]
  return { ...allocation, claimedFen, lines }
}

describe('a notice', () => {
  test('counts its days with both ends', () => {
    const { notes, closing } = notice(aVillageMonth(), { from: '2024-07-31' as ChinaDay, days: 10 })
    expect(notes[0]).toContain('公示期：2024年7月31日至2024年8月9日，共 10 天')
    expect(closing).toEqual(['示范村村民委员会（盖章）', '2024年7月31日'])
  })

  test('leaves lines to fill in where the office gave nothing', () => {
    const { notes, closing, qr } = notice(aVillageMonth(), {})
    expect(notes.slice(0, 2).join('')).toMatch(/公示期：　+年.*＿＿/)
    expect(closing[1]).toContain('年')
    expect(qr).toBeUndefined()
  })

  test('holds a QR code of the address, and refuses what is none', () => {
    const { qr } = notice(aVillageMonth(), { url: 'https://example.org/public/341623105201' })
    expect(qr?.modules.length).toBe(qr?.modules[0]?.length)
    expect(qr?.modules[0]?.slice(0, 7)).toBe('1111111')
    for (const url of ['javascript:alert(1)', 'https://例.org', `https://x.org/${'a'.repeat(400)}`]) {
      expect(() => notice(aVillageMonth(), { url })).toThrow(RangeError)
    }
  })

  test('prints the claim beside what a line gets, and says by how much all are cut short', () => {
    const allocation = aWagesAllocation(1_200_000)
    const paper = notice(aVillageMonth({ allocation }), {})
    const [section] = paper.sections
    expect(section?.columns.map(({ title }) => title).slice(4)).toEqual(['应发（元）', '实发（元）'])
    expect(section?.rows.map(({ cells }) => cells.slice(4).map(cellText))).toEqual([
      ['7,200.00', '6,000.00'],
      ['4,800.00', '4,000.00'],
      ['12,000.00', '10,000.00'],
    ])
    expect(paper.intro.join('')).toContain('本月按方案应发 12,000.00 元，收益不足，少发 2,000.00 元')
    expect(notice(aVillageMonth({ allocation: aWagesAllocation(1_000_000) }), {}).intro.join('')).not.toContain('少发')
    expect(notice(aVillageMonth(), {}).sections[0]?.columns).toHaveLength(5)
  })

  test('says the amounts in words and the deductions without a sign', () => {
    const intro = notice(aVillageMonth(), {}).intro.join('')
    expect(intro).toContain(
      '收入 14,586.00 元（标杆电价部分 6,596.30、财政补贴部分 7,989.70），扣除 722.99 元（土地租金 300.00、运维费 422.99），村集体净收入 13,863.01 元，人民币（大写）壹万叁仟捌佰陆拾叁元零壹分',
    )
    expect(intro).toContain('17,160.000 千瓦时')
  })
})

test('a list of stations keeps accounts as text and holds no name of a person', () => {
  const station = { ...aStation(null, 1), acCapacityW: 180_000, commissionedOn: '2016-11-20' as ChinaDay, decommissionedOn: null }
  const listed = { ...station, billingAccount: '3400000000000000018', omOrganisation: '示范光伏运维公司' }
  const [row] = stationList({ asOfMs: aVillageMonth().asOfMs, regionName: '示范县', stations: [listed] }).sections[0]?.rows ?? []
  expect(row?.cells[10]).toEqual({ kind: 'code', text: '3400000000000000018' })
})

test('what turns writing around or hides in it never reaches a paper', () => {
  onVillages((month) =>
    expect(JSON.stringify([villageMonth(month), notice(month, {})])).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|\\[ntr]|\\u00/),
  )
})
