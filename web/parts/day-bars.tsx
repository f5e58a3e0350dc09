import { useLocation } from 'preact-iso'

import type { GenerationDay } from '../../functions/api-types.ts'
import { kwh } from '../format.ts'
import { words } from '../language.ts'
import { useWidth } from './width.ts'

/** Energy per day of a month as bars: solid where measured, hatched where estimated, a dashed frame where nothing is known. */

const HEIGHT_PX = 180
const DIGIT_PX = 7
const RIGHT_PX = 6
const BOTTOM_PX = 24
const TOP_PX = 10
const PLOT_PX = HEIGHT_PX - BOTTOM_PX - TOP_PX

/** A round number at or above the largest bar, so that the axis has readable steps. */
const topOf = (largest: number): number => {
  const unit = 10 ** Math.floor(Math.log10(Math.max(largest, 1)))
  return [1, 2, 2.5, 5, 10].map((step) => step * unit).find((top) => top >= largest) ?? 10 * unit
}

type BarShown = { shown: GenerationDay; xPx: number; widthPx: number; topWh: number; onPick: (day: string) => void }

const Bar = ({ shown, xPx, widthPx, topWh, onPick }: BarShown) => {
  const { energyWh, quality, day } = shown
  const heightPx = energyWh === null ? PLOT_PX / 3 : Math.max(1, (energyWh / topWh) * PLOT_PX)
  const figure = energyWh === null ? words.value.station.qualities.missing : `${kwh(energyWh)} kWh`
  const text = shown.isBackfilled ? `${figure} · ${words.value.station.backfilled}` : figure
  return (
    <rect
      class={`bar bar-${energyWh === null ? 'missing' : quality}${shown.version === 0 ? ' bar-running' : ''}`}
      x={xPx}
      y={TOP_PX + PLOT_PX - heightPx}
      width={widthPx}
      height={heightPx}
      rx={Math.min(2, widthPx / 4)}
      {...(shown.version !== null && { onClick: () => onPick(day) })}
    >
      <title>{`${day} ${text}`}</title>
    </rect>
  )
}

type Shown = { stationId: string; days: GenerationDay[]; daysInMonth: number; label: string }

/** A bar leads to the history of its day; the table below has the same ways for who uses no mouse. */
export const DayBars = ({ stationId, days, daysInMonth, label }: Shown) => {
  const { route } = useLocation()
  const pick = (day: string) => route(`/stations/${encodeURIComponent(stationId)}/days/${day}`)
  const { ref, widthPx } = useWidth()
  const topWh = topOf(Math.max(...days.map(({ energyWh }) => energyWh ?? 0), 0))
  const leftPx = 14 + DIGIT_PX * kwh(topWh, 0).length
  const slotPx = Math.max(1, (widthPx - leftPx - RIGHT_PX) / daysInMonth)
  const barPx = slotPx * 0.72
  const everyDays = slotPx < 18 ? 5 : 1
  return (
    <div ref={ref} class="bars">
      {widthPx > 0 && (
        <svg width={widthPx} height={HEIGHT_PX} viewBox={`0 0 ${widthPx} ${HEIGHT_PX}`} role="img" aria-label={label}>
          <defs>
            <pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width="6" height="6" class="hatch-ground" />
              <rect width="3" height="6" class="hatch-line" />
            </pattern>
          </defs>
          {[0, 0.5, 1].map((part) => {
            const yPx = TOP_PX + PLOT_PX * (1 - part)
            return (
              <g key={part}>
                <line class="bars-grid" x1={leftPx} x2={widthPx} y1={yPx} y2={yPx} />
                <text class="bars-text" x={leftPx - 6} y={yPx + 4} text-anchor="end">
                  {kwh(topWh * part, 0)}
                </text>
              </g>
            )
          })}
          {days.map((shown) => {
            const xPx = leftPx + (Number(shown.day.slice(8)) - 1) * slotPx
            return (
              <Bar key={shown.day} shown={shown} xPx={xPx + (slotPx - barPx) / 2} widthPx={barPx} topWh={topWh} onPick={pick} />
            )
          })}
          {Array.from({ length: daysInMonth }, (_, at) => at + 1)
            .filter((day) => day === 1 || day % everyDays === 0)
            .map((day) => (
              <text key={day} class="bars-text" x={leftPx + (day - 0.5) * slotPx} y={HEIGHT_PX - 6} text-anchor="middle">
                {day}
              </text>
            ))}
        </svg>
      )}
    </div>
  )
}
