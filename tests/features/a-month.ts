import { expect } from 'vitest'
import { shuffled } from '../../devices/chance.ts'
import { demoCounty } from '../../devices/demo-county.ts'
import { parseFault } from '../../devices/fault-syntax.ts'
import { type Fleet, fleetOf } from '../../devices/fleet.ts'
import { type GatewayMessage, rounds } from '../../devices/rounds.ts'
import { type ChinaDay, type ChinaMonth, HOUR_MS, monthEndMs, monthStartMs } from '../../domain/calendar.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import type { VillageView } from '../../functions/api-types.ts'
import type { Platform } from '../world.ts'

/** A month of the demonstration county, and what its villages and households get for it: the main job, on whatever it runs. */

export const MONTH = '2026-10' as ChinaMonth
export const AFTER_MS = monthEndMs(MONTH) + 6 * HOUR_MS
export const ZHANGLOU = '341623105220'
const WULI = '341623105001'
const COUNTY = '341623000000'
const SEED = 7
const SWEEPS_MAX = 10

/** Registry files and what they say; `names` are those of people. */
export type County = { files: Record<string, string>; fleet: Fleet; villages: string[]; names: string[] }

const countyOf = (files: Record<string, string>): County => {
  const registry = parseRegistry(files).rows
  const names = [...registry.households.map(({ headName }) => headName), ...registry.persons.map(({ name }) => name)]
  // Two with stations of their own, one of the 175 of the joint station.
  const villages = [ZHANGLOU, WULI, registry.shares[0]?.villageCode ?? '']
  return { files, fleet: fleetOf(registry), villages, names: [...new Set(names)] }
}

const demonstration = demoCounty({ stations: 5, today: '2026-11-01' as ChinaDay })
export const county = countyOf(demonstration)

const withoutLines = (leftOut: RegExp, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replaceAll(leftOut, '')]))

/** Three stations of the six are enough, and of the joint one its four meters, by which it is paid, with one great inverter each. */
const OTHER_STATIONS = /^(?:(?:GW-)?(?:ZL2|WL2|WL3)\b|KT-INV-(?![1-4],)).*\r\n/gm
const SMALL_INVERTER = /^(KT-INV-.*),60,lifetime/gm
const small = withoutLines(OTHER_STATIONS, demonstration)
/** The county with as many people and villages and fewer devices. */
export const smallCounty = countyOf({
  ...small,
  'devices.csv': small['devices.csv']?.replaceAll(SMALL_INVERTER, '$1,8190,lifetime') ?? '',
})

/** The county with the first station of Zhanglou alone. */
export const oneStation = countyOf(withoutLines(/^(?:(?:GW-)?WL1\b|(?:GW-)?KT\b).*\r\n/gm, small))

/** The month hour by hour, with an inverter that falls silent and a counter that dips. */
export const monthOf = ({ fleet }: County): GatewayMessage[] => {
  const span = { fromMs: monthStartMs(MONTH), toMs: monthEndMs(MONTH) }
  const faults = [
    parseFault('inverter-offline:ZL1-INV-1@2026-10-07T10:00/PT5H'),
    parseFault('counter-dip:WL1-INV-1@2026-10-12T11:00/PT30M'),
  ]
  const every = rounds({ fleet, seed: SEED, ...span, everyMs: HOUR_MS, faults, batched: true })
  return [...every].flatMap(({ messages }) => messages)
}

/** Computes and settles what is due. */
export const settle = async (world: Platform): Promise<void> => {
  // A day may find out about another one; by the clock the next minute's run takes that up.
  for (let run = 0; run < SWEEPS_MAX && (await world.run('sweep-generation', AFTER_MS)) > 0; run += 1);
  await world.run('sweep-settlement', AFTER_MS)
}

/** The month in order. */
export const playInOrder = async (world: Platform, messages: readonly GatewayMessage[]): Promise<void> => {
  await world.publish(messages)
  await settle(world)
}

/** Everything twice and in any order, then settled. */
export const playShuffled = async (world: Platform, messages: readonly GatewayMessage[]): Promise<void> => {
  await world.publish(shuffled(SEED, 'all of it, twice', [...messages, ...messages]))
  await settle(world)
}

/** Half of it arrives, is computed and settled; then everything comes again in any order, and once more. */
export const playScrambled = async (world: Platform, messages: readonly GatewayMessage[]): Promise<void> => {
  await world.publish(shuffled(SEED, 'first half', messages.slice(0, messages.length / 2)))
  await settle(world)
  await playShuffled(world, messages)
}

export const villageOf = async (world: Platform, code: string): Promise<VillageView> => {
  const { status, body } = await world.call('GET', `/api/villages/${code}?month=${MONTH}`)
  expect(status).toBe(200)
  return body as VillageView
}

/** Every village of the county with its income. */
export const incomeOf = async (world: Platform) => {
  const { body } = await world.call('GET', `/api/villages?county=${COUNTY}&month=${MONTH}`)
  const { villages, netFen } = body as { villages: { code: string; netFen: number | null }[]; netFen: number | null }
  return { villages, netFen }
}

/** What people rely on, without the instants of computing. */
export const figuresOf = ({ generation, statement, allocation }: VillageView) =>
  JSON.parse(
    JSON.stringify({ generation, statement, allocation }, (key, value: unknown) => (key === 'computedAtMs' ? undefined : value)),
  )

/** The figures without the numbers of their versions either: how often something was computed says nothing about the result. */
export const resultOf = (view: VillageView) =>
  JSON.parse(JSON.stringify(figuresOf(view), (key, value: unknown) => (/version/i.test(key) ? undefined : value)))
