import type { AllocationView } from '../../functions/api-types.ts'
import { monthName, yuan } from '../format.ts'
import { words } from '../language.ts'

const Pot = ({ allocation }: { allocation: AllocationView }) => {
  const text = words.value.village
  const { potFen, reserveFen, distributedFen, undistributedFen, undistributed } = allocation
  const parts: [string, number][] = [
    [text.pot, potFen],
    [text.reserve, reserveFen],
    [text.distributed, distributedFen],
    [text.undistributed, undistributedFen],
  ]
  return (
    <>
      <dl class="pot">
        {parts.map(([word, amountFen], at) => (
          <div key={word} class={at === 0 ? 'pot-whole' : 'pot-part'}>
            <dt>{word}（元）</dt>
            <dd>{yuan(amountFen)}</dd>
          </div>
        ))}
      </dl>
      {undistributed !== null && (
        <p class="note">
          {text.undistributed}：{text.undistributedReasons[undistributed]}
        </p>
      )}
    </>
  )
}

/** Who gets what of a village's month, and the way to where each amount comes from; `of` is village and month. Names come masked from the server; the sums are those of the lines above them. */
export const AllocationTable = ({ allocation, of }: { allocation: AllocationView; of: string }) => {
  const text = words.value.village
  const columns = text.payeeColumns
  const plan = allocation.planVersion === null ? text.noPlan : text.planVersion(allocation.planVersion)
  return (
    <>
      <p class="statement-what">
        {text.allocationBasis(allocation.statementVersion, plan)} · {text.masked}
      </p>
      <Pot allocation={allocation} />
      {allocation.lines.length > 0 && (
        <table class="payees">
          <caption class="visually-hidden">{text.allocation}</caption>
          <thead>
            <tr>
              <th scope="col" class="number narrow">
                {columns.number}
              </th>
              <th scope="col">{columns.payee}</th>
              <th scope="col">{columns.kind}</th>
              <th scope="col" class="number">
                {columns.amount}
              </th>
            </tr>
          </thead>
          <tbody>
            {allocation.lines.map(({ lineId, ofMonth, payee, kind, post, amountFen, claimFen, attended, due }, at) => (
              <tr key={lineId}>
                <td class="number narrow">{at + 1}</td>
                <th scope="row">
                  <bdi>{payee}</bdi>
                </th>
                <td>
                  {text.benefitKinds[kind]}
                  {post !== '' && <bdi class="below">{post}</bdi>}
                  {ofMonth !== undefined && <span class="below">{text.adjustmentOf(monthName(ofMonth))}</span>}
                  {attended !== undefined && due !== undefined && <span class="below">{text.attended(attended, due)}</span>}
                </td>
                <td class="number">
                  <a href={`/trace?line=${encodeURIComponent(`${of}.${lineId}`)}`} title={text.trace}>
                    {yuan(amountFen)}
                  </a>
                  {claimFen !== undefined && claimFen !== amountFen && <span class="below">{text.claims(yuan(claimFen))}</span>}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3}>
                {text.sum(allocation.lines.length)}
              </th>
              <td class="number">{yuan(allocation.distributedFen)}</td>
            </tr>
          </tfoot>
        </table>
      )}
    </>
  )
}
