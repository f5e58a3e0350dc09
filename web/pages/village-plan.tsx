import type { AllocationView } from '../../functions/api-types.ts'
import type { PlanView } from '../../functions/api-types-plans.ts'
import { yuan } from '../format.ts'
import { useLive } from '../live.ts'
import { Answer } from '../parts/answer.tsx'
import { planWords } from '../plan-words.ts'
import { PlanRules } from './plan-rules.tsx'

/** Beside a village's month: where the plan of its year stands, and how the year stands to the county's rules. */
export const VillagePlan = ({ code, year }: { code: string; year: string }) => {
  const text = planWords.value
  const live = useLive<PlanView>(`/api/plans/${encodeURIComponent(code)}?year=${year}`)
  return (
    <section class="card screen-only">
      <h2>
        <a href={`/plans/${encodeURIComponent(code)}?year=${year}`}>{text.title}</a>
      </h2>
      <Answer live={live} lines={3}>
        {({ plan, verdicts }) => (
          <>
            <p class="statement-what">
              {plan ? `${text.version(plan.version)} · ${text.states[plan.state]}` : text.noPlanToRead}
            </p>
            <PlanRules verdicts={verdicts} />
          </>
        )}
      </Answer>
    </section>
  )
}

/** Beside the pot of a month: what the plan owes, what was carried on, and where the month differs from the plan. */
export const AllocationNotes = ({ allocation }: { allocation: AllocationView }) => {
  const text = planWords.value
  const { claimedFen, carriedInFen, carriedOutFen, findings } = allocation
  const printed = [
    [text.claimed, claimedFen],
    [text.carriedIn, carriedInFen],
    [text.carriedOut, carriedOutFen],
  ] as const
  const notes = printed.flatMap(([word, amountFen]) => (amountFen === undefined ? [] : [`${word} ${yuan(amountFen)}`]))
  return (
    <>
      {notes.length > 0 && <p class="note">{notes.join(' · ')}</p>}
      {findings.map(({ code, lineIds }) => (
        <p class="note" key={code}>
          {text.findings[code]}：{lineIds.join('、')}
        </p>
      ))}
    </>
  )
}
