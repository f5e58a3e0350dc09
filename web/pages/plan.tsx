import { useLocation, useRoute } from 'preact-iso'

import type { PlanView } from '../../functions/api-types-plans.ts'
import { dayOf } from '../format.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { YearPicker } from '../parts/year-picker.tsx'
import { planWords } from '../plan-words.ts'
import { PlanActs } from './plan-acts.tsx'
import { AttendanceFile, LinesFile } from './plan-files.tsx'
import { PlanFlow, PlanHistory, PlanLines, PlanMonths } from './plan-parts.tsx'
import { PlanCash, PlanRules } from './plan-rules.tsx'
import { DoneNote, useDone } from '../parts/form-parts.tsx'

type Shown = { path: string; code: string; view: PlanView; onDone: (note: string) => void }

const Uploads = ({ path, view, onDone }: Shown) => {
  const text = planWords.value
  const hasWages = view.plan?.basis === 'wages' && view.versionInForce !== null
  return (
    <section class="card screen-only">
      <details open={view.plan === null}>
        <summary>{text.upload.lines}</summary>
        <LinesFile path={path} view={view} onDone={onDone} />
      </details>
      {hasWages && (
        <details>
          <summary>{text.upload.attendance}</summary>
          <AttendanceFile path={path} view={view} onDone={onDone} />
        </details>
      )}
    </section>
  )
}

const Plan = (shown: Shown & { plan: NonNullable<PlanView['plan']> }) => {
  const { path, view, plan, onDone } = shown
  const text = planWords.value
  return (
    <>
      <section class="card">
        <div class="card-head">
          <h2>
            {text.version(plan.version)} · {text.states[plan.state]}
          </h2>
        </div>
        <p class="statement-what">
          {view.versionInForce === null ? text.noneInForce : text.inForce(view.versionInForce)}
          {view.versions
            .filter(({ version }) => version !== plan.version)
            .map(({ version, state }) => (
              <a key={version} class="version-link" href={`/plans/${shown.code}?year=${view.year}&version=${version}`}>
                {text.version(version)}（{text.states[state]}）
              </a>
            ))}
        </p>
        <PlanFlow plan={plan} />
      </section>
      <section class="card screen-only">
        <h2>{text.actions}</h2>
        <PlanActs key={plan.seq} path={path} year={view.year} plan={plan} onDone={onDone} />
      </section>
      <section class="card">
        <h2>{text.lines}</h2>
        <PlanLines plan={plan} />
      </section>
      <section class="card">
        <h2>{text.history}</h2>
        <PlanHistory plan={plan} />
      </section>
    </>
  )
}

const Year = (shown: Shown) => {
  const { view, code } = shown
  const text = planWords.value
  const { plan } = view
  return (
    <>
      {plan ? (
        <Plan {...shown} plan={plan} />
      ) : (
        <section class="card">
          <Empty>{view.mayWrite ? text.noPlanYet : text.noPlanToRead}</Empty>
        </section>
      )}
      {view.mayWrite && <Uploads key={`${view.year} ${plan?.version ?? 0}`} {...shown} />}
      <section class="card">
        <h2>{text.rules}</h2>
        <PlanRules verdicts={view.verdicts} />
      </section>
      {view.cash && (
        <section class="card">
          <h2>{text.cash}</h2>
          <PlanCash cash={view.cash} />
        </section>
      )}
      <section class="card">
        <h2>{text.months}</h2>
        <PlanMonths code={code} months={view.months} />
      </section>
    </>
  )
}

/** A village's plan of a year: what it says, where it stands, what is to be done, and how the year stands to the county's rules. */
export const PlanPage = () => {
  const code = encodeURIComponent(useRoute().params.code ?? '')
  const { query, route } = useLocation()
  const asked = new URLSearchParams(
    Object.entries({ year: query.year ?? '', version: query.version ?? '' }).filter(([, value]) => value !== ''),
  ).toString()
  const path = `/api/plans/${code}`
  const live = useLive<PlanView>(asked === '' ? path : `${path}?${asked}`)
  const { view } = live
  const text = planWords.value
  const { note, done } = useDone(live.retry)
  return (
    <>
      <div class="page-head">
        <div>
          <p class="page-place">
            <a href={`/villages/${code}`}>{text.back}</a>
            {view && ` · ${[view.countyName, view.townName].filter((name) => name !== null).join(' · ')}`}
          </p>
          <h1>{view ? text.villageTitle(view.village.name, view.year) : text.title}</h1>
        </div>
        {view && (
          <YearPicker
            year={view.year}
            last={Number(dayOf(view.asOfMs).slice(0, 4)) + 1}
            onPick={(year) => route(`/plans/${code}?year=${year}`, true)}
          />
        )}
      </div>
      <DoneNote>{note}</DoneNote>
      <Answer live={live} lines={12}>
        {(shown) => <Year path={path} code={code} view={shown} onDone={done} />}
      </Answer>
    </>
  )
}
