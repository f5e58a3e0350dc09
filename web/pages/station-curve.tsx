import { useState } from 'preact/hooks'

import type { CurveView } from '../../functions/api-types.ts'
import { addDays, kw, minute } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { TimeSeriesChart } from '../parts/time-series-chart.tsx'

const CURVE_MS = 30_000
const SUN = '#b45309'
const METER = '#1d5fa8'
const inKw = (values: (number | null)[]) => values.map((value) => (value === null ? null : value / 1_000))

const peakOf = (view: CurveView): string => {
  const peakW = Math.max(...view.powerW.map((value) => value ?? -Infinity))
  if (!Number.isFinite(peakW)) return words.value.station.noCurve
  return words.value.station.peak(kw(peakW), minute(view.startMs + view.powerW.indexOf(peakW) * view.slotMs))
}

const Curve = ({ view }: { view: CurveView }) => {
  const text = words.value.station
  const { powerW, meterW, startMs, slotMs } = view
  if (![...powerW, ...(meterW ?? [])].some((value) => value !== null)) return <Empty>{text.noCurve}</Empty>
  const readout = (at: number | undefined): string => {
    if (at === undefined) return `${peakOf(view)} · ${text.curveHint}`
    const sum = `${text.inverterSum} ${kw(powerW[at] ?? null)} kW（${text.reporting(view.reporting[at] ?? 0, view.inverters)}）`
    return `${minute(startMs + at * slotMs)} · ${sum}${meterW === null ? '' : ` · ${text.meter} ${kw(meterW[at] ?? null)} kW`}`
  }
  return (
    <TimeSeriesChart
      atMs={powerW.map((_, slot) => startMs + slot * slotMs)}
      lines={[
        { label: `${text.inverterSum}（kW）`, values: inKw(powerW), colour: SUN, filled: true },
        ...(meterW === null ? [] : [{ label: `${text.meter}（kW）`, values: inKw(meterW), colour: METER, dashed: true }]),
      ]}
      fromMs={startMs}
      toMs={startMs + powerW.length * slotMs}
      heightPx={260}
      label={text.curveLabel(view.day, peakOf(view))}
      readout={readout}
    />
  )
}

/** The power of one day, today unless another is picked. */
export const StationCurve = ({ stationId, today, firstDay }: { stationId: string; today: string; firstDay: string }) => {
  const [picked, setPicked] = useState<string | undefined>(undefined)
  const day = picked ?? today
  const pick = (next: string): void => setPicked(next === today ? undefined : next)
  const live = useLive<CurveView>(`/api/stations/${stationId}/curve?day=${day}`, day === today ? CURVE_MS : undefined)
  const text = words.value.station
  return (
    <section class="card">
      <div class="card-head">
        <h2>{text.curve}</h2>
        <div class="picker">
          <button type="button" aria-label={text.previousDay} disabled={day <= firstDay} onClick={() => pick(addDays(day, -1))}>
            ‹
          </button>
          <label>
            <span class="visually-hidden">{text.day}</span>
            <input
              type="date"
              value={day}
              min={firstDay}
              max={today}
              onChange={({ currentTarget }) => {
                const { value } = currentTarget
                if (value >= firstDay && value <= today) pick(value)
              }}
            />
          </label>
          <button type="button" aria-label={text.nextDay} disabled={day >= today} onClick={() => pick(addDays(day, 1))}>
            ›
          </button>
        </div>
      </div>
      <Answer live={live} lines={5}>
        {(view) => <Curve view={view} />}
      </Answer>
    </section>
  )
}
