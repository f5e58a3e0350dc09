import { useState } from 'preact/hooks'

import type { GenerationDay, GenerationView } from '../../functions/api-types.ts'
import type { StationSlips } from '../../functions/api-types-slips.ts'
import { decimal, kwh, monthName, percent } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer } from '../parts/answer.tsx'
import { DayBars } from '../parts/day-bars.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { countBases, standsOnText } from '../parts/stands-on.ts'
import { session } from '../session.ts'

const MONTH_MS = 60_000

const daysIn = (month: string): number => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate()

const DayRow = ({ stationId, shown }: { stationId: string; shown: GenerationDay }) => {
  const text = words.value.station
  const findings = [...new Set(shown.findings.map(({ code }) => text.findings[code]))].join('、')
  return (
    <tr>
      <th scope="row">
        {shown.version === null ? (
          shown.day.slice(5)
        ) : (
          <a href={`/stations/${encodeURIComponent(stationId)}/days/${shown.day}`}>{shown.day.slice(5)}</a>
        )}
        {shown.isBackfilled && <span class="stamp">{text.backfilled}</span>}
      </th>
      <td class="number">{kwh(shown.energyWh)}</td>
      <td>{shown.version === 0 ? text.running : text.qualities[shown.quality]}</td>
      <td>{text.bases[shown.basis]}</td>
      <td class="number">{percent(shown.coveragePermille / 1_000)}</td>
      <td>{findings}</td>
    </tr>
  )
}

const Month = ({ view }: { view: GenerationView }) => {
  const text = words.value.station
  const columns = text.dayColumns
  return (
    <>
      <p>{text.monthTotal(kwh(view.energyWh), decimal(view.equivalentHours, 1))}</p>
      <DayBars
        stationId={view.stationId}
        days={view.days}
        daysInMonth={daysIn(view.month)}
        label={text.dailyLabel(monthName(view.month), kwh(view.energyWh))}
      />
      <ul class="chart-legend">
        {(['measured', 'estimated', 'missing'] as const).map((quality) => (
          <li key={quality}>
            <span class={`chart-key key-${quality}`} />
            {text.qualities[quality]}
          </li>
        ))}
      </ul>
      <details>
        <summary>{text.showTable}</summary>
        <div class="wide" role="region" aria-label={text.daily} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{columns.day}</th>
                <th scope="col" class="number">
                  {columns.energy}
                </th>
                <th scope="col">{columns.quality}</th>
                <th scope="col">{columns.basis}</th>
                <th scope="col" class="number">
                  {columns.coverage}
                </th>
                <th scope="col">{columns.findings}</th>
              </tr>
            </thead>
            <tbody>
              {view.days.map((shown) => (
                <DayRow key={shown.day} stationId={view.stationId} shown={shown} />
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  )
}

/** What the month was settled by, for those who read money: its days may count otherwise than telemetry says. */
const Settled = ({ stationId, month }: { stationId: string; month: string }) => {
  const text = words.value.station
  const { view } = useLive<StationSlips>(`/api/slips/stations/${stationId}?month=${month}`, MONTH_MS)
  const settled = view?.settled
  const findings = settled?.findings.length ?? 0
  return (
    <p class="settled-by">
      <strong>{text.settledBy}</strong>{' '}
      {view &&
        (settled
          ? `${text.settledEnergy(kwh(settled.energyWh, 3))} · ${standsOnText(countBases(settled.days))}`
          : text.notSettled)}{' '}
      {settled?.provisional && <span class="stamp">{words.value.village.provisional}</span>}{' '}
      {findings > 0 && <span class="stamp">{text.disagreements(findings)}</span>}{' '}
      <a href={`/stations/${stationId}/slips`}>{text.slips}</a>
    </p>
  )
}

/** Energy of every day of a month, this month unless another is picked. */
export const StationMonth = (shown: { stationId: string; thisMonth: string; firstMonth: string }) => {
  const [picked, setPicked] = useState<string | undefined>(undefined)
  const month = picked ?? shown.thisMonth
  const live = useLive<GenerationView>(`/api/stations/${shown.stationId}/generation?month=${month}`, MONTH_MS)
  return (
    <section class="card">
      <div class="card-head">
        <h2>{words.value.station.daily}</h2>
        <MonthPicker
          label={words.value.station.month}
          month={month}
          first={shown.firstMonth}
          last={shown.thisMonth}
          onPick={setPicked}
        />
      </div>
      <Answer live={live}>{(view) => <Month view={view} />}</Answer>
      {session.value?.principal.role !== 'operator' && <Settled stationId={shown.stationId} month={month} />}
    </section>
  )
}
