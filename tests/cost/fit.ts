import type { Sample } from './measurements.ts'
import type { Metered } from './meter.ts'

/** What each thing worked on takes, so that the samples come out exactly: as many samples as things. Throws when they do not tell. */
export const fitted = (samples: readonly Sample[]): Record<string, Metered> => {
  const names = Object.keys(samples[0]?.counts ?? {})
  if (names.length !== samples.length) throw new Error(`${samples.length} samples cannot tell ${names.join(', ')} apart`)
  const solved = names.map((): Metered => ({ readUnits: 0, writeUnits: 0, waits: 0, requests: 0, rows: 0 }))
  for (const key of ['readUnits', 'writeUnits', 'waits', 'requests', 'rows'] as const) {
    const matrix = samples.map(({ counts, metered }) => [...names.map((name) => counts[name] ?? 0), metered[key]])
    for (const [at, value] of solutionOf(matrix).entries()) Object.assign(solved[at] ?? {}, { [key]: value })
  }
  return Object.fromEntries(names.map((name, at) => [name, solved[at] as Metered]))
}

/** Gauss and Jordan. */
const solutionOf = (matrix: number[][]): number[] => {
  const size = matrix.length
  for (let column = 0; column < size; column += 1) {
    const pivot = matrix.findIndex((row, at) => at >= column && Math.abs(row[column] ?? 0) > 1e-9)
    if (pivot < 0) throw new Error('the samples are not independent')
    const [chosen = []] = matrix.splice(pivot, 1)
    const leading = chosen[column] ?? 1
    matrix.splice(
      column,
      0,
      chosen.map((value) => value / leading),
    )
    for (const [at, row] of matrix.entries()) {
      if (at === column) continue
      const factor = row[column] ?? 0
      matrix[at] = row.map((value, index) => value - factor * (matrix[column]?.[index] ?? 0))
    }
  }
  return matrix.map((row) => row[size] ?? 0)
}
