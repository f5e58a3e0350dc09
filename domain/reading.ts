/** What a device reported at one instant, as stored. Absent means unknown, never zero. */

/** Numeric quantities of a reading, each in the unit its name ends in. Closed: what was stored before names them by their place. */
export const FIRST_QUANTITIES = [
  'acPowerW',
  'energyTotalWh',
  'energyTodayWh',
  'dcPowerW',
  'dcVoltageV',
  'dcCurrentA',
  'acVoltageV',
  'acCurrentA',
  'frequencyHz',
  'temperatureC',
  'exportTotalWh',
  'importTotalWh',
] as const
/** Quantities that came later, the newest last: readings stored before have none, and what they say stays the same text. */
export const LATER_QUANTITIES = ['irradianceWPerM2'] as const
export const QUANTITIES = [...FIRST_QUANTITIES, ...LATER_QUANTITIES] as const
export type Quantity = (typeof QUANTITIES)[number]

export const DEVICE_STATES = ['running', 'starting', 'standby', 'throttled', 'fault', 'off'] as const
export type DeviceState = (typeof DEVICE_STATES)[number]

export type StringReading = { voltageV?: number; currentA?: number }

export type Reading = {
  deviceId: string
  /** Device time, epoch ms: decides the day. */
  atMs: number
  /** When our door took it in, epoch ms: decides liveness. Not part of what makes two readings equal. */
  receivedAtMs: number
  /** Delivered to the grid side positive; a few watts negative at night are an inverter's own use. */
  acPowerW?: number
  /** Lifetime counter, a safe integer from 0. */
  energyTotalWh?: number
  /** The device's own day register, a safe integer from 0. */
  energyTodayWh?: number
  dcPowerW?: number
  dcVoltageV?: number
  dcCurrentA?: number
  acVoltageV?: number
  acCurrentA?: number
  frequencyHz?: number
  temperatureC?: number
  /** Revenue meter, energy to the grid before the CT multiplier, a safe integer from 0. */
  exportTotalWh?: number
  /** Revenue meter, energy from the grid before the CT multiplier, a safe integer from 0. */
  importTotalWh?: number
  /** Of an irradiance sensor (辐照仪), in the plane of the panels; a few W/m² negative at night are its offset. */
  irradianceWPerM2?: number
  strings?: StringReading[]
  state?: DeviceState
  faultCodes?: string[]
}
