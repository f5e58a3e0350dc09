import { useLocation, useRoute } from 'preact-iso'
import { useState } from 'preact/hooks'

import type { StationDetail } from '../../functions/api-types.ts'
import type { SlipView, StationSlips } from '../../functions/api-types-slips.ts'
import { dayOf, monthName } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer } from '../parts/answer.tsx'
import { ExportButtons } from '../parts/export-buttons.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { slipWords } from '../slip-words.ts'
import { SlipForm } from './slip-form.tsx'
import { SlipFile } from './slip-import.tsx'
import { SlipList } from './slip-list.tsx'
import { SettledView } from './slip-settled.tsx'
import { DoneNote, useDone } from '../parts/form-parts.tsx'

const SLIPS_MS = 30_000

type Shown = { path: string; view: StationSlips; onPick: (month: string) => void; onDone: (note: string) => void }

const Slips = ({ path, view, onPick, onDone }: Shown) => {
  const text = slipWords.value
  const [correcting, setCorrecting] = useState<SlipView | undefined>(undefined)
  const done = (note: string): void => {
    setCorrecting(undefined)
    onDone(note)
  }
  return (
    <>
      <section class="card">
        <div class="card-head">
          <h2>{text.settled(monthName(view.month))}</h2>
          <MonthPicker
            label={text.month}
            month={view.month}
            first="2016-01"
            last={dayOf(view.asOfMs).slice(0, 7)}
            onPick={onPick}
          />
        </div>
        <SettledView settled={view.settled} />
        <ExportButtons
          path={`/api/papers/stations/${encodeURIComponent(view.stationId)}/year?year=${view.month.slice(0, 4)}`}
          formats={['xlsx', 'pdf', 'csv']}
          label={`${view.month.slice(0, 4)} ${words.value.papers.stationYear}`}
          named
        />
        <a href={`/stations/${encodeURIComponent(view.stationId)}/ledger?year=${view.month.slice(0, 4)}`}>
          {words.value.papers.showLedger}
        </a>
      </section>
      <section class="card">
        <h2>{text.list}</h2>
        <SlipList view={view} path={path} onCorrect={setCorrecting} onDone={done} />
      </section>
      {view.mayRecord && (
        <>
          <section class="card">
            <SlipForm
              key={correcting?.entry ?? 0}
              path={path}
              account={view.billingAccount}
              onDone={done}
              {...(correcting && { corrects: correcting, onCancel: () => setCorrecting(undefined) })}
            />
          </section>
          <section class="card">
            <SlipFile onDone={done} />
          </section>
        </>
      )}
    </>
  )
}

/** A station's settlement slips: what a month stands on, every slip, and recording them. */
export const StationSlipsPage = () => {
  const id = encodeURIComponent(useRoute().params.id ?? '')
  const text = slipWords.value
  const [month, setMonth] = useState<string | undefined>(useLocation().query.month)
  const path = `/api/slips/stations/${id}`
  const live = useLive<StationSlips>(month === undefined ? path : `${path}?month=${month}`, SLIPS_MS)
  const station = useLive<StationDetail>(`/api/stations/${id}`)
  const { note, done } = useDone(live.retry)
  return (
    <>
      <div class="page-head">
        <div>
          <p class="page-place">
            <a href={`/stations/${id}`}>{text.back}</a>
          </p>
          <h1>
            <bdi>{station.view?.name ?? ''}</bdi> {text.title}
          </h1>
        </div>
      </div>
      <p class="note">
        {text.intro} {live.view && text.account(live.view.billingAccount)}
      </p>
      <DoneNote>{note}</DoneNote>
      <Answer live={live} lines={10}>
        {(view) => <Slips path={path} view={view} onPick={setMonth} onDone={done} />}
      </Answer>
    </>
  )
}
