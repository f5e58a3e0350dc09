import { DuckDBInstance } from '@duckdb/node-api'
import { dayStartMs, parseDay } from '../../domain/calendar.ts'
import type { Reading } from '../../domain/reading.ts'
import { openReadingStore } from '../../stores/duckdb/reading-store.ts'

/**
 * A day of a nation's inverters in a file of the embedded store, written in bulk and in the order in which a day comes in: every
 * device's reading of one round, then the next round. One device-day in fifty has something wrong with it.
 */

export const INVERTERS = 6
export const ROUNDS = 288
const ROUND_MS = 300_000
/** Of the evening before, its last hour: a night without sun, so that all of it says the same. */
const EVENING_ROUNDS = 12
export const RATED_W = 50_000
const PEAK_W = 40_000
const FIRST_ROUND = 72
const LAST_ROUND = 222
const SPOILT_ONE_IN = 50

const june1 = parseDay('2026-06-01')
if (june1 === undefined) throw new Error('not a day')
export const BENCH_DAY = june1
const startMs = dayStartMs(june1)

/** What is wrong, the condition in which the register or the power is another than it should be, and the findings it must lead to. */
export const WRONGS: readonly {
  name: string
  wh?: [when: string, wh: string]
  powerW?: [when: string, powerW: string]
  gone?: string
  codes: string[]
}[] = [
  { name: 'leap', wh: ['$r >= 140', 'wh + 900000'], codes: ['rate_implausible'] },
  { name: 'dip to zero', wh: ['$r BETWEEN 150 AND 151', '0'], codes: ['counter_dip'] },
  { name: 'reset', wh: ['$r >= 160', 'wh - start_wh - peak_wh(160) + 500'], codes: ['counter_reset_unconfirmed'] },
  { name: 'freeze', wh: ['$r BETWEEN 100 AND 190', 'start_wh + peak_wh(100)'], codes: ['rate_implausible', 'stuck_value'] },
  { name: 'gap', gone: '$r BETWEEN 120 AND 170', codes: ['gap'] },
  { name: 'output at night', powerW: ['$r BETWEEN 10 AND 20', '2000'], codes: ['night_output'] },
  { name: 'zigzag', wh: ['$r BETWEEN 130 AND 150 AND $r % 2 = 0', 'wh + 60000'], codes: ['two_counters'] },
  { name: 'glitch within the range of the day', wh: ['$r = 145', 'wh - 20000'], codes: ['counter_dip'] },
  { name: 'silence', gone: 'true', codes: ['no_data'] },
  { name: 'conflict', codes: ['conflict'] },
]

/** Which of WRONGS a device has, if any. */
export const wrongOf = (device: number): number | undefined =>
  device % SPOILT_ONE_IN === 0 ? (device / SPOILT_ONE_IN) % WRONGS.length : undefined

/** Wh made by the end of a round, of a day at full sun. */
export const madeWh = (round: number): number => {
  const x = Math.min(1, Math.max(0, (round - FIRST_ROUND) / (LAST_ROUND - FIRST_ROUND)))
  return ((PEAK_W * (LAST_ROUND - FIRST_ROUND) * (ROUND_MS / 3_600_000)) / Math.PI) * (1 - Math.cos(Math.PI * x))
}
const powerW = (round: number): number =>
  round < FIRST_ROUND || round > LAST_ROUND
    ? 0
    : PEAK_W * Math.sin((Math.PI * (round - FIRST_ROUND)) / (LAST_ROUND - FIRST_ROUND))

/** Each device has its own weather, all day the same. */
export const shareOf = (device: number): number => 0.3 + ((device * 7_919) % 700) / 1_000
export const startWhOf = (device: number): number => 20_000_000 + device * 977
const SHARE_SQL = '(0.3 + ((d * 7919) % 700) / 1000.0)'

/** Well within the day: registers rise and power is reported. */
export const NOON_ROUND = 144

/** A device's reading of a round, where nothing is wrong with it. */
export const readingOf = (device: number, round: number): Reading => {
  const atMs = startMs + round * ROUND_MS
  return {
    deviceId: deviceIdOf(device),
    atMs,
    receivedAtMs: atMs + 900,
    acPowerW: Math.round(shareOf(device) * powerW(round)),
    energyTotalWh: startWhOf(device) + Math.round(shareOf(device) * madeWh(round)),
  }
}

const casesOf = (round: number, of: 'wh' | 'powerW', otherwise: string): string => {
  const filled = (sql: string): string =>
    sql
      .replaceAll('$r', String(round))
      .replaceAll(/peak_wh\((\d+)\)/g, (_, at: string) => `round(share * ${madeWh(Number(at))})::BIGINT`)
  const cases = WRONGS.flatMap((wrong, index) => {
    const change = wrong[of]
    return change ? [`WHEN wrong = ${index} AND ${filled(change[0])} THEN ${filled(change[1])}`] : []
  })
  return `CASE ${cases.join(' ')} ELSE ${otherwise} END`
}

const roundSql = (round: number): string => {
  const gone = WRONGS.flatMap(({ gone: when }, index) =>
    when !== undefined ? [`(wrong = ${index} AND ${when.replaceAll('$r', String(round))})`] : [],
  )
  const atMs = startMs + round * ROUND_MS
  return `INSERT INTO readings (device_number, at_ms, received_at_ms, "acPowerW", "energyTotalWh")
    SELECT d, ${atMs}, ${atMs + 900}, ${casesOf(round, 'powerW', `round(share * ${powerW(round)})`)}, ${casesOf(round, 'wh', 'wh')}
    FROM (SELECT *, start_wh + round(share * ${madeWh(round)})::BIGINT AS wh FROM plant)
    WHERE ${round < 0 ? 'true' : `coalesce(NOT (${gone.join(' OR ')}), true)`}`
}

export const deviceIdOf = (device: number): string => `BENCH-${device}`

/** Writes the file; answers how many rows the day has. */
export const writeNationalDay = async (path: string, stations: number): Promise<number> => {
  await (await openReadingStore(path)).close()
  const instance = await DuckDBInstance.create(path, { threads: '2', memory_limit: '1GB' })
  const connection = await instance.connect()
  const devices = stations * INVERTERS
  await connection.run(`INSERT INTO devices SELECT d, 'BENCH-' || d FROM range(${devices}) t(d)`)
  await connection.run(`CREATE TEMPORARY TABLE plant AS SELECT d::INTEGER AS d, ${SHARE_SQL} AS share, 20000000 + d * 977 AS start_wh,
    CASE WHEN d % ${SPOILT_ONE_IN} = 0 THEN (d // ${SPOILT_ONE_IN}) % ${WRONGS.length} END AS wrong FROM range(${devices}) t(d)`)
  for (let round = -EVENING_ROUNDS; round < ROUNDS; round += 1) await connection.run(roundSql(round))
  const disputed = WRONGS.findIndex(({ name }) => name === 'conflict')
  await connection.run(`INSERT INTO conflicts SELECT r.* REPLACE (r."acPowerW" + 1 AS "acPowerW") FROM readings r JOIN plant ON d = device_number
    WHERE wrong = ${disputed} AND at_ms = ${startMs + 100 * ROUND_MS}`)
  await connection.run('CHECKPOINT')
  const counted = await connection.run(`SELECT count(*)::DOUBLE FROM readings WHERE at_ms >= ${startMs}`)
  const rows = Number((await counted.getRowsJS())[0]?.[0])
  connection.closeSync()
  instance.closeSync()
  return rows
}

/** Seconds that the same rows take to be looked at at all: highest less lowest figure of each device. */
export const scanBare = async (path: string, runs: number): Promise<number[]> => {
  const instance = await DuckDBInstance.create(path, { threads: '2', memory_limit: '1GB' })
  const connection = await instance.connect()
  const seconds: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const fromMs = performance.now()
    await connection.run(`SELECT device_number, max("energyTotalWh") - min("energyTotalWh") FROM readings
      WHERE at_ms >= ${startMs} GROUP BY device_number`)
    seconds.push((performance.now() - fromMs) / 1_000)
  }
  connection.closeSync()
  instance.closeSync()
  return seconds
}

if (process.argv[1] === import.meta.filename) {
  const [, , path = '', stations = '0'] = process.argv
  process.send?.(await writeNationalDay(path, Number(stations)))
}
