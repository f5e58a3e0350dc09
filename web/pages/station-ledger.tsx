import { useLocation, useRoute } from 'preact-iso'

import { dayOf } from '../format.ts'
import { words } from '../language.ts'
import { ShownPaper } from '../parts/shown-paper.tsx'
import { YearPicker } from '../parts/year-picker.tsx'

/** A station's ledger of a year: shown as it will be printed, to be printed or kept as files. */
export const StationLedgerPage = () => {
  const id = encodeURIComponent(useRoute().params.id ?? '')
  const { query, route } = useLocation()
  const last = Number(dayOf(Date.now()).slice(0, 4))
  const year = /^\d{4}$/.test(query.year ?? '') ? Number(query.year) : last
  const text = words.value.papers
  return (
    <>
      <div class="page-head screen-only">
        <div>
          <p class="page-place">
            <a href={`/stations/${id}`}>{text.backToStation}</a>
          </p>
          <h1>{text.stationYear}</h1>
        </div>
        <div class="picker">
          <YearPicker year={year} last={last} onPick={(picked) => route(`/stations/${id}/ledger?year=${picked}`, true)} />
        </div>
      </div>
      <ShownPaper path={`/api/papers/stations/${id}/year?year=${year}`} label={text.stationYear} />
    </>
  )
}
