import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import type { PlanItem, PlansPage as PlansView } from '../../functions/api-types-plans.ts'
import { dayOf } from '../format.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { Pager } from '../parts/pager.tsx'
import { YearPicker } from '../parts/year-picker.tsx'
import { planWords } from '../plan-words.ts'
import { regional } from '../region.ts'

const PER_PAGE = 50

const Rules = ({ broken, unknown }: Pick<PlanItem, 'broken' | 'unknown'>) => {
  const text = planWords.value
  return (
    <>
      {broken.length === 0 ? text.allHold : <strong class="bad-word">{text.broken(broken.length)}</strong>}
      {broken.map((kind) => (
        <span class="below" key={kind}>
          {text.ruleKinds[kind]}
        </span>
      ))}
      {unknown.map((kind) => (
        <span class="below" key={kind}>
          {text.ruleKinds[kind]}：{text.verdicts.unknown}
        </span>
      ))}
    </>
  )
}

const PlanRow = ({ item, year }: { item: PlanItem; year: number }) => {
  const text = planWords.value
  const { code, name, townName, state, version, versionInForce } = item
  return (
    <tr>
      <th scope="row">
        <a class="row-link" href={`/plans/${code}?year=${year}`}>
          <bdi>{name}</bdi>
        </a>
        {townName !== null && <span class="below">{townName}</span>}
      </th>
      <td data-label={text.columns.state}>
        {state === null ? text.noPlan : text.states[state]}
        {version !== null && <span class="below">{text.version(version)}</span>}
        {version !== null && versionInForce !== null && versionInForce !== version && (
          <span class="below">{text.inForce(versionInForce)}</span>
        )}
      </td>
      <td data-label={text.columns.rules}>
        <Rules {...item} />
      </td>
    </tr>
  )
}

const PlanTable = ({ view }: { view: PlansView }) => {
  const text = planWords.value
  if (view.villages.length === 0) return <Empty>{text.none}</Empty>
  return (
    <table class="stacked">
      <caption class="visually-hidden">{text.listTitle(view.year)}</caption>
      <thead>
        <tr>
          <th scope="col">{text.columns.village}</th>
          <th scope="col">{text.columns.state}</th>
          <th scope="col">{text.columns.rules}</th>
        </tr>
      </thead>
      <tbody>
        {view.villages.map((item) => (
          <PlanRow key={item.code} item={item} year={view.year} />
        ))}
      </tbody>
    </table>
  )
}

/** A county's plans of a year, village by village: where each stands, and which rules it breaks. */
export const PlansPage = () => {
  const { query, route } = useLocation()
  const [cursors, setCursors] = useState<string[]>([])
  const cursor = cursors.at(-1) ?? ''
  const live = useLive<PlansView>(regional('/api/plans', 'county', { year: query.year ?? '', cursor }))
  const { view } = live
  const next = view?.nextCursor ?? undefined
  const pick = (picked: number): void => {
    setCursors([])
    route(`/plans?year=${picked}`, true)
  }
  return (
    <>
      <div class="page-head">
        <h1>{view ? planWords.value.listTitle(view.year) : planWords.value.title}</h1>
        {view && <YearPicker year={view.year} last={Number(dayOf(view.asOfMs).slice(0, 4)) + 1} onPick={pick} />}
      </div>
      <section class="card">
        <Answer live={live} lines={12}>
          {(shown) => (
            <>
              <PlanTable view={shown} />
              {shown.total > PER_PAGE && (
                <Pager
                  offset={cursors.length * PER_PAGE}
                  count={shown.villages.length}
                  total={shown.total}
                  onPrevious={cursors.length > 0 ? () => setCursors(cursors.slice(0, -1)) : undefined}
                  onNext={next === undefined ? undefined : () => setCursors([...cursors, next])}
                />
              )}
            </>
          )}
        </Answer>
      </section>
    </>
  )
}
