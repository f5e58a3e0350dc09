import { useState } from 'preact/hooks'

import type { CountyReceipts } from '../../functions/api-types-receipts.ts'
import { yuan } from '../format.ts'
import { useLive } from '../live.ts'
import { mayCarryOver, moneyWords } from '../money.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { regional } from '../region.ts'
import { MoneyForm } from './money-form.tsx'
import { OpeningsFile } from './money-openings.tsx'
import { AgeTable, MoneyFigures, OverdueList, RecordTable } from './money-parts.tsx'
import { DoneNote, useDone } from '../parts/form-parts.tsx'

const MONEY_MS = 60_000

const Villages = ({ view }: { view: CountyReceipts }) => {
  const text = moneyWords.value
  const columns = text.villageColumns
  if (view.villages.length === 0) return <Empty>{text.noVillages}</Empty>
  const cells = (row: CountyReceipts['total']) =>
    [
      [columns.accrued, row.accruedFen],
      [columns.county, row.countyFen],
      [columns.cash, row.cashFen],
      [columns.paid, row.paidFen],
      [columns.subsidy, row.subsidy.awaitedFen + row.subsidy.heldFen],
      [columns.held, row.heldFen],
    ] as const
  const figures = (row: CountyReceipts['total']) =>
    cells(row).map(([label, fen]) => (
      <td class="number" data-label={label} key={label}>
        {yuan(fen)}
      </td>
    ))
  return (
    <table class="stacked">
      <caption class="visually-hidden">{text.villages}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.village}</th>
          {cells(view.total).map(([label]) => (
            <th scope="col" class="number" key={label}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {view.villages.map((row) => (
          <tr key={row.villageCode}>
            <th scope="row">
              <a class="row-link" href={`/money/${row.villageCode}`}>
                <bdi>{row.name}</bdi>
                {row.townName !== null && <span class="below">{row.townName}</span>}
              </a>
            </th>
            {figures(row)}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{text.total}</th>
          {figures(view.total)}
        </tr>
      </tfoot>
    </table>
  )
}

const Money = ({ view, onDone }: { view: CountyReceipts; onDone: (note: string) => void }) => {
  const text = moneyWords.value
  const isCounty = view.region.level === 'county'
  const path = `/api/receipts/county/${view.region.code}`
  return (
    <>
      <MoneyFigures account={view.total} {...(isCounty && { received: view })} />
      <section class="card">
        <h2>{text.ages}</h2>
        <AgeTable account={view.total} limitsDays={view.limitsDays} />
      </section>
      <section class="card">
        <h2>{text.overdue}</h2>
        <OverdueList overdue={view.overdue} />
      </section>
      {isCounty && mayCarryOver() && (
        <section class="card">
          <MoneyForm path={path} onDone={onDone} />
        </section>
      )}
      {isCounty && (
        <section class="card">
          <h2>{text.countyRecords}</h2>
          <RecordTable records={view.records} onDone={onDone} />
        </section>
      )}
      <section class="card">
        <h2>{text.villages}</h2>
        <Villages view={view} />
      </section>
      {isCounty && mayCarryOver() && (
        <section class="card">
          <OpeningsFile path={`${path}/openings`} onDone={onDone} />
        </section>
      )}
    </>
  )
}

/** A county's money on its way: what was earned, received, passed on and paid out, and what waits where. */
export const MoneyCountyPage = () => {
  const text = moneyWords.value
  const [asOf, setAsOf] = useState('')
  const live = useLive<CountyReceipts>(regional('/api/receipts/county', 'code', { asOf }), MONEY_MS)
  const { note, done } = useDone(live.retry)
  return (
    <>
      <div class="page-head">
        <h1>{text.title(live.view?.region.name ?? '')}</h1>
        <label class="picker">
          {text.asOf}{' '}
          <input
            type="date"
            name="asOf"
            value={asOf || (live.view?.asOf ?? '')}
            onChange={(event) => setAsOf(event.currentTarget.value)}
          />
        </label>
      </div>
      <p class="note">{text.intro}</p>
      <DoneNote>{note}</DoneNote>
      <Answer live={live} lines={10}>
        {(view) => <Money view={view} onDone={done} />}
      </Answer>
    </>
  )
}
