import type { PlanView } from '../../functions/api-types-plans.ts'
import { percentOfBp, yuan } from '../format.ts'
import { words } from '../language.ts'
import { planWords } from '../plan-words.ts'

/** How a village's year stands to the county's rules, and whether its wages can be met. */

type Verdict = PlanView['verdicts'][number]

const figureText = (name: string, value: string | number | null): string => {
  if (value === null) return words.value.unknown
  if (typeof value === 'string') return value
  if (name.endsWith('Fen')) return yuan(value)
  return name.endsWith('Bp') ? `${percentOfBp(value)}%` : String(value)
}

const Figures = ({ verdict }: { verdict: Verdict }) => {
  const text = planWords.value
  const names: Record<string, string> = text.figures
  const figures = Object.entries(verdict.figures).map(([name, value]) => `${names[name] ?? name} ${figureText(name, value)}`)
  return (
    <>
      {figures.join(' · ')}
      {verdict.lineIds && <span class="below">{text.ruleLines(verdict.lineIds.join('、'))}</span>}
    </>
  )
}

export const PlanRules = ({ verdicts }: Pick<PlanView, 'verdicts'>) => {
  const text = planWords.value
  if (verdicts.length === 0) return <p class="empty">{text.noRules}</p>
  return (
    <>
      <p class="statement-what">{text.rulesWhat}</p>
      <ul class="verdicts">
        {verdicts.map((verdict) => (
          <li key={verdict.kind}>
            <strong class={`verdict verdict-${verdict.verdict}`}>{text.verdicts[verdict.verdict]}</strong>
            <div>
              {text.ruleKinds[verdict.kind]}
              <span class="below">
                <bdi>{verdict.document}</bdi> {verdict.clause}
              </span>
              <span class="below">
                <Figures verdict={verdict} />
              </span>
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}

export const PlanCash = ({ cash }: { cash: NonNullable<PlanView['cash']> }) => {
  const text = planWords.value
  const [wages, arrives] = [yuan(cash.wagesFen), yuan(cash.arrivesFen)]
  return (
    <>
      <p class={cash.holds ? 'statement-what' : 'form-note'}>
        {cash.holds ? text.cashHolds(wages, arrives) : text.cashShort(wages, arrives, yuan(cash.shortFen))}
      </p>
      <p class="statement-what">{text.cashSource[cash.source]}</p>
    </>
  )
}
