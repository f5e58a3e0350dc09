import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseMapping } from '../../devices/mapping.ts'
import { type ReplayOutcome, replay } from '../../devices/replay.ts'
import { readCsv } from '../../domain/csv.ts'
import type { DeviceDay } from '../../domain/energy.ts'
import { newestVersions } from '../../domain/overview.ts'
import { importFiles, issueSecret } from '../../local/cli/registry-commands.ts'
import { withServer } from '../../local/cli/server.ts'
import { startRuntime } from '../../local/run.ts'
import { openTables } from '../../stores/sqlite/table.ts'
import { quietLog } from '../running.ts'

/**
 * Days from nineteen years of two real inverters that have day counters only, through MQTT, against what they are known to have
 * produced. The recording is no part of the project (docs/replay.md tells where it comes from): without it this is skipped.
 */

const RECORDINGS = process.env.YANGGUANG_RECORDINGS ?? '../shared/data'
const recording = join(RECORDINGS, 'solarlog-bavaria')
const isThere = existsSync(join(recording, 'telemetry.csv'))
if (!isThere) process.stderr.write('tests/features/replay: skipped, no recording; set YANGGUANG_RECORDINGS to its folder\n')

const REGISTRY = 'devices/mappings/solarlog-registry'
const mapping = parseMapping(JSON.parse(readFileSync('devices/mappings/solarlog.json', 'utf8')))
const TOLERANCE = 0.005

type Truth = { date: string; deviceId: string; energyWh: number; confidence: string }
const truths = (): Truth[] => {
  const [, ...rows] = readCsv(readFileSync(join(recording, 'true_daily_energy.csv'), 'utf8')).records
  return rows.map(({ fields: [date = '', inverter = '', energyWh = '', , confidence = ''] }) => ({
    date,
    deviceId: mapping.device.ids[inverter] ?? inverter,
    energyWh: Number(energyWh),
    confidence,
  }))
}

type Replayed = { outcome: ReplayOutcome; days: Map<string, DeviceDay> }

/** A platform of its own, from an empty folder to computed days, with the steps of docs/replay.md. */
const replayed = async (asRecorded: boolean): Promise<Replayed> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yangguang-replay-'))
  try {
    const files = Object.fromEntries(readdirSync(REGISTRY).map((name) => [name, readFileSync(join(REGISTRY, name), 'utf8')]))
    const runtime = await startRuntime({ dataDir, httpPort: 0, mqttPort: 0, schedules: false, log: quietLog })
    const outcome = await withServer(dataDir, async (server) => {
      await importFiles(server, files, false)
      const secret = await issueSecret(server, 'GW-SL')
      const csvPath = join(recording, 'telemetry.csv')
      return replay({ csvPath, mapping, gatewayId: 'GW-SL', secret, mqttUrl: server.mqttUrl, asRecorded })
    })
    await runtime.quiesce()
    await runtime.run('sweep-generation')
    await runtime.close()
    const tables = openTables(join(dataDir, 'tables.db'))
    const { rows } = await tables.generation.query({ partition: 'SL', limit: 1_000 })
    tables.close()
    const figures = newestVersions(
      rows.map(({ row }) => row),
      ({ day }) => day,
    )
    return {
      outcome,
      days: new Map(figures.flatMap(({ day, devices }) => devices.map((one) => [`${day} ${one.deviceId}`, one]))),
    }
  } finally {
    rmSync(dataDir, { recursive: true })
  }
}

const deviationOf = ({ date, deviceId, energyWh }: Truth, days: Replayed['days']): number | undefined => {
  const computed = days.get(`${date} ${deviceId}`)?.energyWh
  return computed === undefined || computed === null ? undefined : computed / energyWh - 1
}

const tableOf = (days: Replayed['days']): string =>
  truths()
    .map((truth) => {
      const day = days.get(`${truth.date} ${truth.deviceId}`)
      const deviation = deviationOf(truth, days)
      const percent = deviation === undefined ? '' : `${(deviation * 100).toFixed(2)} %`
      const findings = [...new Set(day?.findings.map(({ code }) => code))].join(' ')
      const cells = [truth.date, truth.deviceId, truth.confidence.padEnd(6), String(truth.energyWh).padStart(6)]
      return [...cells, String(day?.energyWh).padStart(6), percent.padStart(9), day?.quality, findings].join('  ')
    })
    .join('\n')

describe.skipIf(!isThere)('a recording of two inverters with day counters', () => {
  test('replayed through MQTT gives the days they are known to have had', async () => {
    const { outcome, days } = await replayed(false)
    process.stdout.write(`${JSON.stringify(outcome)}\n${tableOf(days)}\n`)
    expect(outcome.rows).toBe(outcome.readings + Object.values(outcome.skipped).reduce((sum, count) => sum + count, 0))
    expect(outcome.skipped).toEqual({ 'impossible time "2008-01-32"': 222 })
    for (const truth of truths().filter(({ confidence }) => confidence === 'high')) {
      const deviation = deviationOf(truth, days)
      expect(Math.abs(deviation ?? Number.NaN), `${truth.date} ${truth.deviceId}`).toBeLessThan(TOLERANCE)
    }
    // A register that was not reset at the end of a leap day: what it showed before is left out.
    for (const day of ['2012-03-01 SL-INV-1', '2012-03-01 SL-INV-2']) {
      const truth = truths().find(({ date, deviceId }) => `${date} ${deviceId}` === day)
      expect(Math.abs((truth && deviationOf(truth, days)) ?? Number.NaN), day).toBeLessThan(TOLERANCE)
      expect(days.get(day)).toMatchObject({ quality: 'estimated', findings: [{ code: 'counter_reset_unconfirmed' }] })
    }
    // Whatever is not known for sure says so; what is known for sure may.
    for (const { date, deviceId } of truths().filter(({ confidence }) => confidence !== 'high')) {
      expect(days.get(`${date} ${deviceId}`)?.findings, `${date} ${deviceId}`).not.toEqual([])
    }
    // 25 September 2018 is in doubt because the logger's own archive of daily totals, which it never sends, differs from its register
    // by one percent. No reading shows that; what they show is a day with no other beside it.
    for (const day of ['2018-09-25 SL-INV-1', '2018-09-25 SL-INV-2']) {
      expect(days.get(day)).toMatchObject({ quality: 'measured', findings: [{ code: 'stands_alone' }] })
    }
    // A register stuck at 0, a logger that stopped: what is wrong says so.
    for (const truth of truths()) {
      const day = `${truth.date} ${truth.deviceId}`
      if (Math.abs(deviationOf(truth, days) ?? Number.NaN) < TOLERANCE) continue
      expect(days.get(day)?.quality, day).not.toBe('measured')
    }
  }, 120_000)

  test('gives the same days when it is replayed as recorded, newest first', async () => {
    const [sorted, recorded] = await Promise.all([replayed(false), replayed(true)])
    expect(recorded.outcome.readings).toBe(sorted.outcome.readings)
    expect(recorded.days).toEqual(sorted.days)
  }, 120_000)
})
