import type { ResetAnswer } from '../../functions/api-types-days.ts'
import { kwh } from '../format.ts'
import { resetWords } from '../reset-words.ts'

/** What the days of a record are and become, device by device. */
export const ResetEffectTable = ({ answer }: { answer: ResetAnswer }) => {
  const text = resetWords.value
  const columns = text.effectColumns
  const rows = answer.effect.flatMap(({ day, beforeWh, afterWh, devices }) =>
    [{ deviceId: text.wholeStation, beforeWh, afterWh }, ...devices]
      .filter((each) => each.beforeWh !== each.afterWh)
      .map((each) => ({ day, ...each })),
  )
  const unseen = answer.days.length - answer.effect.length
  return (
    <>
      <p>{text.effect}</p>
      {rows.length === 0 ? (
        <p>{text.unchanged}</p>
      ) : (
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">{columns.day}</th>
              <th scope="col">{columns.device}</th>
              <th scope="col" class="number">
                {columns.before}
              </th>
              <th scope="col" class="number">
                {columns.after}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ day, deviceId, beforeWh, afterWh }) => (
              <tr key={`${day}${deviceId}`}>
                <th scope="row">{day}</th>
                <td data-label={columns.device}>
                  <bdi>{deviceId}</bdi>
                </td>
                <td class="number" data-label={columns.before}>
                  {kwh(beforeWh, 3)}
                </td>
                <td class="number" data-label={columns.after}>
                  {kwh(afterWh, 3)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {unseen > 0 && <p class="form-note">{text.moreDays(unseen)}</p>}
    </>
  )
}
