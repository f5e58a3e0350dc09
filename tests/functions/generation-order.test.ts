import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR_MS } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import { newestVersions } from '../../domain/overview.ts'
import type { CounterKind } from '../../domain/registry.ts'
import { create as computing } from '../../functions/compute-generation.ts'
import { create as ingesting } from '../../functions/ingest-readings.ts'
import { create as sweeping } from '../../functions/sweep-generation.ts'
import { at, dayNamed, type Row, sunnyRows } from '../domain/sunny.ts'
import { aPayload } from '../readings.ts'
import { aDevice, aGateway, aStation, day, someRegions } from '../registry.ts'
import { aGenerating, depsOf, type Generating } from './generating.ts'
import { delivered, rowsOf } from './settling.ts'

/** Whatever came when, and whatever was computed meanwhile: in the end there is one answer. */

const FIRST = '2026-05-30'
const FIRST_MS = at(FIRST, 0)
const DAYS = 6
const END_MS = FIRST_MS + (DAYS * 24 + 80) * HOUR_MS
const EVERY_MS = 30 * 60_000

/** `rows`: so many readings in a row, which a reset does not need. */
type Fault = { kind: 'reset' | 'zero' | 'leap' | 'conflict'; hour: number; rows: number }
/** Readings up to an hour, which arrive so long after it, or never. */
type Stretch = { untilHour: number; delayHours: number | null }
type Life = { counter: CounterKind; stretches: Stretch[]; faults: Fault[] }
/** What happens after an arrival: nothing, a sweep of which all is computed, or one of which every second piece of work is lost. */
type Meanwhile = 'nothing' | 'all' | 'half'
type History = { lives: Life[]; meanwhile: Meanwhile[] }
type Sent = { deviceId: string; counter: CounterKind; atMs: number; wh: number; acPowerW: number }
type Arrival = { arrivesMs: number; readings: Sent[] }

const hour = fc.integer({ min: 0, max: DAYS * 24 })
const fault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom('reset', 'zero', 'leap', 'conflict'),
  hour,
  rows: fc.integer({ min: 1, max: 4 }),
})
const life = (counter: CounterKind): fc.Arbitrary<Life> =>
  fc.record({
    counter: fc.constant(counter),
    stretches: fc.array(fc.record({ untilHour: hour, delayHours: fc.constantFrom(0, 0, 0, 1, 5, 14, 30, 60, null) }), {
      minLength: 1,
      maxLength: 7,
    }),
    faults: fc.array(fault, { maxLength: 3 }),
  })
const history: fc.Arbitrary<History> = fc.record({
  lives: fc.tuple(life('lifetime'), life('day')),
  meanwhile: fc.array(fc.constantFrom('nothing', 'all', 'half'), { minLength: 1, maxLength: 12 }),
})

const days = Array.from({ length: DAYS }, (_, nth) =>
  new Date(FIRST_MS + nth * 24 * HOUR_MS + 8 * HOUR_MS).toISOString().slice(0, 10),
)
const sunny = sunnyRows(dayNamed(FIRST), dayNamed(days.at(-1) ?? FIRST)).filter(({ atMs }) => atMs % EVERY_MS === 0)

/** What the register shows, before anything goes wrong. */
const shown = (counter: CounterKind, { atMs, counterWh }: Row): number => {
  const nowWh = counterWh ?? 0
  if (counter === 'lifetime') return nowWh
  const startMs = atMs - ((atMs + 8 * HOUR_MS) % (24 * HOUR_MS))
  return nowWh - (sunny.findLast((row) => row.atMs < startMs)?.counterWh ?? 40_000_000)
}

const sentBy = ({ counter, faults }: Life, nth: number): Sent[] => {
  const hourOf = (atMs: number) => (atMs - FIRST_MS) / HOUR_MS
  let lostWh = 0
  const left = new Map(faults.map((each) => [each, each.kind === 'reset' ? 1 : each.rows]))
  return sunny.flatMap((row) => {
    const { atMs } = row
    const acPowerW = row.acPowerW ?? 0
    const due = faults.filter((each) => (left.get(each) ?? 0) > 0 && each.hour <= hourOf(atMs))
    for (const each of due) left.set(each, (left.get(each) ?? 0) - 1)
    const kinds = due.map(({ kind }) => kind)
    const wholeWh = shown(counter, row)
    if (kinds.includes('reset')) lostWh = counter === 'lifetime' ? wholeWh - 7 : 0
    const wh = kinds.includes('zero') ? 0 : wholeWh - lostWh + (kinds.includes('leap') ? 900_000 : 0)
    const reading = { deviceId: `ZL1-INV-${nth + 1}`, counter, atMs, wh, acPowerW }
    return kinds.includes('conflict') ? [reading, { ...reading, wh: wh + 3 }] : [reading]
  })
}

const arrivalsOf = (own: Life, nth: number): Arrival[] => {
  const stretches = own.stretches.toSorted((a, b) => a.untilHour - b.untilHour)
  const sent = sentBy(own, nth)
  return [...stretches, { untilHour: DAYS * 24, delayHours: 0 }].flatMap(({ untilHour, delayHours }, index) => {
    const fromMs = FIRST_MS + (stretches[index - 1]?.untilHour ?? 0) * HOUR_MS
    const toMs = FIRST_MS + untilHour * HOUR_MS
    const readings = sent.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    return readings.length === 0 || delayHours === null ? [] : [{ arrivesMs: toMs + delayHours * HOUR_MS, readings }]
  })
}

const payloadOf = (readings: readonly Sent[]) =>
  aPayload(
    readings.map(({ deviceId, counter, atMs, wh, acPowerW }) => ({
      deviceId,
      atMs,
      acPowerW,
      ...(counter === 'lifetime' ? { energyTotalWh: wh } : { energyTodayWh: wh }),
    })),
  )

const ingest = async (world: Generating, arrivals: readonly Arrival[], nth: number): Promise<void> => {
  const messages = arrivals.map(({ readings }, index) => ({
    messageId: `${nth}-${index}`,
    topic: 'pv/GW-ZL1/readings',
    clientId: 'GW-ZL1',
    payload: payloadOf(readings),
    receivedAtMs: world.nowMs,
  }))
  await ingesting(depsOf(world, {}))({ messages })
}

/** One run of the sweep and of what it sends, `keep` deciding which work is done; answers how much was sent. */
const sweep = async (world: Generating, keep: (index: number) => boolean): Promise<number> => {
  const work: object[] = []
  const queues = { 'compute-generation': { send: async (bodies: readonly object[]) => void work.push(...bodies) } }
  await sweeping(depsOf(world, { queues }))({ atMs: world.nowMs })
  const kept = work.filter((_, index) => keep(index))
  if (kept.length > 0) expect(await computing(depsOf(world, {}))(delivered(...kept))).toEqual({ kind: 'done', failed: [] })
  return work.length
}

const sweepUntilQuiet = async (world: Generating): Promise<void> => {
  for (let run = 0; run < 30; run += 1) if ((await sweep(world, () => true)) === 0) return
  throw new Error('days keep marking one another stale')
}

const aWorld = async (counters: readonly CounterKind[]): Promise<Generating> => {
  const world = await aGenerating()
  const commissionedOn = day('2026-05-29')
  await world.tables.regions.putBatch(someRegions)
  await world.tables.stations.put(aStation({ latitudeDeg: 33.84, longitudeDeg: 115.78, commissionedOn }))
  await world.tables.gateways.put(aGateway())
  await world.tables.devices.putBatch(
    counters.map((counter, nth) => aDevice({ deviceId: `ZL1-INV-${nth + 1}`, counter, validFrom: commissionedOn })),
  )
  return world
}

const figuresOf = async (world: Generating): Promise<object[]> => {
  const versions = await rowsOf<StationDay>(world.tables.generation.query({ partition: 'ZL1' }))
  const newest = newestVersions(versions, (row) => row.day)
  return newest.map((row) => ({ ...row, version: 0, computedAtMs: 0, causes: [] })).toSorted((a, b) => (a.day < b.day ? -1 : 1))
}

const livedThrough = async ({ lives, meanwhile }: History): Promise<object[]> => {
  const world = await aWorld(lives.map(({ counter }) => counter))
  try {
    const arrivals = lives.flatMap(arrivalsOf).toSorted((a, b) => a.arrivesMs - b.arrivesMs)
    for (const [nth, arrival] of arrivals.entries()) {
      world.nowMs = arrival.arrivesMs
      await ingest(world, [arrival], nth)
      const then = meanwhile[nth % meanwhile.length]
      if (then !== 'nothing') await sweep(world, (index) => then === 'all' || index % 2 === nth % 2)
    }
    world.nowMs = END_MS
    await sweepUntilQuiet(world)
    return await figuresOf(world)
  } finally {
    await world.close()
  }
}

const fedAtOnce = async ({ lives }: History): Promise<object[]> => {
  const world = await aWorld(lives.map(({ counter }) => counter))
  try {
    world.nowMs = END_MS
    await ingest(world, lives.flatMap(arrivalsOf), 0)
    await sweepUntilQuiet(world)
    return await figuresOf(world)
  } finally {
    await world.close()
  }
}

/** From an evening to the next noon nothing, then what followed, and the night and the morning at last. */
const aMorningThatCameLate: History = {
  lives: [
    {
      counter: 'lifetime',
      stretches: [
        { untilHour: 44, delayHours: 0 },
        { untilHour: 61, delayHours: 30 },
        { untilHour: 80, delayHours: 0 },
      ],
      faults: [],
    },
    { counter: 'day', stretches: [{ untilHour: 80, delayHours: 0 }], faults: [] },
  ],
  meanwhile: ['all'],
}

const numRuns = Number(process.env['RUNS'] ?? 8)
const seed = Number(process.env['SEED'] ?? 20_261_122)
const timeout = 60_000 + numRuns * 10_000

test('station-days come out as if everything had been there at first, whatever came when', { timeout }, async () => {
  const same = fc.asyncProperty(history, async (given) => {
    expect(await livedThrough(given)).toEqual(await fedAtOnce(given))
  })
  // Every run is a platform of its own, so a failure is shown as it is found: shrinking would take minutes.
  await fc.assert(same, { numRuns, seed, endOnFailure: true, examples: [[aMorningThatCameLate]] })
})
