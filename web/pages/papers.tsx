import { useLocation, useRoute } from 'preact-iso'
import { useState } from 'preact/hooks'

import { FIRST_MONTH, dayOf } from '../format.ts'
import { words } from '../language.ts'
import { MonthPicker } from '../parts/month-picker.tsx'
import { ShownPaper } from '../parts/shown-paper.tsx'
import { NoticePhotos } from './notice-photos.tsx'
import { StationLedgers } from './station-ledgers.tsx'

const KINDS = ['month', 'statement', 'allocation', 'notice', 'vouchers', 'year', 'households', 'stations'] as const
type Kind = (typeof KINDS)[number]

type Details = { from: string; days: string; contacts: string; url: string }
const NO_DETAILS: Details = { from: '', days: '10', contacts: '', url: '' }

const kindOf = (text: string | undefined): Kind => KINDS.find((kind) => kind === text) ?? 'month'

/** The paper's address; what the office left empty is left out and becomes a line to fill in by hand. */
const pathOf = (code: string, kind: Kind, month: string, details: Details): string => {
  const query = new URLSearchParams(kind === 'year' || kind === 'households' ? { year: month.slice(0, 4) } : { month })
  if (kind === 'notice') {
    const { from, days, contacts, url } = details
    for (const [name, value] of Object.entries({ from, ...(from !== '' && { days }), contacts, url })) {
      if (value.trim() !== '') query.set(name, value.trim())
    }
  }
  return `/api/papers/villages/${encodeURIComponent(code)}/${kind}?${query.toString()}`
}

const Tabs = ({ code, kind, month }: { code: string; kind: Kind; month: string }) => (
  <nav class="tabs screen-only" aria-label={words.value.papers.title}>
    <ul>
      {KINDS.map((of) => (
        <li key={of}>
          <a
            href={`/villages/${encodeURIComponent(code)}/papers/${of}?month=${month}`}
            {...(of === kind && { 'aria-current': 'page' as const })}
          >
            {words.value.papers.kinds[of]}
          </a>
        </li>
      ))}
    </ul>
  </nav>
)

const NOTICE_DAYS_MAX = 60

const NoticeForm = ({ details, onChange }: { details: Details; onChange: (details: Details) => void }) => {
  const text = words.value.papers
  const shared = (name: keyof Details) => ({
    name,
    value: details[name],
    onChange: (event: { currentTarget: { value: string } }) => onChange({ ...details, [name]: event.currentTarget.value }),
  })
  return (
    <form class="search notice-form screen-only" onSubmit={(event) => event.preventDefault()}>
      <label>
        {text.details.from}
        <input type="date" {...shared('from')} />
      </label>
      <label>
        {text.details.days}
        <input type="number" min={1} max={NOTICE_DAYS_MAX} {...shared('days')} />
      </label>
      <label>
        {text.details.contacts}
        <input type="text" maxLength={200} placeholder={text.contactsHint} {...shared('contacts')} />
      </label>
      <label>
        {text.details.url}
        <input type="url" maxLength={200} placeholder="https://" {...shared('url')} />
      </label>
      <p class="note">{text.detailsHint}</p>
    </form>
  )
}

/** A village's papers of a month: shown as they will be printed, to be printed or kept as files. */
export const PapersPage = () => {
  const { code = '', kind: named } = useRoute().params
  const { query, route } = useLocation()
  const [details, setDetails] = useState(NO_DETAILS)
  const today = dayOf(Date.now())
  const kind = kindOf(named)
  const month = query.month ?? previousMonth(today.slice(0, 7))
  const text = words.value.papers
  return (
    <>
      <div class="page-head screen-only">
        <div>
          <p class="page-place">
            <a href={`/villages/${encodeURIComponent(code)}?month=${month}`}>{text.back}</a>
          </p>
          <h1>{text.title}</h1>
        </div>
        <div class="picker">
          <MonthPicker
            label={words.value.village.month}
            month={month}
            first={FIRST_MONTH}
            last={today.slice(0, 7)}
            onPick={(picked) => route(`/villages/${encodeURIComponent(code)}/papers/${kind}?month=${picked}`, true)}
          />
        </div>
      </div>
      <Tabs code={code} kind={kind} month={month} />
      {kind === 'notice' && <NoticeForm details={details} onChange={setDetails} />}
      {kind === 'stations' ? (
        <StationLedgers code={code} month={month} />
      ) : (
        <ShownPaper path={pathOf(code, kind, month, details)} label={text.kinds[kind]} />
      )}
      {kind === 'notice' && <NoticePhotos code={code} month={month} />}
    </>
  )
}

const previousMonth = (month: string): string => {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 2
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`
}
