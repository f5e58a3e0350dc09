import type { ComponentChildren } from 'preact'

/** One number people come for: what it is, how much, in which unit, and what it covers. */
export const Figure = (shown: {
  label: string
  value: string
  unit?: string
  note?: ComponentChildren
  tone?: 'sun' | 'alert' | 'plain'
}) => (
  <div class={`figure figure-${shown.tone ?? 'plain'}`}>
    <dt>{shown.label}</dt>
    <dd>
      <span class="figure-value">{shown.value}</span> {shown.unit && <span class="figure-unit">{shown.unit}</span>}
      {shown.note && <span class="figure-note">{shown.note}</span>}
    </dd>
  </div>
)
