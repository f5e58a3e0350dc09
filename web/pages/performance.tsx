import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import type { RankedStation, RankingPage } from '../../functions/api-types-performance.ts'
import { download } from '../download.ts'
import { dayOf, kw, kwh, yuan } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { Figure } from '../parts/figure.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { Pager } from '../parts/pager.tsx'
import { causeTexts, GradeBadge, hours, Parts, ShareBar } from '../parts/performance.tsx'
import { performanceWords } from '../performance-words.ts'
import { regional } from '../region.ts'
import { type Asked, Filters, GRADES, type Move } from './performance-filters.tsx'

const FIRST_MONTH = '2015-07'
const PER_PAGE = 50
const RANKING_MS = 60_000

const Row = ({ item, view }: { item: RankedStation; view: RankingPage }) => {
  const { columns } = performanceWords.value
  const place = [item.townName, item.kind === 'joint' ? words.value.stations.joint : item.villageName]
  const { sum } = item
  return (
    <tr>
      <th scope="row">
        <a href={`/stations/${item.stationId}/performance?month=${view.month}`}>
          <bdi>{item.name}</bdi>
        </a>
        <span class="below">{[...place.filter((name) => name !== null), `${kw(item.dcCapacityW)} kW`].join(' · ')}</span>
      </th>
      <td data-label={columns.share}>
        <ShareBar bp={sum.shareBp} />
      </td>
      <td class="number" data-label={columns.hours}>
        {hours(sum.dcWhPerKw)} / {hours(sum.acWhPerKw)}
      </td>
      <td class="number" data-label={columns.time}>
        <Parts time={sum.time} />
      </td>
      <td class="number" data-label={columns.lost}>
        {sum.lostWh !== null && `${kwh(sum.lostWh)} kWh`}
        {sum.lostWh !== null && view.mayReadMoney && (
          <span class="below">{performanceWords.value.figures.lostMoney(yuan(sum.lostFen ?? null))}</span>
        )}
      </td>
      <td data-label={columns.causes}>{causeTexts(sum.causes)}</td>
      {view.day === null && (
        <td data-label={columns.grade}>
          <GradeBadge grade={sum.graded.grade} />
        </td>
      )}
    </tr>
  )
}

const Ranking = ({ view, move }: { view: RankingPage; move: Move }) => {
  const { columns } = performanceWords.value
  const heads = [columns.share, columns.hours, columns.time, columns.lost, columns.causes]
  const numbers: string[] = [columns.hours, columns.time, columns.lost]
  const to = (page: number) => () => move({ page: String(page) })
  return (
    <>
      <table class="stacked">
        <caption class="visually-hidden">{performanceWords.value.title(view.region.name)}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.station}</th>
            {[...heads, ...(view.day === null ? [columns.grade] : [])].map((column) => (
              <th scope="col" key={column} class={numbers.includes(column) ? 'number' : ''}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.stations.map((item) => (
            <Row key={item.stationId} item={item} view={view} />
          ))}
        </tbody>
      </table>
      {view.pages > 1 && (
        <Pager
          offset={view.page * PER_PAGE}
          count={view.stations.length}
          total={view.total}
          onPrevious={view.page > 0 ? to(view.page - 1) : undefined}
          onNext={view.page + 1 < view.pages ? to(view.page + 1) : undefined}
        />
      )}
    </>
  )
}

const Export = ({ path }: { path: string }) => {
  const text = performanceWords.value
  const [state, setState] = useState<'ready' | 'busy' | 'failed'>('ready')
  const start = async (): Promise<void> => {
    setState('busy')
    setState((await download(path)) === undefined ? 'ready' : 'failed')
  }
  return (
    <>
      <button type="button" disabled={state === 'busy'} onClick={() => void start()}>
        {state === 'busy' ? text.exporting : text.export}
      </button>
      {state === 'failed' && <span role="alert">{text.exportFailed}</span>}
    </>
  )
}

const Whole = ({ view }: { view: RankingPage }) => {
  const text = performanceWords.value
  const { whole } = view
  const grades = GRADES.filter((grade) => whole.grades[grade] > 0)
  const money = view.mayReadMoney && whole.lostFen !== null ? text.figures.lostMoney(yuan(whole.lostFen ?? null)) : undefined
  return (
    <dl class="figures">
      <Figure
        label={text.figures.stations}
        value={String(whole.stations)}
        note={grades.map((grade) => text.gradeCounts(text.grades[grade], whole.grades[grade])).join(text.comma)}
      />
      <Figure
        label={text.figures.energy}
        value={kwh(whole.energyWh, 0)}
        unit="kWh"
        note={text.assessed(view.days.known, view.days.of)}
      />
      <Figure label={text.figures.hours} value={hours(whole.dcWhPerKw)} unit={text.hoursUnit} tone="sun" />
      <Figure label={text.figures.lost} value={kwh(whole.lostWh, 0)} unit="kWh" {...(money !== undefined && { note: money })} />
    </dl>
  )
}

const Body = ({ view, asked, move }: { view: RankingPage; asked: Asked; move: Move }) => {
  const text = performanceWords.value
  const isCompared = view.stations.some(({ sum }) => sum.shareBp !== null)
  const isFiltered = asked.q !== '' || asked.grade !== '' || asked.cause !== ''
  if (view.days.known === 0) return <Empty>{text.notAssessed}</Empty>
  return (
    <>
      {!isCompared && !isFiltered && <p class="empty">{text.fewPeers(view.limits.peersMin)}</p>}
      {view.total === 0 ? (
        <Empty>
          {text.none}{' '}
          <button type="button" onClick={() => move({ q: '', grade: '', cause: '' })}>
            {text.clear}
          </button>
        </Empty>
      ) : (
        <Ranking view={view} move={move} />
      )}
    </>
  )
}

/** The stations of the region beside each other; what is asked for stands in the address, so that a list can be passed on. */
export const PerformancePage = () => {
  const { query, route } = useLocation()
  const { month = '', day = '', sort = 'share', q = '', grade = '', cause = '', page = '' } = query
  const asked: Asked = { month, day, sort, q, grade, cause, page }
  const period: Record<string, string> = day === '' ? { month } : { day }
  const live = useLive<RankingPage>(
    regional('/api/performance', 'county', { ...period, sort, q, grade, cause, page }),
    RANKING_MS,
  )
  const move: Move = (to) => {
    const next = Object.entries({ ...asked, page: '', ...to }).filter(([, value]) => value !== '')
    route(`/performance?${new URLSearchParams(next).toString()}`, true)
  }
  const { view } = live
  const text = performanceWords.value
  return (
    <>
      <div class="page-head">
        <h1>{text.title(view?.region.name ?? '')}</h1>
        {view && (
          <div class="picker">
            <MonthPicker
              label={text.month}
              month={view.month}
              first={FIRST_MONTH}
              last={dayOf(view.asOfMs).slice(0, 7)}
              onPick={(picked) => move({ month: picked, day: '' })}
            />
            <a class="button" href="/performance/limits">
              {text.limits}
            </a>
            <Export path={regional('/api/performance/export', 'county', day === '' ? { month: view.month } : { day })} />
          </div>
        )}
      </div>
      <p class="lead">{text.intro}</p>
      {view && view.days.known > 0 && <Whole view={view} />}
      <section class="card">
        <Filters asked={asked} move={move} />
        <Answer live={live} lines={10}>
          {(shown) => <Body view={shown} asked={asked} move={move} />}
        </Answer>
      </section>
    </>
  )
}
