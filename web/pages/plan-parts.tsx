import type { PlanDetail, PlanMonth } from '../../functions/api-types-plans.ts'
import { fullMoment, monthName, percentOfBp, yuan } from '../format.ts'
import { planWords } from '../plan-words.ts'

/** What a plan says, where it stands, what was done about it, and what was divided by it. */

const STATES = ['drafted', 'passed', 'noticed', 'reviewed', 'filed', 'executing', 'announced'] as const

export const PlanFlow = ({ plan }: { plan: PlanDetail }) => {
  const text = planWords.value
  const at = STATES.indexOf(plan.state)
  return (
    <>
      <ol class="flow" aria-label={text.flow}>
        {STATES.map((state, index) => (
          <li
            key={state}
            class={index < at ? 'flow-past' : index === at ? 'flow-now' : ''}
            {...(index === at && { 'aria-current': 'step' as const })}
          >
            {text.states[state]}
          </li>
        ))}
      </ol>
      <dl class="facts">
        {(
          [
            [text.facts.basis, text.basis[plan.basis]],
            [text.facts.pool, text.pool[plan.pool]],
            [text.facts.reserve, `${percentOfBp(plan.collectiveReserveBp)}%`],
            [text.facts.document, plan.document],
          ] as const
        ).map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      {plan.notice && (
        <p class="note">
          {text.noticeSpan(plan.notice.from, plan.notice.to)} · {text.noticeDays(plan.notice.days)}
        </p>
      )}
      {plan.openObjections.length > 0 && <p class="form-note">{text.openObjections(plan.openObjections.join('、'))}</p>}
    </>
  )
}

export const PlanLines = ({ plan }: { plan: PlanDetail }) => {
  const text = planWords.value
  const columns = text.lineColumns
  if (plan.lines.length === 0) return <p class="empty">{text.noLines}</p>
  return (
    <>
      <p class="statement-what">{text.masked}</p>
      <table class="payees">
        <caption class="visually-hidden">{text.lines}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.line}</th>
            <th scope="col">{columns.payee}</th>
            <th scope="col">{columns.kind}</th>
            <th scope="col" class="number">
              {columns.weight[plan.basis]}
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.lines.map(({ lineId, payee, kind, post, weight }) => (
            <tr key={lineId}>
              <td>{lineId}</td>
              <th scope="row">
                <bdi>{payee}</bdi>
              </th>
              <td>
                {text.kinds[kind]}
                {post !== '' && <bdi class="below">{post}</bdi>}
              </td>
              <td class="number">{yuan(weight)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

type Act = PlanDetail['entries'][number]['act']

/** The facts of an entry in one line. */
const factsOf = (act: Act): string => {
  const text = planWords.value
  switch (act.kind) {
    case 'pass':
      return `${act.meetingOn} · ${text.votes(act.present, act.entitled, act.inFavour, act.against)} · ${act.document}`
    case 'notice':
      return `${text.noticeSpan(act.from, act.to)} · ${act.place} · ${act.document}`
    case 'object':
      return `${act.receivedOn} · ${act.text}`
    case 'answer':
      return `${text.objectionNumber(act.objection)} · ${act.text}`
    case 'announce':
      return `${act.announcedOn} · ${act.document}`
    case 'review':
    case 'execute':
      return act.remark
    case 'return':
      return act.reason
    default:
      return act.document
  }
}

export const PlanHistory = ({ plan }: { plan: PlanDetail }) => {
  const text = planWords.value
  if (plan.entries.length === 0) return <p class="empty">{text.noHistory}</p>
  return (
    <ol class="entries">
      {plan.entries.toReversed().map(({ seq, atMs, by, act }) => (
        <li key={seq}>
          <strong>
            {seq}. {text.acts[act.kind]}
          </strong>
          <span class="below">
            {fullMoment(atMs)} · <bdi>{by}</bdi>
          </span>
          <p>
            <bdi>{factsOf(act)}</bdi>
          </p>
        </li>
      ))}
    </ol>
  )
}

export const PlanMonths = ({ code, months }: { code: string; months: readonly PlanMonth[] }) => {
  const text = planWords.value
  const columns = text.monthColumns
  if (months.length === 0) return <p class="empty">{text.noMonths}</p>
  return (
    <table class="stacked">
      <caption class="visually-hidden">{text.months}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.month}</th>
          {[columns.pot, columns.distributed, columns.undistributed, columns.carried].map((word) => (
            <th scope="col" class="number" key={word}>
              {word}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {months.map(({ month, potFen, distributedFen, undistributedFen, carriedOutFen, findings }) => (
          <tr key={month}>
            <th scope="row">
              <a href={`/villages/${code}?month=${month}`}>{monthName(month)}</a>
              {findings.map((finding) => (
                <span class="below" key={finding.code}>
                  {finding.lineIds.join('、')}：{text.findings[finding.code]}
                </span>
              ))}
            </th>
            <td class="number" data-label={columns.pot}>
              {yuan(potFen)}
            </td>
            <td class="number" data-label={columns.distributed}>
              {yuan(distributedFen)}
            </td>
            <td class="number" data-label={columns.undistributed}>
              {yuan(undistributedFen)}
            </td>
            <td class="number" data-label={columns.carried}>
              {yuan(carriedOutFen)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
