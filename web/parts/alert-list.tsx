import type { AlertView } from '../../functions/api-types.ts'
import { moment } from '../format.ts'
import { words } from '../language.ts'
import { StatusIcon } from './status.tsx'

/** What an alert is about below its station: a device, or the gateway of a subject `station/gateway`. */
const partOf = ({ kind, subject }: AlertView): string | undefined => {
  if (kind === 'device_offline') return subject
  return kind === 'gateway_offline' ? subject.split('/').at(-1) : undefined
}

const AlertItem = ({ alert, withStation }: { alert: AlertView; withStation: boolean }) => {
  const status = alert.kind === 'station_offline' || alert.kind === 'platform_silent' ? 'offline' : 'warning'
  const part = partOf(alert)
  return (
    <li class="alert">
      <span class={`status status-${status}`}>
        <StatusIcon status={status} />
        {words.value.alertKinds[alert.kind]}
      </span>
      <span class="alert-what">
        {withStation && alert.stationId !== null && (
          <a href={`/stations/${alert.stationId}`}>
            <bdi>{alert.stationName}</bdi>
          </a>
        )}
        {part !== undefined && <bdi class="code">{part}</bdi>}
      </span>
      <span class="alert-since">
        {words.value.alertSince(moment(alert.openedAtMs))}
        {alert.devices > 1 && ` · ${words.value.alertDevices(alert.devices)}`}
        {alert.lastSeenAtMs !== null && ` · ${words.value.alertLastSeen(moment(alert.lastSeenAtMs))}`}
      </span>
    </li>
  )
}

/** Open alerts, newest first, each a way to its station. */
export const AlertList = ({ alerts, withStation = true }: { alerts: AlertView[]; withStation?: boolean }) => (
  <ul class="alerts">
    {alerts.map((alert) => (
      <AlertItem key={`${alert.kind}${alert.subject}`} alert={alert} withStation={withStation} />
    ))}
  </ul>
)
