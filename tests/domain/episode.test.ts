import { describe, expect, test } from 'vitest'
import type { Alert } from '../../domain/alert.ts'
import { MINUTE_MS } from '../../domain/calendar.ts'
import { beginEpisode, endEpisode, type Silence, withoutDoubles } from '../../domain/episode.ts'
import { NOON_MS } from '../readings.ts'
import { COUNTY } from '../registry.ts'

const CLOSED_MS = NOON_MS
const minutesLater = (minutes: number) => NOON_MS + minutes * MINUTE_MS

const silence = (over: Partial<Silence> = {}): Silence => ({
  countyCode: COUNTY,
  stationId: 'ZL1',
  kind: 'device_offline',
  subject: 'ZL1-INV-1',
  lastSeenAtMs: minutesLater(5),
  deviceIds: ['ZL1-INV-1'],
  ...over,
})
const anAlert = (over: Partial<Alert> = {}): Alert => ({ ...silence(), openedAtMs: minutesLater(-90), ...over })
const closed = anAlert({ closedAtMs: CLOSED_MS })

describe('a silence that begins', () => {
  test('within half an hour of the end of an episode opens it again and counts that', () => {
    const again = beginEpisode(silence(), [closed], minutesLater(21))
    expect(again).toEqual({ ...silence(), openedAtMs: closed.openedAtMs, reopened: 1 })
    const oncemore = beginEpisode(silence(), [{ ...again, closedAtMs: minutesLater(25) }], minutesLater(45))
    expect(oncemore).toMatchObject({ openedAtMs: closed.openedAtMs, reopened: 2 })
  })

  test.each<[string, Partial<Silence>, Alert, number]>([
    ['more than half an hour after the end', { lastSeenAtMs: minutesLater(31) }, closed, 47],
    [
      'soon after the end but is noticed long after, as when a night lies between',
      { lastSeenAtMs: minutesLater(20) },
      closed,
      61,
    ],
    ['soon after another subject recovered', { subject: 'ZL1-INV-2' }, closed, 21],
    ['soon after another layer recovered', { kind: 'station_offline' }, closed, 21],
    ['at the station the device was moved to', { stationId: 'ZL2' }, closed, 21],
  ])('%s is an episode of its own', (_, over, earlier, minutes) => {
    const begun = beginEpisode(silence(over), [earlier], minutesLater(minutes))
    expect(begun.openedAtMs).toBe(minutesLater(minutes))
    expect(begun).not.toHaveProperty('reopened')
  })

  test('half an hour after the end to the minute still continues it', () => {
    const begun = beginEpisode(silence({ lastSeenAtMs: minutesLater(30) }), [closed], minutesLater(46))
    expect(begun).toMatchObject({ openedAtMs: closed.openedAtMs, reopened: 1 })
  })

  test('continues the episode that ended last', () => {
    const later = anAlert({ openedAtMs: minutesLater(-10), closedAtMs: minutesLater(-1) })
    const last = anAlert({ openedAtMs: minutesLater(-30), closedAtMs: CLOSED_MS })
    for (const rows of [
      [later, last],
      [last, later],
    ]) {
      expect(beginEpisode(silence(), rows, minutesLater(21)).openedAtMs).toBe(last.openedAtMs)
    }
  })
})

test('an episode never ends before it began', () => {
  expect(endEpisode(anAlert(), minutesLater(-95)).closedAtMs).toBe(minutesLater(-90))
})

test('of episodes opened twice the first stays', () => {
  const other = anAlert({ subject: 'ZL1-INV-2', openedAtMs: minutesLater(-80) })
  const second = anAlert({ openedAtMs: minutesLater(-89) })
  expect(withoutDoubles([second, other, anAlert()])).toEqual({ episodes: [anAlert(), other], doubles: [second] })
})
