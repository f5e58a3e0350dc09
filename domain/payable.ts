import type { AllocationLine } from './allocation-run.ts'

/**
 * What may be paid out on the lines of months that settle closed ones, where a line may take back what a person has had too much of.
 * Nothing is ever paid back by a person: what is too much is taken from the person's other lines of the month, and what those do not
 * cover is a debt, taken from the lines of the months after.
 */

type Line = Pick<AllocationLine, 'lineId' | 'personId' | 'amountFen'>
/** Lines with what may be paid on each, from 0; and by person what is still to be taken back, fen above 0. */
export type Payable<Of extends Line> = { lines: Of[]; debtsFen: Map<string, number> }

/** The lines of a person that bring something, less what is to be taken back, the last lines first. */
const takenBack = <Of extends Line>(own: readonly Of[], backFen: number): { lines: Of[]; leftFen: number } => {
  let leftFen = backFen
  const lines = own.toReversed().map((line): Of => {
    if (line.amountFen <= 0) return { ...line, amountFen: 0 }
    const takenFen = Math.min(leftFen, line.amountFen)
    leftFen -= takenFen
    return { ...line, amountFen: line.amountFen - takenFen }
  })
  return { lines: lines.toReversed(), leftFen }
}

const monthOf = <Of extends Line>(lines: readonly Of[], debtsFen: ReadonlyMap<string, number>): Payable<Of> => {
  const left = new Map(debtsFen)
  const payable = new Map<string, Of>()
  for (const [personId, own] of Map.groupBy(lines, (line) => line.personId)) {
    const takenFen = own.reduce((sum, { amountFen }) => sum + Math.max(0, 0 - amountFen), 0)
    const after = takenBack(own, takenFen + (debtsFen.get(personId) ?? 0))
    for (const line of after.lines) payable.set(line.lineId, line)
    if (after.leftFen > 0) left.set(personId, after.leftFen)
    else left.delete(personId)
  }
  return { lines: lines.map((line) => payable.get(line.lineId) ?? line), debtsFen: left }
}

/** Of the last of some months in a row, from the first that settles closed months on; the lines of each month have ids of their own. */
export const payableOf = <Of extends Line>(months: readonly (readonly Of[])[]): Payable<Of> =>
  months.reduce<Payable<Of>>(({ debtsFen }, lines) => monthOf(lines, debtsFen), { lines: [], debtsFen: new Map() })
