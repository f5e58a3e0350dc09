import * as z from 'zod'

import {
  choiceCell,
  dayCell,
  decimalCell,
  degreesCell,
  idCell,
  monthDayCell,
  regionCell,
  shareCell,
  postCell,
  textCell,
  wholeCell,
  yesNoCell,
} from './cells.ts'
import type { ChinaDay } from './calendar.ts'
import { POLICY_BASES, POLICY_KINDS, POLICY_NUMERATORS } from './policy-rules.ts'
import {
  AMOUNT_STREAMS,
  BENEFIT_KINDS,
  COUNTER_KINDS,
  DEDUCTION_KINDS,
  DEVICE_KINDS,
  ENERGY_STREAMS,
  FEED_IN,
  INCOME_STREAMS,
  PLAN_BASES,
  PLAN_STATES,
  REGION_LEVELS,
  STATION_KINDS,
} from './registry.ts'

/**
 * The files of a registry import: one schema per file, its keys the columns. Numbers are in the units people write (kW, yuan, %)
 * and leave here in the units of the books (W, fen, 10⁻⁴ yuan, hundredths of a percent). An empty cell is an absent one.
 */

const powerKw = decimalCell(3, 1, 1e9)
const yuan = decimalCell(2, 0, 1e12)
const energyKwh = decimalCell(3, 0, 1e15)
const percent = decimalCell(2, 0, 10_000)
const name = textCell(64)
const document = textCell(200)

const regions = z.strictObject({
  code: regionCell,
  name,
  level: choiceCell(REGION_LEVELS),
  parent_code: regionCell.optional(),
})

const stations = z.strictObject({
  station_id: idCell,
  name,
  kind: choiceCell(STATION_KINDS),
  county_code: regionCell,
  town_code: regionCell,
  village_code: regionCell.optional(),
  dc_capacity_kw: powerKw,
  ac_capacity_kw: powerKw,
  latitude_deg: degreesCell(3, 54),
  longitude_deg: degreesCell(73, 136),
  commissioned_on: dayCell,
  decommissioned_on: dayCell.optional(),
  billing_account: name,
  om_organisation: name,
  carer: name,
  planned_income_yuan_per_year: yuan,
  catalogue_listed: yesNoCell,
  feed_in: choiceCell(FEED_IN).optional(),
  subsidised_kwh_max: energyKwh.optional(),
  subsidised_kwh_before: energyKwh.optional(),
})

const gateways = z.strictObject({ gateway_id: idCell, county_code: regionCell })

const devices = z.strictObject({
  device_id: idCell,
  kind: choiceCell(DEVICE_KINDS),
  station_id: idCell,
  gateway_id: idCell,
  rated_power_kw: powerKw.optional(),
  counter: choiceCell(COUNTER_KINDS),
  counter_modulus_kwh: decimalCell(3, 1, 1e15).optional(),
  ct_multiplier: wholeCell(1, 100_000),
  valid_from: dayCell,
  valid_to: dayCell.optional(),
})

const prices = z.strictObject({
  station_id: idCell,
  stream: choiceCell(ENERGY_STREAMS),
  valid_from: dayCell,
  valid_to: dayCell.optional(),
  price_yuan_per_kwh: decimalCell(4, 0, 100_000),
  document,
})

const incomes = z.strictObject({
  station_id: idCell,
  stream: choiceCell(AMOUNT_STREAMS),
  valid_from: dayCell,
  valid_to: dayCell.optional(),
  amount_yuan_per_year: yuan.optional(),
  amount_yuan_once: yuan.optional(),
  document,
})

const shares = z.strictObject({
  station_id: idCell,
  village_code: regionCell,
  valid_from: dayCell,
  share: shareCell.optional(),
  weight: wholeCell(0, 1e12).optional(),
  weight_total: wholeCell(1, 1e15).optional(),
  document,
})

const deductions = z.strictObject({
  station_id: idCell,
  kind: choiceCell(DEDUCTION_KINDS),
  valid_from: dayCell,
  valid_to: dayCell.optional(),
  amount_yuan_per_year: yuan.optional(),
  rate_percent: percent.optional(),
  document,
})

const regionDeductions = z.strictObject({ region_code: regionCell, ...deductions.omit({ station_id: true }).shape })

const vatRules = z.strictObject({
  county_code: regionCell,
  station_kind: choiceCell(STATION_KINDS),
  valid_from: dayCell,
  valid_to: dayCell.optional(),
  per: choiceCell(['month', 'quarter']),
  exempt_up_to_yuan: yuan,
  rate_percent: percent,
  document,
})

const dueRules = z.strictObject({
  county_code: regionCell,
  stream: choiceCell(INCOME_STREAMS),
  from_year: wholeCell(2000, 2199),
  years_later: wholeCell(0, 9),
  due_on: monthDayCell,
  document,
})

const households = z.strictObject({ household_id: idCell, village_code: regionCell, head_name: name })

const persons = z.strictObject({ person_id: idCell, household_id: idCell, name })

const memberships = z.strictObject({
  person_id: idCell,
  household_id: idCell,
  valid_from: dayCell,
  valid_to: dayCell.optional(),
})

const planKey = { village_code: regionCell, year: wholeCell(2000, 2199), version: wholeCell(1, 9_999) }

const plans = z.strictObject({
  ...planKey,
  state: choiceCell(PLAN_STATES),
  pool: choiceCell(['accrued', 'received']),
  collective_reserve_percent: percent,
  basis: choiceCell(PLAN_BASES).optional(),
  document,
})

const planLines = z.strictObject({
  ...planKey,
  line_id: idCell,
  household_id: idCell,
  person_id: idCell,
  kind: choiceCell(BENEFIT_KINDS),
  post: postCell.optional(),
  weight_yuan: decimalCell(2, 0, 1e10),
})

const policyRules = z.strictObject({
  county_code: regionCell,
  kind: choiceCell(POLICY_KINDS),
  valid_from: dayCell,
  valid_to: dayCell.optional(),
  percent: percent.optional(),
  count: wholeCell(0, 1_200).optional(),
  base: choiceCell(POLICY_BASES).optional(),
  numerator: choiceCell(POLICY_NUMERATORS).optional(),
  clause: textCell(64),
  document,
})

export const REGISTRY_FILES = {
  'regions.csv': regions,
  'stations.csv': stations,
  'gateways.csv': gateways,
  'devices.csv': devices,
  'prices.csv': prices,
  'incomes.csv': incomes,
  'shares.csv': shares,
  'deductions.csv': deductions,
  'region-deductions.csv': regionDeductions,
  'vat-rules.csv': vatRules,
  'due-rules.csv': dueRules,
  'households.csv': households,
  'persons.csv': persons,
  'memberships.csv': memberships,
  'plans.csv': plans,
  'plan-lines.csv': planLines,
  'policy-rules.csv': policyRules,
} as const

export type RegistryFile = keyof typeof REGISTRY_FILES
/** One line of a file as read, before it is compared with other lines. */
export type FileRow<File extends RegistryFile> = z.output<(typeof REGISTRY_FILES)[File]>
export type Validity = { valid_from: ChinaDay; valid_to?: ChinaDay | undefined }

/** The header of a file, as the guide and the messages show it. */
export const columnsOf = (file: RegistryFile): string[] => Object.keys(REGISTRY_FILES[file].shape)

/** Columns a file may come without: it was written before there were any. */
export const NEWER_COLUMNS: Partial<Record<RegistryFile, readonly string[]>> = {
  'stations.csv': ['feed_in', 'subsidised_kwh_max', 'subsidised_kwh_before'],
  'prices.csv': ['valid_to'],
  'plans.csv': ['basis'],
}
