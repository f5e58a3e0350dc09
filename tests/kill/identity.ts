import { deviceIdOf } from '../gateways.ts'

/** What is sent n-th by a gateway: an identity nobody else ever sends. */
export const identityOf = (gateway: number, sent: number, fromMs: number): { deviceId: string; atMs: number } => ({
  deviceId: deviceIdOf(gateway, 0),
  atMs: fromMs + sent * 100,
})
