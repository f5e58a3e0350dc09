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

/** Where the row a finding names is shown: rows begin with their table, the place and the month. */
const placeOf = ({ row }: Finding): string | undefined => {
  const [table, id = '', month = ''] = row.split(' ')
  if (table === 'village-statements' || table === 'allocations') return `/villages/${encodeURIComponent(id)}?month=${month}`
  return table === 'station-statements' ? `/stations/${encodeURIComponent(id)}/slips` : undefined
}

const OF_ENERGY: readonly Finding['rule'][] = ['day_gone', 'day_energy', 'line_energy']

/** Figures are fen or Wh, as the rule has it; a hash and a word are themselves. */
const figure = (rule: Finding['rule'], value: Finding['says']): string => {
  const { units } = words.value
  if (typeof value !== 'number') return value ?? auditWords.value.none
  return OF_ENERGY.includes(rule) ? `${kwh(value, 3)} ${units.kwh}` : `${yuan(value)} ${auditWords.value.yuan}`
}

const Findings = ({ audit }: { audit: Audit }) => {
  const text = auditWords.value
  const { finding: columns } = text
  const count = audit.months.reduce((sum, { findings }) => sum + findings, 0)
  if (count === 0) return <p class="form-done">{text.fine(audit.day)}</p>
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
          {audit.findings.map((finding) => {
            const place = placeOf(finding)
            return (
              <tr key={`${finding.rule} ${finding.row}`}>
                <th scope="row">{text.rules[finding.rule]}</th>
                <td data-label={columns.row}>
                  <code class="hash">{finding.row}</code> {place !== undefined && <a href={place}>{text.open}</a>}
                </td>
                <td class="number" data-label={columns.says}>
                  {figure(finding.rule, finding.says)}
                </td>
                <td class="number" data-label={columns.ought}>
                  {figure(finding.rule, finding.ought)}
                </td>
              </tr>
            )
          })}
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
          {differences.map(({ stationId, month, code, ofWh, toWh }) => (
            <tr key={`${stationId} ${month} ${code}`}>
              <th scope="row">
                <a href={`/stations/${encodeURIComponent(stationId)}/slips`}>{stationId}</a>
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
