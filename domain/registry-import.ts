import { checkStationsAndDevices, type Registry, registryOf } from './registry-checks.ts'
import { type FileContent, type ImportError, keyOf, readRegistryFiles, type RegistryTexts } from './registry-files.ts'
import { checkMoney, type MoneyRows, moneyRows } from './registry-money.ts'
import { checkPeople } from './registry-people.ts'
import { type FileRow, REGISTRY_FILES, type RegistryFile } from './registry-rows.ts'
import { checkShares, sharesOf } from './registry-shares.ts'
import type { PolicyRule } from './policy-rules.ts'
import type { Device, Gateway, Household, Membership, Person, Plan, PlanLine, Region, Share, Station } from './registry.ts'

/** A county's whole registry from CSV files: every line checked by itself and against all others before anything is taken. */

export { columnsOf, REGISTRY_FILES, type RegistryFile } from './registry-rows.ts'

export type RegistryRows = MoneyRows & {
  regions: Region[]
  stations: Station[]
  gateways: Gateway[]
  devices: Device[]
  shares: Share[]
  households: Household[]
  persons: Person[]
  memberships: Membership[]
  plans: Plan[]
  policyRules: PolicyRule[]
}

export const IMPORT_ERRORS_MAX = 200

/** `errors` are the first 200 in order of file and line, `errorCount` all of them. Only with no errors are the rows complete. */
export type RegistryImport = { rows: RegistryRows; errors: ImportError[]; errorCount: number }

const rowsOf = <File extends RegistryFile, Row>({ content }: Registry, file: File, row: (line: FileRow<File>) => Row): Row[] => {
  const { lines }: FileContent<File> = content[file]
  return lines.map((line) => row(line.row))
}

const stationOf = (line: FileRow<'stations.csv'>): Station => ({
  stationId: line.station_id,
  name: line.name,
  kind: line.kind,
  countyCode: line.county_code,
  townCode: line.town_code,
  ...(line.village_code && { villageCode: line.village_code }),
  dcCapacityW: line.dc_capacity_kw,
  acCapacityW: line.ac_capacity_kw,
  latitudeDeg: line.latitude_deg,
  longitudeDeg: line.longitude_deg,
  commissionedOn: line.commissioned_on,
  ...(line.decommissioned_on && { decommissionedOn: line.decommissioned_on }),
  billingAccount: line.billing_account,
  omOrganisation: line.om_organisation,
  carer: line.carer,
  plannedIncomeFenPerYear: line.planned_income_yuan_per_year,
  catalogueListed: line.catalogue_listed,
  ...(line.feed_in && { feedIn: line.feed_in }),
  ...(line.subsidised_kwh_max !== undefined && { subsidisedWhMax: line.subsidised_kwh_max }),
  ...(line.subsidised_kwh_before !== undefined && { subsidisedWhBefore: line.subsidised_kwh_before }),
})

const deviceOf =
  (registry: Registry) =>
  (line: FileRow<'devices.csv'>): Device => {
    const station = registry.find('stations.csv', line.station_id)
    return {
      deviceId: line.device_id,
      kind: line.kind,
      stationId: line.station_id,
      gatewayId: line.gateway_id,
      countyCode: typeof station === 'object' ? station.county_code : '',
      ratedPowerW: line.rated_power_kw ?? 0,
      counter: line.counter,
      ...(line.counter_modulus_kwh !== undefined && { counterModulusWh: line.counter_modulus_kwh }),
      ctMultiplier: line.ct_multiplier,
      validFrom: line.valid_from,
      ...(line.valid_to && { validTo: line.valid_to }),
    }
  }

const personOf =
  (registry: Registry) =>
  (line: FileRow<'persons.csv'>): Person => {
    const household = registry.find('households.csv', line.household_id)
    const villageCode = typeof household === 'object' ? household.village_code : ''
    return { personId: line.person_id, householdId: line.household_id, villageCode, name: line.name }
  }

const membershipOf =
  (registry: Registry) =>
  (line: FileRow<'memberships.csv'>): Membership => {
    const household = registry.find('households.csv', line.household_id)
    return {
      villageCode: typeof household === 'object' ? household.village_code : '',
      personId: line.person_id,
      householdId: line.household_id,
      validFrom: line.valid_from,
      ...(line.valid_to && { validTo: line.valid_to }),
    }
  }

const policyRuleOf = (line: FileRow<'policy-rules.csv'>): PolicyRule => ({
  countyCode: line.county_code,
  kind: line.kind,
  validFrom: line.valid_from,
  ...(line.valid_to && { validTo: line.valid_to }),
  ...(line.percent !== undefined && { rateBp: line.percent }),
  ...(line.count !== undefined && { count: line.count }),
  ...(line.base && { base: line.base }),
  ...(line.numerator && { numerator: line.numerator }),
  clause: line.clause,
  document: line.document,
})

const planLineOf = (line: FileRow<'plan-lines.csv'>): PlanLine => ({
  lineId: line.line_id,
  personId: line.person_id,
  householdId: line.household_id,
  kind: line.kind,
  post: line.post ?? '',
  weight: line.weight_yuan,
})

const plansOf = (registry: Registry): Plan[] => {
  const linesByPlan = new Map<string, PlanLine[]>()
  for (const { row } of registry.content['plan-lines.csv'].lines) {
    const lines = linesByPlan.get(keyOf('plans.csv', row)) ?? []
    lines.push(planLineOf(row))
    linesByPlan.set(keyOf('plans.csv', row), lines)
  }
  return rowsOf(registry, 'plans.csv', (line) => ({
    villageCode: line.village_code,
    year: line.year,
    version: line.version,
    state: line.state,
    pool: line.pool,
    collectiveReserveBp: line.collective_reserve_percent,
    ...(line.basis && { basis: line.basis }),
    document: line.document,
    lines: linesByPlan.get(keyOf('plans.csv', line)) ?? [],
  }))
}

const registryRows = (registry: Registry): RegistryRows => ({
  regions: rowsOf(registry, 'regions.csv', ({ code, name, level, parent_code: parentCode }) => ({
    code,
    name,
    level,
    ...(parentCode && { parentCode }),
  })),
  stations: rowsOf(registry, 'stations.csv', stationOf),
  gateways: rowsOf(registry, 'gateways.csv', (line) => ({ gatewayId: line.gateway_id, countyCode: line.county_code })),
  devices: rowsOf(registry, 'devices.csv', deviceOf(registry)),
  ...moneyRows(registry),
  shares: sharesOf(registry),
  households: rowsOf(registry, 'households.csv', (line) => ({
    householdId: line.household_id,
    villageCode: line.village_code,
    headName: line.head_name,
  })),
  persons: rowsOf(registry, 'persons.csv', personOf(registry)),
  memberships: rowsOf(registry, 'memberships.csv', membershipOf(registry)),
  plans: plansOf(registry),
  policyRules: rowsOf(registry, 'policy-rules.csv', policyRuleOf),
})

const inFileOrder = (errors: readonly ImportError[]): ImportError[] => {
  const order = Object.keys(REGISTRY_FILES)
  return [...errors].sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line)
}

/** The registry in files named as in `REGISTRY_FILES`, an absent file being an empty one. Never throws on what is in them. */
export const parseRegistry = (files: RegistryTexts): RegistryImport => {
  const errors: ImportError[] = []
  const report = (error: ImportError): void => void errors.push(error)
  const registry = registryOf(readRegistryFiles(files, report))
  checkStationsAndDevices(registry, report)
  checkMoney(registry, report)
  checkShares(registry, report)
  checkPeople(registry, report)
  return { rows: registryRows(registry), errors: inFileOrder(errors).slice(0, IMPORT_ERRORS_MAX), errorCount: errors.length }
}
