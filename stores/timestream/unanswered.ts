/**
 * What was appended and got no answer, because the append threw when a part of it was written. Whoever appends it again from the
 * same instance, as a batch that is halved does, is told 'stored' for it, once. Another instance is told 'duplicate': that moves
 * counters and nothing else, so this may forget.
 */
export type Unanswered = {
  note: (receipt: string, identities: Iterable<string>) => void
  /** Whether it was an append without an answer that wrote this identity with this receipt. */
  wrote: (identity: string, receipt: string | undefined) => boolean
  answered: (identities: Iterable<string>) => void
}

const IDENTITIES_MAX = 100_000

export const createUnanswered = (): Unanswered => {
  const receipts = new Set<string>()
  const identities = new Set<string>()
  const answered = (answeredOnes: Iterable<string>): void => {
    for (const identity of answeredOnes) identities.delete(identity)
    if (identities.size === 0) receipts.clear()
  }
  return {
    note: (receipt, failed) => {
      if (identities.size > IDENTITIES_MAX) answered([...identities])
      receipts.add(receipt)
      for (const identity of failed) identities.add(identity)
    },
    wrote: (identity, receipt = '') => identities.has(identity) && receipts.has(receipt),
    answered,
  }
}
