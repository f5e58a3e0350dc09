import type { User } from '../domain/access.ts'
import type { Acknowledgement } from '../domain/acknowledgement.ts'
import type { Alert, Liveness } from '../domain/alert.ts'
import type { AttendanceSheet } from '../domain/attendance.ts'
import type { Watch } from '../domain/county-watch.ts'
import type { StationDay } from '../domain/energy.ts'
import type { PlanEvent } from '../domain/plan-events.ts'
import type { PolicyRule } from '../domain/policy-rules.ts'
import type {
  Deduction,
  Device,
  Gateway,
  Household,
  Membership,
  Person,
  Plan,
  Price,
  Region,
  Share,
  Station,
} from '../domain/registry.ts'
import { openItemsOf } from '../domain/open-items.ts'
import type { ResetRecord } from '../domain/reset-record.ts'
import type { SlipEntry } from '../domain/slip.ts'
import { assessmentTables } from './assessment-tables.ts'
import { countyDigits, padded, quarantineSort, single, spec } from './keys.ts'
import { moneyTables } from './money-tables.ts'
import type { QuarantineRow, Recomputation, SessionKey, StaleDay, StaleMonth } from './rows.ts'
import type { Table, TableReader, TableSpec } from './table.ts'

/** Every table of the system, by the name it has everywhere: in the manifest, in DynamoDB, in SQLite and in `deps`. */

export const tables = {
  regions: spec<Region, 'code', 'byLevel' | 'byParent'>(
    'regions',
    ({ code }) => ({ partition: countyDigits(code), sort: code }),
    {
      byLevel: ({ level, code }) => ({ partition: level, sort: code }),
      byParent: ({ parentCode, code }) => (parentCode ? { partition: parentCode, sort: code } : undefined),
    },
  ),
  stations: spec<Station, 'stationId', 'byCounty' | 'byVillage'>('stations', ({ stationId }) => single(stationId), {
    byCounty: ({ countyCode, stationId }) => ({ partition: countyCode, sort: stationId }),
    byVillage: ({ villageCode, stationId }) => (villageCode ? { partition: villageCode, sort: stationId } : undefined),
  }),
  gateways: spec<Gateway, 'gatewayId', 'byCounty'>('gateways', ({ gatewayId }) => single(gatewayId), {
    byCounty: ({ countyCode, gatewayId }) => ({ partition: countyCode, sort: gatewayId }),
  }),
  devices: spec<Device, 'gatewayId' | 'deviceId' | 'validFrom', 'byStation' | 'byDevice' | 'byCounty'>(
    'devices',
    ({ gatewayId, deviceId, validFrom }) => ({ partition: gatewayId, sort: `${deviceId}#${validFrom}` }),
    {
      byStation: ({ stationId, deviceId, validFrom }) => ({ partition: stationId, sort: `${deviceId}#${validFrom}` }),
      byDevice: ({ deviceId, validFrom, gatewayId }) => ({ partition: deviceId, sort: `${validFrom}#${gatewayId}` }),
      byCounty: ({ countyCode, stationId, deviceId, validFrom }) => ({
        partition: countyCode,
        sort: `${stationId}#${deviceId}#${validFrom}`,
      }),
    },
  ),
  prices: spec<Price, 'stationId' | 'stream' | 'validFrom'>(
    'prices',
    ({ stationId, stream, validFrom }) => ({ partition: stationId, sort: `${stream}#${validFrom}` }),
    {},
  ),
  shares: spec<Share, 'stationId' | 'villageCode' | 'validFrom', 'byVillage'>(
    'shares',
    ({ stationId, villageCode, validFrom }) => ({ partition: stationId, sort: `${validFrom}#${villageCode}` }),
    { byVillage: ({ villageCode, validFrom, stationId }) => ({ partition: villageCode, sort: `${stationId}#${validFrom}` }) },
  ),
  deductions: spec<Deduction, 'stationId' | 'kind' | 'validFrom'>(
    'deductions',
    ({ stationId, kind, validFrom }) => ({ partition: stationId, sort: `${kind}#${validFrom}` }),
    {},
  ),
  households: spec<Household, 'villageCode' | 'householdId'>(
    'households',
    ({ villageCode, householdId }) => ({ partition: villageCode, sort: householdId }),
    {},
  ),
  persons: spec<Person, 'villageCode' | 'personId'>(
    'persons',
    ({ villageCode, personId }) => ({ partition: villageCode, sort: personId }),
    {},
  ),
  memberships: spec<Membership, 'villageCode' | 'personId' | 'validFrom'>(
    'memberships',
    ({ villageCode, personId, validFrom }) => ({ partition: villageCode, sort: `${personId}#${validFrom}` }),
    {},
  ),
  plans: spec<Plan, 'villageCode' | 'year' | 'version'>(
    'plans',
    ({ villageCode, year, version }) => ({ partition: villageCode, sort: `${year}#${padded(version)}` }),
    {},
  ),
  /** What was done about a plan, entry by entry; the last one is in the plan's own row too, see `Plan`. */
  planEvents: spec<PlanEvent, 'villageCode' | 'year' | 'version' | 'seq'>(
    'plan-events',
    ({ villageCode, year, version, seq }) => ({ partition: villageCode, sort: `${year}#${padded(version)}#${padded(seq)}` }),
    {},
  ),
  attendance: spec<AttendanceSheet, 'villageCode' | 'month' | 'version'>(
    'attendance',
    ({ villageCode, month, version }) => ({ partition: villageCode, sort: `${month}#${padded(version)}` }),
    {},
  ),
  policyRules: spec<PolicyRule, 'countyCode' | 'kind' | 'validFrom'>(
    'policy-rules',
    ({ countyCode, kind, validFrom }) => ({ partition: countyCode, sort: `${kind}#${validFrom}` }),
    {},
  ),
  liveness: spec<Liveness, 'countyCode' | 'stationId' | 'deviceId'>(
    'liveness',
    ({ countyCode, stationId, deviceId }) => ({ partition: countyCode, sort: `${stationId}#${deviceId}` }),
    {},
  ),
  quarantine: spec<QuarantineRow, 'countyCode' | 'receivedAtMs' | 'messageId' | 'index', 'waiting'>(
    'quarantine',
    (row) => ({ partition: row.countyCode, sort: quarantineSort(row) }),
    {
      waiting: (row) => (row.releasedAtMs === undefined ? { partition: row.countyCode, sort: quarantineSort(row) } : undefined),
    },
  ),
  staleDays: spec<StaleDay, 'countyCode' | 'stationId' | 'day', 'pending' | 'unarchived'>(
    'stale-days',
    ({ countyCode, stationId, day }) => ({ partition: countyCode, sort: `${day}#${stationId}` }),
    {
      pending: ({ countyCode, stationId, day, settledAtMs }) =>
        settledAtMs === undefined ? { partition: countyCode, sort: `${day}#${stationId}` } : undefined,
      unarchived: ({ countyCode, stationId, day, settledAtMs, archivedAtMs }) =>
        settledAtMs !== undefined && archivedAtMs === undefined
          ? { partition: countyCode, sort: `${day}#${stationId}` }
          : undefined,
    },
  ),
  /** Filed under the station, so that a mark is found also when the station has come to another county since. */
  staleMonths: spec<StaleMonth, 'stationId' | 'month', 'pending'>(
    'stale-months',
    ({ stationId, month }) => ({ partition: stationId, sort: month }),
    {
      pending: ({ countyCode, stationId, month, settledAtMs }) =>
        settledAtMs === undefined ? { partition: countyCode, sort: `${month}#${stationId}` } : undefined,
    },
  ),
  recomputations: spec<Recomputation, 'countyCode' | 'stationId', 'waiting'>(
    'recomputations',
    ({ countyCode, stationId }) => ({ partition: countyCode, sort: stationId }),
    {
      waiting: ({ countyCode, stationId, doneAtMs }) =>
        doneAtMs === undefined ? { partition: countyCode, sort: stationId } : undefined,
    },
  ),
  /** Instants sort by time; records about one instant, all but the last withdrawn, by revision. */
  counterResets: spec<ResetRecord, 'stationId' | 'deviceId' | 'atMs' | 'revision'>(
    'counter-resets',
    ({ stationId, deviceId, atMs, revision }) => ({
      partition: stationId,
      sort: `${deviceId}#${String(atMs).padStart(15, '0')}#${padded(revision)}`,
    }),
    {},
  ),
  /** Versions of one day sort one after another; the last is the one that counts. In `open` are those that wait for a person. */
  generation: spec<StationDay, 'stationId' | 'day' | 'version', 'byCountyDay' | 'open'>(
    'generation',
    ({ stationId, day, version }) => ({ partition: stationId, sort: `${day}#${padded(version)}` }),
    {
      byCountyDay: ({ countyCode, day, stationId, version }) => ({
        partition: `${countyCode}#${day}`,
        sort: `${stationId}#${padded(version)}`,
      }),
      open: (row) =>
        openItemsOf(row).length > 0
          ? { partition: row.countyCode, sort: `${row.day}#${row.stationId}#${padded(row.version)}` }
          : undefined,
    },
  ),
  /** The newest word on each finding. */
  acknowledgements: spec<Acknowledgement, 'stationId' | 'day' | 'deviceId' | 'code' | 'findingAtMs'>(
    'acknowledgements',
    ({ stationId, day, deviceId, code, findingAtMs }) => ({
      partition: stationId,
      sort: `${day}#${deviceId}#${code}#${findingAtMs ?? ''}`,
    }),
    {},
  ),
  /** Entries of one station's ledger, never changed: whoever writes the next one has seen all before it, or is refused. */
  slips: spec<SlipEntry, 'stationId' | 'entry'>('slips', (id) => ({ partition: id.stationId, sort: padded(id.entry) }), {}),
  ...assessmentTables,
  ...moneyTables,
  alerts: spec<Alert, 'countyCode' | 'kind' | 'subject' | 'openedAtMs', 'open' | 'closed'>(
    'alerts',
    ({ countyCode, kind, subject, openedAtMs }) => ({
      partition: countyCode,
      sort: `${String(openedAtMs).padStart(15, '0')}#${kind}#${subject}`,
    }),
    {
      open: ({ countyCode, kind, subject, closedAtMs }) =>
        closedAtMs === undefined ? { partition: countyCode, sort: `${kind}#${subject}` } : undefined,
      closed: ({ countyCode, kind, subject, closedAtMs }) =>
        closedAtMs === undefined
          ? undefined
          : { partition: countyCode, sort: `${String(closedAtMs).padStart(15, '0')}#${kind}#${subject}` },
    },
  ),
  watches: spec<Watch, 'countyCode'>('watches', ({ countyCode }) => single(countyCode), {}),
  users: spec<User, 'userName', 'byCounty'>('users', ({ userName }) => single(userName), {
    byCounty: ({ regionCode, userName }) => ({ partition: countyDigits(regionCode), sort: userName }),
  }),
  signingKeys: spec<SessionKey, 'keyId'>('signing-keys', ({ keyId }) => single(keyId), {}),
  verifyKeys: spec<SessionKey, 'keyId'>('verify-keys', ({ keyId }) => single(keyId), {}),
}

export type Tables = typeof tables
export type TableName = keyof Tables

export type TableOf<Name extends TableName> =
  Tables[Name] extends TableSpec<infer Row, infer Id, infer Index> ? Table<Row, Id, Index> : never
export type TableReaderOf<Name extends TableName> =
  Tables[Name] extends TableSpec<infer Row, infer Id, infer Index> ? TableReader<Row, Id, Index> : never
