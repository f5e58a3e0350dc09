import type { DeviceDay, Finding, FindingCode, StationDay } from './energy.ts'

/** What only a person can settle: findings that stay until somebody records what happened, or mends what is wrong. */

export const NEEDS_PERSON: readonly FindingCode[] = [
  'counter_reset_unconfirmed',
  'counter_reset_contradicted',
  'two_counters',
  'clock_shift',
  'high_low',
  'conflict',
]

export type OpenItem = { device: DeviceDay; finding: Finding }

/** The findings of a final figure that wait for a person; of a running one none, for the day may still explain itself. */
export const openItemsOf = ({ version, devices }: Pick<StationDay, 'version' | 'devices'>): OpenItem[] =>
  version === 0
    ? []
    : devices.flatMap((device) =>
        device.findings.filter(({ code }) => NEEDS_PERSON.includes(code)).map((finding) => ({ device, finding })),
      )

const SHOWN = /^(\d{1,16}) Wh after (\d{1,16}) Wh/

/** What the register showed last and first around an unconfirmed reset, as the finding tells it; undefined when it does not. */
export const figuresShown = ({ code, detail }: Finding): { finalWh: number; startWh: number } | undefined => {
  if (code !== 'counter_reset_unconfirmed') return undefined
  const shown = SHOWN.exec(detail)
  return shown ? { finalWh: Number(shown[2]), startWh: Number(shown[1]) } : undefined
}
