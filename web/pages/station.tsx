import { useRoute } from 'preact-iso'

import type { StationDetail } from '../../functions/api-types.ts'
import { dayOf, decimal, kw, kwh, lately } from '../format.ts'
import { words } from '../language.ts'
import { LIVE_MS, useLive } from '../live.ts'
import { AlertList } from '../parts/alert-list.tsx'
import { Answer, Freshness } from '../parts/answer.tsx'
import { Figure } from '../parts/figure.tsx'
import { StatusBadge } from '../parts/status.tsx'
import { session } from '../session.ts'
import { StationCurve } from './station-curve.tsx'
import { StationDevices } from './station-devices.tsx'
import { StationMonth } from './station-month.tsx'

const Facts = ({ view }: { view: StationDetail }) => {
  const text = words.value.station
  const place = [view.countyName, view.townName, view.villageName].filter((name) => name !== null).join(' · ')
  const facts: [string, string][] = [
    [text.billingAccount, view.billingAccount],
    [text.capacity, text.capacityOf(kw(view.dcCapacityW), kw(view.acCapacityW))],
    [text.commissioned, view.commissionedOn],
    ...(view.decommissionedOn === null ? [] : [[text.decommissioned, view.decommissionedOn] satisfies [string, string]]),
    [text.operator, view.omOrganisation],
    [text.carer, view.carer],
    [text.place, place],
  ]
  return (
    <section class="card">
      <h2>{text.facts}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      {view.villageCode !== null && session.value?.principal.role !== 'operator' && (
        <a class="button" href={`/villages/${view.villageCode}`}>
          {text.villageAccount}
        </a>
      )}
    </section>
  )
}

const Now = ({ view }: { view: StationDetail }) => {
  const text = words.value.station
  return (
    <dl class="figures">
      <Figure
        label={text.powerNow}
        value={kw(view.power.acPowerW)}
        unit={words.value.units.kw}
        note={words.value.overview.coversInverters(view.power.known, view.power.of)}
        tone="sun"
      />
      <Figure label={text.today} value={kwh(view.todayWh)} unit={words.value.units.kwh} />
      <Figure label={text.hours} value={decimal(view.equivalentHours, 2)} unit={words.value.units.hours} />
      <Figure label={text.lastSeen} value={lately(view.lastReceivedAtMs, view.asOfMs)} />
    </dl>
  )
}

const Station = ({ id, view }: { id: string; view: StationDetail }) => {
  const today = dayOf(view.asOfMs)
  return (
    <>
      <Now view={view} />
      {view.alerts.length > 0 && (
        <section class="card">
          <h2>{words.value.station.alerts}</h2>
          <AlertList alerts={view.alerts} withStation={false} />
        </section>
      )}
      <StationCurve stationId={id} today={today} firstDay={view.commissionedOn} />
      <StationDevices stationId={id} inverters={view.inverters} />
      <StationMonth stationId={id} thisMonth={today.slice(0, 7)} firstMonth={view.commissionedOn.slice(0, 7)} />
      <section class="card">
        <h2>{words.value.nav.performance}</h2>
        <p>
          <a href={`/stations/${id}/performance`}>{words.value.station.performance}</a>
        </p>
      </section>
      <Facts view={view} />
    </>
  )
}

/** One station: how it is now, its day, its devices, its month. */
export const StationPage = () => {
  const { id = '' } = useRoute().params
  const live = useLive<StationDetail>(`/api/stations/${encodeURIComponent(id)}`, LIVE_MS)
  return (
    <>
      <div class="page-head">
        <h1>
          <bdi>{live.view?.name ?? id}</bdi> {live.view && <StatusBadge status={live.view.status} />}
        </h1>
        <Freshness live={live} />
      </div>
      <Answer live={live} lines={10}>
        {(view) => <Station id={encodeURIComponent(id)} view={view} />}
      </Answer>
    </>
  )
}
