import type { ImportError } from '../domain/registry-files.ts'
import type { Principal } from '../domain/access.ts'
import type { AlertKind } from '../domain/alert.ts'
import type { Allocation, Undistributed } from '../domain/allocation-run.ts'
import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { StationDay } from '../domain/energy.ts'
import type { AdjustmentLine, ClosingMark, VillageStatement, VillageDeduction } from '../domain/village-statement.ts'
import type { Coverage, DeviceNow, StationNow } from '../domain/overview.ts'
import type { PayeeFinding } from '../domain/payees.ts'
import type { QuarantineReason } from '../domain/problems.ts'
import type { Device, RegionCode, RegionLevel, Station } from '../domain/registry.ts'
import type { MaskedLine, MonthOfDays, Subtotal } from '../domain/village-account.ts'

/**
 * What the read API answers, as JSON. Instants are epoch ms, energy is whole Wh, power is W, money is whole fen.
 * Null means unknown, which is not zero. Refusals are problem details (RFC 9457).
 */

/** POST /api/session and POST /api/session/refresh. */
export type SessionView = { token: string; expiresAtMs: number; principal: Principal; regionName?: string }

export type RegionRef = { code: RegionCode; name: string; level: RegionLevel }

/** One episode, open while `closedAtMs` is null. */
export type AlertView = {
  kind: AlertKind
  /** Null when it is about the platform. */
  stationId: string | null
  stationName: string | null
  /** The device of a device alert, `station/gateway` of a gateway alert, the station's id, the county's code of a platform alert. */
  subject: string
  openedAtMs: number
  closedAtMs: number | null
  lastSeenAtMs: number | null
  /** Devices the episode is about. */
  devices: number
}

/** GET /api/county/choices : the counties a person above county level may look at; for everyone else their own region alone. */
export type RegionChoices = { regions: RegionRef[] }

export type StationTile = Pick<Station, 'stationId' | 'name' | 'latitudeDeg' | 'longitudeDeg' | 'dcCapacityW'> &
  Pick<StationNow, 'status' | 'acPowerW' | 'inverters' | 'invertersOnline'>

/** GET /api/county?code= : everything of a region at a glance; without a code, of the region of the person asking. */
export type CountyView = {
  asOfMs: number
  region: RegionRef
  dcCapacityW: number
  /** Sum over the inverters known now. */
  power: Coverage & { acPowerW: number | null }
  /** Sum over the stations whose running figure of today is known. */
  today: Coverage & { day: ChinaDay; energyWh: number | null }
  inverters: { online: number; of: number }
  stations: { online: number; of: number }
  openAlerts: number
  /** Open ones, newest first, at most 100. */
  alerts: AlertView[]
  tiles: StationTile[]
}

/** GET /api/county/alerts?code=&cursor= : open and closed ones, newest first. A page may be short and still have a next one. */
export type AlertsPage = { asOfMs: number; alerts: AlertView[]; nextCursor: string | null }

/** GET /api/county/income?code=&month= : the villages' income of a month, last month unless told. */
export type CountyIncome = {
  month: ChinaMonth
  /** Villages with a statement, of all villages of the region. */
  villages: Coverage
  /** Sum of the newest statements; null when there is none. */
  netFen: number | null
  provisional: boolean
}

export type StationItem = Pick<Station, 'stationId' | 'name' | 'kind' | 'dcCapacityW' | 'acCapacityW'> &
  Pick<StationNow, 'status' | 'inverters' | 'invertersOnline' | 'lastReceivedAtMs'> & {
    /** Null for a joint station. */
    villageName: string | null
    townName: string | null
    power: Coverage & { acPowerW: number | null }
    todayWh: number | null
    /** 等效利用小时 of today, on the DC rating. */
    equivalentHours: number | null
    openAlert: AlertKind | null
  }

/** GET /api/stations?county=&q=&sort=&cursor= : at most 50 a page. */
export type StationsPage = {
  asOfMs: number
  region: RegionRef
  /** How many match. */
  total: number
  /** How many come before this page. */
  offset: number
  stations: StationItem[]
  nextCursor: string | null
  previousCursor: string | null
}

/** GET /api/stations/{id} */
export type StationDetail = StationItem &
  Pick<Station, 'latitudeDeg' | 'longitudeDeg' | 'commissionedOn' | 'billingAccount' | 'omOrganisation'> & {
    asOfMs: number
    countyName: string | null
    villageCode: RegionCode | null
    decommissionedOn: ChinaDay | null
    /** Masked. */
    carer: string
    alerts: AlertView[]
  }

/** GET /api/stations/{id}/curve?day= : one value per slot from `startMs` on. */
export type CurveView = {
  asOfMs: number
  stationId: string
  day: ChinaDay
  startMs: number
  slotMs: number
  /** Inverters installed on that day. */
  inverters: number
  powerW: (number | null)[]
  /** How many inverters each value covers. */
  reporting: number[]
  /** Power through the revenue meter; null when the station has none. */
  meterW: (number | null)[] | null
}

export type DeviceView = Pick<Device, 'deviceId' | 'kind' | 'ratedPowerW'> & DeviceNow & { todayWh: number | null }
/** GET /api/stations/{id}/devices : what is installed today. */
export type DevicesView = { asOfMs: number; stationId: string; devices: DeviceView[] }

/** `version` is null when the day was never computed. */
export type GenerationDay = Pick<StationDay, 'day' | 'energyWh' | 'basis' | 'quality' | 'coveragePermille' | 'findings'> & {
  version: number | null
  /** Whether readings that came late have changed it (补传). */
  isBackfilled: boolean
}
/** GET /api/stations/{id}/generation?month= : every day of the month that has begun. */
export type GenerationView = {
  asOfMs: number
  stationId: string
  month: ChinaMonth
  /** Sum of the days that are known; null when none is. */
  energyWh: number | null
  equivalentHours: number | null
  days: GenerationDay[]
}

export type VillageItem = {
  code: RegionCode
  name: string
  townName: string | null
  /** Stations its statement covers, parts of joint ones included. */
  stations: number
  netFen: number | null
  provisional: boolean
}
/** GET /api/villages?county=&month= : last month unless told. */
export type VillagesView = {
  asOfMs: number
  region: RegionRef
  month: ChinaMonth
  villages: VillageItem[]
  netFen: number | null
}

/** Energy and days are of the whole station's month. */
export type VillageStation = Pick<Station, 'stationId' | 'name' | 'kind'> &
  MonthOfDays & {
    /** Part of a joint station; null for the village's own. */
    share: { weight: number; of: number } | null
    /** What of its statement does not agree; GET /api/slips/stations/{id} tells it. */
    findings: number
  }

export type StatementStation = VillageStatement['stations'][number] & Subtotal & { name: string }
export type AdjustmentView = AdjustmentLine & { stationName: string | null }
export type StatementView = Pick<VillageStatement, 'version' | 'computedAtMs' | 'provisional'> &
  Subtotal & {
    stations: StatementStation[]
    /** What is taken after sharing; empty where nothing is. */
    deductions: VillageDeduction[]
    /** What of closed months is settled here; empty where nothing is. */
    adjustments: AdjustmentView[]
    /** Null while the month is open. */
    closed: Pick<ClosingMark, 'closedAtMs' | 'sha256'> | null
  }

/** potFen = reserveFen + distributedFen + undistributedFen, and the lines add up to distributedFen. */
export type AllocationView = Pick<
  Allocation,
  | 'computedAtMs'
  | 'statementVersion'
  | 'planVersion'
  | 'potFen'
  | 'reserveFen'
  | 'distributedFen'
  | 'undistributedFen'
  | 'claimedFen'
  | 'carriedInFen'
  | 'carriedOutFen'
> & {
  undistributed: Undistributed | null
  /** Where the month differs from the plan, by line ids. */
  findings: PayeeFinding[]
  lines: MaskedLine[]
}

/** GET /api/villages/{code}?month= : last month unless told. */
export type VillageView = {
  asOfMs: number
  village: RegionRef
  townName: string | null
  countyName: string | null
  month: ChinaMonth
  generation: VillageStation[]
  statement: StatementView | null
  allocation: AllocationView | null
}

export type QuarantineItem = {
  id: string
  reason: QuarantineReason
  detail: string
  gatewayId: string
  deviceId: string | null
  /** Place in the message; -1 for the message as a whole. */
  index: number
  atMs: number | null
  receivedAtMs: number
}
/** GET /api/quarantine?county=&cursor= : what waits for a decision, newest first, 50 a page. */
export type QuarantinePage = { asOfMs: number; items: QuarantineItem[]; nextCursor: string | null }
/** POST /api/quarantine/release: one page of what waits; go on with the cursor until there is none. */
export type QuarantineRelease = { matched: number; released: number; nextCursor: string | null }
/** GET /api/quarantine/{id} */
export type QuarantineDetail = QuarantineItem & { payloadBase64: string }

/** GET /api/papers/… with format=json: a paper's figures, as every other format prints them. */
export type { Cell as PaperCell, Paper as PaperView, Row as PaperRow, Section as PaperSection } from '../papers/paper.ts'

/** What is wrong in an imported file, and what to do, in both languages. */
export type ToldError = ImportError & { messageZh: string }
