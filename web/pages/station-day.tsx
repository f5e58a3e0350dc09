import { useRoute } from 'preact-iso'
import { useState } from 'preact/hooks'

import type { DayHistory, DayVersion, ResetsView } from '../../functions/api-types-days.ts'
import { fullMoment, kwh } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty, Freshness } from '../parts/answer.tsx'
import { causeText, resetWords } from '../reset-words.ts'
import { session } from '../session.ts'
import { emptyDraft, ResetForm } from './reset-form.tsx'
import { ResetList } from './reset-list.tsx'
import { DoneNote } from '../parts/form-parts.tsx'

/** A station's day: what its figure was and is, and why; what people recorded of the station's counters. */

const DAY_MS = 15_000

const change = (differenceWh: number | null): string =>
  differenceWh === null ? words.value.unknown : `${differenceWh > 0 ? '+' : ''}${kwh(differenceWh, 3)}`

const Version = ({ shown }: { shown: DayVersion }) => {
  const text = resetWords.value
  const columns = text.versionColumns
  const station = words.value.station
  return (
    <tr>
      <th scope="row">{shown.version === 0 ? text.running : text.versionOf(shown.version)}</th>
      <td data-label={columns.computed}>{fullMoment(shown.computedAtMs)}</td>
      <td class="number" data-label={columns.energy}>
        {kwh(shown.energyWh, 3)}
      </td>
      <td class="number" data-label={columns.change}>
        {change(shown.differenceWh)}
      </td>
      <td data-label={columns.stands}>
        {station.bases[shown.basis]} · {station.qualities[shown.quality]}
      </td>
      <td class="whole-row" data-label={columns.why}>
        {shown.causes.map((cause) => (
          <span class="below" key={`${cause.code}${cause.about}${cause.by}`}>
            {causeText(cause)}
          </span>
        ))}
      </td>
    </tr>
  )
}

const Versions = ({ view }: { view: DayHistory }) => {
  const text = resetWords.value
  const columns = text.versionColumns
  return (
    <section class="card">
      <h2>{text.versions}</h2>
      {view.waiting !== null && (
        <p class="form-note" role="status">
          {text.willCompute}
          {view.waiting.map(causeText).join('；')}
        </p>
      )}
      {view.versions.length === 0 ? (
        <Empty>{text.never}</Empty>
      ) : (
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">{columns.version}</th>
              <th scope="col">{columns.computed}</th>
              <th scope="col" class="number">
                {columns.energy}
              </th>
              <th scope="col" class="number">
                {columns.change}
              </th>
              <th scope="col">{columns.stands}</th>
              <th scope="col">{columns.why}</th>
            </tr>
          </thead>
          <tbody>
            {view.versions.map((shown) => (
              <Version key={shown.version} shown={shown} />
            ))}
          </tbody>
        </table>
      )}
      {view.earlier > 0 && <p class="form-note">{text.earlier(view.earlier)}</p>}
    </section>
  )
}

const Newest = ({ shown }: { shown: DayVersion }) => {
  const text = resetWords.value
  const columns = text.deviceColumns
  const station = words.value.station
  return (
    <section class="card">
      <h2>{text.devices}</h2>
      <table class="stacked">
        <thead>
          <tr>
            <th scope="col">{columns.device}</th>
            <th scope="col" class="number">
              {columns.before}
            </th>
            <th scope="col" class="number">
              {columns.now}
            </th>
            <th scope="col">{columns.quality}</th>
          </tr>
        </thead>
        <tbody>
          {shown.devices.map((device) => (
            <tr key={device.deviceId}>
              <th scope="row">
                <bdi>{device.deviceId}</bdi>
              </th>
              <td class="number" data-label={columns.before}>
                {kwh(device.beforeWh, 3)}
              </td>
              <td class="number" data-label={columns.now}>
                {kwh(device.energyWh, 3)}
              </td>
              <td data-label={columns.quality}>{station.qualities[device.quality]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>{text.findings}</h3>
      {shown.findings.length === 0 ? (
        <p>{text.noFindings}</p>
      ) : (
        <ul>
          {shown.findings.map(({ code, deviceId, atMs, detail }) => (
            <li key={`${code}${deviceId}${atMs}`}>
              {[station.findings[code], deviceId, atMs === undefined ? undefined : fullMoment(atMs)]
                .filter((part) => part !== undefined)
                .join(' · ')}
              <span class="below" lang="en">
                {detail}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

const Records = ({ stationId, day }: { stationId: string; day: string }) => {
  const text = resetWords.value
  const [isRecording, setRecording] = useState(false)
  const [note, setNote] = useState<string | undefined>(undefined)
  const live = useLive<ResetsView>(`/api/resets?station=${encodeURIComponent(stationId)}`, DAY_MS)
  const mayRecord = session.value?.principal.role !== 'village_accountant'
  const done = (told: string): void => {
    setRecording(false)
    setNote(told)
    live.retry()
  }
  return (
    <section class="card">
      <h2>{text.records}</h2>
      <DoneNote>{note}</DoneNote>
      <Answer live={live}>{(view) => <ResetList view={view} mayRecord={mayRecord} onDone={done} />}</Answer>
      {mayRecord && !isRecording && (
        <button type="button" onClick={() => setRecording(true)}>
          {text.record}
        </button>
      )}
      {isRecording && (
        <ResetForm
          stationId={stationId}
          draft={{ ...emptyDraft, at: `${day}T12:00` }}
          isFilledIn={false}
          onDone={done}
          onCancel={() => setRecording(false)}
        />
      )}
    </section>
  )
}

export const StationDayPage = () => {
  const { id = '', day = '' } = useRoute().params
  const text = resetWords.value
  const station = encodeURIComponent(id)
  const live = useLive<DayHistory>(`/api/stations/${station}/days/${encodeURIComponent(day)}`, DAY_MS)
  return (
    <>
      <div class="page-head">
        <h1>
          <bdi>{id}</bdi> {text.dayTitle(day)}
        </h1>
        <Freshness live={live} />
      </div>
      <p class="intro">
        {text.dayIntro} <a href={`/stations/${station}`}>{text.back}</a>
      </p>
      <Answer live={live} lines={8}>
        {(view) => (
          <>
            <Versions view={view} />
            {view.versions[0] && <Newest shown={view.versions[0]} />}
            <Records stationId={id} day={day} />
          </>
        )}
      </Answer>
    </>
  )
}
