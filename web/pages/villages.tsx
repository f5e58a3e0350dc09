import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import type { VillagesView } from '../../functions/api-types.ts'
import { FIRST_MONTH, dayOf, monthName, yuan } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { ExportButtons } from '../parts/export-buttons.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { regional } from '../region.ts'

const VILLAGES_MS = 60_000

const VillageTable = ({ view, villages }: { view: VillagesView; villages: VillagesView['villages'] }) => {
  const text = words.value.villages
  const link = (code: string) => `/villages/${code}?month=${view.month}`
  return (
    <table>
      <caption class="visually-hidden">{text.title(monthName(view.month))}</caption>
      <thead>
        <tr>
          <th scope="col">{text.columns.village}</th>
          <th scope="col" class="number wide-only">
            {text.columns.stations}
          </th>
          <th scope="col" class="number">
            {text.columns.net}
          </th>
        </tr>
      </thead>
      <tbody>
        {villages.map(({ code, name, townName, stations, netFen, provisional }) => (
          <tr key={code}>
            <th scope="row">
              <a class="row-link" href={link(code)}>
                <bdi>{name}</bdi>
                {townName !== null && <span class="below">{townName}</span>}
              </a>
            </th>
            <td class="number wide-only">{stations}</td>
            <td class="number">
              {netFen === null ? text.noStatement : yuan(netFen)}
              {provisional && <span class="below">{text.provisional}</span>}
            </td>
          </tr>
        ))}
      </tbody>
      {villages.length === view.villages.length && (
        <tfoot>
          <tr>
            <th scope="row">{text.total}</th>
            <td class="wide-only" />
            <td class="number">{yuan(view.netFen)}</td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}

const Villages = ({ view }: { view: VillagesView }) => {
  const [typed, setTyped] = useState('')
  const text = words.value.villages
  if (view.villages.length === 0) return <Empty>{text.none}</Empty>
  const villages = view.villages.filter(({ name, townName, code }) => `${name} ${townName ?? ''} ${code}`.includes(typed.trim()))
  return (
    <>
      <form class="search screen-only" role="search" onSubmit={(event) => event.preventDefault()}>
        <label class="grow">
          {text.search}
          <input type="search" value={typed} maxLength={64} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
      </form>
      {villages.length === 0 ? <Empty>{text.noMatch}</Empty> : <VillageTable view={view} villages={villages} />}
    </>
  )
}

/** The villages of the region and what a month brought each; last month unless another is picked. */
export const VillagesPage = () => {
  const { query, route } = useLocation()
  const live = useLive<VillagesView>(regional('/api/villages', 'county', { month: query.month ?? '' }), VILLAGES_MS)
  const month = live.view?.month ?? query.month
  return (
    <>
      <div class="page-head">
        <h1>{words.value.villages.title(month === undefined ? '' : monthName(month))}</h1>
        {live.view && (
          <div class="picker">
            {live.view.region.level === 'county' && (
              <a class="button" href="/closings">
                {words.value.villages.closings}
              </a>
            )}
            <a class="button" href={`/plans?year=${live.view.month.slice(0, 4)}`}>
              {words.value.villages.plans}
            </a>
            <MonthPicker
              label={words.value.village.month}
              month={live.view.month}
              first={FIRST_MONTH}
              last={dayOf(live.view.asOfMs).slice(0, 7)}
              onPick={(picked) => route(`/villages?month=${picked}`, true)}
            />
          </div>
        )}
      </div>
      {live.view && (
        <ExportButtons
          path={regional('/api/papers/county/villages', 'code', { month: live.view.month })}
          formats={['xlsx', 'pdf']}
          label={words.value.papers.list}
          named
        />
      )}
      <section class="card">
        <Answer live={live} lines={8}>
          {(view) => <Villages view={view} />}
        </Answer>
      </section>
    </>
  )
}
