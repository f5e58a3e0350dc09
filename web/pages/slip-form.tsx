import { useState } from 'preact/hooks'

import type { SlipRecorded, SlipView } from '../../functions/api-types-slips.ts'
import { decimal, kwh, monthName } from '../format.ts'
import { words } from '../language.ts'
import { scaled, scaledWithSign, shown } from '../scaled.ts'
import { send } from '../send.ts'
import { refusalText, slipWords } from '../slip-words.ts'
import { Complaint, ConfirmActions } from '../parts/form-parts.tsx'

/** Recording one slip, or the correction of one: filled in, looked at once more, then sent. */

const STREAMS = ['benchmark', 'subsidy', 'market', 'mechanism', 'other'] as const
type Stream = (typeof STREAMS)[number]
/** As written into the form. */
type Draft = { document: string; from: string; to: string; energy: string } & Record<Stream, string>
type Ask = {
  billingAccount: string
  document: string
  from: string
  to: string
  energyWh: number
  amounts: { stream: Stream; amountFen: number }[]
  corrects?: string
}

const DOCUMENT = /^[\p{L}\p{N}][\p{L}\p{N} ()（）[\]〔〕【】_./#:：、-]{0,63}$/u

const draftOf = (slip: SlipView | undefined): Draft => {
  const amount = (stream: Stream): string => {
    const found = slip?.amounts.find((each) => each.stream === stream)
    return found ? shown(found.amountFen, 2) : ''
  }
  return {
    document: slip?.document ?? '',
    from: slip?.from ?? '',
    to: slip?.to ?? '',
    energy: slip ? shown(slip.energyWh, 3) : '',
    benchmark: amount('benchmark'),
    subsidy: amount('subsidy'),
    market: amount('market'),
    mechanism: amount('mechanism'),
    other: amount('other'),
  }
}

/** What to send, or which field is wrong. */
const askOf = (
  draft: Draft,
  billingAccount: string,
  corrects: string | undefined,
): Ask | 'document' | 'days' | 'energy' | 'amount' => {
  const document = draft.document.trim()
  const energyWh = scaled(draft.energy, 3)
  if (!DOCUMENT.test(document)) return 'document'
  if (draft.from === '' || draft.to === '' || draft.to < draft.from) return 'days'
  if (energyWh === undefined) return 'energy'
  const amounts: Ask['amounts'] = []
  for (const stream of STREAMS) {
    if (draft[stream].trim() === '') continue
    const amountFen = scaledWithSign(draft[stream], 2)
    if (amountFen === undefined) return 'amount'
    amounts.push({ stream, amountFen })
  }
  const { from, to } = draft
  return { billingAccount, document, from, to, energyWh, amounts, ...(corrects !== undefined && { corrects }) }
}

const daysOf = ({ from, to }: Ask): number => (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1
const monthsOf = ({ from, to }: Ask): string =>
  [...new Set([from.slice(0, 7), to.slice(0, 7)])].map(monthName).join(slipWords.value.monthsBetween)

type FieldShown = { name: keyof Draft; label: string; draft: Draft; onChange: (draft: Draft) => void }

const DayField = ({ name, label, draft, onChange }: FieldShown) => (
  <label>
    {label}
    <input
      name={name}
      type="date"
      value={draft[name]}
      onInput={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
    />
  </label>
)

const TextField = ({ name, label, draft, onChange }: FieldShown) => (
  <label>
    {label}
    <input
      name={name}
      value={draft[name]}
      autocomplete="off"
      inputMode={name === 'energy' ? 'decimal' : 'text'}
      onInput={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
    />
  </label>
)

const Fields = (shown: Pick<FieldShown, 'draft' | 'onChange'>) => {
  const text = slipWords.value
  return (
    <>
      <div class="fields">
        <TextField name="document" label={text.fields.document} {...shown} />
        <DayField name="from" label={text.fields.from} {...shown} />
        <DayField name="to" label={text.fields.to} {...shown} />
        <TextField name="energy" label={text.fields.energy} {...shown} />
      </div>
      <details>
        <summary>{text.fields.amounts}</summary>
        <div class="fields">
          {STREAMS.map((stream) => (
            <TextField key={stream} name={stream} label={text.yuan(text.streams[stream])} {...shown} />
          ))}
        </div>
      </details>
    </>
  )
}

const Confirm = ({ ask, busy, onConfirm, onEdit }: { ask: Ask; busy: boolean; onConfirm: () => void; onEdit: () => void }) => {
  const text = slipWords.value
  return (
    <div class="confirm">
      <h3>{text.confirmTitle}</h3>
      <p>
        <bdi>{text.confirmText(ask.document, daysOf(ask), kwh(ask.energyWh, 3))}</bdi> · {text.period(ask.from, ask.to)}
      </p>
      {ask.amounts.map(({ stream, amountFen }) => (
        <p key={stream}>
          {text.yuan(text.streams[stream])} {decimal(amountFen / 100, 2)}
        </p>
      ))}
      <p>{text.confirmMonths(monthsOf(ask))}</p>
      <ConfirmActions text={text} busy={busy} onConfirm={onConfirm} onEdit={onEdit} />
    </div>
  )
}

type Shown = { path: string; account: string; corrects?: SlipView; onDone: (note: string) => void; onCancel?: () => void }

export const SlipForm = ({ path, account, corrects, onDone, onCancel }: Shown) => {
  const text = slipWords.value
  const [draft, setDraft] = useState(draftOf(corrects))
  const [asked, setAsked] = useState<Ask | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)

  const check = (event: SubmitEvent): void => {
    event.preventDefault()
    const ask = askOf(draft, corrects?.billingAccount ?? account, corrects?.document)
    setAsked(typeof ask === 'string' ? undefined : ask)
    setComplaint(typeof ask === 'string' ? text.bad[ask] : undefined)
  }
  const confirm = async (ask: Ask): Promise<void> => {
    setBusy(true)
    const sent = await send<SlipRecorded>(path, ask)
    setBusy(false)
    setAsked(undefined)
    if ('view' in sent) {
      setDraft(draftOf(undefined))
      onDone(text.done(sent.view.months.map(monthName).join(text.listComma)))
    } else setComplaint('refused' in sent ? refusalText(sent.refused) : words.value.problems[sent.failure])
  }
  return (
    <form class="slip-form" onSubmit={check}>
      <h2>{corrects ? text.formCorrecting(corrects.document) : text.form}</h2>
      <Complaint>{complaint}</Complaint>
      {asked ? (
        <Confirm ask={asked} busy={busy} onConfirm={() => void confirm(asked)} onEdit={() => setAsked(undefined)} />
      ) : (
        <>
          <Fields draft={draft} onChange={setDraft} />
          <div class="actions">
            <button type="submit" class="primary">
              {text.check}
            </button>
            {onCancel && (
              <button type="button" onClick={onCancel}>
                {text.cancel}
              </button>
            )}
          </div>
        </>
      )}
    </form>
  )
}
