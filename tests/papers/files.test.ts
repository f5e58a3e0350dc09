import { readXlsx } from 'hucre/xlsx'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChinaDay } from '../../domain/calendar.ts'
import { readCsv } from '../../domain/csv.ts'
import { formatYuan } from '../../domain/money.ts'
import { openFonts, paperBytes } from '../../functions/edge/paper-files.ts'
import { allocationList } from '../../papers/allocation-list.ts'
import { csvField, csvOf } from '../../papers/csv.ts'
import { cellText, decimalText } from '../../papers/figures.ts'
import { householdLedger } from '../../papers/household-ledger.ts'
import { incomeStatement } from '../../papers/income-statement.ts'
import { notice } from '../../papers/notice.ts'
import { code, money, type Paper, text } from '../../papers/paper.ts'
import { stationLedger } from '../../papers/station-ledger.ts'
import { villageMonth } from '../../papers/village-month.ts'
import { fileNameOf } from '../../papers/file-name.ts'
import { xlsxOf } from '../../papers/xlsx.ts'
import { aVillageMonth, someVillageMonth } from './a-village-month.ts'
import { hasOffice, sheetsInOffice } from './office.ts'
import { textOfPdf } from './pdf-text.ts'

/** The files a paper becomes: the same figures in each, and nothing a spreadsheet could run. */

const AT_MS = aVillageMonth().asOfMs
const fonts = openFonts()
const pdf = async (paper: Paper) => textOfPdf(await paperBytes(paper, 'pdf', { fonts, nowMs: AT_MS }))

const FORMULA = '=HYPERLINK("http://evil.example","點擊")'
const HOSTILE = [
  FORMULA,
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1+1',
  ' =1+1',
  '＝1+1',
  '|calc',
  '%0A=1',
  '340000000000000018',
  '007',
  '1e5',
]

/** A village whose every text is hostile. */
const hostileMonth = (name: string) => {
  const month = aVillageMonth({ village: { code: '341623105201', name } })
  const { statement, allocation } = month
  return {
    ...month,
    townName: name,
    statement: statement && {
      ...statement,
      stations: statement.stations.map((station) => ({
        ...station,
        name,
        lines: station.lines.map((line) => ({ ...line, document: name })),
      })),
    },
    allocation: allocation && { ...allocation, lines: allocation.lines.map((line) => ({ ...line, payee: name, post: name })) },
  }
}

/** Both ledgers of a year with hostile texts and numbers too long for a spreadsheet. */
const hostileLedgers = (name: string): Paper[] => {
  const { asOfMs, village, townName, countyName, statement } = aVillageMonth()
  const lines = statement?.stations[0]?.lines ?? []
  const [month] = [aVillageMonth().month]
  const standing = { standsOn: { slip: 31, meter: 0, inverters: 0, none: 0 }, days: { measured: 31, estimated: 0, missing: 0 } }
  const sums = { energyWh: 17_160_000, grossFen: 1_458_600, deductionFen: -72_299, netFen: 1_386_301, provisional: false }
  return [
    stationLedger({
      asOfMs,
      year: 2026,
      station: {
        stationId: '340000000000000018',
        name,
        kind: 'village',
        townName: name,
        villageName: name,
        dcCapacityW: 187_200,
        acCapacityW: 180_000,
        commissionedOn: '2016-11-20' as ChinaDay,
        decommissionedOn: null,
        billingAccount: '340000000000000018',
        omOrganisation: name,
      },
      months: [{ month, closed: false, statement: { ...sums, ...standing, lines } }],
    }),
    householdLedger({
      village: { ...village, name },
      townName,
      countyName,
      asOfMs,
      year: 2026,
      distributedFen: 312_47,
      months: [month],
      provisional: false,
      households: [
        {
          householdId: '340000000000000018',
          head: name,
          lines: [{ month, payee: name, kind: 'post', post: name, amountFen: 312_47 }],
        },
      ],
    }),
  ]
}

describe('a figure', () => {
  test('is the whole number it stands for, with its decimals, and nothing is rounded', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 4 }), (value, places) => {
        const numeral = decimalText(value, places)
        expect(BigInt(numeral.replaceAll(/[,.]/g, ''))).toBe(BigInt(value))
        expect(/\.(\d*)$/.exec(numeral)?.[1]?.length ?? 0).toBe(places)
      }),
    )
    expect(() => decimalText(0.5, 2)).toThrow(RangeError)
  })

  test('of money reads as everywhere else', () => {
    const reads = fc.property(fc.maxSafeInteger(), (fen) => {
      expect(cellText(money(fen))).toBe(formatYuan(fen))
    })
    fc.assert(reads)
  })
})

describe('CSV', () => {
  test('begins with a byte order mark, ends its lines with CRLF and is read back field by field', () => {
    fc.assert(
      fc.property(someVillageMonth, (month) => {
        const csv = csvOf(incomeStatement(month))
        expect(csv.startsWith('\uFEFF')).toBe(true)
        expect(csv.replaceAll(/"(?:[^"]|"")*"/g, '').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
        expect(readCsv(csv).error).toBeUndefined()
      }),
    )
  })

  test('holds every paragraph of a notice: those before its table, the notes, and who stands for it', () => {
    const paper = notice(aVillageMonth(), { from: '2024-07-31' as ChinaDay, days: 10 })
    const fields = readCsv(csvOf(paper)).records.flatMap(({ fields: of }) => of)
    for (const words of [...paper.intro, ...paper.notes, ...paper.closing]) expect(fields).toContain(words)
    expect(fields.indexOf(paper.intro[0] ?? '')).toBeLessThan(fields.indexOf('姓名'))
  })

  test.each(HOSTILE)('disarms %j', (hostile) => {
    const field = csvField(text(hostile))
    expect(field).not.toMatch(/^\s*[=+\-@|%＝]/)
    // Digits that are no number keep every digit: a leading tab makes text of them, and the import strips it.
    if (/^[\de]+$/.test(hostile)) expect(field).toBe(`\t${hostile}`)
  })

  test.each(HOSTILE)('disarms %j in the ledgers of a year', (hostile) => {
    for (const paper of hostileLedgers(hostile)) {
      const fields = readCsv(csvOf(paper)).records.flatMap(({ fields: of }) => of)
      // Amounts that are negative begin with a minus and are numbers.
      expect(fields.filter((field) => /^\s*[=+\-@|%＝]/.test(field) && !/^-\d+\.\d{2}$/.test(field))).toEqual([])
      expect(fields).toContain('\t340000000000000018')
    }
  })

  test('keeps negative amounts as numbers', () => expect(csvField(money(-41_667))).toBe('-416.67'))
})

describe('XLSX', () => {
  test('holds amounts as the very numbers of the paper', async () => {
    const fen = [0, 1, -41_667, 1_458_600, 99_999_999_999_999, 9_007_199_254_740_991]
    const section = {
      name: 'x',
      columns: [{ title: '金额（元）', chars: 20 }],
      rows: fen.map((of) => ({ role: 'line' as const, cells: [money(of)] })),
    }
    const bytes = await xlsxOf({ ...incomeStatement(aVillageMonth()), sections: [section] }, AT_MS)
    const [sheet] = (await readXlsx(bytes)).sheets
    expect(sheet?.rows.slice(3, 9).map(([value]) => value)).toEqual([
      0,
      0.01,
      -416.67,
      14_586,
      999_999_999_999.99,
      '90071992547409.91',
    ])
  })

  test.each(HOSTILE)('keeps %j as text and never as a formula', async (hostile) => {
    const { sheets } = await readXlsx(await xlsxOf(allocationList(hostileMonth(hostile)), AT_MS), { readStyles: true })
    const [sheet] = sheets
    expect(sheet?.rows.some((row) => row.includes(text(hostile).kind === 'text' ? hostile.replaceAll('\t', '') : ''))).toBe(true)
    for (const { cells } of sheets) {
      for (const cell of cells?.values() ?? []) expect([cell.formula, cell.hyperlink]).toEqual([undefined, undefined])
    }
  })

  test.each(HOSTILE)('has no formula for %j in the ledgers of a year', async (hostile) => {
    for (const paper of hostileLedgers(hostile)) {
      const { sheets } = await readXlsx(await xlsxOf(paper, AT_MS), { readStyles: true })
      for (const { cells } of sheets) {
        for (const cell of cells?.values() ?? []) expect([cell.formula, cell.hyperlink]).toEqual([undefined, undefined])
      }
      expect(sheets.flatMap(({ rows }) => rows.flat())).toContain('340000000000000018')
    }
  })

  test('keeps codes of 18 digits and leading noughts', async () => {
    const section = {
      name: 'x',
      columns: [{ title: '户号', chars: 20 }],
      rows: ['340000000000000018', '007'].map((of) => ({ role: 'line' as const, cells: [code(of)] })),
    }
    const { sheets } = await readXlsx(await xlsxOf({ ...incomeStatement(aVillageMonth()), sections: [section] }, AT_MS))
    expect(sheets[0]?.rows.slice(3, 5)).toEqual([['340000000000000018'], ['007']])
  })

  test('is made of any month, whatever it is called', async () => {
    await fc.assert(
      fc.asyncProperty(someVillageMonth, async (month) => {
        const paper = villageMonth(month)
        const { sheets } = await readXlsx(await xlsxOf(paper, AT_MS))
        expect(sheets).toHaveLength(paper.sections.length)
      }),
      { numRuns: 40 },
    )
  })

  test('is set up to be printed: A4, header repeated and frozen, pages numbered', async () => {
    const { sheets } = await readXlsx(await xlsxOf(incomeStatement(aVillageMonth()), AT_MS), { readStyles: true })
    expect(sheets[0]).toMatchObject({
      freezePane: { rows: 4 },
      pageSetup: { paperSize: 'a4', orientation: 'landscape', printTitlesRow: expect.stringMatching(/1.*4/) },
      headerFooter: { oddFooter: '&C第 &P 页 / 共 &N 页' },
    })
    expect(sheets[0]?.rows.at(-1)?.[0]).toMatch(/制表人：.*审核人：.*日期：/)
  })
})

describe('PDF', () => {
  test('says what the paper says, in text that can be searched, in an embedded font', async () => {
    const { drawn, fonts: embedded } = await pdf(notice(aVillageMonth(), { contacts: ['示范镇 0558-1234567'] }))
    for (const part of [
      '关于示范村2026年10月光伏收益分配情况的公示',
      '甲**',
      '6,000.00',
      '壹万元整',
      '0558-1234567',
      '第 1 页 / 共 1 页',
    ]) {
      expect(drawn).toContain(part)
    }
    expect(drawn).not.toContain('暂估')
    for (const name of embedded) expect(name).toMatch(/^[A-Z]{6}\+NotoSansSC/)
  })

  test('marks what is provisional in plain sight', async () => {
    const month = aVillageMonth({ statement: null, allocation: null })
    expect((await pdf(villageMonth(month))).drawn).toContain('村级光伏收益月报（暂估）')
  })

  test('tells which characters the font lacks instead of leaving them blank', async () => {
    const month = aVillageMonth({ village: { code: '341623105201', name: '\u{20BB7}\u{1F600}\u{30EDD}村' } })
    const { drawn } = await pdf(villageMonth(month))
    expect(drawn).toContain('〔U+20BB7〕〔U+1F600〕\u{30EDD}村2026年10月')
    expect(drawn).toContain('打印字体缺少 2 个字')
    expect(drawn).not.toContain('\uFFFD')
  })

  test.each(HOSTILE)('prints %j as it is', async (hostile) => {
    expect((await pdf(allocationList(hostileMonth(hostile)))).drawn).toContain(hostile.trim())
  })

  test('holds a name of 64 letters without a place to break it', async () => {
    const name = 'W'.repeat(64)
    expect((await pdf(allocationList(hostileMonth(name)))).drawn).toContain(name)
  })
})

describe('all formats', () => {
  test('hold the same figures', async () => {
    const paper = incomeStatement(aVillageMonth())
    const figures = paper.sections.flatMap(({ rows }) =>
      rows.flatMap(({ cells }) => cells.flatMap((cell) => (cell.kind === 'money' && cell.fen !== null ? [cell.fen] : []))),
    )
    const csv = csvOf(paper)
    const { drawn } = await pdf(paper)
    const { sheets } = await readXlsx(await xlsxOf(paper, AT_MS))
    const numbers = sheets.flatMap(({ rows }) => rows.flat())
    expect(figures.length).toBeGreaterThan(8)
    for (const fen of figures) {
      expect(drawn).toContain(formatYuan(fen))
      expect(csv).toContain(decimalText(fen, 2, false))
      expect(numbers).toContain(fen / 100)
    }
  })
})

test('a file name holds nothing a file system refuses, nor an extension of its own', () => {
  expect(fileNameOf('示范/村..\\:*?"<>|\u202e', '2026-10', '月报.exe')).toBe('示范村-2026-10-月报exe')
})

describe.runIf(hasOffice)('LibreOffice', () => {
  test('opens a spreadsheet and shows the figures of the paper, hostile names as text', async () => {
    const paper = incomeStatement(hostileMonth(FORMULA))
    const sheets = await sheetsInOffice(await xlsxOf(paper, AT_MS), 'xlsx')
    const shown = sheets.get('收益明细') ?? []
    const table = paper.sections[0]?.rows.map(({ cells }) => cells.map(cellText)) ?? []
    expect(shown[3]).toEqual(['项目', '起', '止', '电量（千瓦时）', '单价（元/千瓦时）', '费率（%）', '金额（元）', '依据文件'])
    expect(shown.slice(5, 7)).toEqual(table.slice(1, 3))
    expect(shown.flat().join('')).toContain(FORMULA)
    expect(shown.flat().filter((cell) => /#NAME|#REF|Err:/.test(cell))).toEqual([])
  }, 120_000)

  test('opens the ledgers of a year: their figures, long numbers whole, formulas as text', async () => {
    const wanted = [
      ['登记信息', '各月情况', '各月分项'],
      ['各户汇总', '各户明细'],
    ]
    for (const [at, paper] of hostileLedgers(FORMULA).entries()) {
      const sheets = await sheetsInOffice(await xlsxOf(paper, AT_MS), 'xlsx')
      expect([...sheets.keys()].toSorted()).toEqual(wanted[at]?.toSorted())
      const shown = [...sheets.values()].flat(2)
      expect(shown.filter((cell) => /#NAME|#REF|Err:/.test(cell) || cell === '點擊')).toEqual([])
      expect(shown.join('\n')).toContain(FORMULA)
      expect(shown.some((cell) => cell.includes('340000000000000018'))).toBe(true)
      const money = paper.sections
        .flatMap(({ rows }) => rows.flatMap(({ cells }) => cells))
        .filter(({ kind }) => kind === 'money')
      for (const cell of money) expect(shown).toContain(cellText(cell))
    }
  }, 120_000)

  test('opens a CSV and computes nothing of it', async () => {
    const sheets = await sheetsInOffice(Buffer.from(csvOf(allocationList(hostileMonth(FORMULA)))), 'csv')
    const [shown = []] = sheets.values()
    expect(shown.flat().filter((cell) => cell.startsWith('=') || cell === '點擊')).toEqual([])
    expect(shown.flat()).toContain(`'${FORMULA}`)
    expect(shown.flat()).toContain('6000')
  }, 120_000)
})
