import type { Reading } from '../../domain/reading.ts'

/** What an inverter of this field reports in a round: six quantities, other ones for each device and round. */
export const anInverterReading = (device: number, round: number, atMs: number): Reading => ({
  deviceId: `BENCH-${device}`,
  atMs,
  receivedAtMs: atMs + 900,
  acPowerW: 20_000 + ((device * 37 + round * 113) % 11_000),
  energyTotalWh: 81_000_000 + device * 1_000 + round * 430,
  energyTodayWh: round * 430,
  dcPowerW: 20_500 + ((device * 41 + round * 127) % 11_000),
  acVoltageV: 230 + ((device + round) % 80) / 10,
  temperatureC: 35 + ((device + round) % 200) / 10,
})
