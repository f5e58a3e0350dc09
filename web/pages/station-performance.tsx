import { useLocation, useRoute } from 'preact-iso'

import type { PlanView, StationPerformance } from '../../functions/api-types-performance.ts'
import { dayOf, decimal, kwh, monthName, yuan } from '../format.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { Figure } from '../parts/figure.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { GradeBadge, hours, Parts, share } from '../parts/performance.tsx'
import { performanceWords } from '../performance-words.ts'
import { session } from '../session.ts'
import { AssessedDays } from './station-performance-days.tsx'

const FIRST_MONTH = '2015-07'
const PERFORMANCE_MS = 60_000

const Summary = ({ view }: { view: StationPerformance }) => {
  const text = performanceWords.value
  const { sum } = view
  const money = view.mayReadMoney ? text.figures.lostMoney(yuan(sum.lostFen ?? null)) : undefined
  return (
    <dl class="figures">
      <Figure
        label={text.figures.hours}
        value={hours(sum.dcWhPerKw)}
        unit={text.hoursUnit}
        note={text.byAc(hours(sum.acWhPerKw))}
        tone="sun"
      />
      <Figure label={text.columns.share} value={share(sum.shareBp)} note={`${text.peers} ${hours(sum.peersWhPerKw)}`} />
      <Figure
        label={text.columns.time}
        value={sum.time ? share(sum.time.producing * 10) : decimal(null, 1)}
        note={<Parts time={sum.time} />}
      />
      <Figure
        label={text.figures.lost}
        value={kwh(sum.lostWh)}
        unit="kWh"
        note={[...(money !== undefined && sum.lostWh !== null ? [money] : []), text.lostHint].join(' · ')}
      />
    </dl>
  )
}

const figureText = (name: string, figure: number): string => {
  if (name === 'yield') return share(figure)
  return name === 'findings' ? `${figure}%` : share(figure * 10)
}

const GradeTable = ({ view }: { view: StationPerformance }) => {
  const text = performanceWords.value
  const columns = text.criterionColumns
  const { graded } = view.sum
  return (
    <section class="card">
      <div class="card-head">
        <h2>{text.gradeTitle}</h2>
        <GradeBadge grade={graded.grade} />
      </div>
      <p>
        {text.gradeText}{' '}
        {graded.grade === null && text.lacking(graded.lacking.map((what) => text.criteria[what]).join(text.comma))}
      </p>
      <div class="wide" role="region" aria-label={text.gradeTitle} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {[columns.criterion, columns.figure, columns.limits, columns.grade].map((column) => (
                <th scope="col" key={column}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {graded.criteria.map(({ name, figure, limits, grade }) => {
              const values = limits.map((limit) => figureText(name, limit)).join(' / ')
              return (
                <tr key={name}>
                  <th scope="row">{text.criteria[name]}</th>
                  <td>{figure === null ? decimal(null, 1) : figureText(name, figure)}</td>
                  <td>{name === 'findings' ? text.atMost(values) : text.atLeast(values)}</td>
                  <td>{grade === null ? decimal(null, 1) : text.grades[grade]}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** The year beside its plan, for those who read money. It changes with a month that is settled: asked for once. */
const Plan = ({ stationId, year }: { stationId: string; year: string }) => {
  const text = performanceWords.value
  const live = useLive<PlanView>(`/api/performance/stations/${stationId}/plan?year=${year}`)
  return (
    <section class="card">
      <h2>{text.plan}</h2>
      <Answer live={live}>
        {({ progress, year: of }) =>
          progress.months === 0 ? (
            <Empty>{text.noPlan}</Empty>
          ) : (
            <>
              <p>
                {text.planText(of, progress.months)} · {text.planBy[progress.by]}
              </p>
              <dl class="figures">
                <Figure label={text.planFigures.actual} value={yuan(progress.actualFen)} unit={text.yuan} />
                <Figure label={text.planFigures.planned} value={yuan(progress.plannedFen)} unit={text.yuan} />
                <Figure label={text.planFigures.fulfilment} value={share(progress.fulfilmentBp)} />
                <Figure label={text.planFigures.year} value={yuan(progress.plannedFenPerYear)} unit={text.yuan} />
              </dl>
            </>
          )
        }
      </Answer>
    </section>
  )
}

const Month = ({ view }: { view: StationPerformance }) => {
  const text = performanceWords.value
  if (view.days.length === 0) return <Empty>{text.notAssessed}</Empty>
  const isCompared = view.days.some(({ shareBp }) => shareBp !== null)
  return (
    <>
      {!isCompared && <p class="empty">{text.fewPeers(view.limits.peersMin)}</p>}
      <Summary view={view} />
      <GradeTable view={view} />
      <AssessedDays view={view} />
    </>
  )
}

/** One station's month beside its peers, day by day, with what its grade stands on. */
export const StationPerformancePage = () => {
  const { id = '' } = useRoute().params
  const { query, route } = useLocation()
  const path = encodeURIComponent(id)
  const month = query.month === undefined ? '' : `?month=${encodeURIComponent(query.month)}`
  const live = useLive<StationPerformance>(`/api/performance/stations/${path}${month}`, PERFORMANCE_MS)
  const text = performanceWords.value
  const { view } = live
  return (
    <>
      <div class="page-head">
        <div>
          <p class="page-place">
            <a href={`/stations/${path}`}>{text.back}</a>
          </p>
          <h1>
            {text.stationTitle(view?.name ?? id)}
            {view && ` · ${monthName(view.month)}`}
          </h1>
        </div>
        {view && (
          <MonthPicker
            label={text.month}
            month={view.month}
            first={FIRST_MONTH}
            last={dayOf(view.asOfMs).slice(0, 7)}
            onPick={(picked) => route(`/stations/${path}/performance?month=${picked}`, true)}
          />
        )}
      </div>
      <Answer live={live} lines={10}>
        {(shown) => <Month view={shown} />}
      </Answer>
      {view && session.value?.principal.role !== 'operator' && <Plan stationId={path} year={view.month.slice(0, 4)} />}
    </>
  )
}
