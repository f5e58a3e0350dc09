import type { Alert } from './alert.ts'
import { HOUR_MS, MINUTE_MS } from './calendar.ts'

/** Episodes of silence: how one begins, is taken up again and ends. */

/** A silence that begins this soon after an episode closed belongs to it. */
const REATTACH_WITHIN_MS = 30 * MINUTE_MS
/** So long after its end an episode can still matter: what comes back within half an hour is noticed a quarter of an hour later. */
export const CLOSED_MATTERS_MS = HOUR_MS
/** Device ids one row carries: a joint station has hundreds of devices. */
const DEVICE_IDS_MAX = 100

/** Who is silent, and since when. */
export type Silence = Pick<Alert, 'countyCode' | 'stationId' | 'kind' | 'subject' | 'lastSeenAtMs' | 'deviceIds'>

export const isAbout = (alert: Alert, { kind, subject, stationId }: Pick<Alert, 'kind' | 'subject' | 'stationId'>): boolean =>
  alert.kind === kind && alert.subject === subject && alert.stationId === stationId

/** The row of a silence that begins now: that of an episode it continues, opened again, or a new one. */
export const beginEpisode = (silence: Silence, closed: readonly Alert[], nowMs: number): Alert => {
  const { countyCode, stationId, kind, subject, lastSeenAtMs, deviceIds } = silence
  const earlier = closed
    .filter((alert) => isAbout(alert, silence) && continues(alert, silence, nowMs))
    .reduce<Alert | undefined>((last, alert) => (closedAt(alert) > closedAt(last) ? alert : last), undefined)
  return {
    countyCode,
    ...(stationId !== undefined && { stationId }),
    kind,
    subject,
    openedAtMs: earlier?.openedAtMs ?? nowMs,
    ...(lastSeenAtMs !== undefined && { lastSeenAtMs }),
    deviceIds: deviceIds.slice(0, DEVICE_IDS_MAX),
    ...(deviceIds.length > DEVICE_IDS_MAX && { deviceCount: deviceIds.length }),
    ...(earlier && { reopened: (earlier.reopened ?? 0) + 1 }),
  }
}

/** The row of an episode that ends; never before it began. */
export const endEpisode = (alert: Alert, closedAtMs: number): Alert => ({
  ...alert,
  closedAtMs: Math.max(closedAtMs, alert.openedAtMs),
})

/** The open episodes, one for each subject, and those that two runs opened beside each other: all but the first opened. */
export const withoutDoubles = (open: readonly Alert[]): { episodes: Alert[]; doubles: Alert[] } => {
  const first = new Map<string, Alert>()
  const doubles: Alert[] = []
  for (const alert of open.toSorted((a, b) => a.openedAtMs - b.openedAtMs)) {
    const key = `${alert.kind}#${alert.subject}`
    if (first.has(key)) doubles.push(alert)
    else first.set(key, alert)
  }
  return { episodes: [...first.values()], doubles }
}

const closedAt = (alert: Alert | undefined): number => alert?.closedAtMs ?? Number.NEGATIVE_INFINITY

const continues = (earlier: Alert, { lastSeenAtMs }: Silence, nowMs: number): boolean =>
  nowMs - closedAt(earlier) <= CLOSED_MATTERS_MS &&
  (lastSeenAtMs === undefined || lastSeenAtMs - closedAt(earlier) <= REATTACH_WITHIN_MS)
