import { useLocation } from 'preact-iso'

import type { Trace, TracedDevice, TraceStep } from '../../functions/api-types-trace.ts'
import { fullMoment, kwh, monthName, price, yuan } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer } from '../parts/answer.tsx'
import { Figure } from '../parts/figure.tsx'
import { traceWords } from '../trace-words.ts'

/** 溯源: from a payee's fen down to the readings, joint by joint, each worked out again. */

const TRACE_MS = 300_000

const figureText = (name: string, value: string | number | null): string => {
  const text = traceWords.value
  if (value === null) return words.value.unknown
  if (name === 'gotRest') return value === 1 ? text.yes : text.no
  if (name === 'basis') return text.bases[value as keyof typeof text.bases]
  if (typeof value === 'string') return value
  if (name.endsWith('Fen')) return yuan(value)
  if (name.endsWith('Wh')) return `${kwh(value, 3)} kWh`
  return name === 'priceE4YuanPerKwh' ? price(value) : String(value)
}

/** What a joint is about, a line of a statement by its word. */
const subjectText = (of: string): string => {
  const kinds: Record<string, string> = words.value.village.kinds
  return of.replaceAll(/\S+/g, (part) => kinds[part] ?? part)
}

const verdictOf = ({ isSame }: Pick<TraceStep, 'isSame'>): 'same' | 'different' | 'unknown' =>
  isSame === null ? 'unknown' : isSame ? 'same' : 'different'
const VERDICT_CLASS = { same: 'holds', different: 'broken', unknown: 'unknown' } as const

const Step = ({ step }: { step: TraceStep }) => {
  const text = traceWords.value
  const verdict = verdictOf(step)
  return (
    <li>
      <strong class={`verdict verdict-${VERDICT_CLASS[verdict]}`}>{text.verdicts[verdict]}</strong>
      <div>
        {text.steps[step.kind].name}
        <span class="below">
          <bdi>{subjectText(step.of)}</bdi>
        </span>
        <span class="below">{text.steps[step.kind].how}</span>
        <span class="below">
          {Object.entries(step.figures)
            .map(([name, value]) => `${text.figures[name] ?? name} ${figureText(name, value)}`)
            .join(' · ')}
        </span>
        {step.note !== null && <span class="below">{text.notes[step.note]}</span>}
      </div>
    </li>
  )
}

const Days = ({ view, lookAt }: { view: Trace; lookAt: (to: { station?: string; day?: string }) => string }) => {
  const text = traceWords.value
  const { dayColumns: columns } = text
  const name = view.stations.find(({ stationId }) => stationId === view.stationId)?.name ?? ''
  return (
    <details>
      <summary>{text.days(name)}</summary>
      <table class="stacked">
        <thead>
          <tr>
            <th scope="col">{columns.day}</th>
            <th scope="col" class="number">
              {columns.energy}
            </th>
            <th scope="col">{columns.basis}</th>
            <th scope="col">{columns.quality}</th>
          </tr>
        </thead>
        <tbody>
          {view.days.map(({ day, energyWh, version, basis, quality }) => (
            <tr key={day}>
              <th scope="row">
                <a href={lookAt({ day })}>{day}</a>
              </th>
              <td class="number" data-label={columns.energy}>
                {kwh(energyWh, 3)}
              </td>
              <td data-label={columns.basis}>
                {basis === undefined ? '' : text.bases[basis]} v{version}
              </td>
              <td data-label={columns.quality}>{words.value.station.qualities[quality]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

const At = ({ wh, atMs }: { wh: number | null; atMs: number | null }) => (
  <>
    {kwh(wh, 3)}
    {atMs !== null && <span class="below">{fullMoment(atMs)}</span>}
  </>
)

const Devices = ({ devices }: { devices: readonly TracedDevice[] }) => {
  const { deviceColumns: columns } = traceWords.value
  return (
    <table class="stacked">
      <thead>
        <tr>
          <th scope="col">{columns.device}</th>
          <th scope="col" class="number">
            {columns.count}
          </th>
          <th scope="col" class="number">
            {columns.first}
          </th>
          <th scope="col" class="number">
            {columns.last}
          </th>
          <th scope="col" class="number">
            {columns.energy}
          </th>
        </tr>
      </thead>
      <tbody>
        {devices.map((device) => (
          <tr key={device.deviceId}>
            <th scope="row">
              <bdi>{device.deviceId}</bdi>
            </th>
            <td class="number" data-label={columns.count}>
              {device.readings}
            </td>
            <td class="number" data-label={columns.first}>
              <At wh={device.firstWh} atMs={device.firstAtMs} />
            </td>
            <td class="number" data-label={columns.last}>
              <At wh={device.lastWh} atMs={device.lastAtMs} />
            </td>
            <td class="number" data-label={columns.energy}>
              {kwh(device.energyWh, 3)}
              <span class="below">{words.value.station.qualities[device.quality]}</span>
              {device.findings.map(({ code }) => (
                <span class="below" key={code}>
                  {words.value.station.findings[code]}
                </span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What the whole comes to: nothing is said of joints that nobody could work out again. */
const toldOf = ({ isCounted, isSame, steps }: Trace): string => {
  const text = traceWords.value
  const unknown = steps.filter((step) => step.isSame === null).length
  if (!isCounted) return text.notCounted
  if (!isSame) return text.different
  return unknown === 0 ? text.same : text.partly(unknown)
}

const Chain = ({ view, lookAt }: { view: Trace; lookAt: (to: { station?: string; day?: string }) => string }) => {
  const text = traceWords.value
  return (
    <>
      <p class={view.isSame && view.steps.every(({ isSame }) => isSame !== null) ? 'form-done' : 'form-note'}>{toldOf(view)}</p>
      <ul class="verdicts">
        {view.steps.map((step) => (
          <Step key={`${step.kind}${step.of}`} step={step} />
        ))}
      </ul>
      {view.stations.length > 1 && (
        <p class="actions">
          {view.stations.map(({ stationId, name }) => (
            <a key={stationId} class="button" href={lookAt({ station: stationId })}>
              <bdi>{name}</bdi>
            </a>
          ))}
        </p>
      )}
      {view.days.length > 0 && <Days view={view} lookAt={lookAt} />}
      {view.day && (
        <>
          <h2>{text.readings(view.day.day)}</h2>
          <Devices devices={view.day.devices} />
          <p>
            <a href={`/stations/${encodeURIComponent(view.stationId ?? '')}/days/${view.day.day}`}>{text.history}</a>
          </p>
        </>
      )}
    </>
  )
}

export const TracePage = () => {
  // The line stands in the query: it has dots, and a path with a dot would be a file's.
  const { line = '', station = '', day = '' } = useLocation().query
  const asked = new URLSearchParams(Object.entries({ station, day }).filter(([, value]) => value !== '')).toString()
  const path = `/api/trace/${encodeURIComponent(line)}`
  const live = useLive<Trace>(asked === '' ? path : `${path}?${asked}`, TRACE_MS)
  const text = traceWords.value
  const { view } = live
  const lookAt = (to: { station?: string; day?: string }): string => {
    const at = { station: to.station ?? view?.stationId ?? '', day: to.station === undefined ? (to.day ?? '') : '' }
    return `/trace?${new URLSearchParams(Object.entries({ line, ...at }).filter(([, value]) => value !== '')).toString()}`
  }
  return (
    <>
      <div class="page-head">
        <h1>{view ? text.title(view.payee, monthName(view.month)) : ''}</h1>
        {view && <a href={`/villages/${view.village.code}?month=${view.month}`}>{text.back}</a>}
      </div>
      <p class="lead">{text.intro}</p>
      <section class="card">
        <Answer live={live} lines={10}>
          {(shown) => (
            <>
              <dl class="figures">
                <Figure label={text.amount} value={yuan(shown.amountFen)} tone="sun" />
              </dl>
              <Chain view={shown} lookAt={lookAt} />
            </>
          )}
        </Answer>
      </section>
    </>
  )
}
