import type { Alert, Liveness } from './alert.ts'
import { dayOf, MINUTE_MS } from './calendar.ts'
import { beginEpisode, endEpisode, withoutDoubles } from './episode.ts'
import { type Hearing, heardUntilMs, isArmed, judgeOffline } from './offline.ts'
import { installedOn, ONLINE_WITHIN_MS } from './overview.ts'
import type { Device, RegionCode, Station } from './registry.ts'

/**
 * The watch over a county: the silence of its stations, and that of the platform itself, which blames nobody.
 *
 * After a break in its own runs the platform begins to listen anew. And while not one message of a whole county arrives, it is
 * the platform that is deaf: silence is only counted as long as others were heard.
 */

/** What the watch over a county remembers: when it last ran, and since when it has been listening without a break. */
export type Watch = { countyCode: RegionCode; ranAtMs: number; listeningSinceMs: number }

/** A watch that did not run for longer was not listening. */
const BREAK_MS = 5 * MINUTE_MS
/** Fewer stations may well fall silent together. */
const STATIONS_MIN = 3

type County = {
  countyCode: RegionCode
  /** Those in service. */
  stations: readonly Station[]
  /** Devices of the county, of any validity. */
  devices: readonly Device[]
  liveness: readonly Liveness[]
  open: readonly Alert[]
  /** Alerts that closed within CLOSED_MATTERS_MS. */
  closed: readonly Alert[]
  /** As the last run left it; undefined before the first. */
  before: Watch | undefined
  nowMs: number
}

/** What is to be written of a run: the alerts that begin or end, ends first, and then what the next run has to know. */
export type Watched = { changes: Alert[]; watch: Watch }

/** Judges a county at an instant; undefined when a later run has judged it already. Judging twice changes nothing. */
export const watchCounty = (county: County): Watched | undefined => {
  const { countyCode, before, nowMs } = county
  const sinceRunMs = nowMs - (before?.ranAtMs ?? 0)
  if (sinceRunMs < 0 && sinceRunMs >= -BREAK_MS) return undefined
  const { episodes, doubles } = withoutDoubles(county.open)
  // A clock put back by more than a moment is a break as well.
  const sinceMs = before && Math.abs(sinceRunMs) <= BREAK_MS ? before.listeningSinceMs : nowMs
  const { platform, hearing } = judgePlatform({ ...county, open: episodes }, sinceMs)
  const judged = [
    ...doubles.map((alert) => endEpisode(alert, nowMs)),
    ...platform,
    ...judgeStations({ ...county, open: episodes }, hearing),
  ]
  const [ends, beginnings] = [judged.filter(isClosed), judged.filter((alert) => !isClosed(alert))]
  return { changes: [...ends, ...beginnings], watch: { countyCode, ranAtMs: nowMs, listeningSinceMs: hearing.sinceMs } }
}

const isClosed = ({ closedAtMs }: Alert): boolean => closedAtMs !== undefined

const judgePlatform = (county: County, sinceMs: number): { platform: Alert[]; hearing: Hearing } => {
  const { countyCode, stations, liveness, open, closed, nowMs } = county
  const heard = new Set(liveness.map(({ stationId }) => stationId))
  const connected = stations.filter(({ stationId }) => heard.has(stationId))
  const enough = connected.filter((station) => isArmed(station, nowMs)).length >= STATIONS_MIN
  const lastSeenAtMs = liveness.reduce((last, { lastReceivedAtMs }) => Math.max(last, Math.min(lastReceivedAtMs, nowMs)), 0)
  const episode = open.find(({ kind }) => kind === 'platform_silent')
  const isDeaf = episode
    ? connected.length > 0 && nowMs - lastSeenAtMs > ONLINE_WITHIN_MS
    : enough && nowMs - Math.max(lastSeenAtMs, sinceMs) > ONLINE_WITHIN_MS

  const deaf = { sinceMs: nowMs, untilMs: nowMs }
  if (isDeaf && episode) return { platform: [], hearing: deaf }
  if (isDeaf) {
    const silence = { countyCode, kind: 'platform_silent' as const, subject: countyCode, lastSeenAtMs, deviceIds: [] }
    return { platform: [beginEpisode(silence, closed, nowMs)], hearing: deaf }
  }
  const untilMs = enough ? heardUntilMs(lastSeenAtMs, nowMs) : nowMs
  if (!episode) return { platform: [], hearing: { sinceMs, untilMs } }
  const closedAtMs = lastSeenAtMs > (episode.lastSeenAtMs ?? 0) ? lastSeenAtMs : nowMs
  return { platform: [endEpisode(episode, closedAtMs)], hearing: { sinceMs: nowMs, untilMs } }
}

const judgeStations = ({ stations, devices, liveness, open, closed, nowMs }: County, hearing: Hearing): Alert[] => {
  // Over the whole county: a device that moved is at one station only.
  const installed = installedOn(devices, dayOf(nowMs))
  const of = { devices: byStation(installed), liveness: byStation(liveness), open: byStation(open), closed: byStation(closed) }
  const ids = new Set(stations.map(({ stationId }) => stationId))
  const isOutOfService = ({ stationId }: Alert) => stationId !== undefined && !ids.has(stationId)
  return [
    ...open.filter(isOutOfService).map((alert) => endEpisode(alert, nowMs)),
    ...stations.flatMap((station) =>
      judgeOffline({
        station,
        devices: of.devices(station.stationId),
        liveness: of.liveness(station.stationId),
        open: of.open(station.stationId),
        closed: of.closed(station.stationId),
        hearing,
        nowMs,
      }),
    ),
  ]
}

const byStation = <Row extends { stationId?: string }>(rows: readonly Row[]): ((stationId: string) => Row[]) => {
  const grouped = Map.groupBy(rows, ({ stationId }) => stationId)
  return (stationId) => grouped.get(stationId) ?? []
}
