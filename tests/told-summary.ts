import { HOUR_MS } from '../domain/calendar.ts'
import type { Quantity, Reading } from '../domain/reading.ts'
import type { ReadingSummary, RegisterSummary, SummarySpan } from '../domain/reading-summary.ts'

type ToldAsk = SummarySpan & { register: Quantity }

/** Word for word what the type says, and as slow as that. */
export const toldOf = (readings: readonly Reading[], ask: ToldAsk): ReadingSummary | undefined => {
  const inSpan = readings.filter(({ atMs }) => atMs >= ask.fromMs && atMs < ask.toMs).toSorted((a, b) => a.atMs - b.atMs)
  if (inSpan.length === 0) return undefined
  const hours = new Set(inSpan.map(({ atMs }) => Math.floor((atMs - ask.fromMs) / HOUR_MS)))
  const producing = inSpan.filter(({ acPowerW }) => acPowerW !== undefined && acPowerW > ask.quietPowerW)
  const figures = inSpan.flatMap(({ atMs, [ask.register]: wh, acPowerW }) => (wh === undefined ? [] : [{ atMs, wh, acPowerW }]))
  const powers = inSpan.flatMap(({ atMs, acPowerW: powerW }) => (powerW === undefined ? [] : [{ atMs, powerW }]))
  const pairs = figures.slice(1).map((next, index) => ({ last: figures[index] ?? next, next }))
  const stills = figures.flatMap((one, from) =>
    figures.slice(from + 1).flatMap((other, behind) => {
      const all = figures.slice(from, from + behind + 2)
      const isStill = all.every(({ wh, acPowerW }) => wh === one.wh && (acPowerW === undefined || acPowerW > ask.quietPowerW))
      return isStill && one.acPowerW !== undefined && other.acPowerW !== undefined ? [other.atMs - one.atMs] : []
    }),
  )
  const [first, last] = [figures[0], figures.at(-1)]
  const register: RegisterSummary | undefined = first &&
    last && {
      firstAtMs: first.atMs,
      firstWh: first.wh,
      firstUntilMs: (figures[figures.findIndex(({ wh }) => wh !== first.wh) - 1] ?? last).atMs,
      lastAtMs: last.atMs,
      lastWh: last.wh,
      lastSinceMs: (figures[figures.findLastIndex(({ wh }) => wh !== last.wh) + 1] ?? last).atMs,
      minWh: Math.min(...figures.map(({ wh }) => wh)),
      maxWh: Math.max(...figures.map(({ wh }) => wh)),
      falls: pairs.filter((pair) => pair.next.wh < pair.last.wh).length,
      steepestW: Math.max(
        0,
        ...pairs.map((pair) => ((pair.next.wh - pair.last.wh - ask.stepWh) / (pair.next.atMs - pair.last.atMs)) * HOUR_MS),
      ),
      silenceMs: Math.max(0, ...pairs.map((pair) => pair.next.atMs - pair.last.atMs)),
      stillMs: Math.max(0, ...stills),
    }
  const [from, until] = [producing[0], producing.at(-1)]
  const [firstPower, lastPower] = [powers[0], powers.at(-1)]
  return {
    readings: inSpan.length,
    hoursSeen: [...hours].reduce((mask, hour) => mask | (1 << hour), 0),
    register,
    producing: from && until && { fromMs: from.atMs, untilMs: until.atMs },
    power: firstPower &&
      lastPower && {
        firstAtMs: firstPower.atMs,
        firstW: firstPower.powerW,
        lastAtMs: lastPower.atMs,
        lastW: lastPower.powerW,
      },
    reportedWh:
      powers.slice(1).reduce((sum, next, index) => {
        const last = powers[index] ?? next
        return sum + Math.max(0, next.powerW + last.powerW) * (next.atMs - last.atMs)
      }, 0) /
      (2 * HOUR_MS),
  }
}
