import type { VillageView } from '../../functions/api-types.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer } from '../parts/answer.tsx'
import { session } from '../session.ts'

/** The stations of a village, each with the way to its ledger; what a joint one earns is not an accountant's of one village to see. */
export const StationLedgers = ({ code, month }: { code: string; month: string }) => {
  const live = useLive<VillageView>(`/api/villages/${encodeURIComponent(code)}?month=${month}`)
  const text = words.value.papers
  const seesJoint = session.value?.principal.role !== 'village_accountant'
  return (
    <Answer live={live} lines={4}>
      {({ generation }) =>
        generation.length === 0 ? (
          <p class="empty">{text.noStations}</p>
        ) : (
          <section class="card">
            <h2>
              {month.slice(0, 4)} {text.stationYear}
            </h2>
            <ul class="plain">
              {generation.map(({ stationId, name, share }) => (
                <li key={stationId}>
                  {share === null || seesJoint ? (
                    <a href={`/stations/${encodeURIComponent(stationId)}/ledger?year=${month.slice(0, 4)}`}>
                      <bdi>{name}</bdi>
                    </a>
                  ) : (
                    <>
                      <bdi>{name}</bdi>
                      <span class="below">{text.jointElsewhere}</span>
                    </>
                  )}
                </li>
              ))}
            </ul>
          </section>
        )
      }
    </Answer>
  )
}
