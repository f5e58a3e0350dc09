import { describe, expect, test } from 'vitest'
import { type Listed, matches, sortStations, STATION_SORTS } from '../../domain/station-list.ts'

const listed = (over: Partial<Listed> = {}): Listed => ({
  stationId: 'ZL1',
  name: '示范001村光伏帮扶电站',
  villageName: '示范001村',
  townName: '示范镇',
  status: 'normal',
  power: { acPowerW: 1_000 },
  todayWh: 1_000,
  equivalentHours: 1,
  ...over,
})

describe('a search', () => {
  test.each([
    ['', true],
    ['001村', true],
    ['００１村', true],
    ['zl1', true],
    ['示范镇', true],
    ['示范 001', true],
    ['002', false],
    ['光伏扶贫', true],
    ['光伏扶贫电站', true],
    ['光伏帮扶', true],
    ['001村光伏扶贫电站', true],
    ['001 扶贫', true],
    ['002 扶贫', false],
    ['.*', false],
  ])('for %j finds it: %s', (search, found) => {
    expect(matches(listed(), search)).toBe(found)
  })

  test('for the old word finds a station whose name says neither', () => {
    expect(matches(listed({ name: '邻示村电站' }), '光伏扶贫')).toBe(true)
  })
})

describe('an order', () => {
  const idsBy = (sort: (typeof STATION_SORTS)[number], stations: Listed[]) =>
    sortStations(stations, sort).map(({ stationId }) => stationId)

  test('by name is the one of Chinese readers, with numbers as numbers', () => {
    const names = ['第10村', '第2村', '四铺', '百善', '南坪', '临涣']
    const sorted = sortStations(
      names.map((name, at) => listed({ stationId: `S${at}`, name })),
      'name',
    )
    expect(sorted.map(({ name }) => name)).toEqual(['百善', '第2村', '第10村', '临涣', '南坪', '四铺'])
  })

  test('by a quantity is falling, with the unknown last', () => {
    const stations = [null, 5, 0, 9].map((acPowerW, at) => listed({ stationId: `S${at}`, power: { acPowerW } }))
    expect(idsBy('power', stations)).toEqual(['S3', 'S1', 'S2', 'S0'])
  })

  test('by status puts the most urgent first', () => {
    const stations = (['normal', 'quiet', 'offline', 'warning', 'fault', 'unseen'] as const).map((status) =>
      listed({ stationId: status, status }),
    )
    expect(idsBy('status', stations)).toEqual(['offline', 'fault', 'warning', 'unseen', 'quiet', 'normal'])
  })

  test.each(STATION_SORTS)('by %s of equals is that of their ids, whatever order they came in', (sort) => {
    const stations = ['S3', 'S1', 'S2'].map((stationId) => listed({ stationId }))
    expect(idsBy(sort, stations)).toEqual(['S1', 'S2', 'S3'])
  })
})
