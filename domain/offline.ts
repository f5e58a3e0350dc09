import type { Alert, AlertKind, Liveness } from './alert.ts'
import { dayOf, HOUR_MS, MINUTE_MS } from './calendar.ts'
import { beginEpisode, endEpisode, isAbout } from './episode.ts'
import { installedOn, ONLINE_WITHIN_MS } from './overview.ts'
import type { Device, Station } from './registry.ts'
import { solarElevationDeg } from './sun.ts'

/**
 * Which devices of a station are silent although the sun shines on them.
 *
 * Judged from signs of life by receive time alone, so a wrong device clock or a late backlog never raises or hides an alert.
 * Armed by the sun over the station, never by fixed hours: at night nothing opens, and nothing closes but by a message.
 * Three layers, station, gateway and device: a silence is told once, by the highest layer that is silent as a whole. The devices of a
 * station that falls silent were not last heard of in the same minute; none of them is missed before the station is.
 */

/** Well past sunrise or well before sunset: about half an hour at China's latitudes. */
const ARMED_ABOVE_DEG = 5
/** So long the sun must have stood there: inverters take their time to wake. */
const ARMED_AFTER_MS = 30 * MINUTE_MS
/** So long a device that never reported must have been expected to. */
const EXPECTED_AFTER_MS = HOUR_MS
/** Gateways report every five minutes: what was heard of within a round is being heard. */
const ROUND_MS = 5 * MINUTE_MS

/** Silence is counted from `sinceMs` at the earliest and to `untilMs` at the latest: while the listener and what is beside it were well. */
export type Hearing = { sinceMs: number; untilMs: number }
const NOTHING: Hearing = { sinceMs: 0, untilMs: Number.NEGATIVE_INFINITY }

type Given = {
  station: Station
  /** Devices of the station, of any validity. */
  devices: readonly Device[]
  liveness: readonly Liveness[]
  /** The station's open alerts. */
  open: readonly Alert[]
  /** The station's alerts that closed within CLOSED_MATTERS_MS. */
  closed: readonly Alert[]
  hearing: Hearing
  nowMs: number
}

type Sighted = { device: Device; firstSeenAtMs: number | undefined; lastSeenAtMs: number | undefined }
type Layer = { kind: AlertKind; subject: string; members: readonly Sighted[]; parts: readonly Layer[] }

/**
 * The alerts to write: episodes that begin or begin again, and open ones of this station that end. Writing them and judging again
 * gives none. A station nobody ever heard of is not connected yet and has no alert.
 */
export const judgeOffline = (given: Given): Alert[] => {
  const { station, open, closed, nowMs } = given
  const sighted = sightingsOf(given)
  const about = ({ kind, subject }: Layer) => ({ kind, subject, stationId: station.stationId })
  const stands = standingLayers(stationLayer(station, sighted), given)
  const ended = open.filter((alert) => !stands.some((layer) => isAbout(alert, about(layer))))
  const begun = stands.filter((layer) => !open.some((alert) => isAbout(alert, about(layer))))
  return [
    ...ended.map((alert) => endEpisode(alert, recoveredAtMs(alert, sighted) ?? nowMs)),
    ...begun.map((layer) => {
      const deviceIds = layer.members.map(({ device }) => device.deviceId)
      const lastSeenAtMs = latest(layer.members)
      return beginEpisode({ countyCode: station.countyCode, ...about(layer), lastSeenAtMs, deviceIds }, closed, nowMs)
    }),
  ]
}

/** Whether the sun stands so high over a station, and has for so long, that its devices must be awake. */
export const isArmed = (station: Station, nowMs: number): boolean =>
  [0, ARMED_AFTER_MS].every((agoMs) => solarElevationDeg({ ...station, atMs: nowMs - agoMs }) > ARMED_ABOVE_DEG)

/** Until when the silence of a part counts, given when the whole was last heard of: a whole that falls silent blames no part. */
export const heardUntilMs = (lastSeenAtMs: number | undefined, nowMs: number): number =>
  lastSeenAtMs !== undefined && nowMs - lastSeenAtMs <= ROUND_MS ? nowMs : (lastSeenAtMs ?? NOTHING.untilMs)

/** The layers an alert is to be open about, none of them within another. Any silence keeps one open, only a missed one begins. */
const standingLayers = (whole: Layer, { station, open, closed, hearing, nowMs }: Given): Layer[] => {
  const expectedSinceMs = nowMs - EXPECTED_AFTER_MS
  const wasSunUp = solarElevationDeg({ ...station, atMs: expectedSinceMs }) > ARMED_ABOVE_DEG
  const isMissed = ({ kind, members }: Layer, { sinceMs, untilMs }: Hearing): boolean => {
    const lastSeenAtMs = latest(members)
    if (lastSeenAtMs !== undefined) return untilMs - Math.max(lastSeenAtMs, sinceMs) > ONLINE_WITHIN_MS
    return kind !== 'station_offline' && wasSunUp && sinceMs <= expectedSinceMs && untilMs >= nowMs
  }
  const standing = (layer: Layer, heard: Hearing): Layer[] => {
    const isThis = ({ kind, subject }: Alert) => kind === layer.kind && subject === layer.subject
    const isOpen = open.some(isThis)
    if (isOpen ? isSilent(layer, nowMs) : isMissed(layer, heard)) return [layer]
    // Below an alert that ends the devices are given their rounds to return, and those of a new station theirs to appear.
    if (isOpen) return layer.parts.flatMap((part) => standing(part, NOTHING))
    const recoveriesMs = closed.filter(isThis).map(({ closedAtMs }) => closedAtMs ?? 0)
    const within = {
      sinceMs: Math.max(heard.sinceMs, earliest(layer.members), ...recoveriesMs),
      untilMs: Math.min(heard.untilMs, heardUntilMs(latest(layer.members), nowMs)),
    }
    return layer.parts.flatMap((part) => standing(part, within))
  }
  return whole.members.length === 0 ? [] : standing(whole, isArmed(station, nowMs) ? hearing : NOTHING)
}

const isSilent = ({ members }: Layer, nowMs: number): boolean => nowMs - (latest(members) ?? 0) > ONLINE_WITHIN_MS

const gatewaySubject = ({ stationId, gatewayId }: Pick<Device, 'stationId' | 'gatewayId'>): string => `${stationId}/${gatewayId}`

const stationLayer = ({ stationId }: Station, sighted: readonly Sighted[]): Layer => {
  const gateways = Map.groupBy(sighted, ({ device }) => gatewaySubject(device))
  const parts = [...gateways].map(
    ([subject, members]): Layer => ({ kind: 'gateway_offline', subject, members, parts: members.map(deviceLayer) }),
  )
  return { kind: 'station_offline', subject: stationId, members: sighted, parts }
}

const deviceLayer = (one: Sighted): Layer => ({
  kind: 'device_offline',
  subject: one.device.deviceId,
  members: [one],
  parts: [],
})

const sightingsOf = ({ devices, liveness, nowMs }: Given): Sighted[] => {
  const seen = new Map(liveness.map((row) => [row.deviceId, row]))
  // The silence of a sensor is no outage: the station produces without it, and its days say that the sun is not known.
  return installedOn(devices, dayOf(nowMs))
    .filter(({ kind }) => kind !== 'irradiance')
    .toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
    .map((device) => {
      const row = seen.get(device.deviceId)
      return { device, firstSeenAtMs: row && (row.firstReceivedAtMs ?? 0), lastSeenAtMs: row?.lastReceivedAtMs }
    })
}

/** Receive time of the message that ended the episode; undefined when something else ended it. */
const recoveredAtMs = (
  { kind, subject, openedAtMs, lastSeenAtMs = 0 }: Alert,
  sighted: readonly Sighted[],
): number | undefined => {
  const members = sighted.filter(({ device }) => {
    if (kind === 'station_offline') return true
    return subject === (kind === 'gateway_offline' ? gatewaySubject(device) : device.deviceId)
  })
  const recoveredAt = latest(members)
  return recoveredAt !== undefined && recoveredAt > lastSeenAtMs && recoveredAt >= openedAtMs ? recoveredAt : undefined
}

/** When the first of them was heard of; 0 when none was, or nobody noted when. */
const earliest = (sighted: readonly Sighted[]): number => {
  const first = sighted.map(({ firstSeenAtMs }) => firstSeenAtMs).filter((atMs) => atMs !== undefined)
  return first.length === 0 ? 0 : Math.min(...first)
}

const latest = (sighted: readonly Sighted[]): number | undefined =>
  sighted.reduce<number | undefined>(
    (last, { lastSeenAtMs }) => (lastSeenAtMs !== undefined && lastSeenAtMs > (last ?? 0) ? lastSeenAtMs : last),
    undefined,
  )
