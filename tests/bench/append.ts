import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reading } from '../../domain/reading.ts'
import { openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { anInverterReading } from './an-inverter.ts'

const DEVICES = 5_000
const START_MS = Date.UTC(2025, 10, 22)

/** Six quantities each, as an inverter of this field reports them; every device once a minute. */
const batchOf = (size: number, first: number): Reading[] =>
  Array.from({ length: size }, (_, index) => {
    const round = Math.floor((first + index) / DEVICES)
    const device = (first + index) % DEVICES
    return anInverterReading(device, round, START_MS + round * 60_000)
  })

type Figure = { what: string; value: number; unit: string }

/** Wall time in ms, and the processor time of this process in it: the second does not depend on what else the machine does. */
type Spent = { wallMs: number; processorMs: number }

const spend = async (work: () => Promise<unknown>, onto: Spent = { wallMs: 0, processorMs: 0 }): Promise<Spent> => {
  const startMs = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wallMs: onto.wallMs + performance.now() - startMs, processorMs: onto.processorMs + (user + system) / 1_000 }
}

const rates = (what: string, rows: number, { wallMs, processorMs }: Spent): Figure[] => [
  { what, value: Math.round((rows / wallMs) * 1_000), unit: 'readings/s' },
  { what, value: Math.round((rows / processorMs) * 1_000), unit: 'readings per processor second' },
]

/** Every tenth batch is appended twice: what a replay costs. */
const appendAll = async (path: string, batchSize: number, rows: number): Promise<Figure[]> => {
  const store = await openReadingStore(path)
  let appending: Spent | undefined
  let repeating: Spent | undefined
  for (let first = 0; first < rows; first += batchSize) {
    const readings = batchOf(batchSize, first)
    appending = await spend(() => store.append(readings), appending)
    if (first % (batchSize * 10) === 0) repeating = await spend(() => store.append(readings), repeating)
  }
  const checkpoint = await spend(store.checkpoint)
  const deviceIds = Array.from({ length: 1_000 }, (_, device) => `BENCH-${device}`)
  const span = { deviceIds, fromMs: START_MS, toMs: START_MS + 72 * 60_000 }
  const reading = await spend(() => store.series(span, ['acPowerW', 'energyTotalWh']))
  await store.close()
  const repeated = Math.ceil(rows / batchSize / 10) * batchSize
  return [
    ...(appending ? rates(`append, batches of ${batchSize}`, rows, appending) : []),
    ...(repeating ? rates(`repeat, batches of ${batchSize}`, repeated, repeating) : []),
    { what: `checkpoint of ${rows} readings`, value: Math.round(checkpoint.wallMs), unit: 'ms' },
    { what: `series of 1,000 devices out of ${rows} readings`, value: Math.round(reading.wallMs), unit: 'ms' },
    { what: `file of ${rows} readings`, value: Math.round(statSync(path).size / rows), unit: 'bytes per reading' },
  ]
}

/** How fast readings get into the embedded store, new and repeated, and how fast they come out. */
export const benchAppend = async (): Promise<Figure[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-bench-'))
  try {
    const figures: Figure[] = []
    for (const [batchSize, rows] of [
      [60_000, 600_000],
      [10_000, 400_000],
      [1_000, 100_000],
      [100, 10_000],
    ] as const)
      figures.push(...(await appendAll(join(folder, `${batchSize}.duckdb`), batchSize, rows)))
    return figures
  } finally {
    rmSync(folder, { recursive: true })
  }
}
