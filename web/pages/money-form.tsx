import { useState } from 'preact/hooks'

import type { RecordedView } from '../../functions/api-types-receipts.ts'
import { yuan } from '../format.ts'
import { complaintOf, fenOf, moneyWords, newId } from '../money.ts'
import { send } from '../send.ts'
import { Complaint, ConfirmActions } from '../parts/form-parts.tsx'

/** Recording what the county received, or passed on to a village: filled in, shown with what it settles, then confirmed. */

const STREAMS = ['benchmark', 'subsidy', 'market', 'mechanism', 'other', 'own_use', 'farming', 'sundry'] as const
type Draft = Record<'on' | 'amount' | 'stream' | 'fromMonth' | 'toMonth' | 'stations' | 'document' | 'kind', string> & {
  direct: boolean
}
/** A transfer may be of all streams, a receipt is of one. */
const emptyOf = (village: boolean): Draft => ({
  on: '',
  amount: '',
  stream: village ? '' : 'benchmark',
  fromMonth: '',
  toMonth: '',
  stations: '',
  document: '',
  kind: 'transfer',
  direct: false,
})

/** What to send, or which field is wrong. */
const askOf = (draft: Draft, village: boolean): object | 'amount' | 'on' | 'document' | 'months' => {
  const amountFen = fenOf(draft.amount)
  const { on, fromMonth, toMonth, stream } = draft
  if (on === '') return 'on'
  if (amountFen === undefined) return 'amount'
  if (fromMonth !== '' && toMonth !== '' && fromMonth > toMonth) return 'months'
  if (draft.document.trim() === '') return 'document'
  const stationIds = draft.stations.split(/[,，\s]+/).filter((id) => id !== '')
  const span = { ...(fromMonth !== '' && { fromMonth }), ...(toMonth !== '' && { toMonth }) }
  const common = { on, amountFen, document: draft.document.trim(), ...span }
  if (village) return { ...common, kind: draft.kind, ...(stream !== '' && { stream }) }
  return { ...common, stream, direct: draft.direct, ...(stationIds.length > 0 && { stationIds }) }
}

type Changing = { draft: Draft; village: boolean; onChange: (draft: Draft) => void }

type FieldShown = Pick<Changing, 'draft' | 'onChange'> & { name: Exclude<keyof Draft, 'direct'> }

const TextField = ({ name, draft, onChange }: FieldShown) => (
  <label>
    {moneyWords.value.fields[name]}
    <input
      name={name}
      value={draft[name]}
      autocomplete="off"
      maxLength={name === 'document' ? 200 : 2_000}
      inputMode={name === 'amount' ? 'decimal' : 'text'}
      onInput={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
    />
  </label>
)

const DateField = ({ name, type, draft, onChange }: FieldShown & { type: 'date' | 'month' }) => (
  <label>
    {moneyWords.value.fields[name]}
    <input
      name={name}
      type={type}
      value={draft[name]}
      onInput={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
    />
  </label>
)

const Choices = ({ draft, village, onChange }: Changing) => {
  const text = moneyWords.value
  return (
    <>
      {village && (
        <label>
          {text.fields.kind}
          <select name="kind" value={draft.kind} onChange={(event) => onChange({ ...draft, kind: event.currentTarget.value })}>
            {(['transfer', 'withholding'] as const).map((kind) => (
              <option key={kind} value={kind}>
                {text.kinds[kind]}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {text.fields.stream}
        <select
          name="stream"
          value={draft.stream}
          onChange={(event) => onChange({ ...draft, stream: event.currentTarget.value })}
        >
          {village && <option value="">{text.anyStream}</option>}
          {STREAMS.map((stream) => (
            <option key={stream} value={stream}>
              {text.streams[stream]}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

const Fields = (changing: Changing) => {
  const { draft, village, onChange } = changing
  return (
    <>
      <div class="fields">
        <DateField name="on" type="date" {...changing} />
        <TextField name="amount" {...changing} />
        <Choices {...changing} />
        <TextField name="document" {...changing} />
        <DateField name="fromMonth" type="month" {...changing} />
        <DateField name="toMonth" type="month" {...changing} />
        {!village && <TextField name="stations" {...changing} />}
      </div>
      {!village && (
        <label class="tick">
          <input
            type="checkbox"
            name="direct"
            checked={draft.direct}
            onChange={(event) => onChange({ ...draft, direct: event.currentTarget.checked })}
          />{' '}
          {moneyWords.value.fields.direct}
        </label>
      )}
    </>
  )
}

const Confirm = ({
  checked,
  busy,
  onConfirm,
  onEdit,
}: {
  checked: RecordedView
  busy: boolean
  onConfirm: () => void
  onEdit: () => void
}) => {
  const text = moneyWords.value
  const { kind, on, amountFen, unappliedFen, document } = checked.record
  return (
    <div class="confirm">
      <h3>{text.confirmTitle}</h3>
      <p>
        {on} · {text.kinds[kind]} {yuan(amountFen)} · <bdi>{document}</bdi>
      </p>
      <p>{text.willApply(yuan(amountFen - unappliedFen))}</p>
      {unappliedFen > 0 && <p class="form-note">{text.willBeLeft(yuan(unappliedFen))}</p>}
      {checked.parts.length > 0 && (
        <details>
          <summary>
            {text.partsTitle}（{checked.parts.length}）
          </summary>
          <ul>
            {checked.parts.map(({ stationId, name, amountFen: fen }) => (
              <li key={stationId}>
                <bdi>{name}</bdi>（{stationId}） {yuan(fen)}
              </li>
            ))}
          </ul>
        </details>
      )}
      <ConfirmActions text={text} busy={busy} onConfirm={onConfirm} onEdit={onEdit} />
    </div>
  )
}

type Shown = { path: string; village?: boolean; onDone: (note: string) => void }

export const MoneyForm = ({ path, village = false, onDone }: Shown) => {
  const text = moneyWords.value
  const [draft, setDraft] = useState(emptyOf(village))
  const [recordId, setRecordId] = useState(newId)
  const [checked, setChecked] = useState<{ ask: object; view: RecordedView } | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)

  const check = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const ask = askOf(draft, village)
    if (typeof ask === 'string') return setComplaint(text.bad[ask])
    setBusy(true)
    const sent = await send<RecordedView>(path, { ...ask, recordId, dryRun: true })
    setBusy(false)
    setComplaint(complaintOf(sent))
    return setChecked('view' in sent ? { ask, view: sent.view } : undefined)
  }
  const confirm = async (ask: object): Promise<void> => {
    setBusy(true)
    const sent = await send<RecordedView>(path, { ...ask, recordId, dryRun: false })
    setBusy(false)
    setComplaint(complaintOf(sent))
    if (!('view' in sent)) return
    setChecked(undefined)
    setDraft(emptyOf(village))
    setRecordId(newId())
    const { repeated, record } = sent.view
    onDone(repeated ? text.repeated : text.done(text.kinds[record.kind], yuan(record.amountFen)))
  }
  return (
    <form class="slip-form" onSubmit={(event) => void check(event)}>
      <h2>{village ? text.transferForm : text.receiptForm}</h2>
      <p class="note">{village ? text.transferHint : text.receiptHint}</p>
      <Complaint>{complaint}</Complaint>
      {checked ? (
        <Confirm
          checked={checked.view}
          busy={busy}
          onConfirm={() => void confirm(checked.ask)}
          onEdit={() => setChecked(undefined)}
        />
      ) : (
        <>
          <Fields draft={draft} village={village} onChange={setDraft} />
          <div class="actions">
            <button type="submit" class="primary" disabled={busy}>
              {busy ? text.checking : text.check}
            </button>
          </div>
        </>
      )}
    </form>
  )
}
