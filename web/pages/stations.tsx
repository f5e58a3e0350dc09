import { useLocation } from 'preact-iso'
import { useEffect, useRef, useState } from 'preact/hooks'

import type { StationItem, StationsPage as StationsView } from '../../functions/api-types.ts'
import { decimal, kw, kwh, lately } from '../format.ts'
import { words } from '../language.ts'
import { LIVE_MS, type Live, useLive } from '../live.ts'
import { Answer, Empty, Freshness } from '../parts/answer.tsx'
import { ExportButtons } from '../parts/export-buttons.tsx'
import { Pager } from '../parts/pager.tsx'
import { StatusBadge } from '../parts/status.tsx'
import { regional } from '../region.ts'

const TYPING_MS = 300
const SORTS = ['name', 'status', 'power', 'today', 'hours'] as const

const StationRow = ({ item, nowMs }: { item: StationItem; nowMs: number }) => {
  const columns = words.value.stations.columns
  const place = [item.townName, item.kind === 'joint' ? words.value.stations.joint : item.villageName]
  return (
    <tr>
      <th scope="row">
        <a href={`/stations/${item.stationId}`}>
          <bdi>{item.name}</bdi>
        </a>
        <span class="below">{place.filter((name) => name !== null).join(' · ')}</span>
      </th>
      <td data-label={columns.status}>
        <StatusBadge status={item.status} />
      </td>
      <td class="number" data-label={columns.capacity}>
        {kw(item.dcCapacityW)}
      </td>
      <td class="number" data-label={columns.online}>
        {item.invertersOnline} / {item.inverters}
      </td>
      <td class="number" data-label={columns.power}>
        {kw(item.power.acPowerW)}
      </td>
      <td class="number" data-label={columns.today}>
        {kwh(item.todayWh)}
      </td>
      <td class="number" data-label={columns.hours}>
        {decimal(item.equivalentHours, 2)}
      </td>
      <td class="number" data-label={columns.lastSeen}>
        {lately(item.lastReceivedAtMs, nowMs)}
      </td>
    </tr>
  )
}

const StationTable = ({ view }: { view: StationsView }) => {
  const columns = words.value.stations.columns
  const numbers = [columns.capacity, columns.online, columns.power, columns.today, columns.hours, columns.lastSeen]
  return (
    <table class="stacked">
      <caption class="visually-hidden">{words.value.stations.title}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.station}</th>
          <th scope="col">{columns.status}</th>
          {numbers.map((column) => (
            <th scope="col" class="number" key={column}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {view.stations.map((item) => (
          <StationRow key={item.stationId} item={item} nowMs={view.asOfMs} />
        ))}
      </tbody>
    </table>
  )
}

type Move = (to: { q?: string; sort?: string; cursor?: string }) => void

const StationPager = ({ view, move }: { view: StationsView; move: Move }) => {
  const to = (cursor: string | null) => (cursor === null ? undefined : () => move({ cursor }))
  return (
    <Pager
      offset={view.offset}
      count={view.stations.length}
      total={view.total}
      onPrevious={to(view.previousCursor)}
      onNext={to(view.nextCursor)}
    />
  )
}

const SearchBar = ({ q, sort, move }: { q: string; sort: string; move: Move }) => {
  const [typed, setTyped] = useState(q)
  useEffect(() => {
    if (typed === q) return undefined
    const timer = window.setTimeout(() => move({ q: typed }), TYPING_MS)
    return () => window.clearTimeout(timer)
  }, [typed])
  useEffect(() => setTyped(q), [q])
  const text = words.value.stations
  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="grow">
        {text.search}
        <input
          type="search"
          value={typed}
          maxLength={64}
          placeholder={text.searchHint}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <label>
        {text.sort}
        <select value={sort} onChange={(event) => move({ sort: event.currentTarget.value })}>
          {SORTS.map((each) => (
            <option key={each} value={each}>
              {text.sorts[each]}
            </option>
          ))}
        </select>
      </label>
    </form>
  )
}

/** The last view while the next search is on its way, so that the list does not blink. */
const useKept = (live: Live<StationsView>): Live<StationsView> => {
  const kept = useRef<StationsView | undefined>(undefined)
  if (live.view) kept.current = live.view
  return live.failure === undefined ? { ...live, view: live.view ?? kept.current } : live
}

/** All stations of the region, 50 a page; search and order stand in the address, so that a list can be passed on. */
export const StationsPage = () => {
  const { query, route } = useLocation()
  const { q = '', sort = 'name', cursor = '' } = query
  const live = useKept(useLive<StationsView>(regional('/api/stations', 'county', { q, sort, cursor }), LIVE_MS))
  const move: Move = (to) => {
    const next = new URLSearchParams(Object.entries({ q, sort, ...to }).filter(([, value]) => value !== ''))
    route(`/stations?${next.toString()}`, to.cursor === undefined)
  }
  return (
    <>
      <div class="page-head">
        <h1>{words.value.stations.title}</h1>
        <Freshness live={live} />
      </div>
      <ExportButtons
        path={regional('/api/papers/county/stations', 'code')}
        formats={['xlsx']}
        label={words.value.papers.stationList}
        named
      />
      <section class="card">
        <SearchBar q={q} sort={sort} move={move} />
        <Answer live={live} lines={10}>
          {(view) =>
            view.total === 0 ? (
              <Empty>
                {q === '' ? words.value.overview.noStations : words.value.stations.none}{' '}
                {q !== '' && (
                  <button type="button" onClick={() => move({ q: '' })}>
                    {words.value.stations.clear}
                  </button>
                )}
              </Empty>
            ) : (
              <>
                <StationTable view={view} />
                <StationPager view={view} move={move} />
              </>
            )
          }
        </Answer>
      </section>
    </>
  )
}
