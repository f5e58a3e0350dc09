import { planWords } from '../plan-words.ts'

const FIRST_YEAR = 2016

/** Years from `last` back to the first plans. */
export const YearPicker = ({ year, last, onPick }: { year: number; last: number; onPick: (year: number) => void }) => {
  const years = Array.from({ length: Math.max(0, last - FIRST_YEAR) + 1 }, (_, ago) => last - ago)
  return (
    <label class="month-picker">
      <span class="visually-hidden">{planWords.value.year}</span>
      <select value={year} onChange={(event) => onPick(Number(event.currentTarget.value))}>
        {(years.includes(year) ? years : [year, ...years]).map((each) => (
          <option key={each} value={each}>
            {planWords.value.yearName(each)}
          </option>
        ))}
      </select>
    </label>
  )
}
