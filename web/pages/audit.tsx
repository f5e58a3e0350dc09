import type { AuditView } from '../../functions/api-types-closings.ts'
import { auditWords } from '../audit-words.ts'
import { fullMoment, kwh, monthName, yuan } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Freshness } from '../parts/answer.tsx'
import { regional } from '../region.ts'

/** 账目核对: what the nightly audit of a county's books went through, and what of it does not add up. */

type Audit = NonNullable<AuditView['audit']>
type Finding = Audit['findings'][number]

const AUDIT_MS = 60_000

/** Where the month of a village or a station is shown. */
const wayTo = ({ kind, id }: Pick<Finding['place'], 'kind' | 'id'>, month: string): string =>
  kind === 'village'
    ? `/villages/${encodeURIComponent(id)}?month=${month}`
    : `/stations/${encodeURIComponent(id)}/slips?month=${month}`

const OF_ENERGY: readonly Finding['rule'][] = ['day_gone', 'day_energy', 'line_energy']

/** Figures are fen or Wh, as the rule has it; a hash and a word are themselves. */
const figure = (rule: Finding['rule'], value: Finding['says']): string => {
  const { units } = words.value
  if (typeof value !== 'number') return value ?? auditWords.value.none
  return OF_ENERGY.includes(rule) ? `${kwh(value, 3)} ${units.kwh}` : `${yuan(value)} ${auditWords.value.yuan}`
}

const isThrough = ({ months, monthsDue }: Audit): boolean => months.length >= monthsDue

/** When it last ran, over which months, and whether it is through with all of them. */
const LastRun = ({ audit }: { audit: Audit }) => {
  const text = auditWords.value
  const { months, monthsDue } = audit
  const names = months.map(({ month }) => month).toSorted()
  const [first, last] = [names[0], names.at(-1)]
  if (first === undefined || last === undefined) return <p class="form-note">{text.underWay(0, monthsDue)}</p>
  const at = fullMoment(Math.max(...months.map(({ auditedAtMs }) => auditedAtMs)))
  return (
    <>
      <p>{text.lastRun(at, monthName(first), monthName(last), months.length)}</p>
      {!isThrough(audit) && <p class="form-note">{text.underWay(months.length, monthsDue)}</p>}
    </>
  )
}

const Findings = ({ audit }: { audit: Audit }) => {
  const text = auditWords.value
  const { finding: columns } = text
  const count = audit.months.reduce((sum, { findings }) => sum + findings, 0)
  if (count === 0) return isThrough(audit) ? <p class="form-done">{text.fine(audit.day)}</p> : null
  return (
    <section class="card">
      <p class="form-error" role="alert">
        {text.wrong(count)}
      </p>
      <table class="stacked">
        <caption class="visually-hidden">{text.wrong(count)}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.rule}</th>
            <th scope="col">{columns.row}</th>
            <th scope="col" class="number">
              {columns.says}
            </th>
            <th scope="col" class="number">
              {columns.ought}
            </th>
          </tr>
        </thead>
        <tbody>
          {audit.findings.map((finding) => (
            <tr key={`${finding.rule} ${finding.row}`}>
              <th scope="row">{text.rules[finding.rule]}</th>
              <td data-label={columns.row}>
                <bdi>{finding.place.name ?? finding.place.id}</bdi> {monthName(finding.month)}{' '}
                <a href={wayTo(finding.place, finding.month)}>{text.open}</a>
                <span class="below">
                  <code class="hash">{finding.row}</code>
                </span>
              </td>
              <td class="number" data-label={columns.says}>
                {figure(finding.rule, finding.says)}
              </td>
              <td class="number" data-label={columns.ought}>
                {figure(finding.rule, finding.ought)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {count > audit.findings.length && <p class="note">{text.more(audit.findings.length)}</p>}
    </section>
  )
}

const Differences = ({ differences }: Pick<Audit, 'differences'>) => {
  const text = auditWords.value
  const { difference: columns } = text
  if (differences.length === 0) return null
  return (
    <section class="card">
      <h2>{text.differ}</h2>
      <table class="stacked">
        <caption class="visually-hidden">{text.differ}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.station}</th>
            <th scope="col">{text.columns.month}</th>
            <th scope="col">{columns.code}</th>
            {[columns.of, columns.to, columns.apart].map((title) => (
              <th scope="col" class="number" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differences.map(({ stationId, stationName, month, code, ofWh, toWh }) => (
            <tr key={`${stationId} ${month} ${code}`}>
              <th scope="row">
                <a href={wayTo({ kind: 'station', id: stationId }, month)}>
                  <bdi>{stationName ?? stationId}</bdi>
                </a>
              </th>
              <td data-label={text.columns.month}>{monthName(month)}</td>
              <td data-label={columns.code}>{text.codes[code]}</td>
              {[
                [columns.of, ofWh],
                [columns.to, toWh],
                [columns.apart, ofWh - toWh],
              ].map(([title, wh]) => (
                <td class="number" data-label={title} key={title}>
                  {kwh(Number(wh), 1)} {words.value.units.kwh}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const Months = ({ audit }: { audit: Audit }) => {
  const text = auditWords.value
  const { columns } = text
  return (
    <section class="card">
      <table class="stacked">
        <caption class="visually-hidden">{text.checked}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.month}</th>
            <th scope="col">{columns.at}</th>
            {[columns.stations, columns.villages, columns.lines, columns.findings].map((title) => (
              <th scope="col" class="number" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {audit.months.map(({ month, auditedAtMs, stations, villages, lines, findings }) => (
            <tr key={month}>
              <th scope="row">{monthName(month)}</th>
              <td data-label={columns.at}>{fullMoment(auditedAtMs)}</td>
              <td class="number" data-label={columns.stations}>
                {stations}
              </td>
              <td class="number" data-label={columns.villages}>
                {villages}
              </td>
              <td class="number" data-label={columns.lines}>
                {lines}
              </td>
              <td class="number" data-label={columns.findings}>
                {findings}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

export const AuditPage = () => {
  const text = auditWords.value
  const live = useLive<AuditView>(regional('/api/closings/audit', 'county'), AUDIT_MS)
  return (
    <>
      <div class="page-head">
        <h1>{text.title(live.view?.county.name ?? '')}</h1>
        <div class="picker">
          <a class="button" href="/closings">
            {text.back}
          </a>
        </div>
      </div>
      <p class="lead">{text.intro}</p>
      <Freshness live={live} />
      <Answer live={live} lines={8}>
        {({ audit }) =>
          audit === null ? (
            <p class="empty">{text.never}</p>
          ) : (
            <>
              <LastRun audit={audit} />
              <Findings audit={audit} />
              <Differences differences={audit.differences} />
              <Months audit={audit} />
            </>
          )
        }
      </Answer>
      <section class="card">
        <h2>{text.checked}</h2>
        <ul>
          {Object.values(text.rules).map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
      </section>
    </>
  )
}
