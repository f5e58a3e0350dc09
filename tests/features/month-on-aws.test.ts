import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AwsWorld, startAwsWorld } from '../aws-world.ts'
import { storesHere } from '../infra/readings-stand-in.ts'
import { startWorld, type World } from '../world.ts'
import {
  AFTER_MS,
  figuresOf,
  incomeOf,
  monthOf,
  playInOrder,
  playScrambled,
  playShuffled,
  resultOf,
  settle,
  smallCounty,
  villageOf,
} from './a-month.ts'

/**
 * The same month on both runtimes: on one machine in order; on AWS through the built bundles, once for each store, shuffled and
 * doubled, with all that queues may do to it. Same input, same figures to the fen.
 */

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
/** Two months: Timestream's memory store takes all of it. What it does not take is in late-readings.test.ts. */
const MEMORY_HOURS = 1_500

const { files, fleet, villages, names } = smallCounty
const messages = monthOf(smallCounty)
const readings = messages.reduce((sum, message) => sum + message.readings, 0)

let local: World
beforeAll(async () => {
  process.stderr.write(`SEED=${SEED}\n`)
  local = await startWorld({ now: () => AFTER_MS })
  await local.importRegistry(files, fleet.gatewayIds)
  await playInOrder(local, messages)
}, 120_000)
afterAll(async () => local.close())

describe.each(storesHere)('a month on AWS with %s', (store) => {
  let aws: AwsWorld
  beforeAll(async () => {
    aws = await startAwsWorld({ store, startMs: AFTER_MS, seed: SEED, memoryHours: MEMORY_HOURS })
    await aws.importRegistry(files, fleet.gatewayIds)
    // The default store is settled halfway through, too.
    await (store === 'dynamodb' ? playScrambled : playShuffled)(aws, messages)
  }, 600_000)
  afterAll(async () => aws.close())

  test.each(villages)('comes to the same for %s as on one machine, line by line and household by household', async (code) => {
    const [there, here] = [await villageOf(aws, code), await villageOf(local, code)]
    expect(here.allocation?.lines.length).toBeGreaterThan(0)
    expect(here.statement?.netFen).toBeGreaterThan(0)
    expect(resultOf(there), `SEED=${SEED}`).toEqual(resultOf(here))
  })

  test('comes to the same for every village of the county', async () => {
    const [there, here] = [await incomeOf(aws), await incomeOf(local)]
    expect(here.villages.filter(({ netFen }) => netFen !== null).length).toBeGreaterThanOrEqual(175)
    expect(there, `SEED=${SEED}`).toEqual(here)
  })

  test('stores every reading once, and buries nothing', async () => {
    const span = { deviceIds: fleet.devices.map(({ deviceId }) => deviceId), fromMs: 0, toMs: AFTER_MS }
    expect((await aws.deployed.readings.store.list(span, 2 * readings)).length).toBe(readings)
    const counts = await aws.counts()
    expect(counts, `SEED=${SEED}`).toMatchObject({ conflict: 0, quarantined: 0, dead_lettered: 0 })
    expect(counts.stored + counts.duplicate).toBeGreaterThanOrEqual(2 * readings)
    // Two instances that take in the same at the same moment may both count it; what is stored is exact.
    expect(counts.stored, `SEED=${SEED}`).toBeGreaterThanOrEqual(readings)
  })

  test('computed once more, by instances that remember nothing, changes nothing', async () => {
    const figures = async () => Promise.all(villages.map(async (code) => figuresOf(await villageOf(aws, code))))
    const before = await figures()
    await aws.restart()
    await settle(aws)
    expect(await figures()).toEqual(before)
  })

  test('leaves no name of a person in any log', async () => {
    const lines = (await aws.lines()).join('\n')
    expect(lines).toContain('registry imported')
    expect(names.length).toBeGreaterThan(100)
    expect(names.filter((name) => lines.includes(name))).toEqual([])
  })
})
