import type { Recording, Slip, SlipAsk, SlipContent, SlipEntry, Withdrawal } from '../domain/slip.ts'
import { COUNTY, day } from './registry.ts'

/** Builders of settlement slips. Numbers and accounts are invented. */

/** From 26 September to 25 October 2026, across a month's end, 21 MWh. */
export const aSlipContent = (over: Partial<SlipContent> = {}): SlipContent => ({
  billingAccount: '3400000000001',
  document: '示范结2026-10',
  from: day('2026-09-26'),
  to: day('2026-10-25'),
  energyWh: 21_000_000,
  amounts: [],
  ...over,
})

export const anAsk = (over: Partial<SlipAsk> = {}): SlipAsk => ({ ...aSlipContent(), ...over })

export const aSlip = (over: Partial<Slip> = {}): Slip => ({
  ...aSlipContent(),
  kind: 'slip',
  stationId: 'ZL1',
  countyCode: COUNTY,
  entry: 1,
  recordedBy: 'officer',
  recordedAtMs: 1,
  ...over,
})

export const aWithdrawal = (over: Partial<Withdrawal> = {}): Withdrawal => ({
  kind: 'withdrawal',
  stationId: 'ZL1',
  countyCode: COUNTY,
  entry: 2,
  withdraws: 1,
  reason: '录错了电站',
  recordedBy: 'officer',
  recordedAtMs: 2,
  ...over,
})

/** 2026-11-26 in China. */
export const aRecording: Recording = { recordedBy: 'officer', recordedAtMs: Date.parse('2026-11-26T10:00:00+08:00') }

/** Numbers the entries of a ledger in their order. */
export const aLedger = (...entries: SlipEntry[]): SlipEntry[] => entries.map((each, at) => ({ ...each, entry: at + 1 }))
