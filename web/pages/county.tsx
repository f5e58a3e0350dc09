import type { CountyIncome, CountyView } from '../../functions/api-types.ts'
import { decimal, kw, kwh, monthName, percent, tenThousandYuan } from '../format.ts'
import { words } from '../language.ts'
import { LIVE_MS, useLive } from '../live.ts'
import { AlertList } from '../parts/alert-list.tsx'
import { Answer, Freshness } from '../parts/answer.tsx'
import { ExportButtons } from '../parts/export-buttons.tsx'
import { Figure } from '../parts/figure.tsx'
import { StationTiles } from '../parts/station-tiles.tsx'
import { regional } from '../region.ts'
import { session } from '../session.ts'

const INCOME_MS = 5 * 60_000
const TEN_MW = 10_000_000
const TEN_MWH = 10_000_000

const PowerFigure = ({ view }: { view: CountyView }) => {
  const { acPowerW, known, of } = view.power
  const large = acPowerW !== null && acPowerW >= TEN_MW
  const covers = words.value.overview.coversInverters(known, of)
  const ratio =
    acPowerW === null || view.dcCapacityW === 0
      ? ''
      : ` · ${words.value.overview.loadRatio(percent(acPowerW / view.dcCapacityW))}`
  return (
    <Figure
      label={words.value.overview.powerNow}
      value={large ? decimal(acPowerW / 1_000_000, 2) : kw(acPowerW)}
      unit={large ? words.value.units.mw : words.value.units.kw}
      note={`${covers}${ratio}`}
      tone="sun"
    />
  )
}

const EnergyFigure = ({ today }: { today: CountyView['today'] }) => {
  const large = today.energyWh !== null && today.energyWh >= TEN_MWH
  return (
    <Figure
      label={words.value.overview.today}
      value={large ? decimal((today.energyWh ?? 0) / 10_000_000, 3) : kwh(today.energyWh)}
      unit={large ? words.value.units.largeEnergy : words.value.units.kwh}
      note={words.value.overview.coversStations(today.known, today.of)}
    />
  )
}

const IncomeFigure = () => {
  const { view } = useLive<CountyIncome>(regional('/api/county/income', 'code'), INCOME_MS)
  if (!view) return null
  const provisional = view.provisional ? ` · ${words.value.villages.provisional}` : ''
  return (
    <Figure
      label={words.value.overview.income(monthName(view.month))}
      value={tenThousandYuan(view.netFen)}
      unit={words.value.units.tenThousandYuan}
      note={`${words.value.overview.coversVillages(view.villages.known, view.villages.of)}${provisional}`}
    />
  )
}

const Overview = ({ view }: { view: CountyView }) => {
  const text = words.value.overview
  const { openAlerts, inverters, stations } = view
  return (
    <>
      <dl class="figures">
        <PowerFigure view={view} />
        <EnergyFigure today={view.today} />
        <Figure
          label={text.online}
          value={`${inverters.online}/${inverters.of}`}
          unit={words.value.units.set}
          note={text.stationsOnline(stations.online, stations.of)}
        />
        <Figure
          label={text.openAlerts}
          value={String(openAlerts)}
          unit={words.value.units.item}
          note={openAlerts === 0 ? text.noAlerts : text.seeList}
          tone={openAlerts === 0 ? 'plain' : 'alert'}
        />
        {session.value?.principal.role !== 'operator' && <IncomeFigure />}
      </dl>
      {openAlerts > 0 && (
        <section class="card">
          <h2>{text.alertsTitle}</h2>
          <AlertList alerts={view.alerts} />
          {openAlerts > view.alerts.length && <p>{text.moreAlerts(openAlerts - view.alerts.length)}</p>}
        </section>
      )}
      <section class="card">
        <h2>{text.stationsTitle}</h2>
        <StationTiles tiles={view.tiles} />
      </section>
    </>
  )
}

/** A region at a glance, moving. */
export const CountyPage = () => {
  const live = useLive<CountyView>(regional('/api/county', 'code'), LIVE_MS)
  return (
    <>
      <div class="page-head">
        <h1>{words.value.overview.title(live.view?.region.name ?? session.value?.regionName ?? '')}</h1>
        <Freshness live={live} />
      </div>
      {live.view && session.value?.principal.role !== 'operator' && (
        <ExportButtons
          path={regional('/api/papers/county/month', 'code')}
          formats={['xlsx', 'pdf']}
          label={words.value.papers.countyMonth}
          named
        />
      )}
      <Answer live={live} lines={8}>
        {(view) => <Overview view={view} />}
      </Answer>
    </>
  )
}
