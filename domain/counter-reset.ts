/** A register that was reset or a meter/inverter that was replaced, as an officer recorded it. */
export type CounterReset = {
  stationId: string
  deviceId: string
  /** When the register changed, epoch ms, device time. Readings before count to `finalWh`, from it on they count from `startWh`. */
  atMs: number
  /** What the old register showed last, its own Wh (before the CT multiplier). */
  finalWh: number
  /** What the new register began with. */
  startWh: number
  kind: 'reset' | 'replacement' | 'rollover'
  reason: string
  document: string
  /** User name of who wrote the record. */
  recordedBy: string
  recordedAtMs: number
  /** Absent while in force; a withdrawn record counts for nothing and is kept. */
  withdrawnBy?: string
  withdrawnAtMs?: number
}
