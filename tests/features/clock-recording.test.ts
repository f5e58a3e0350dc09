import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dayOf, HOUR_MS } from '../../domain/calendar.ts'
import { clockShiftHours } from '../../domain/clock-shift.ts'
import { readCsv } from '../../domain/csv.ts'

/**
 * A plant at the foot of the Rocky Mountains around two clock changes (PVDAQ, NREL): its stamps claim a fixed offset, its clock
 * followed the law. The recording is no part of the project: without it this is skipped.
 */

const path = join(process.env.YANGGUANG_RECORDINGS ?? '../shared/data', 'pvdaq-nrel', 'system50_dst_15min.csv')

describe.skipIf(!existsSync(path))('a recording whose clock follows daylight saving', () => {
  test('has its clock found out where production reaches into the night, and nowhere else', () => {
    const [, ...rows] = readCsv(readFileSync(path, 'utf8')).records
    const readings = rows.flatMap(({ fields: [, stamp = '', power = ''] }) =>
      power === '' ? [] : [{ atMs: Date.parse(`${stamp.replace(' ', 'T')}+08:00`), acPowerW: Number(power) }],
    )
    const columns = {
      atMs: readings.map(({ atMs }) => atMs),
      acPowerW: readings.map(({ acPowerW }) => acPowerW),
      counterWh: readings.map(() => null),
    }
    // Local time read as Beijing time: the meridian moves with it, from that of UTC-7 to that of UTC+8.
    const site = { latitudeDeg: 39.74, longitudeDeg: -105.18 + 15 * 15 }
    const shifted = [...new Set(columns.atMs.map(dayOf))].filter(
      (day) => clockShiftHours(columns, { ratedPowerW: 2_956 }, site, day) !== undefined,
    )
    // The law's hour lasted from 11 March to 3 November. Behind the mountains the other evenings end before they tell.
    expect(shifted).toEqual(['2012-10-31', '2012-11-01', '2012-11-02'])
    const right = { ...columns, atMs: columns.atMs.map((atMs) => atMs - HOUR_MS) }
    for (const day of shifted) expect(clockShiftHours(right, { ratedPowerW: 2_956 }, site, day), day).toBeUndefined()
  })
})
