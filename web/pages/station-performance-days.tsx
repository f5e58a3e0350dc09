import type { AssessedDay, StationPerformance } from '../../functions/api-types-performance.ts'
import { decimal, kw, kwh, minute } from '../format.ts'
import { hours, Parts, share } from '../parts/performance.tsx'
import { performanceWords } from '../performance-words.ts'

const ratioText = ({ performance }: AssessedDay): string => {
  const text = performanceWords.value
  if (!performance) return ''
  if (performance.ratioBp === null) return text.noRatio[performance.reason]
  const told = text.ratio(share(performance.ratioBp), decimal(performance.whPerM2 / 1_000, 2))
  return performance.excludedMinutes > 0 ? `${told} · ${text.excluded(performance.excludedMinutes)}` : told
}

/** What was found on a day, each in a line of its own. */
const findingsOf = (shown: AssessedDay): string[] => {
  const text = performanceWords.value
  const { clockShift, powerLimit, strings } = shown
  return [
    ...(clockShift ? [text.clockShift(clockShift.minutes, clockShift.kind)] : []),
    ...(powerLimit
      ? [text.powerLimit(powerLimit.kind, minute(powerLimit.fromMs), minute(powerLimit.toMs), kw(powerLimit.levelW))]
      : []),
    ...strings.map(({ deviceId, string, kind, percent }) => text.stringFinding(deviceId, string, kind, percent)),
  ]
}

const DayRow = ({ shown, withRatio }: { shown: AssessedDay; withRatio: boolean }) => {
  const text = performanceWords.value
  const causes = [...shown.causes.map((cause) => text.causes[cause]), ...(shown.degraded ? [text.degraded] : [])]
  return (
    <tr>
      <th scope="row">{shown.day.slice(5)}</th>
      <td class="number">{hours(shown.dcWhPerKw)}</td>
      <td class="number">
        {hours(shown.peers.medianWhPerKwDc)}
        {shown.peers.spreadBp > 0 && <span class="below">{text.spread(share(shown.peers.spreadBp))}</span>}
      </td>
      <td class="number">{share(shown.shareBp)}</td>
      <td class="number">
        <Parts time={shown.availability.time} />
        {shown.availability.basis === 'summary' && <span class="below">{text.summaryBasis}</span>}
      </td>
      <td class="number">{shown.loss ? kwh(shown.loss.lostWh) : ''}</td>
      {withRatio && <td>{ratioText(shown)}</td>}
      <td>
        {causes.join(text.comma)}
        {findingsOf(shown).map((finding) => (
          <span class="below" key={finding}>
            {finding}
          </span>
        ))}
      </td>
    </tr>
  )
}

/** Each assessed day with what was found on it, and what to do about each cause. */
export const AssessedDays = ({ view }: { view: StationPerformance }) => {
  const text = performanceWords.value
  const { dayColumns: columns } = text
  const withRatio = view.days.some(({ performance }) => performance !== undefined)
  const numbers = [columns.hours, columns.peers, columns.share, columns.time, columns.lost]
  const seen = [...new Set(view.days.flatMap(({ causes }) => causes))]
  return (
    <section class="card">
      <h2>{text.days}</h2>
      <p>{text.partsHint}</p>
      <div class="wide" role="region" aria-label={text.days} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{columns.day}</th>
              {numbers.map((column) => (
                <th scope="col" class="number" key={column}>
                  {column}
                </th>
              ))}
              {withRatio && <th scope="col">{columns.ratio}</th>}
              <th scope="col">{columns.causes}</th>
            </tr>
          </thead>
          <tbody>
            {view.days.map((shown) => (
              <DayRow key={shown.day} shown={shown} withRatio={withRatio} />
            ))}
          </tbody>
        </table>
      </div>
      <ul>
        {seen.map((cause) => (
          <li key={cause}>
            <strong>{text.causes[cause]}</strong> {text.causeHints[cause]}
          </li>
        ))}
      </ul>
    </section>
  )
}
