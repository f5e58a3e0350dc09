import type { Reading } from '../../domain/reading.ts'
import { type InfluxReadingStore, openInfluxReadings } from '../../stores/influxdb/reading-store.ts'
import { manage, startInflux } from '../stores/influx-server.ts'
import { anInverterReading } from './an-inverter.ts'

const START_MS = Date.UTC(2025, 10, 22)
const DAY_MS = 86_400_000

type Figure = { what: string; value: number; unit: string }

/** What an inverter of this field reports; `devices` of them, every `everyMs`, from `fromMs` on and before `toMs`. */
const readingsOf = (devices: number, everyMs: number, { fromMs, toMs }: { fromMs: number; toMs: number }): Reading[] => {
  const readings: Reading[] = []
  for (let atMs = fromMs; atMs < toMs; atMs += everyMs) {
    const round = (atMs - START_MS) / everyMs
    for (let device = 0; device < devices; device += 1) {
      readings.push(anInverterReading(device, round, atMs))
    }
  }
  return readings
}

const msOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

const day = { fromMs: START_MS, toMs: START_MS + DAY_MS }

/** A day of one inverter, five minutes apart, as it arrives after an outage; then a month of them, to look for the nearest value in. */
const oneInverter = async (store: InfluxReadingStore): Promise<Figure[]> => {
  const deviceIds = ['BENCH-0']
  const readings = readingsOf(1, 300_000, day)
  const figures = [
    { what: 'append one inverter-day, 288 readings', value: await msOf(() => store.append(readings)), unit: 'ms' },
    { what: 'append it again', value: await msOf(() => store.append(readings)), unit: 'ms' },
    {
      what: 'series of one inverter-day',
      value: await msOf(() => store.series({ deviceIds, ...day }, ['acPowerW', 'energyTotalWh'])),
      unit: 'ms',
    },
    { what: 'conflicts of one inverter-day', value: await msOf(() => store.conflicts({ deviceIds, ...day })), unit: 'ms' },
  ]
  const beforeMs = START_MS + 39 * DAY_MS
  const nearest = () => store.lastBefore({ deviceIds, beforeMs, notBeforeMs: START_MS }, 'energyTotalWh')
  return [...figures, { what: 'last value before 38 days of silence', value: await msOf(nearest), unit: 'ms' }]
}

/** Rounds of a county, in batches as the queue hands them over. */
const aCounty = async (store: InfluxReadingStore): Promise<Figure[]> => {
  const devices = 5_000
  const span = { fromMs: START_MS, toMs: START_MS + 12 * 300_000 }
  const readings = readingsOf(devices, 300_000, span)
  const append = async () => {
    for (let from = 0; from < readings.length; from += 10_000) await store.append(readings.slice(from, from + 10_000))
  }
  const deviceIds = Array.from({ length: devices }, (_, device) => `BENCH-${device}`)
  const rate = (ms: number): number => (readings.length / ms) * 1_000
  return [
    { what: 'append an hour of 5,000 inverters, 60,000 readings', value: rate(await msOf(append)), unit: 'readings/s' },
    { what: 'append it again', value: rate(await msOf(append)), unit: 'readings/s' },
    {
      what: 'series of that hour',
      value: rate(await msOf(() => store.series({ deviceIds, ...span }, ['acPowerW']))),
      unit: 'readings/s',
    },
  ]
}

/** How fast readings get into and out of an InfluxDB of this machine, in a folder of its own. */
export const benchInflux = async (): Promise<Figure[]> => {
  const server = await startInflux()
  await manage({ url: server.url }, 'CREATE DATABASE bench; CREATE DATABASE county')
  const [bench, county] = ['bench', 'county'].map((database) => openInfluxReadings({ url: server.url, database }))
  try {
    const figures = [...(bench ? await oneInverter(bench) : []), ...(county ? await aCounty(county) : [])]
    return figures.map(({ value, ...figure }) => ({
      ...figure,
      value: value < 100 ? Math.round(value * 10) / 10 : Math.round(value),
    }))
  } finally {
    bench?.close()
    county?.close()
    await server.close()
  }
}
