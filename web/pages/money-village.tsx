import { useRoute } from 'preact-iso'

import type { VillageReceipts } from '../../functions/api-types-receipts.ts'
import { dayOf, monthName, yuan } from '../format.ts'
import { useLive } from '../live.ts'
import { mayCarryOver, mayPay, moneyWords } from '../money.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { session } from '../session.ts'
import { MoneyForm } from './money-form.tsx'
import { AgeTable, MoneyFigures, OverdueList, RecordTable } from './money-parts.tsx'
import { PayOut } from './money-pay.tsx'
import { DoneNote, useDone } from '../parts/form-parts.tsx'

const MONEY_MS = 60_000
const ITEMS_SHOWN_MAX = 60

const Items = ({ items }: Pick<VillageReceipts, 'items'>) => {
  const text = moneyWords.value
  const columns = text.itemColumns
  if (items.length === 0) return <Empty>{text.noItems}</Empty>
  return (
    <>
      <table class="stacked">
        <caption class="visually-hidden">{text.items}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.month}</th>
            <th scope="col">{columns.station}</th>
            <th scope="col" class="number">
              {columns.accrued}
            </th>
            <th scope="col" class="number">
              {columns.county}
            </th>
            <th scope="col" class="number">
              {columns.village}
            </th>
            <th scope="col" class="number">
              {columns.open}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.slice(0, ITEMS_SHOWN_MAX).map((item) => (
            <tr key={`${item.stationId}${item.month}${item.stream}`}>
              <th scope="row">
                {monthName(item.month)}
                <span class="below">{text.streams[item.stream]}</span>
              </th>
              <td data-label={columns.station}>
                <bdi>{item.stationName}</bdi>
              </td>
              <td class="number" data-label={columns.accrued}>
                {yuan(item.accruedFen)}
              </td>
              <td class="number" data-label={columns.county}>
                {yuan(item.countyFen)}
                {item.countyOn !== null && <span class="below">{item.countyOn}</span>}
              </td>
              <td class="number" data-label={columns.village}>
                {yuan(item.villageFen)}
                {item.villageOn !== null && <span class="below">{item.villageOn}</span>}
              </td>
              <td class="number" data-label={columns.open}>
                {yuan(item.accruedFen - item.villageFen - item.withheldFen)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > ITEMS_SHOWN_MAX && <p class="note">{text.olderItems(items.length - ITEMS_SHOWN_MAX)}</p>}
    </>
  )
}

const Money = ({ path, view, onDone }: { path: string; view: VillageReceipts; onDone: (note: string) => void }) => {
  const text = moneyWords.value
  return (
    <>
      <MoneyFigures account={view.account} />
      <section class="card">
        <h2>{text.ages}</h2>
        <AgeTable account={view.account} limitsDays={view.limitsDays} />
        <OverdueList overdue={view.overdue} />
      </section>
      {mayCarryOver() && (
        <section class="card">
          <MoneyForm village path={`${path}/transfers`} onDone={onDone} />
        </section>
      )}
      {mayPay() && (
        <section class="card">
          <PayOut path={path} today={dayOf(view.asOfMs)} onDone={onDone} />
        </section>
      )}
      <section class="card">
        <h2>{text.records}</h2>
        <RecordTable records={view.records} onDone={onDone} />
      </section>
      <section class="card">
        <h2>{text.items}</h2>
        <Items items={view.items} />
      </section>
    </>
  )
}

/** A village's money: earned, received by the county, arrived, paid out; and paying out, for its accountant. */
export const MoneyVillagePage = () => {
  const code = encodeURIComponent(useRoute().params.code ?? '')
  const text = moneyWords.value
  const path = `/api/receipts/villages/${code}`
  const live = useLive<VillageReceipts>(path, MONEY_MS)
  const { note, done } = useDone(live.retry)
  return (
    <>
      <div class="page-head">
        <div>
          <p class="page-place">
            {session.value?.principal.role === 'village_accountant' ? (
              [live.view?.countyName, live.view?.townName].join(' · ')
            ) : (
              <a href="/money">{text.back}</a>
            )}
          </p>
          <h1>
            <bdi>{text.title(live.view?.village.name ?? '')}</bdi>
          </h1>
        </div>
        <a class="button" href={`/villages/${code}`}>
          {text.account}
        </a>
      </div>
      <p class="note">{text.intro}</p>
      <DoneNote>{note}</DoneNote>
      <Answer live={live} lines={10}>
        {(view) => <Money path={path} view={view} onDone={done} />}
      </Answer>
    </>
  )
}
