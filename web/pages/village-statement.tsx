import type { StatementStation, StatementView } from '../../functions/api-types.ts'
import { fullMoment, kwh, monthName, percentOfBp, price, yuan } from '../format.ts'
import { words } from '../language.ts'

type StatementLine = Omit<StatementStation['lines'][number], 'stationId'>

/** The line as an accountant reads it: what, for which days, by which document, how much of what at which price. */
const Line = ({ line }: { line: StatementLine }) => {
  const text = words.value.village
  const columns = text.lineColumns
  const rate = line.rateBp === undefined ? [] : [text.rate(percentOfBp(line.rateBp))]
  const vat = line.vatBp === undefined ? [] : [text.vat(percentOfBp(line.vatBp))]
  const pooled = line.isPooled ? [text.pooled] : []
  const beyond = line.beyondCapWh === undefined ? [] : [text.beyondCap(kwh(line.beyondCapWh, 3))]
  return (
    <tr class="line">
      <th scope="row">
        {text.kinds[line.kind]}
        <span class="below">
          {[text.period(line.from, line.to), ...rate, ...vat, ...pooled, ...beyond].join(' · ')} · <bdi>{line.document}</bdi>
        </span>
      </th>
      <td class="number" data-label={columns.energy}>
        {line.energyWh === undefined ? '' : kwh(line.energyWh, 3)}
      </td>
      <td class="number" data-label={columns.price}>
        {line.priceE4YuanPerKwh === undefined ? '' : price(line.priceE4YuanPerKwh)}
      </td>
      <td class="number" data-label={columns.amount}>
        {yuan(line.amountFen)}
      </td>
    </tr>
  )
}

const Sum = ({ word, amountFen, strong }: { word: string; amountFen: number; strong?: boolean }) => (
  <tr class={strong ? 'sum sum-strong' : 'sum'}>
    <th scope="row" colSpan={3}>
      {word}
    </th>
    <td class="number">{yuan(amountFen)}</td>
  </tr>
)

const StationLines = ({ station }: { station: StatementStation }) => (
  <tbody>
    <tr class="group">
      <th scope="rowgroup" colSpan={4}>
        <bdi>{station.name}</bdi> {station.provisional && <span class="stamp">{words.value.village.provisional}</span>}
      </th>
    </tr>
    {station.lines.map((line) => (
      <Line key={`${line.kind}${line.from}${line.document}${line.isPooled}`} line={line} />
    ))}
    <Sum word={words.value.village.gross} amountFen={station.grossFen} />
    <Sum word={words.value.village.deductions} amountFen={station.deductionFen} />
    <Sum word={words.value.village.stationNet} amountFen={station.netFen} />
  </tbody>
)

const AfterSharing = ({ deductions }: Pick<StatementView, 'deductions'>) => {
  const text = words.value.village
  if (deductions.length === 0) return null
  const fen = deductions.reduce((sum, { amountFen }) => sum + amountFen, 0)
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={4}>
          {text.afterSharing}
        </th>
      </tr>
      {deductions.map((line) => (
        <Line key={`${line.kind}${line.from}${line.document}`} line={line} />
      ))}
      <Sum word={text.afterSharingSum} amountFen={fen} />
    </tbody>
  )
}

const AdjustmentLines = ({ adjustments }: Pick<StatementView, 'adjustments'>) => {
  const text = words.value.village
  if (adjustments.length === 0) return null
  const fen = adjustments.reduce((sum, { amountFen }) => sum + amountFen, 0)
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={4}>
          {text.adjustments}
        </th>
      </tr>
      {adjustments.map((line) => (
        <tr class="line" key={`${line.ofMonth}${line.stationId}${line.kind}${line.energyWh === undefined}`}>
          <th scope="row">
            {monthName(line.ofMonth)} {text.kinds[line.kind]}
            <span class="below">
              {line.stationName !== null && <bdi>{line.stationName}</bdi>}{' '}
              {line.causes.map((cause) => text.adjustmentCauses[cause]).join(text.comma)} ·{' '}
              {text.adjustmentVersions(line.fromVersion, line.toVersion)} · <bdi>{line.document}</bdi>
            </span>
          </th>
          <td class="number" data-label={text.lineColumns.energy}>
            {line.energyWh === undefined ? '' : kwh(line.energyWh, 3)}
          </td>
          <td class="number" data-label={text.lineColumns.price} />
          <td class="number" data-label={text.lineColumns.amount}>
            {yuan(line.amountFen)}
          </td>
        </tr>
      ))}
      <Sum word={text.adjustmentSum} amountFen={fen} />
    </tbody>
  )
}

const Closed = ({ closed }: Pick<StatementView, 'closed'>) =>
  closed === null ? null : (
    <p class="statement-what">
      <span class="stamp">{words.value.village.closed}</span> {words.value.village.closedAt(fullMoment(closed.closedAtMs))}{' '}
      <code class="hash">{closed.sha256}</code>
    </p>
  )

export const StatementTable = ({ statement }: { statement: StatementView }) => {
  const text = words.value.village
  const columns = text.lineColumns
  return (
    <>
      <p class="statement-what">
        {text.version(statement.version, fullMoment(statement.computedAtMs))}
        {statement.provisional && (
          <>
            {' '}
            <span class="stamp">{text.provisional}</span> {text.provisionalHint}
          </>
        )}
      </p>
      <Closed closed={statement.closed} />
      <table class="ledger">
        <caption class="visually-hidden">{text.income}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.line}</th>
            <th scope="col" class="number">
              {columns.energy}
            </th>
            <th scope="col" class="number">
              {columns.price}
            </th>
            <th scope="col" class="number">
              {columns.amount}
            </th>
          </tr>
        </thead>
        {statement.stations.map((station) => (
          <StationLines key={station.stationId} station={station} />
        ))}
        <AfterSharing deductions={statement.deductions} />
        <AdjustmentLines adjustments={statement.adjustments} />
        <tbody>
          <Sum word={text.totalGross} amountFen={statement.grossFen} />
          <Sum word={text.totalDeductions} amountFen={statement.deductionFen} />
          <Sum word={text.net} amountFen={statement.netFen} strong />
        </tbody>
      </table>
      <p class="note">{text.unitNote}</p>
    </>
  )
}
