import { entry } from './entry.ts'

/** Who asks, and for which region: what every door of the API but the log-in reads; what a month may still wait for. */
const access = ['verifyKeys', 'regions'] as const
const inTheWay = ['staleDays', 'staleMonths', 'quarantine', 'audits'] as const
/** What stations earned, who has a part in them, what villages got of it, and what each payee. */
const earned = ['stations', 'shares', 'stationStatements'] as const
const statements = [...earned, 'villageStatements'] as const
const allocation = ['allocations', 'allocationLines', 'persons'] as const
/** What there is; whom the money is for, and by what plan. */
const plant = ['stations', 'gateways', 'devices', 'shares', 'households', 'persons', 'memberships'] as const
/** What statements are made of, beside energy and with it. */
const terms = ['prices', 'incomes', 'deductions', 'regionDeductions', 'vatRules'] as const
const below = ['restatements', ...terms, 'slips', 'generation', 'devices', 'counterResets', 'readings'] as const

/** Everything the system reacts to. `infra/` and `local/` both read this list and nothing else decides what runs. */
export const manifest = {
  /** Takes in what gateways publish: every reading is stored, a duplicate, in conflict or quarantined with its reason. */
  'ingest-readings': entry({
    on: { mqtt: 'pv/+/readings', batch: 10_000 },
    reads: ['gateways', 'devices', 'stations'],
    writes: ['readings', 'liveness', 'staleDays', 'quarantine'],
    timeoutSeconds: 60,
    memoryMb: 1024,
    load: () => import('./ingest-readings.ts'),
  }),

  /** Finds station-days that are over and not computed, or stale, and hands them to compute-generation. */
  'sweep-generation': entry({
    on: { everyMinutes: 1 },
    reads: ['regions', 'stations', 'generation'],
    writes: ['staleDays', 'recomputations'],
    sends: ['compute-generation'],
    timeoutSeconds: 300,
    load: () => import('./sweep-generation.ts'),
  }),
  /** One station-day from its readings: a new version if the figure changed. */
  'compute-generation': entry({
    on: { queue: { batch: 10 } },
    reads: ['stations', 'devices', 'counterResets', 'readings'],
    writes: ['generation', 'staleDays', 'staleMonths', 'staleCountyDays'],
    timeoutSeconds: 300,
    memoryMb: 1024,
    load: () => import('./compute-generation.ts'),
  }),
  /** Keeps the raw readings of settled station-days in the archive, long before the time series lets them go. */
  'archive-readings': entry({
    on: { everyMinutes: 60 },
    reads: ['regions', 'devices', 'readings'],
    writes: ['staleDays', 'archive'],
    timeoutSeconds: 300,
    memoryMb: 1024,
    load: () => import('./archive-readings.ts'),
  }),

  /** Finds station-months that are over and have changed since they were settled; once a day it looks at every one. */
  'sweep-settlement': entry({
    on: { everyMinutes: 10 },
    reads: ['regions', 'stations', 'staleDays', 'staleMonths', 'generation', 'slips', 'stationStatements'],
    sends: ['settle-station'],
    timeoutSeconds: 300,
    load: () => import('./sweep-settlement.ts'),
  }),
  /** One station-month: income lines, deductions, and every village's part of them. */
  'settle-station': entry({
    on: { queue: { batch: 10 } },
    reads: ['stations', 'generation', 'slips', ...terms, 'shares'],
    writes: ['stationStatements', 'staleMonths'],
    sends: ['settle-village'],
    timeoutSeconds: 120,
    load: () => import('./settle-station.ts'),
  }),
  /** One village-month: its statement, and the allocation of the money by the plan in force; of a closed one what it would be today. */
  'settle-village': entry({
    on: { queue: { batch: 10 } },
    reads: [...earned, 'regionDeductions', 'vatRules', 'plans', 'memberships', 'attendance', 'closings', 'moneyRecords'],
    writes: ['villageStatements', 'restatements', 'allocations', 'allocationLines'],
    timeoutSeconds: 120,
    load: () => import('./settle-village.ts'),
  }),

  /** Goes on with months that are being closed, until every village's statement is. */
  'sweep-closings': entry({
    on: { everyMinutes: 10 },
    reads: ['regions', 'allocationLines'],
    writes: ['closings', 'villageStatements', 'allocations', 'deliveries'],
    sends: ['settle-village'],
    timeoutSeconds: 300,
    load: () => import('./sweep-closings.ts'),
  }),
  /** Once a day through every county's books: what does not add up is named by its row, and stands in the way of closing. */
  'audit-ledger': entry({
    on: { everyMinutes: 60 },
    reads: ['regions', 'generation', 'stationStatements', 'villageStatements', 'allocations', 'allocationLines'],
    writes: ['audits'],
    timeoutSeconds: 600,
    memoryMb: 1024,
    load: () => import('./audit-ledger.ts'),
  }),
  /** Finds county-days with final station-days no assessment stands on, and hands them to assess-performance. */
  'sweep-performance': entry({
    on: { everyMinutes: 10 },
    reads: ['regions', 'staleCountyDays'],
    sends: ['assess-performance'],
    timeoutSeconds: 120,
    load: () => import('./sweep-performance.ts'),
  }),
  /** One day of a county: every station beside its peers, what it lost and why; readings only where there is something to see. */
  'assess-performance': entry({
    on: { queue: { batch: 1 } },
    reads: ['stations', 'devices', 'generation', 'readings', 'prices', 'performanceLimits'],
    writes: ['assessments', 'countyDays', 'staleCountyDays'],
    timeoutSeconds: 600,
    memoryMb: 1024,
    load: () => import('./assess-performance.ts'),
  }),

  /** Opens and closes alerts about silent devices, gateways and stations, by day only, and about a platform nothing reaches. */
  'watch-offline': entry({
    on: { everyMinutes: 1 },
    reads: ['regions', 'stations', 'devices', 'liveness'],
    writes: ['alerts', 'watches'],
    timeoutSeconds: 120,
    load: () => import('./watch-offline.ts'),
  }),

  /** Log-in: a password for a short-lived token. */
  'api-session': entry({
    on: { http: '/api/session' },
    reads: ['users', 'regions'],
    writes: ['signingKeys', 'verifyKeys'],
    timeoutSeconds: 10,
    load: () => import('./api-session.ts'),
  }),
  /** The county at a glance: power now, today's energy, devices online, open alerts, the month's income. */
  'api-county': entry({
    on: { http: '/api/county' },
    reads: [...access, 'stations', 'devices', 'liveness', 'generation', 'alerts', 'villageStatements'],
    timeoutSeconds: 30,
    load: () => import('./api-county.ts'),
  }),
  /** Stations: list, one station, its day curve, its devices, and its days with all that became of them. */
  'api-stations': entry({
    on: { http: '/api/stations' },
    reads: [...access, 'stations', 'devices', 'liveness', 'generation', 'staleDays', 'alerts', 'readings'],
    timeoutSeconds: 30,
    load: () => import('./api-stations.ts'),
  }),
  /** Resets of counters and replacements of devices as people record them; findings that wait for a person, and what one said. */
  'api-resets': entry({
    on: { http: '/api/resets' },
    reads: [...access, 'stations', 'devices', 'generation', 'readings'],
    writes: ['counterResets', 'acknowledgements', 'staleDays'],
    timeoutSeconds: 30,
    memoryMb: 1024,
    load: () => import('./api-resets.ts'),
  }),
  /** Performance: a region's stations beside their peers, one station's days, its year beside the plan; a county's limits. */
  'api-performance': entry({
    on: { http: '/api/performance' },
    reads: [...access, 'stations', 'assessments', 'countyDays', 'stationStatements'],
    writes: ['performanceLimits', 'staleCountyDays'],
    timeoutSeconds: 30,
    memoryMb: 1024,
    load: () => import('./api-performance.ts'),
  }),
  /** Villages: the month's generation, income statement and allocation, names masked. */
  'api-villages': entry({
    on: { http: '/api/villages' },
    reads: [...access, ...statements, ...allocation, 'generation', 'households'],
    timeoutSeconds: 30,
    load: () => import('./api-villages.ts'),
  }),
  /** Papers of villages and counties: reports, statements, lists, notices, vouchers; PDF, spreadsheet, CSV. */
  'api-papers': entry({
    on: { http: '/api/papers' },
    reads: [...access, ...statements, ...allocation, 'generation', 'households', 'closings'],
    writes: ['noticePhotos'],
    timeoutSeconds: 30,
    memoryMb: 1024,
    load: () => import('./api-papers.ts'),
  }),
  /** Villages' yearly plans from draft to announcement, attendance sheets, and the county's rules about the money. */
  'api-plans': entry({
    on: { http: '/api/plans' },
    reads: [...access, ...statements, ...allocation, 'moneyRecords', 'dueRules'],
    writes: ['plans', 'planEvents', 'attendance', 'policyRules'],
    sends: ['settle-village'],
    timeoutSeconds: 30,
    load: () => import('./api-plans.ts'),
  }),
  /** The life of amounts: received by the county, by the village, paid out; the records it is computed from; opening balances. */
  'api-receipts': entry({
    on: { http: '/api/receipts' },
    reads: [...access, ...statements, ...allocation, 'dueRules'],
    writes: ['moneyRecords', 'payeeAccounts', 'bankFiles'],
    sends: ['settle-village'],
    timeoutSeconds: 30,
    memoryMb: 1024,
    load: () => import('./api-receipts.ts'),
  }),
  /** From a payee's fen back to prices, shares, days and readings, every joint worked out again on the spot. */
  'api-trace': entry({
    on: { http: '/api/trace' },
    reads: [...access, ...statements, ...allocation, ...below],
    timeoutSeconds: 30,
    memoryMb: 1024,
    load: () => import('./api-trace.ts'),
  }),
  /** Closing of months: what stands in the way, closing, over something in the way by two persons; a closed month composed again. */
  'api-closings': entry({
    on: { http: '/api/closings' },
    reads: [...access, ...inTheWay, 'stations', 'stationStatements', 'restatements', 'allocationLines'],
    writes: ['closings', 'villageStatements', 'allocations', 'deliveries'],
    sends: ['settle-village'],
    timeoutSeconds: 30,
    memoryMb: 1024,
    load: () => import('./api-closings.ts'),
  }),
  /** What was set aside at the door, with reasons and raw bytes; put back through ingest once the cause is mended. */
  'api-quarantine': entry({
    on: { http: '/api/quarantine' },
    reads: access,
    writes: ['quarantine'],
    sends: ['ingest-readings'],
    timeoutSeconds: 30,
    load: () => import('./api-quarantine.ts'),
  }),
  /** Settlement slips of the grid company: recorded, imported from CSV and withdrawn; what a station's month stands on. */
  'api-slips': entry({
    on: { http: '/api/slips' },
    reads: [...access, 'stations', 'stationStatements'],
    writes: ['slips', 'staleMonths'],
    sends: ['settle-station'],
    timeoutSeconds: 30,
    load: () => import('./api-slips.ts'),
  }),
  /** Registry import from CSV files, checked row by row, dry run first, settled months settled again; gateway secrets; users. */
  'api-registry': entry({
    on: { http: '/api/registry' },
    reads: ['verifyKeys', 'stationStatements', 'villageStatements', 'staleMonths'],
    writes: [...plant, ...terms, 'plans', 'planEvents', 'regions', 'policyRules', 'dueRules', 'users', 'recomputations'],
    sends: ['settle-station', 'settle-village'],
    timeoutSeconds: 30,
    memoryMb: 2048,
    load: () => import('./api-registry.ts'),
  }),
}

export type FunctionName = keyof typeof manifest
