import { canonicalJson } from '../../domain/canonical.ts'
import { entered } from '../../domain/plan-life.ts'
import type { RegistryRows } from '../../domain/registry-import.ts'
import { type Gateway, type Plan, REGION_LEVELS } from '../../domain/registry.ts'
import type { TableOf } from '../../stores/tables.ts'

/** Puts a checked registry into its tables. */

type RegistryTables = { [Name in keyof RegistryRows | 'planEvents']: TableOf<Name> }
/** Who imports, and when. */
type Importing = { by: string; atMs: number }

const ROWS_AT_ONCE = 25
const TRIES_MAX = 5

/** Writes a gateway and leaves its secret as it is, also when a new one is issued at the same moment. */
const putGateway = async (gateways: TableOf<'gateways'>, gateway: Gateway): Promise<void> => {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const found = await gateways.get({ gatewayId: gateway.gatewayId })
    const written = found
      ? await gateways.put({ ...found.row, ...gateway }, { version: found.version })
      : await gateways.put(gateway, 'absent')
    if (written === 'written') return
  }
  throw new Error('a gateway kept changing while it was imported')
}

const withoutLife = (plan: Plan): string => canonicalJson({ ...plan, last: undefined })

/**
 * A plan comes in the state its file says, for that stands on papers of its own, and the import is the first entry of its life. Once
 * anybody has acted on it here it stays as it is: 'kept', when the file says otherwise.
 */
const putPlan = async (tables: RegistryTables, plan: Plan, { by, atMs }: Importing): Promise<'written' | 'kept'> => {
  const act = { kind: 'import' as const, document: plan.document }
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const found = await tables.plans.get(plan)
    if (found && withoutLife(found.row) === withoutLife(plan)) return 'written'
    const last = found?.row.last
    if (last && last.act.kind !== 'import') return 'kept'
    if (last) await tables.planEvents.put(last)
    const { last: next } = entered(
      { ...plan, state: found?.row.state ?? plan.state, ...(last && { last }) },
      { act, by, atMs, after: plan.state },
    )
    const written = await tables.plans.put({ ...plan, last: next }, found ? { version: found.version } : 'absent')
    if (written === 'written') return 'written'
  }
  throw new Error('a plan kept changing while it was imported')
}

/**
 * Writes what others refer to before those who refer to it, and what a station earns before the station itself, so that whoever
 * reads meanwhile never meets a reference that leads nowhere. Not one transaction: after a throw, importing again completes it.
 */
export const writeRegistry = async (
  tables: RegistryTables,
  rows: RegistryRows,
  importing: Importing,
): Promise<{ plansKept: number }> => {
  for (const level of REGION_LEVELS) await tables.regions.putBatch(rows.regions.filter((region) => region.level === level))
  for (let at = 0; at < rows.gateways.length; at += ROWS_AT_ONCE) {
    const chunk = rows.gateways.slice(at, at + ROWS_AT_ONCE)
    await Promise.all(chunk.map((gateway) => putGateway(tables.gateways, gateway)))
  }
  await tables.prices.putBatch(rows.prices)
  await tables.incomes.putBatch(rows.incomes)
  await tables.deductions.putBatch(rows.deductions)
  await tables.regionDeductions.putBatch(rows.regionDeductions)
  await tables.vatRules.putBatch(rows.vatRules)
  await tables.dueRules.putBatch(rows.dueRules)
  await tables.stations.putBatch(rows.stations)
  await tables.shares.putBatch(rows.shares)
  await tables.devices.putBatch(rows.devices)
  await tables.households.putBatch(rows.households)
  await tables.persons.putBatch(rows.persons)
  await tables.memberships.putBatch(rows.memberships)
  await tables.policyRules.putBatch(rows.policyRules)
  let plansKept = 0
  for (let at = 0; at < rows.plans.length; at += ROWS_AT_ONCE) {
    const chunk = rows.plans.slice(at, at + ROWS_AT_ONCE)
    const outcomes = await Promise.all(chunk.map((plan) => putPlan(tables, plan, importing)))
    plansKept += outcomes.filter((outcome) => outcome === 'kept').length
  }
  return { plansKept }
}
