import { useState } from 'preact/hooks'

import type { OpenItemsPage as Page, OpenItemView } from '../../functions/api-types-days.ts'
import { fullMoment, kwh } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty, Freshness } from '../parts/answer.tsx'
import { chosenRegion } from '../region.ts'
import { resetWords } from '../reset-words.ts'
import { emptyDraft, kwhText, localTime, type ResetDraft, ResetForm } from './reset-form.tsx'
import { DoneNote } from '../parts/form-parts.tsx'

/** Findings that wait for a person, the newest days first; an unconfirmed reset is recorded from here. */

const OPEN_MS = 30_000

const draftOf = ({ deviceId, atMs, shown }: OpenItemView): ResetDraft => ({
  ...emptyDraft,
  deviceId,
  at: atMs === null ? '' : localTime(atMs),
  finalKwh: shown ? kwhText(shown.finalWh) : '',
  startKwh: shown ? kwhText(shown.startWh) : '',
})

const Row = ({ item, onRecord }: { item: OpenItemView; onRecord: (item: OpenItemView) => void }) => {
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
            <button type="button" onClick={() => onRecord(item)}>
              {text.record}
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

const Items = ({ items, onRecord }: { items: readonly OpenItemView[]; onRecord: (item: OpenItemView) => void }) => {
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
          <Row key={`${item.stationId}${item.day}${item.deviceId}${item.code}${item.atMs}`} item={item} onRecord={onRecord} />
        ))}
      </tbody>
    </table>
  )
}

/** A page of the list, and the way to the one after. Pages may be empty and go on. */
const OnePage = ({ path, cursor, onRecord }: { path: string; cursor?: string; onRecord: (item: OpenItemView) => void }) => {
  const text = resetWords.value
  const [isMore, setMore] = useState(false)
  const live = useLive<Page>(cursor === undefined ? path : `${path}&cursor=${encodeURIComponent(cursor)}`, OPEN_MS)
  return (
    <>
      {cursor === undefined && <Freshness live={live} />}
      <Answer live={live}>
        {({ items, nextCursor }) => (
          <>
            {items.length > 0 && <Items items={items} onRecord={onRecord} />}
            {items.length === 0 && nextCursor === null && cursor === undefined && <Empty>{text.openNone}</Empty>}
            {nextCursor !== null && isMore && <OnePage path={path} cursor={nextCursor} onRecord={onRecord} />}
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

export const OpenItemsPage = () => {
  const text = resetWords.value
  const [recording, setRecording] = useState<OpenItemView | undefined>(undefined)
  const [note, setNote] = useState<string | undefined>(undefined)
  const [round, setRound] = useState(0)
  const path = `/api/resets/open?${chosenRegion.value ? `county=${chosenRegion.value}` : ''}`
  const record = (item: OpenItemView): void => {
    setNote(undefined)
    setRecording(item)
    window.scrollTo(0, 0)
  }
  const done = (told: string): void => {
    setRecording(undefined)
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
            onCancel={() => setRecording(undefined)}
          />
        </section>
      )}
      <section class="card">
        <OnePage key={`${path}${round}`} path={path} onRecord={record} />
      </section>
    </>
  )
}
