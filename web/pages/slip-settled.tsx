import type { SettledMonth } from '../../functions/api-types-slips.ts'
import { decimal, kwh, yuan } from '../format.ts'
import { words } from '../language.ts'
import { Empty } from '../parts/answer.tsx'
import { countBases, standsOnText } from '../parts/stands-on.ts'
import { slipWords } from '../slip-words.ts'

/** What a month's statement stands on, day by day, and what does not agree. */

type Finding = SettledMonth['findings'][number]

const differenceText = (finding: Finding): string => {
  const text = slipWords.value
  if (finding.code === 'slip_amount') {
    const { stream, printedFen, expectedFen } = finding
    if (expectedFen === null) return text.amountUnpriced(text.streams[stream], yuan(printedFen))
    return text.amountDiffers(text.streams[stream], yuan(printedFen), yuan(expectedFen))
  }
  const { ofWh, toWh, estimatedDays } = finding
  const base = finding.code === 'slip_meter' ? toWh : ofWh
  const percent = base === 0 ? words.value.unknown : `${decimal((Math.abs(ofWh - toWh) / base) * 100, 1)}%`
  return text.differs(kwh(ofWh), kwh(toWh), percent) + (estimatedDays > 0 ? text.estimated(estimatedDays) : '')
}

const Findings = ({ findings }: { findings: Finding[] }) => {
  const text = slipWords.value
  if (findings.length === 0) return <p class="note">{text.noFindings}</p>
  return (
    <div class="form-note">
      <h3>{text.findingsTitle}</h3>
      <ul>
        {findings.map((finding) => (
          <li key={JSON.stringify(finding)}>
            <strong>{text.findings[finding.code]}</strong>
            {'document' in finding && (
              <>
                {' '}
                <bdi>{finding.document}</bdi>
              </>
            )}{' '}
            {text.period(finding.from, finding.to)} {differenceText(finding)} {text.hints[finding.code]}
          </li>
        ))}
      </ul>
    </div>
  )
}

export const SettledView = ({ settled }: { settled: SettledMonth | null }) => {
  const text = slipWords.value
  if (!settled) return <Empty>{text.notSettled}</Empty>
  const says = settled.days.every(({ basis }) => basis !== undefined)
  return (
    <>
      <p>
        {text.summary(kwh(settled.energyWh, 3), settled.version)}{' '}
        <span class={settled.provisional ? 'stamp' : 'stamp stamp-firm'}>
          {settled.provisional ? text.provisional : text.firm}
        </span>
      </p>
      <p>{says ? standsOnText(countBases(settled.days)) : text.older}</p>
      <Findings findings={settled.findings} />
      <details>
        <summary>{text.showDays}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.dayColumns.day}</th>
              <th scope="col" class="number">
                {text.dayColumns.energy}
              </th>
              <th scope="col">{text.dayColumns.basis}</th>
            </tr>
          </thead>
          <tbody>
            {settled.days.map(({ day, energyWh, basis }) => (
              <tr key={day}>
                <th scope="row">{day.slice(5)}</th>
                <td class="number">{kwh(energyWh, 3)}</td>
                <td>{basis === undefined ? words.value.unknown : words.value.station.bases[basis]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  )
}
