import { type LedgerAudit, MONTHS_AUDITED } from '../../domain/ledger-audit.ts'
import { eachOf } from '../../stores/at-once.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { AuditPlace, AuditView } from '../api-types-closings.ts'
import { type OpenRegion, regionRef } from './region.ts'

/** 账目核对 as its page shows it: the newest audit, and by name the villages and stations whose rows it speaks of. */

type AuditDeps = { audits: TableReaderOf<'audits'>; stations: TableReaderOf<'stations'>; now: () => number }

/** Rows are named by their table, whose they are, and their month. */
const whoseRow = (row: string): Omit<AuditPlace, 'name'> => {
  const [table = '', id = ''] = row.split(' ')
  return { kind: table === 'station-statements' ? 'station' : 'village', id }
}

const stationNames = async (deps: AuditDeps, { findings, differences = [] }: LedgerAudit): Promise<Map<string, string>> => {
  const places = findings.map(({ row }) => whoseRow(row)).filter(({ kind }) => kind === 'station')
  const ids = new Set([...places.map(({ id }) => id), ...differences.map(({ stationId }) => stationId)])
  const named = await eachOf([...ids], async (stationId) => (await deps.stations.get({ stationId }))?.row)
  return new Map(named.flatMap((row) => (row ? [[row.stationId, row.name]] : [])))
}

export const auditViewOf = async (deps: AuditDeps, opened: OpenRegion): Promise<AuditView> => {
  const range = { partition: opened.countyCode, reverse: true, limit: 1 }
  const found = (await deps.audits.query(range)).rows[0]?.row
  const view = { asOfMs: deps.now(), county: regionRef(opened.region) }
  if (!found) return { ...view, audit: null }
  const stations = await stationNames(deps, found)
  const nameOf = ({ kind, id }: Omit<AuditPlace, 'name'>): string | null =>
    kind === 'station' ? (stations.get(id) ?? null) : opened.nameOf(id)
  const audit: AuditView['audit'] = {
    day: found.day,
    monthsDue: MONTHS_AUDITED,
    months: found.months.toSorted((a, b) => (a.month < b.month ? 1 : -1)),
    findings: found.findings.map((finding) => {
      const place = whoseRow(finding.row)
      return { ...finding, place: { ...place, name: nameOf(place) } }
    }),
    differences: (found.differences ?? []).map((each) => ({ ...each, stationName: stations.get(each.stationId) ?? null })),
  }
  return { ...view, audit }
}
