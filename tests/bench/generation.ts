import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { addDays, dayEndMs, HOUR_MS } from '../../domain/calendar.ts'
import { computeStationDay } from '../../domain/station-day.ts'
import { openDatabase } from '../../stores/duckdb/database.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { readingsOfDay } from '../../stores/day-readings.ts'
import { type StationAsk, type StationDayAnswer, stationDays } from '../../stores/station-days.ts'
import { aDevice, aStation } from '../registry.ts'
import * as nation from './national-day.ts'

/**
 * How long the embedded store takes to settle a day of the nation, of a county and of ten, by the code that compute-generation runs,
 * beside the barest scan of the same rows. The rows are written in bulk, past the store: the summaries that it would have kept up as
 * they came in are made when it opens the file. What keeping them up costs, all over the day, is measured apart.
 */

const STATIONS = 83_000
const COUNTY = 347
const SAMPLE = 150
/** As many as a batch of the inbound log has, and an hour of them. */
const KEPT_DEVICES = 60_000
const KEPT_ROUNDS = 12
const BARE_RUNS = 5
/** An hour after the day, when it is closed. */
const NOW_MS = dayEndMs(nation.BENCH_DAY) + HOUR_MS

const asks = (count: number): StationAsk[] =>
  Array.from({ length: count }, (_, at) => ({
    station: aStation({
      stationId: `BENCH-${at}`,
      latitudeDeg: 25 + ((at * 13) % 1_000) / 60,
      longitudeDeg: 110 + ((at * 7) % 1_000) / 112,
    }),
    installations: Array.from({ length: nation.INVERTERS }, (_unused, inverter) => ({
      device: aDevice({ deviceId: nation.deviceIdOf(at * nation.INVERTERS + inverter), ratedPowerW: nation.RATED_W }),
      installedOn: addDays(nation.BENCH_DAY, -400),
    })),
    resets: [],
  }))

/** In a process of its own, so that the memory it takes is not this one's. */
const write = async (path: string, stations: number): Promise<number> => {
  const writer = fork(new URL('./national-day.ts', import.meta.url), [path, String(stations)])
  const [rows] = (await Promise.race([
    once(writer, 'message'),
    once(writer, 'exit').then(() => Promise.reject(new Error('the day was not written'))),
  ])) as [number]
  await once(writer, 'exit')
  return rows
}

const settle = async (
  store: DuckDbReadingStore,
  asked: readonly StationAsk[],
): Promise<{ seconds: number; answers: StationDayAnswer[] }> => {
  const fromMs = performance.now()
  const answers = await stationDays(store, asked, nation.BENCH_DAY, NOW_MS)
  return { seconds: (performance.now() - fromMs) / 1_000, answers }
}

/** What a reading costs, in ms, to keep the summaries up as a day comes in, from an hour of it. */
const keep = async (path: string): Promise<number> => {
  const { kept, devices, close } = await openDatabase(path, { memoryLimitMb: 128, threads: 2 })
  devices.add(Array.from({ length: KEPT_DEVICES }, (_, device) => nation.deviceIdOf(device)))
  let spentMs = 0
  for (let round = 0; round < KEPT_ROUNDS; round += 1) {
    const readings = Array.from({ length: KEPT_DEVICES }, (_, device) => ({
      deviceNumber: device,
      reading: nation.readingOf(device, nation.NOON_ROUND + round),
    }))
    const fromMs = performance.now()
    kept.add(readings)
    spentMs += performance.now() - fromMs
  }
  await close()
  return spentMs / (KEPT_DEVICES * KEPT_ROUNDS)
}

/** Every device's figure against what was put into it, and some stations against the rule on all of their readings. Throws. */
const check = async (store: DuckDbReadingStore, asked: readonly StationAsk[], answers: readonly StationDayAnswer[]) => {
  let wrong = 0
  for (const { figure } of answers) {
    for (const { deviceId, energyWh, findings } of figure.devices) {
      const device = Number(deviceId.split('-')[1])
      const codes = [...new Set(findings.map(({ code }) => code))].sort().join()
      const kind = nation.wrongOf(device)
      if (kind !== undefined) wrong += 1
      const expected = kind === undefined ? '' : nation.WRONGS[kind]?.codes.join()
      const madeWh = Math.round(nation.shareOf(device) * nation.madeWh(nation.ROUNDS))
      const isOff = kind === undefined && Math.abs((energyWh ?? 0) - madeWh) > 1
      if (codes !== expected || isOff) throw new Error(`${deviceId}: ${energyWh} Wh of ${madeWh}, ${codes} and not ${expected}`)
    }
  }
  for (let at = 0; at < asked.length; at += Math.ceil(asked.length / SAMPLE)) {
    const ask = asked[at]
    if (!ask) continue
    const devices = await readingsOfDay(store, ask.installations, nation.BENCH_DAY, NOW_MS)
    const { station } = ask
    const { figure } = computeStationDay({ station, day: nation.BENCH_DAY, nowMs: NOW_MS, devices })
    if (JSON.stringify(figure) !== JSON.stringify(answers[at]?.figure))
      throw new Error(`${station.stationId}: not what its readings say`)
  }
  return wrong
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const rounded = (value: number): number => Number(value.toFixed(3))

/** `--stations` of the nation (83,000); a county is 347 of them. */
export const benchGeneration = async (argv: readonly string[]): Promise<object> => {
  const { values } = parseArgs({ args: [...argv], options: { stations: { type: 'string' } } })
  const stations = Number(values.stations ?? STATIONS)
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-generation-'))
  try {
    const path = join(folder, 'readings.duckdb')
    const keepMs = await keep(join(folder, 'empty.duckdb'))
    const rows = await write(path, stations)
    const keepingSeconds = rounded((keepMs * rows) / 1_000)
    const bareSeconds = median(await nation.scanBare(path, BARE_RUNS))
    const asked = asks(stations)
    const openedMs = performance.now()
    const store = await openReadingStore(path, { memoryLimitMb: 1024, threads: 2 })
    const openSeconds = (performance.now() - openedMs) / 1_000
    const counties: number[] = []
    for (let run = 0; run < BARE_RUNS; run += 1) counties.push((await settle(store, asked.slice(0, COUNTY))).seconds)
    const ten = await settle(store, asked.slice(0, 10 * COUNTY))
    const whole = await settle(store, asked)
    const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1_024)
    const wrong = await check(store, asked, whole.answers)
    await store.close()
    const devices = stations * nation.INVERTERS
    console.table({
      stations,
      devices,
      rows,
      'device-days with something wrong': wrong,
      'bare scan, s': rounded(bareSeconds),
      'opening the file, s': rounded(openSeconds),
      "keeping the day's summaries as it comes in, s": keepingSeconds,
    })
    return {
      seconds: rounded(whole.seconds),
      rowsPerSecond: Math.round(rows / whole.seconds),
      ratioToBareScan: rounded(whole.seconds / bareSeconds),
      peakRssMb,
      keepingSeconds,
      countySeconds: rounded(median(counties)),
      tenCountiesSeconds: rounded(ten.seconds),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
