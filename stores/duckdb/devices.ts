import type { DuckDBConnection } from '@duckdb/node-api'
import { ask } from './answer.ts'

/**
 * The devices of this file by number (a four-byte column instead of a text in every row), and for each the latest device time
 * stored: whatever lies beyond that mark cannot be a repeat.
 */
export type Devices = {
  idOf: (deviceNumber: number) => string
  numberOf: (deviceId: string) => number | undefined
  count: () => number
  /** Epoch ms; minus infinity for a device without readings. */
  markOf: (deviceNumber: number) => number
  /** To be called after the commit that stored them, with numbers counting on from `count`. */
  add: (deviceIds: readonly string[]) => void
  raiseMark: (deviceNumber: number, atMs: number) => void
  /** Forgets everything and reads it from the file again. */
  reload: () => Promise<void>
}

type Known = { ids: string[]; numbers: Map<string, number>; marks: number[] }

const read = async (connection: DuckDBConnection): Promise<Known> => {
  const ids = (await ask(connection, 'SELECT device_id FROM devices ORDER BY device_number')).texts(0)
  const marks = ids.map(() => Number.NEGATIVE_INFINITY)
  const latest = await ask(connection, 'SELECT device_number, max(at_ms)::DOUBLE FROM readings GROUP BY device_number')
  const latestAtMs = latest.numbers(1)
  for (const [row, number] of latest.numbers(0).entries()) marks[number] = latestAtMs[row] ?? Number.NEGATIVE_INFINITY
  return { ids, numbers: new Map(ids.map((id, number) => [id, number])), marks }
}

export const loadDevices = async (connection: DuckDBConnection): Promise<Devices> => {
  let known = await read(connection)
  const markOf = (deviceNumber: number): number => known.marks[deviceNumber] ?? Number.NEGATIVE_INFINITY
  return {
    idOf: (deviceNumber) => {
      const id = known.ids[deviceNumber]
      if (id === undefined) throw new Error(`the file names no device ${deviceNumber}`)
      return id
    },
    numberOf: (deviceId) => known.numbers.get(deviceId),
    count: () => known.ids.length,
    markOf,
    add: (deviceIds) => {
      for (const id of deviceIds) {
        known.numbers.set(id, known.ids.length)
        known.ids.push(id)
        known.marks.push(Number.NEGATIVE_INFINITY)
      }
    },
    raiseMark: (deviceNumber, atMs) => {
      if (atMs > markOf(deviceNumber)) known.marks[deviceNumber] = atMs
    },
    reload: async () => {
      known = await read(connection)
    },
  }
}
