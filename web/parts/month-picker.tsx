import { monthName } from '../format.ts'

const MONTHS_MAX = 60

const before = (month: string): string => {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 2
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`
}

/** Months from `last` back to `first`, five years at most. A list, because not every browser has a month field. */
export const MonthPicker = (shown: {
  label: string
  month: string
  first: string
  last: string
  onPick: (month: string) => void
}) => {
  const months: string[] = []
  for (let month = shown.last; month >= shown.first && months.length < MONTHS_MAX; month = before(month)) months.push(month)
  if (!months.includes(shown.month)) months.push(shown.month)
  return (
    <label class="month-picker">
      <span class="visually-hidden">{shown.label}</span>
      <select value={shown.month} onChange={(event) => shown.onPick(event.currentTarget.value)}>
        {months.map((month) => (
          <option key={month} value={month}>
            {monthName(month)}
          </option>
        ))}
      </select>
    </label>
  )
}
