import type { SumView } from '../../functions/api-types-performance.ts'
import { decimal, percent } from '../format.ts'
import { performanceWords } from '../performance-words.ts'

/** How shares, hours and parts of time are written, the same on the list and on a station's page. */

/** Wh per kW as equivalent hours. */
export const hours = (whPerKw: number | null): string => decimal(whPerKw === null ? null : whPerKw / 1_000, 2)
export const share = (bp: number | null): string => (bp === null ? decimal(null, 1) : percent(bp / 10_000))
const whole = (permille: number): string => decimal(permille / 10, 0)

export const GradeBadge = ({ grade }: { grade: SumView['graded']['grade'] }) => (
  <span class={`grade grade-${grade ?? 'none'}`}>{performanceWords.value.grades[grade ?? 'none']}</span>
)

/** A bar that is full at the peers' median. */
export const ShareBar = ({ bp }: { bp: number | null }) => (
  <span class="share">
    <span class="share-text">{share(bp)}</span>
    <span class="share-track" aria-hidden="true">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" width="100%" height="8">
        <rect class={bp !== null && bp < 9_000 ? 'share-low' : 'share-full'} width={Math.min(100, (bp ?? 0) / 100)} height="8" />
      </svg>
    </span>
  </span>
)

/** Producing, stopped, no data: three numbers that are the whole. */
export const Parts = ({ time }: { time: SumView['time'] }) => (
  <span class="parts">
    {time === null ? decimal(null, 1) : `${[time.producing, time.idle, time.noData].map(whole).join(' / ')}%`}
  </span>
)

export const causeTexts = (causes: SumView['causes']): string => {
  const text = performanceWords.value
  return (Object.keys(text.causes) as (keyof typeof text.causes)[])
    .filter((cause) => causes[cause] !== undefined)
    .map((cause) => text.causeDays(text.causes[cause], causes[cause] ?? 0))
    .join(text.comma)
}
