import { type FileContent, keyOf, type Line, type RegistryContent, type Report } from './registry-files.ts'
import type { ChinaDay } from './calendar.ts'
import type { RegionCode, RegionLevel } from './registry.ts'
import { REGION_LEVELS } from './registry.ts'
import { type FileRow, REGISTRY_FILES, type RegistryFile, type Validity } from './registry-rows.ts'

/** What lines of the registry must be to each other: places, stations and devices. */

/** The files as a whole: every line by its key. */
export type Registry = {
  content: RegistryContent
  /** The line named; 'broken' when it has errors of its own or its file could not be read. */
  find: <File extends RegistryFile>(file: File, key: string) => FileRow<File> | 'broken' | undefined
}

/** Says of one line and column what is wrong. */
export type Tell = (column: string, message: string) => void

export const registryOf = (content: RegistryContent): Registry => {
  const maps = new Map<string, Map<string, unknown>>()
  for (const file of Object.keys(REGISTRY_FILES) as RegistryFile[]) {
    const lines: readonly Line<RegistryFile>[] = content[file].lines
    maps.set(file, new Map(lines.map(({ row }) => [keyOf(file, row), row])))
  }
  return {
    content,
    find: <File extends RegistryFile>(file: File, key: string) => {
      const found = maps.get(file)?.get(key) as FileRow<File> | undefined
      const of: FileContent<File> = content[file]
      return found ?? (of.brokenKeys.has(key) || !of.whole ? 'broken' : undefined)
    },
  }
}

/** Runs a check over every line of a file. */
export const eachLine = <File extends RegistryFile>(
  registry: Registry,
  file: File,
  report: Report,
  check: (row: FileRow<File>, tell: Tell) => void,
): void => {
  const { lines }: FileContent<File> = registry.content[file]
  for (const { line, row } of lines) check(row, (column, message) => report({ file, line, column, message }))
}

/** The line a cell refers to; tells when there is none, and stays silent when that line itself is broken. */
export const refer = <File extends RegistryFile>(
  registry: Registry,
  file: File,
  key: string,
  tell: Tell,
  column: string,
): FileRow<File> | undefined => {
  const found = registry.find(file, key)
  if (found === undefined) tell(column, `${file} has no such line; add it there or correct this cell.`)
  return found === 'broken' ? undefined : found
}

/** The region a cell names, if it is of the level demanded. */
export const referRegion = (
  registry: Registry,
  code: RegionCode,
  level: RegionLevel,
  tell: Tell,
  column: string,
): FileRow<'regions.csv'> | undefined => {
  const region = refer(registry, 'regions.csv', code, tell, column)
  if (region && region.level !== level) tell(column, `This must be the code of a ${level}; regions.csv has it as another level.`)
  return region?.level === level ? region : undefined
}

export const checkValidity = ({ valid_from: from, valid_to: to }: Validity, tell: Tell): void => {
  if (to !== undefined && to <= from) tell('valid_to', 'The end must be after valid_from; it is the first day no longer valid.')
}

const levelOfDigits = (code: RegionCode): RegionLevel | undefined => {
  const groups: [RegionLevel, string][] = [
    ['village', code.slice(9)],
    ['town', code.slice(6, 9)],
    ['county', code.slice(4, 6)],
    ['city', code.slice(2, 4)],
    ['province', code.slice(0, 2)],
  ]
  return groups.find(([, digits]) => Number(digits) > 0)?.[0]
}

const ZEROS = 'a village code ends in no 000, a town in 3 zeros, a county in 6, a city in 8, a province in 10'

const checkRegions = (registry: Registry, report: Report): void =>
  eachLine(registry, 'regions.csv', report, ({ code, level, parent_code: parentCode }, tell) => {
    if (levelOfDigits(code) !== level) tell('level', `Level and code disagree: ${ZEROS}. Correct one of them.`)
    if (parentCode === undefined) {
      if (level === 'town' || level === 'village') tell('parent_code', 'A town or village needs its parent region here.')
      return
    }
    const parent = refer(registry, 'regions.csv', parentCode, tell, 'parent_code')
    if (parent && REGION_LEVELS.indexOf(parent.level) >= REGION_LEVELS.indexOf(level)) {
      tell('parent_code', `The parent of a ${level} must be of a higher level.`)
    }
  })

/** Whether a region lies in another by the parent links of the file; true while a link on the way is broken. */
const liesIn = (registry: Registry, code: RegionCode, ancestor: RegionCode): boolean => {
  let next: RegionCode | undefined = code
  for (let step = 0; next !== undefined && step < REGION_LEVELS.length; step += 1) {
    if (next === ancestor) return true
    const region: FileRow<'regions.csv'> | 'broken' | undefined = registry.find('regions.csv', next)
    if (region === undefined || region === 'broken') return true
    next = region.parent_code
  }
  return false
}

const checkPlace = (registry: Registry, station: FileRow<'stations.csv'>, tell: Tell): void => {
  const { county_code: county, town_code: town, village_code: village, kind } = station
  referRegion(registry, county, 'county', tell, 'county_code')
  const inTown = referRegion(registry, town, 'town', tell, 'town_code')
  if (inTown && !liesIn(registry, town, county)) tell('town_code', 'This town does not lie in the county of this line.')
  if (kind === 'joint' && village !== undefined)
    tell('village_code', 'Leave this empty: shares.csv names a joint station’s villages.')
  if (kind === 'village' && village === undefined) tell('village_code', 'Fill in the village that owns this station.')
  const inVillage = village === undefined ? undefined : referRegion(registry, village, 'village', tell, 'village_code')
  if (inVillage && !liesIn(registry, inVillage.code, town))
    tell('village_code', 'This village does not lie in the town of this line.')
}

/** Arrays are built larger than their inverters, up to about half as much again; outside this a digit is wrong. */
const DC_TO_AC_MIN = 0.5
const DC_TO_AC_MAX = 2.5
const RATING_TOLERANCE = 0.01

const checkCapacity = (station: FileRow<'stations.csv'>, invertersW: number | undefined, tell: Tell): void => {
  const { dc_capacity_kw: dcW, ac_capacity_kw: acW } = station
  if (dcW < acW * DC_TO_AC_MIN || dcW > acW * DC_TO_AC_MAX) {
    tell('dc_capacity_kw', 'DC and AC capacity do not fit each other; check both for a slipped digit.')
  }
  if (invertersW === undefined || station.decommissioned_on !== undefined) return
  if (Math.abs(invertersW - acW) > acW * RATING_TOLERANCE) {
    tell('ac_capacity_kw', `The inverters in devices.csv sum to ${invertersW / 1000} kW; correct this or their rated_power_kw.`)
  }
}

const rowsOf = <File extends RegistryFile>({ content }: Registry, file: File): FileRow<File>[] => {
  const { lines }: FileContent<File> = content[file]
  return lines.map(({ row }) => row)
}

const isIntact = ({ content }: Registry, file: RegistryFile): boolean =>
  content[file].whole && content[file].brokenKeys.size === 0

const checkStations = (registry: Registry, report: Report): void => {
  const installed = rowsOf(registry, 'devices.csv').filter(({ kind, valid_to: to }) => kind === 'inverter' && to === undefined)
  const inverters = Map.groupBy(installed, ({ station_id: stationId }) => stationId)
  const shares = Map.groupBy(rowsOf(registry, 'shares.csv'), ({ station_id: stationId }) => stationId)
  eachLine(registry, 'stations.csv', report, (station, tell) => {
    checkPlace(registry, station, tell)
    const own = isIntact(registry, 'devices.csv') ? inverters.get(station.station_id) : undefined
    checkCapacity(
      station,
      own?.reduce((sumW, { rated_power_kw: ratedW = 0 }) => sumW + ratedW, 0),
      tell,
    )
    if (station.decommissioned_on !== undefined && station.decommissioned_on <= station.commissioned_on) {
      tell('decommissioned_on', 'This must be after commissioned_on.')
    }
    if (station.kind !== 'joint' || !isIntact(registry, 'shares.csv')) return
    const starts = (shares.get(station.station_id) ?? []).map(({ valid_from: from }) => from)
    if (!starts.some((from) => from <= station.commissioned_on)) {
      tell('kind', 'A joint station needs lines in shares.csv that hold from commissioned_on or earlier.')
    }
  })
}

/** For each line of a device, by its key, the day its next line begins. */
const nextBeginnings = (registry: Registry): Map<string, ChinaDay> => {
  const next = new Map<string, ChinaDay>()
  for (const [deviceId, lines] of Map.groupBy(rowsOf(registry, 'devices.csv'), ({ device_id: deviceId }) => deviceId)) {
    const days = [...new Set(lines.map(({ valid_from: from }) => from))].sort()
    for (const [at, day] of days.entries()) {
      const later = days[at + 1]
      if (later) next.set(keyOf('devices.csv', { device_id: deviceId, valid_from: day }), later)
    }
  }
  return next
}

const checkDevices = (registry: Registry, report: Report): void => {
  const nextOf = nextBeginnings(registry)
  eachLine(registry, 'gateways.csv', report, ({ county_code: county }, tell) => {
    referRegion(registry, county, 'county', tell, 'county_code')
  })
  eachLine(registry, 'devices.csv', report, (device, tell) => {
    checkValidity(device, tell)
    const station = refer(registry, 'stations.csv', device.station_id, tell, 'station_id')
    const gateway = refer(registry, 'gateways.csv', device.gateway_id, tell, 'gateway_id')
    if (station && gateway && station.county_code !== gateway.county_code) {
      tell('gateway_id', 'This gateway and this station are of different counties.')
    }
    if (device.kind !== 'meter' && device.ct_multiplier !== 1) tell('ct_multiplier', 'Write 1: only a meter has a multiplier.')
    if ((device.kind === 'irradiance') === (device.rated_power_kw !== undefined))
      tell('rated_power_kw', 'Fill in the rated power in kW; only an irradiance sensor has none and leaves this empty.')
    const next = nextOf.get(keyOf('devices.csv', device))
    if (next !== undefined && (device.valid_to === undefined || next < device.valid_to)) {
      tell('valid_to', 'A later line of this device begins before this one ends; a device is in one place at a time.')
    }
  })
}

/** Places, stations and devices. */
export const checkStationsAndDevices = (registry: Registry, report: Report): void => {
  checkRegions(registry, report)
  checkStations(registry, report)
  checkDevices(registry, report)
}
