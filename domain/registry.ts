import type { ChinaDay } from './calendar.ts'
import type { PlanEvent } from './plan-events.ts'

/** What exists: regions, stations, gateways, devices, people and the rules that divide money, each row with its validity. */

/** A 12-digit statistical region code, a string. Shorter levels end in zeros: county 341623000000, town 341623105000. */
export type RegionCode = string
export const REGION_LEVELS = ['province', 'city', 'county', 'town', 'village'] as const
export type RegionLevel = (typeof REGION_LEVELS)[number]

/** `parentCode` makes the tree; the digits of the code are only a check. Absent for a province or the topmost imported region. */
export type Region = { code: RegionCode; name: string; level: RegionLevel; parentCode?: RegionCode }

export const STATION_KINDS = ['village', 'joint'] as const
export type StationKind = (typeof STATION_KINDS)[number]

export const FEED_IN = ['full', 'surplus'] as const
/**
 * 全额上网, or 自发自用余电上网: a station of the second kind feeds in what is left after use on the spot. The subsidy is then paid for
 * all it makes, and `own_use` for what was used: what the inverters made less what was fed in.
 */
export type FeedIn = (typeof FEED_IN)[number]

export type Station = {
  stationId: string
  name: string
  kind: StationKind
  countyCode: RegionCode
  townCode: RegionCode
  /** The owning village; a joint station has none, its shares name the villages. */
  villageCode?: RegionCode
  /** DC array rating in watts-peak. */
  dcCapacityW: number
  /** AC rating in watts, the sum of the inverters' rated power. */
  acCapacityW: number
  latitudeDeg: number
  longitudeDeg: number
  commissionedOn: ChinaDay
  decommissionedOn?: ChinaDay
  /** 户号: the grid company's billing account. */
  billingAccount: string
  omOrganisation: string
  /** Name of the person who looks after the station; personal data. */
  carer: string
  plannedIncomeFenPerYear: number
  /** Only a station in the subsidy catalogue has a subsidy receivable. */
  catalogueListed: boolean
  /** Absent: 'full'. */
  feedIn?: FeedIn
  /** 补贴电量上限: energy beyond this, over the station's life, has no subsidy; without end when absent. */
  subsidisedWhMax?: number
  /** What of it was used up before the months kept here. */
  subsidisedWhBefore?: number
}

export type Gateway = {
  gatewayId: string
  countyCode: RegionCode
  /** SHA-256 (hex) of the gateway's secret, 32 random bytes; absent until it was given one, and then it cannot connect. */
  secretHash?: string
}

/** 逆变器, 关口表, 辐照仪: an irradiance sensor measures the sun, counts no energy and belongs in no sum of a station. */
export const DEVICE_KINDS = ['inverter', 'meter', 'irradiance'] as const
export type DeviceKind = (typeof DEVICE_KINDS)[number]
export const COUNTER_KINDS = ['lifetime', 'day'] as const
/** Which register energy is taken from: the lifetime counter, or the day register of a device that has no other. */
export type CounterKind = (typeof COUNTER_KINDS)[number]

/** A device as installed at one station behind one gateway, from one day until another (exclusive). A moved device has two rows. */
export type Device = {
  deviceId: string
  kind: DeviceKind
  stationId: string
  gatewayId: string
  countyCode: RegionCode
  /** Rated AC power of an inverter; of a meter, what can flow through it; 0 for a sensor. */
  ratedPowerW: number
  counter: CounterKind
  /** The counter returns to 0 after reaching this many Wh; absent when it is not declared. */
  counterModulusWh?: number
  /** Current-transformer multiplier of a meter, 1 for all others. */
  ctMultiplier: number
  validFrom: ChinaDay
  validTo?: ChinaDay
}

export const GRID_STREAMS = ['benchmark', 'subsidy', 'market', 'mechanism', 'other'] as const
/** What the grid company's slips print: 标杆电价部分, 财政补贴, 市场化交易, 机制电价, 其他. */
export type GridStream = (typeof GRID_STREAMS)[number]
export const ENERGY_STREAMS = [...GRID_STREAMS, 'own_use'] as const
/** What energy is paid by; 自用电费 is paid by whoever uses it on the spot, see `FeedIn`. */
export type EnergyStream = (typeof ENERGY_STREAMS)[number]
export const AMOUNT_STREAMS = ['farming', 'sundry'] as const
/** What a station earns beside energy: 板下种养, 其他收入. No deduction goes by these names. */
export type AmountStream = (typeof AMOUNT_STREAMS)[number]
export const INCOME_STREAMS = [...ENERGY_STREAMS, ...AMOUNT_STREAMS] as const
export type IncomeStream = (typeof INCOME_STREAMS)[number]

/**
 * Price of one income stream of one station from a day on, until `validTo` (exclusive) or the next row of the same stream, whichever
 * comes first. A subsidy that is granted for a term of years ends by its `validTo`.
 */
export type Price = {
  stationId: string
  stream: EnergyStream
  validFrom: ChinaDay
  validTo?: ChinaDay
  /** 10⁻⁴ yuan per kWh, tax included: 0.3844 yuan/kWh is 3844. */
  priceE4YuanPerKwh: number
  document: string
}

/**
 * Income of a station that is an amount and no energy: so much a calendar year, until `validTo` (exclusive) or the next yearly row of
 * its stream, or once, on `validFrom`. One of the two.
 */
export type AmountIncome = {
  stationId: string
  stream: AmountStream
  validFrom: ChinaDay
  validTo?: ChinaDay
  amountFenPerYear?: number
  amountFenOnce?: number
  document: string
}

/** A village's share in a joint station from a day on; the shares of one (station, validFrom) set divide the whole by weight. */
export type Share = {
  stationId: string
  villageCode: RegionCode
  validFrom: ChinaDay
  weight: number
  /** What the weights of the set sum to; absent in sets of before they had to say so. */
  weightTotal?: number
  document: string
}

export const DEDUCTION_KINDS = ['land_rent', 'operation', 'insurance', 'tax', 'reserve', 'other'] as const
export type DeductionKind = (typeof DEDUCTION_KINDS)[number]

/**
 * Taken from a station's gross income before it is shared: either a yearly amount or a rate of gross. In force until `validTo`
 * (exclusive) or the next row of its kind, whichever comes first.
 */
export type Deduction = {
  stationId: string
  kind: DeductionKind
  validFrom: ChinaDay
  validTo?: ChinaDay
  /** Fen per calendar year; months take it so that twelve of them sum to it exactly. */
  amountFenPerYear?: number
  /** Hundredths of a percent of what the month's energy earned: 2.9 % is 290. */
  rateBp?: number
  document: string
}

/**
 * Taken for a whole region. Of a county (县级统筹): an amount is divided among its stations by DC capacity and days in service, a rate
 * is of each station's gross; both before sharing. Of a village: after sharing, a rate being of what its stations bring it.
 */
export type RegionDeduction = Omit<Deduction, 'stationId'> & { regionCode: RegionCode }

export type Household = {
  householdId: string
  villageCode: RegionCode
  /** Name of the head; personal data. */
  headName: string
}

/** `householdId` is the one the person belongs to now; `Membership` rows say since when, and of which before. */
export type Person = { personId: string; householdId: string; villageCode: RegionCode /** Personal data. */; name: string }

/**
 * That a person belongs to a household from a day on, until `validTo` (exclusive). A person without any such row has always
 * belonged to the household of the `Person`; one who has rows belongs to none outside them.
 */
export type Membership = {
  villageCode: RegionCode
  personId: string
  householdId: string
  validFrom: ChinaDay
  validTo?: ChinaDay
}

export const BENEFIT_KINDS = ['post', 'works', 'reward'] as const
/** 公益岗位, 小型公益事业, 奖励补助. */
export type BenefitKind = (typeof BENEFIT_KINDS)[number]

export const PLAN_STATES = ['drafted', 'passed', 'noticed', 'reviewed', 'filed', 'executing', 'announced'] as const
export type PlanState = (typeof PLAN_STATES)[number]

export const PLAN_BASES = ['weights', 'wages'] as const
/** Whether the lines of a plan divide all there is among them, or each claims an amount a month and the rest is carried on. */
export type PlanBasis = (typeof PLAN_BASES)[number]

export type PlanLine = {
  lineId: string
  personId: string
  householdId: string
  kind: BenefitKind
  /** e.g. 保洁员; empty for a reward. */
  post: string
  /** What the pot is divided by, or claimed of it a month in fen: for posts the monthly wage. A whole number from 0. */
  weight: number
}

/** A village's yearly distribution plan. Only a plan that is filed, executing or announced divides money. */
export type Plan = {
  villageCode: RegionCode
  year: number
  version: number
  state: PlanState
  /** Which money the plan divides: what was earned, or what has arrived. */
  pool: 'accrued' | 'received'
  /** Hundredths of a percent of the pot that stay with the village collective. */
  collectiveReserveBp: number
  /** Absent in plans older than wages by attendance: 'weights'. */
  basis?: PlanBasis
  document: string
  lines: PlanLine[]
  /** The last thing that was done about it; absent only in plans older than the record of their lives. */
  last?: PlanEvent
}

/** The streams a station's energy has: no subsidy outside the catalogue, no own use where all is fed in. */
export const streamsOf = ({ catalogueListed, feedIn }: Pick<Station, 'catalogueListed' | 'feedIn'>): EnergyStream[] =>
  ENERGY_STREAMS.filter((stream) => stream !== 'subsidy' || catalogueListed).filter(
    (stream) => stream !== 'own_use' || feedIn === 'surplus',
  )
