import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HOUR_MS, parseDay } from '../../domain/calendar.ts'
import { installationsOn } from '../../domain/generation-work.ts'
import type { Reading } from '../../domain/reading.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { stationDays } from '../../stores/station-days.ts'
import type { Question } from './format.ts'
import { goldenCases } from './format.ts'
import { askedAtMs, devicesOf, type Row, resetsOf, rowsOf, stationDaysOf } from './our-answer.ts'
import { randomFrom, scrambled } from './scrambling.ts'

/** The golden days through the store of one machine: scrambled thrice, all at once and with the store reopened; and in order. */

const TIMES = 3

const asReading = ({ deviceId, atMs, counterWh, acPowerW }: Row, golden: Question): Reading => {
  const device = golden.devices.find((each) => each.deviceId === deviceId)
  const register = device?.kind === 'meter' ? 'exportTotalWh' : device?.counter === 'lifetime' ? 'energyTotalWh' : 'energyTodayWh'
  return {
    deviceId,
    atMs,
    receivedAtMs: atMs,
    ...(counterWh !== null && { [register]: counterWh }),
    ...(acPowerW !== null && { acPowerW }),
  }
}

/** The case with devices of its own, so that many stand in one store side by side. */
const numbered = (golden: Question, number: number): Question => ({
  ...golden,
  devices: golden.devices.map((device) => ({ ...device, deviceId: `${device.deviceId}-${number}` })),
  resets: golden.resets.map((reset) => ({ ...reset, deviceId: `${reset.deviceId}-${number}` })),
  readings: Object.fromEntries(Object.entries(golden.readings).map(([deviceId, rows]) => [`${deviceId}-${number}`, rows])),
})

const check = async (store: DuckDbReadingStore, golden: Question): Promise<void> => {
  const expected = stationDaysOf(golden, rowsOf(golden))
  for (const [index, text] of golden.days.entries()) {
    const day = parseDay(text)
    if (day === undefined) throw new Error(`not a day: ${text}`)
    const station = { stationId: 'GOLDEN', countyCode: '341600000000', ...golden.station }
    const asked = { station, installations: installationsOn(devicesOf(golden), day), resets: resetsOf(golden) }
    const [answer] = await stationDays(store, [asked], day, askedAtMs(golden))
    expect(JSON.stringify(answer?.figure), golden.name).toBe(JSON.stringify(expected[index]))
  }
}

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-golden-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test(
  'readings in any order, repetition and batches, through a store that is reopened, give the same station-days',
  () =>
    inFolder(async (folder) => {
      const path = join(folder, 'readings.duckdb')
      const all = goldenCases().flatMap(({ parsed }, index) =>
        Array.from({ length: TIMES }, (_, time) => numbered(parsed, index * TIMES + time)),
      )
      const random = randomFrom(20_000)
      const rows = all.flatMap((golden) => rowsOf(golden).map((row) => asReading(row, golden)))
      let store = await openReadingStore(path)
      for (const batch of scrambled(rows, random)) {
        for (let from = 0; from < batch.length; from += 5_000) await store.append(batch.slice(from, from + 5_000))
        await store.close()
        store = await openReadingStore(path)
      }
      for (const golden of all) await check(store, golden)
      await store.close()
    }),
  300_000,
)

test(
  'readings as they come in, one instant after another, give them too, from what the store has kept up',
  () =>
    inFolder(async (folder) => {
      for (const [index, { parsed }] of goldenCases().entries()) {
        const store = await openReadingStore(join(folder, `${index}.duckdb`))
        const parts = Map.groupBy(rowsOf(parsed), ({ atMs }) => Math.floor(atMs / (6 * HOUR_MS)))
        for (const [, rows] of [...parts].toSorted(([one], [other]) => one - other))
          await store.append(rows.toSorted((a, b) => a.atMs - b.atMs).map((row) => asReading(row, parsed)))
        await check(store, parsed)
        await store.close()
      }
    }),
  300_000,
)
