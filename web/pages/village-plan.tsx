import type { PlanView } from '../../functions/api-types-plans.ts'
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
