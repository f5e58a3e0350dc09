import type { Command } from 'commander'
import { formatInstant } from '../../domain/calendar.ts'
import type { DayCauseView, DayHistory } from '../../functions/api-types-days.ts'
import { type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `audit`: what a station-day's figure was and is, and why. */

/** Whole Wh as kWh with three decimals, digits only; null is unknown. */
export const kwhOf = (energyWh: number | null): string => {
  if (energyWh === null) return 'unknown'
  const wh = Math.abs(energyWh)
  return `${energyWh < 0 ? '-' : ''}${Math.floor(wh / 1_000)}.${String(wh % 1_000).padStart(3, '0')}`
}

const causeText = ({ code, about, by, atMs }: DayCauseView): string =>
  [code.replaceAll('_', ' '), about, by === null ? null : `by ${by}`, formatInstant(atMs)]
    .filter((part) => part !== null)
    .join(', ')

export const auditLines = ({ stationId, day, versions, earlier, waiting }: DayHistory): string[] => {
  if (versions.length === 0) return [`${stationId} ${day}: nothing was computed yet`]
  const columns = ['version', 'computed', 'kWh', 'change', 'basis', 'quality', 'why'].map((title, at) => ({
    title,
    right: [0, 2, 3].includes(at),
  }))
  const rows = versions.map((each) => [
    each.version === 0 ? 'running' : String(each.version),
    formatInstant(each.computedAtMs),
    kwhOf(each.energyWh),
    each.differenceWh === null ? '' : `${each.differenceWh > 0 ? '+' : ''}${kwhOf(each.differenceWh)}`,
    each.basis,
    each.quality,
    each.causes.map(causeText).join('; '),
  ])
  const findings = versions[0]?.findings ?? []
  return [
    ...tableLines(columns, rows),
    ...(earlier > 0 ? [`… and ${earlier} before`] : []),
    ...findings.map(({ code, deviceId, atMs, detail }) =>
      [`finding: ${code}`, deviceId, atMs === undefined ? undefined : formatInstant(atMs), detail]
        .filter((part) => part !== undefined)
        .join(', '),
    ),
    ...(waiting === null ? [] : [`to be computed anew: ${waiting.map(causeText).join('; ')}`]),
  ]
}

export const addAuditCommand = (program: Command, platform: () => Platform): void => {
  program
    .command('audit <station> <day>')
    .description("every version of a station-day's figure, old to new, and why each was written; day as 2026-10-05")
    .option('--json', 'as JSON')
    .action(async (station: string, day: string, { json = false }: { json?: boolean }) =>
      withApi(platform(), async ({ call }) => {
        const path = `/api/stations/${encodeURIComponent(station)}/days/${encodeURIComponent(day)}`
        const history = (await call('GET', path)) as DayHistory
        print(...(json ? [JSON.stringify(history, undefined, 2)] : auditLines(history)))
      }),
    )
}
