import type { Reading } from '../domain/reading.ts'

/** An instant in the middle of a day in China: 2026-11-02 12:00. */
export const NOON_MS = Date.UTC(2026, 10, 2, 4)

/** A reading as stored, with defaults a test may overrule. */
export const aReading = (over: Partial<Reading> = {}): Reading => ({
  deviceId: 'ZL1-INV-1',
  atMs: NOON_MS,
  receivedAtMs: NOON_MS + 1_000,
  acPowerW: 31_250,
  energyTotalWh: 81_234_560,
  ...over,
})

/** A published payload: whatever is given as readings, encoded as a gateway would. */
export const aPayload = (readings: readonly unknown[], over: Record<string, unknown> = {}): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ v: 1, sentAtMs: NOON_MS, seq: 1, readings, ...over }))
