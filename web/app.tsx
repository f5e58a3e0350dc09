import { lazy, LocationProvider, Route, Router, useLocation } from 'preact-iso'
import { useEffect } from 'preact/hooks'

import type { InboxView } from '../functions/api-types-closings.ts'
import type { RegionChoices } from '../functions/api-types.ts'
import { switchLanguage, words } from './language.ts'
import { useLive } from './live.ts'
import { CountyPage } from './pages/county.tsx'
import { LogInPage } from './pages/log-in.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { StationPage } from './pages/station.tsx'
import { StationsPage } from './pages/stations.tsx'
import { chooseRegion, chosenRegion } from './region.ts'
import { logOut, session } from './session.ts'

const LanguageButton = () => (
  <button
    type="button"
    class="quiet-button"
    lang={words.value.otherLanguage === 'English' ? 'en' : 'zh-CN'}
    onClick={switchLanguage}
  >
    {words.value.otherLanguage}
  </button>
)

const RegionChoice = () => {
  const { view } = useLive<RegionChoices>('/api/county/choices')
  const regions = view?.regions ?? []
  if (regions.length < 2) return null
  return (
    <label class="region-choice">
      <span class="visually-hidden">{words.value.region}</span>
      <select
        value={chosenRegion.value || (regions[0]?.code ?? '')}
        onChange={(event) => chooseRegion(event.currentTarget.value)}
      >
        {regions.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

const INBOX_MS = 60_000

/** Reports the village has not opened; 0 for whoever has no inbox. */
const useUnread = (isOfVillage: boolean, path: string): number => {
  const { view, retry } = useLive<InboxView>(isOfVillage ? '/api/closings/inbox' : undefined, INBOX_MS)
  // Whoever has just opened a report has gone to another page.
  useEffect(retry, [path])
  return view?.unread ?? 0
}

const Navigation = () => {
  const { path } = useLocation()
  const principal = session.value?.principal
  const own = principal?.role === 'village_accountant' ? `/${principal.regionCode}` : ''
  const unread = useUnread(own !== '', path)
  const seesMoney = principal?.role !== 'operator'
  const seesTasks = principal?.role !== 'village_accountant' && principal?.role !== 'carry_over_cashier'
  const seesPeople = seesMoney && principal?.role !== 'carry_over_cashier'
  const places: { href: string; word: string; here: boolean; count?: number }[] = [
    { href: '/', word: words.value.nav.overview, here: path === '/' },
    { href: '/stations', word: words.value.nav.stations, here: path.startsWith('/stations') },
    { href: '/performance', word: words.value.nav.performance, here: path.startsWith('/performance') },
    ...(seesPeople
      ? [{ href: `/villages${own}`, word: words.value.nav.villages, here: path.startsWith('/villages') || path === '/closings' }]
      : []),
    ...(seesMoney ? [{ href: `/money${own}`, word: words.value.nav.money, here: path.startsWith('/money') }] : []),
    ...(own === '' ? [] : [{ href: '/inbox', word: words.value.nav.inbox, here: path === '/inbox', count: unread }]),
    ...(principal?.role === 'administrator'
      ? [{ href: '/registry', word: words.value.nav.registry, here: path === '/registry' }]
      : []),
    ...(seesTasks ? [{ href: '/open', word: words.value.nav.open, here: path.startsWith('/open') }] : []),
  ]
  return (
    <nav aria-label={words.value.menu}>
      <ul>
        {places.map(({ href, word, here, count = 0 }) => (
          <li key={href}>
            <a href={href} {...(here && { 'aria-current': 'page' as const })}>
              {word}
              {count > 0 && (
                <span class="unread" title={words.value.unread(count)}>
                  {count}
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const Brand = () => (
  <a class="brand" href="/">
    <img src="/sun.svg" alt="" width="28" height="28" />
    <span class="brand-name">{words.value.product}</span>
    <span class="brand-tagline">{words.value.tagline}</span>
  </a>
)

const Header = () => {
  const { principal } = session.value ?? {}
  return (
    <header class="top">
      <div class="top-inner">
        <Brand />
        {principal && <Navigation />}
        <div class="top-tools">
          {principal && <RegionChoice />}
          <LanguageButton />
          {principal && (
            <button type="button" class="quiet-button" title={words.value.logIn.as(principal.userName)} onClick={logOut}>
              {words.value.logIn.logOut}
            </button>
          )}
        </div>
      </div>
    </header>
  )
}

/** A new page starts at its top and says its name to screen readers. */
const toTop = (): void => {
  window.scrollTo(0, 0)
}

const PerformancePage = lazy(async () => (await import('./pages/performance.tsx')).PerformancePage)
const PerformanceLimitsPage = lazy(async () => (await import('./pages/performance-limits.tsx')).PerformanceLimitsPage)
const StationPerformancePage = lazy(async () => (await import('./pages/station-performance.tsx')).StationPerformancePage)
/** Few people record slips or money, or work on plans: those pages come when they are asked for. */
const RegistryPage = lazy(async () => (await import('./pages/registry.tsx')).RegistryPage)
const TracePage = lazy(async () => (await import('./pages/trace.tsx')).TracePage)
const ClosingsPage = lazy(async () => (await import('./pages/closings.tsx')).ClosingsPage)
const AuditPage = lazy(async () => (await import('./pages/audit.tsx')).AuditPage)
const InboxPage = lazy(async () => (await import('./pages/inbox.tsx')).InboxPage)
const DeliveriesPage = lazy(async () => (await import('./pages/inbox.tsx')).DeliveriesPage)
const VillagePage = lazy(async () => (await import('./pages/village.tsx')).VillagePage)
const VillagesPage = lazy(async () => (await import('./pages/villages.tsx')).VillagesPage)
const PapersPage = lazy(async () => (await import('./pages/papers.tsx')).PapersPage)
const PlansPage = lazy(async () => (await import('./pages/plans.tsx')).PlansPage)
const PlanPage = lazy(async () => (await import('./pages/plan.tsx')).PlanPage)
const StationLedgerPage = lazy(async () => (await import('./pages/station-ledger.tsx')).StationLedgerPage)
const StationSlipsPage = lazy(async () => (await import('./pages/station-slips.tsx')).StationSlipsPage)

/** What waits for a person, and what became of a day. */
const OpenItemsPage = lazy(async () => (await import('./pages/open-items.tsx')).OpenItemsPage)
const StationDayPage = lazy(async () => (await import('./pages/station-day.tsx')).StationDayPage)
const MoneyCountyPage = lazy(async () => (await import('./pages/money-county.tsx')).MoneyCountyPage)
const MoneyVillagePage = lazy(async () => (await import('./pages/money-village.tsx')).MoneyVillagePage)

const Pages = () => (
  <Router onRouteChange={toTop}>
    <Route path="/" component={CountyPage} />
    <Route path="/stations" component={StationsPage} />
    <Route path="/stations/:id" component={StationPage} />
    <Route path="/stations/:id/ledger" component={StationLedgerPage} />
    <Route path="/stations/:id/slips" component={StationSlipsPage} />
    <Route path="/stations/:id/days/:day" component={StationDayPage} />
    <Route path="/open" component={OpenItemsPage} />
    <Route path="/stations/:id/performance" component={StationPerformancePage} />
    <Route path="/performance" component={PerformancePage} />
    <Route path="/performance/limits" component={PerformanceLimitsPage} />
    <Route path="/plans" component={PlansPage} />
    <Route path="/plans/:code" component={PlanPage} />
    <Route path="/villages" component={VillagesPage} />
    <Route path="/closings" component={ClosingsPage} />
    <Route path="/closings/audit" component={AuditPage} />
    <Route path="/closings/deliveries" component={DeliveriesPage} />
    <Route path="/inbox" component={InboxPage} />
    <Route path="/trace" component={TracePage} />
    <Route path="/registry" component={RegistryPage} />
    <Route path="/villages/:code" component={VillagePage} />
    <Route path="/villages/:code/papers/:kind" component={PapersPage} />
    <Route path="/money" component={MoneyCountyPage} />
    <Route path="/money/:code" component={MoneyVillagePage} />
    <Route default component={NotFoundPage} />
  </Router>
)

export const App = () => {
  useEffect(() => {
    document.title = `${words.value.product} · ${words.value.tagline}`
  }, [words.value])
  return (
    <LocationProvider>
      <a class="skip" href="#main">
        {words.value.skip}
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {session.value ? <Pages /> : <LogInPage />}
      </main>
      <footer class="bottom">{words.value.footer}</footer>
    </LocationProvider>
  )
}
