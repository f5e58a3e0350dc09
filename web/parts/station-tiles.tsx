import { useState } from 'preact/hooks'

import type { StationStatus } from '../../domain/overview.ts'
import type { StationTile } from '../../functions/api-types.ts'
import { kw } from '../format.ts'
import { words } from '../language.ts'
import { Empty } from './answer.tsx'
import { StatusIcon } from './status.tsx'
import { useWidth } from './width.ts'

/** Stations as equal tiles, roughly where they lie: a schematic, because no boundary may be shown without approval. */

const ORDER: StationStatus[] = ['offline', 'fault', 'warning', 'unseen', 'quiet', 'normal']
const TILE_WIDTH_PX = 104

/** North to south in rows of as many as fit, each row from west to east. */
const arranged = (tiles: readonly StationTile[], columns: number): StationTile[] => {
  const southward = [...tiles].sort((a, b) => b.latitudeDeg - a.latitudeDeg || (a.stationId < b.stationId ? -1 : 1))
  const rows = Array.from({ length: Math.ceil(tiles.length / columns) }, (_, row) =>
    southward.slice(row * columns, (row + 1) * columns).sort((a, b) => a.longitudeDeg - b.longitudeDeg),
  )
  return rows.reduce((all, row) => all.concat(row), [])
}

const Tile = ({ tile }: { tile: StationTile }) => (
  <li>
    <a class={`tile status-${tile.status}`} href={`/stations/${tile.stationId}`}>
      <bdi class="tile-name">{tile.name}</bdi>
      <span class="tile-status">
        <StatusIcon status={tile.status} />
        {words.value.status[tile.status]}
      </span>
      <span class="tile-power">{tile.acPowerW === null ? words.value.unknown : `${kw(tile.acPowerW)} kW`}</span>
    </a>
  </li>
)

export const StationTiles = ({ tiles }: { tiles: StationTile[] }) => {
  const [only, setOnly] = useState<StationStatus | undefined>(undefined)
  const { ref, widthPx } = useWidth()
  const columns = Math.max(3, Math.floor(widthPx / TILE_WIDTH_PX))
  const shown = arranged(
    tiles.filter(({ status }) => only === undefined || status === only),
    columns,
  )
  if (tiles.length === 0) return <Empty>{words.value.overview.noStations}</Empty>
  return (
    <figure class="schematic">
      <div class="chips" role="group" aria-label={words.value.overview.stationsTitle}>
        <button type="button" class="chip" aria-pressed={only === undefined} onClick={() => setOnly(undefined)}>
          {words.value.overview.all} {tiles.length}
        </button>
        {ORDER.map((status) => {
          const count = tiles.filter((tile) => tile.status === status).length
          if (count === 0 && status !== only) return null
          return (
            <button
              type="button"
              key={status}
              class={`chip status-${status}`}
              aria-pressed={only === status}
              title={words.value.statusHint[status]}
              onClick={() => setOnly(only === status ? undefined : status)}
            >
              <StatusIcon status={status} />
              {words.value.status[status]} {count}
            </button>
          )
        })}
      </div>
      <div ref={ref}>
        {shown.length === 0 && <Empty>{words.value.overview.noneInStatus}</Empty>}
        <ul class="tiles" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
          {widthPx > 0 && shown.map((tile) => <Tile key={tile.stationId} tile={tile} />)}
        </ul>
      </div>
      <figcaption>{words.value.overview.caption}</figcaption>
    </figure>
  )
}
