import { lazy, useLocation, useRoute } from 'preact-iso'

import type { VillageView } from '../../functions/api-types.ts'
import { FIRST_MONTH, dayOf, kwh, monthName, percent } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { ExportButtons } from '../parts/export-buttons.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { standsOnText } from '../parts/stands-on.ts'
import { AllocationTable } from './village-allocation.tsx'
import { StatementTable } from './village-statement.tsx'

const VILLAGE_MS = 60_000

/** Its words are loaded with it. */
const VillagePlan = lazy(async () => (await import('./village-plan.tsx')).VillagePlan)
const AllocationNotes = lazy(async () => (await import('./village-plan.tsx')).AllocationNotes)

const GenerationTable = ({ view }: { view: VillageView }) => {
  const text = words.value.village
  const columns = text.generationColumns
  if (view.generation.length === 0) return <Empty>{text.noGeneration}</Empty>
  return (
    <table class="stacked">
      <caption class="visually-hidden">{text.generation}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.station}</th>
          <th scope="col">{columns.share}</th>
          <th scope="col" class="number">
            {columns.energy}
          </th>
          <th scope="col" class="number">
            {columns.days}
          </th>
          <th scope="col">{columns.basis}</th>
        </tr>
      </thead>
      <tbody>
        {view.generation.map(({ stationId, name, kind, share, energyWh, days, standsOn, findings }) => (
          <tr key={stationId}>
            <th scope="row">
              <bdi>{name}</bdi>
              {kind === 'joint' && <span class="below">{words.value.stations.joint}</span>}
            </th>
            <td data-label={columns.share}>{share === null ? text.whole : percent(share.weight / share.of, 2)}</td>
            <td class="number" data-label={columns.energy}>
              {kwh(energyWh, 3)}
            </td>
            <td class="number" data-label={columns.days}>
              {days.measured} / {days.estimated} / {days.missing}
            </td>
            <td data-label={columns.basis}>
              {standsOn === null ? words.value.unknown : standsOnText(standsOn)}
              {findings > 0 && <span class="stamp">{words.value.station.disagreements(findings)}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A section of the account with the files of what it shows. */
const PaperHead = ({ view, title, paper }: { view: VillageView; title: string; paper: 'statement' | 'allocation' }) => (
  <div class="card-head">
    <h2>{title}</h2>
    <ExportButtons
      path={`/api/papers/villages/${encodeURIComponent(view.village.code)}/${paper}?month=${view.month}`}
      formats={['xlsx', 'pdf']}
      label={words.value.papers.kinds[paper]}
    />
  </div>
)

const Account = ({ view }: { view: VillageView }) => {
  const text = words.value.village
  return (
    <>
      <section class="card">
        <h2>{text.generation}</h2>
        <GenerationTable view={view} />
      </section>
      <section class="card">
        <PaperHead view={view} title={text.income} paper="statement" />
        {view.statement ? (
          <StatementTable statement={view.statement} />
        ) : (
          <Empty>{text.noStatement(monthName(view.month))}</Empty>
        )}
      </section>
      <section class="card">
        <PaperHead view={view} title={text.allocation} paper="allocation" />
        {view.allocation ? (
          <AllocationTable allocation={view.allocation} of={`${view.village.code}.${view.month}`} />
        ) : (
          <Empty>{text.noAllocation}</Empty>
        )}
        {view.allocation && <AllocationNotes allocation={view.allocation} />}
      </section>
      <VillagePlan code={view.village.code} year={view.month.slice(0, 4)} />
      <ul class="signatures print-only">
        {text.signatures.map((word) => (
          <li key={word}>{word}：</li>
        ))}
      </ul>
    </>
  )
}

/** A village's month as its accountant reads and prints it; last month unless another is picked. */
export const VillagePage = () => {
  const { code = '' } = useRoute().params
  const { query, route } = useLocation()
  const month = query.month === undefined ? '' : `?month=${encodeURIComponent(query.month)}`
  const live = useLive<VillageView>(`/api/villages/${encodeURIComponent(code)}${month}`, VILLAGE_MS)
  const { view } = live
  return (
    <>
      <div class="page-head">
        <div>
          {view && <p class="page-place">{[view.countyName, view.townName].filter((name) => name !== null).join(' · ')}</p>}
          <h1>{view && words.value.village.title(view.village.name, monthName(view.month))}</h1>
        </div>
        {view && (
          <div class="picker screen-only">
            <MonthPicker
              label={words.value.village.month}
              month={view.month}
              first={FIRST_MONTH}
              last={dayOf(view.asOfMs).slice(0, 7)}
              onPick={(picked) => route(`/villages/${encodeURIComponent(code)}?month=${picked}`, true)}
            />
            <a class="button" href={`/villages/${encodeURIComponent(code)}/papers/month?month=${view.month}`}>
              {words.value.papers.link}
            </a>
            <button type="button" onClick={() => window.print()}>
              {words.value.village.print}
            </button>
          </div>
        )}
      </div>
      <Answer live={live} lines={12}>
        {(shown) => <Account view={shown} />}
      </Answer>
    </>
  )
}
