import { shareByLargestRemainder } from './money.ts'
import { awaitedFen, type ItemLife, lies } from './receipt-ledger.ts'
import type { Receipt, Span } from './receipt.ts'
import type { IncomeStream } from './registry.ts'

/**
 * A lump for many stations, divided where its document does not: oldest month first, and within a month by what each station still
 * awaits, by largest remainder. No station gets more than it awaits; `leftFen` is for none of them and stays unapplied.
 */
export const partsByRule = (
  items: readonly ItemLife[],
  { amountFen, stationIds, stream, ...span }: Span & { amountFen: number; stationIds: readonly string[]; stream: IncomeStream },
): { parts: Receipt['parts']; leftFen: number } => {
  const named = new Set(stationIds)
  const open = items.filter((item) => named.has(item.stationId) && item.stream === stream && awaitedFen(item) > 0)
  const months = Map.groupBy(open, ({ month }) => month)
  const sums = new Map(stationIds.map((stationId) => [stationId, 0]))
  let leftFen = amountFen
  for (const month of [...months.keys()].filter((each) => lies(each, span)).toSorted()) {
    const awaited = new Map<string, number>()
    for (const item of months.get(month) ?? []) awaited.set(item.stationId, (awaited.get(item.stationId) ?? 0) + awaitedFen(item))
    const total = Math.min(
      leftFen,
      [...awaited.values()].reduce((sum, fen) => sum + fen, 0),
    )
    const divided = shareByLargestRemainder({ total, shares: [...awaited].map(([id, weight]) => ({ id, weight })) })
    for (const { id, part } of divided.kind === 'shared' ? divided.parts : []) sums.set(id, (sums.get(id) ?? 0) + part)
    leftFen -= total
  }
  const parts = [...sums].map(([stationId, fen]) => ({ stationId, amountFen: fen })).filter((part) => part.amountFen > 0)
  return { parts, leftFen }
}
