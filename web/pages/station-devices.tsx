import { useState } from 'preact/hooks'

import type { DevicesView, DeviceView } from '../../functions/api-types.ts'
import { kw, kwh, lately } from '../format.ts'
import { words } from '../language.ts'
import { LIVE_MS, useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { Pager } from '../parts/pager.tsx'

const PER_PAGE = 50
/** A joint station has hundreds of inverters; their list is asked for less often. */
const LARGE_MS = 30_000

const DeviceRow = ({ device, nowMs }: { device: DeviceView; nowMs: number }) => {
  const columns = words.value.station.deviceColumns
  return (
    <tr>
      <th scope="row">
        <bdi class="code">{device.deviceId}</bdi>
        <span class="below">{words.value.deviceKinds[device.kind]}</span>
      </th>
      <td data-label={columns.state}>
        <span class={`dot ${device.online ? 'dot-on' : 'dot-off'}`} aria-hidden="true" />
        {device.online ? words.value.deviceOnline : words.value.deviceSilent}
        {device.state !== null && ` · ${words.value.deviceStates[device.state]}`}
      </td>
      <td class="number" data-label={columns.rated}>
        {kw(device.kind === 'irradiance' ? null : device.ratedPowerW)}
      </td>
      <td class="number" data-label={columns.power}>
        {kw(device.acPowerW)}
      </td>
      <td class="number" data-label={columns.today}>
        {kwh(device.todayWh)}
      </td>
      <td class="number" data-label={columns.lastSeen}>
        {lately(device.lastReceivedAtMs, nowMs)}
      </td>
    </tr>
  )
}

const DeviceTable = ({ devices, nowMs }: { devices: DeviceView[]; nowMs: number }) => {
  const columns = words.value.station.deviceColumns
  return (
    <table class="stacked">
      <caption class="visually-hidden">{words.value.station.devices}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.device}</th>
          <th scope="col">{columns.state}</th>
          {[columns.rated, columns.power, columns.today, columns.lastSeen].map((column) => (
            <th scope="col" class="number" key={column}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {devices.map((device) => (
          <DeviceRow key={device.deviceId} device={device} nowMs={nowMs} />
        ))}
      </tbody>
    </table>
  )
}

const Devices = ({ view }: { view: DevicesView }) => {
  const [onlyTrouble, setOnlyTrouble] = useState(false)
  const [page, setPage] = useState(0)
  const text = words.value.station
  if (view.devices.length === 0) return <Empty>{text.noDevices}</Empty>
  const trouble = view.devices.filter(({ online, state }) => !online || state === 'fault')
  const found = onlyTrouble ? trouble : view.devices
  const last = Math.max(0, Math.ceil(found.length / PER_PAGE) - 1)
  const at = Math.min(page, last)
  const offset = at * PER_PAGE
  const shown = found.slice(offset, offset + PER_PAGE)
  return (
    <>
      <div class="card-head">
        <p>{text.deviceCounts(view.devices.filter(({ online }) => online).length, view.devices.length)}</p>
        <button type="button" class="chip" aria-pressed={onlyTrouble} onClick={() => setOnlyTrouble(!onlyTrouble)}>
          {text.onlyTrouble(trouble.length)}
        </button>
      </div>
      {found.length === 0 ? <Empty>{text.noTrouble}</Empty> : <DeviceTable devices={shown} nowMs={view.asOfMs} />}
      {last > 0 && (
        <Pager
          offset={offset}
          count={shown.length}
          total={found.length}
          onPrevious={at > 0 ? () => setPage(at - 1) : undefined}
          onNext={at < last ? () => setPage(at + 1) : undefined}
        />
      )}
    </>
  )
}

/** What is installed at a station, live; 50 a page, or only what needs somebody. */
export const StationDevices = ({ stationId, inverters }: { stationId: string; inverters: number }) => {
  const live = useLive<DevicesView>(`/api/stations/${stationId}/devices`, inverters > PER_PAGE ? LARGE_MS : LIVE_MS)
  return (
    <section class="card">
      <h2>{words.value.station.devices}</h2>
      <Answer live={live}>{(view) => <Devices view={view} />}</Answer>
    </section>
  )
}
