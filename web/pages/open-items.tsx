import { useState } from 'preact/hooks'

import type { OpenItemsPage as Page, OpenItemView } from '../../functions/api-types-days.ts'
import { fullMoment, kwh } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty, Freshness } from '../parts/answer.tsx'
import { chosenRegion } from '../region.ts'
import { resetWords } from '../reset-words.ts'
import { AcknowledgeForm } from './acknowledge-form.tsx'
import { emptyDraft, kwhText, localTime, type ResetDraft, ResetForm } from './reset-form.tsx'
import { DoneNote } from '../parts/form-parts.tsx'

/**
 * Findings that wait for a person, the newest days first: an unconfirmed reset is recorded from here, others are marked as checked.
 * Those that somebody has looked at stand in a list of their own.
 */

const OPEN_MS = 30_000

const draftOf = ({ deviceId, atMs, shown }: OpenItemView): ResetDraft => ({
  ...emptyDraft,
  deviceId,
  at: atMs === null ? '' : localTime(atMs),
  finalKwh: shown ? kwhText(shown.finalWh) : '',
  startKwh: shown ? kwhText(shown.startWh) : '',
})

const STATES = ['open', 'acknowledged'] as const
type State = (typeof STATES)[number]
/** What a row lets a person do. */
type Acts = { onRecord: (item: OpenItemView) => void; onAcknowledge: (item: OpenItemView) => void }

const Said = ({ acknowledged }: Pick<OpenItemView, 'acknowledged'>) =>
  acknowledged === null ? null : (
    <span class="below">
      <bdi>{acknowledged.reason}</bdi>
      {' · '}
      {resetWords.value.acknowledgedBy(acknowledged.acknowledgedBy, fullMoment(acknowledged.acknowledgedAtMs))}
    </span>
  )

const Row = ({ item, acts }: { item: OpenItemView; acts: Acts }) => {
  const text = resetWords.value
  const columns = text.columns
  return (
    <tr>
      <th scope="row">
        <bdi>{item.stationName}</bdi>
        <span class="below">
          <bdi>{item.deviceId}</bdi>
        </span>
      </th>
      <td data-label={columns.day}>{item.day}</td>
      <td data-label={columns.finding}>
        {words.value.station.findings[item.code]}
        {item.atMs !== null && <span class="below">{fullMoment(item.atMs)}</span>}
        <Said acknowledged={item.acknowledged} />
      </td>
      <td class="number" data-label={columns.figures}>
        {item.shown ? text.shown(kwh(item.shown.finalWh, 3), kwh(item.shown.startWh, 3)) : words.value.unknown}
      </td>
      <td class="number" data-label={columns.energy}>
        {kwh(item.energyWh)}
        <span class="below">{words.value.station.qualities[item.quality]}</span>
      </td>
      <td class="whole-row">
        <div class="row-actions">
          {item.isWaiting && <span class="stamp">{text.waiting}</span>}
          {item.shown && !item.isWaiting && (
            <button type="button" onClick={() => acts.onRecord(item)}>
              {text.record}
            </button>
          )}
          {item.isAcknowledgeable && !item.isWaiting && (
            <button type="button" onClick={() => acts.onAcknowledge(item)}>
              {item.acknowledged ? text.acknowledgeAgain : text.acknowledge}
            </button>
          )}
          <a class="button" href={`/stations/${encodeURIComponent(item.stationId)}/days/${item.day}`}>
            {text.history}
          </a>
        </div>
      </td>
    </tr>
  )
}

const Items = ({ items, acts }: { items: readonly OpenItemView[]; acts: Acts }) => {
  const text = resetWords.value
  const columns = text.columns
  return (
    <table class="stacked">
      <caption class="visually-hidden">{text.openTitle}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.station}</th>
          <th scope="col">{columns.day}</th>
          <th scope="col">{columns.finding}</th>
          <th scope="col" class="number">
            {columns.figures}
          </th>
          <th scope="col" class="number">
            {columns.energy}
          </th>
          <th scope="col">
            <span class="visually-hidden">{text.record}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <Row key={`${item.stationId}${item.day}${item.deviceId}${item.code}${item.atMs}`} item={item} acts={acts} />
        ))}
      </tbody>
    </table>
  )
}

/** A page of the list, and the way to the one after. Pages may be empty and go on. */
const OnePage = ({ path, none, cursor, acts }: { path: string; none: string; cursor?: string; acts: Acts }) => {
  const text = resetWords.value
  const [isMore, setMore] = useState(false)
  const live = useLive<Page>(cursor === undefined ? path : `${path}&cursor=${encodeURIComponent(cursor)}`, OPEN_MS)
  return (
    <>
      {cursor === undefined && <Freshness live={live} />}
      <Answer live={live}>
        {({ items, nextCursor }) => (
          <>
            {items.length > 0 && <Items items={items} acts={acts} />}
            {items.length === 0 && nextCursor === null && cursor === undefined && <Empty>{none}</Empty>}
            {nextCursor !== null && isMore && <OnePage path={path} none={none} cursor={nextCursor} acts={acts} />}
            {nextCursor !== null && !isMore && (
              <button type="button" onClick={() => setMore(true)}>
                {text.more}
              </button>
            )}
          </>
        )}
      </Answer>
    </>
  )
}

const StateChips = ({ state, onPick }: { state: State; onPick: (state: State) => void }) => (
  <div class="chips" role="group" aria-label={resetWords.value.openTitle}>
    {STATES.map((each) => (
      <button type="button" key={each} class="chip" aria-pressed={state === each} onClick={() => onPick(each)}>
        {resetWords.value.states[each]}
      </button>
    ))}
  </div>
)

export const OpenItemsPage = () => {
  const text = resetWords.value
  const [state, setState] = useState<State>('open')
  const [recording, setRecording] = useState<OpenItemView | undefined>(undefined)
  const [checking, setChecking] = useState<OpenItemView | undefined>(undefined)
  const [note, setNote] = useState<string | undefined>(undefined)
  const [round, setRound] = useState(0)
  const path = `/api/resets/open?state=${state}${chosenRegion.value ? `&county=${chosenRegion.value}` : ''}`
  const openForm = (form: { recording?: OpenItemView; checking?: OpenItemView }): void => {
    setNote(undefined)
    setRecording(form.recording)
    setChecking(form.checking)
    window.scrollTo(0, 0)
  }
  const closeForm = (): void => {
    setRecording(undefined)
    setChecking(undefined)
  }
  const acts: Acts = {
    onRecord: (item) => openForm({ recording: item }),
    onAcknowledge: (item) => openForm({ checking: item }),
  }
  const done = (told: string): void => {
    closeForm()
    setNote(told)
    setRound((count) => count + 1)
  }
  return (
    <>
      <div class="page-head">
        <h1>{text.openTitle}</h1>
      </div>
      <p class="intro">{text.openIntro}</p>
      <p class="intro">{text.openHow}</p>
      <DoneNote>{note}</DoneNote>
      {recording && (
        <section class="card">
          <ResetForm
            key={`${recording.deviceId}${recording.atMs}`}
            stationId={recording.stationId}
            draft={draftOf(recording)}
            isFilledIn
            onDone={done}
            onCancel={closeForm}
          />
        </section>
      )}
      {checking && (
        <section class="card">
          <AcknowledgeForm
            key={`${checking.stationId}${checking.day}${checking.deviceId}${checking.code}${checking.atMs}`}
            item={checking}
            onDone={done}
            onCancel={closeForm}
          />
        </section>
      )}
      <section class="card">
        <StateChips state={state} onPick={setState} />
        <OnePage
          key={`${path}${round}`}
          path={path}
          none={state === 'open' ? text.openNone : text.acknowledgedNone}
          acts={acts}
        />
      </section>
    </>
  )
}
