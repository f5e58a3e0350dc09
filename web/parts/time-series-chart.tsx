import { useEffect, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

import { useWidth } from './width.ts'

/**
 * The one place that knows uPlot: lines over a day in Asia/Shanghai, broken where a value is null. The library is fetched with the
 * first chart, because pages without one are most.
 */

export type Line = { label: string; values: (number | null)[]; colour: string; filled?: boolean; dashed?: boolean }
type Shown = {
  /** Epoch ms of each value. */
  atMs: number[]
  lines: Line[]
  fromMs: number
  toMs: number
  heightPx: number
  /** For those who cannot see it. */
  label: string
  /** What is said below about the point under the pointer, or undefined when there is none. */
  readout: (at: number | undefined) => string
}

const INK = '#33413b'
const GRID = { stroke: '#dfe6e2', width: 1 }
const AXIS = { stroke: INK, grid: GRID, ticks: GRID, font: '12px system-ui, sans-serif' }
const STEP_S = [3_600, 7_200, 10_800, 14_400, 21_600]

type Library = typeof uPlot

const optionsOf = (
  library: Library,
  shown: Shown,
  widthPx: number,
  pointAt: (at: number | undefined) => void,
): uPlot.Options => ({
  width: widthPx,
  height: shown.heightPx,
  tzDate: (atS) => library.tzDate(new Date(atS * 1_000), 'Asia/Shanghai'),
  legend: { show: false },
  cursor: { drag: { x: false, y: false }, points: { size: 7 } },
  scales: {
    x: { range: [shown.fromMs / 1_000, shown.toMs / 1_000] },
    y: { range: (_, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
  },
  axes: [
    { ...AXIS, incrs: STEP_S, space: 52, values: (_, splits) => splits.map((atS) => hourOf(atS * 1_000)) },
    { ...AXIS, size: (_, labels) => 20 + 7 * Math.max(...(labels ?? []).map(({ length }) => length), 2) },
  ],
  series: [
    {},
    ...shown.lines.map(({ label, colour, filled, dashed }) => ({
      label,
      stroke: colour,
      width: 2,
      spanGaps: false,
      points: { show: false },
      ...(filled && { fill: `${colour}22` }),
      ...(dashed && { dash: [6, 4] }),
    })),
  ],
  hooks: { setCursor: [(plot) => pointAt(plot.cursor.idx ?? undefined)] },
})

const hourOf = (atMs: number): string => new Date(atMs + 8 * 3_600_000).toISOString().slice(11, 16)

export const TimeSeriesChart = (shown: Shown) => {
  const { ref, widthPx } = useWidth()
  const plot = useRef<uPlot | undefined>(undefined)
  const [loaded, setLoaded] = useState<{ library: Library } | undefined>(undefined)
  const [at, setAt] = useState<number | undefined>(undefined)
  const data: uPlot.AlignedData = [shown.atMs.map((atMs) => atMs / 1_000), ...shown.lines.map(({ values }) => values)]
  const look = [shown.fromMs, shown.toMs, shown.heightPx, ...shown.lines.map(({ label, colour }) => label + colour)].join()

  useEffect(() => {
    void import('uplot').then((module) => setLoaded({ library: module.default }))
  }, [])
  useEffect(() => {
    if (!ref.current || widthPx === 0 || !loaded) return undefined
    plot.current = new loaded.library(optionsOf(loaded.library, shown, widthPx, setAt), data, ref.current)
    return () => {
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [look, widthPx, loaded])
  useEffect(() => plot.current?.setData(data, true), [data.map((column) => column.join()).join('|')])

  return (
    <div class="chart">
      <div class="chart-plot" ref={ref} role="img" aria-label={shown.label} style={{ height: `${shown.heightPx}px` }} />
      <ul class="chart-legend">
        {shown.lines.map(({ label, colour }) => (
          <li key={label}>
            <span class="chart-key" style={{ backgroundColor: colour }} />
            {label}
          </li>
        ))}
      </ul>
      <p class="chart-readout">{shown.readout(at)}</p>
    </div>
  )
}
