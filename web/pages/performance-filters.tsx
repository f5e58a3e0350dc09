import { performanceWords } from '../performance-words.ts'

/** What a ranking is narrowed and sorted by. */

const SORTS = ['share', 'lost', 'hours', 'availability', 'grade', 'name'] as const
export const GRADES = ['A', 'B', 'C', 'D', 'none'] as const
const CAUSES = ['no_data', 'frozen', 'clock', 'stopped', 'curtailed', 'clipped', 'strings', 'unexplained'] as const

export type Asked = Record<'month' | 'day' | 'sort' | 'q' | 'grade' | 'cause' | 'page', string>
export type Move = (to: Partial<Asked>) => void

const Choice = (shown: {
  label: string
  value: string
  options: readonly (readonly [value: string, text: string])[]
  onPick: (value: string) => void
}) => (
  <label>
    {shown.label}
    <select value={shown.value} onChange={(event) => shown.onPick(event.currentTarget.value)}>
      {shown.options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  </label>
)

export const Filters = ({ asked, move }: { asked: Asked; move: Move }) => {
  const text = performanceWords.value
  const any = ['', text.filters.any] as const
  return (
    <form class="search filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="grow">
        {text.filters.search}
        <input type="search" value={asked.q} maxLength={64} onChange={(event) => move({ q: event.currentTarget.value })} />
      </label>
      <label>
        {text.day}
        <input type="date" value={asked.day} onChange={(event) => move({ day: event.currentTarget.value })} />
      </label>
      <Choice
        label={text.filters.sort}
        value={asked.sort}
        options={SORTS.map((sort) => [sort, text.sorts[sort]] as const)}
        onPick={(sort) => move({ sort })}
      />
      <Choice
        label={text.filters.grade}
        value={asked.grade}
        options={[any, ...GRADES.map((grade) => [grade, text.grades[grade]] as const)]}
        onPick={(grade) => move({ grade })}
      />
      <Choice
        label={text.filters.cause}
        value={asked.cause}
        options={[any, ...CAUSES.map((cause) => [cause, text.causes[cause]] as const)]}
        onPick={(cause) => move({ cause })}
      />
    </form>
  )
}
