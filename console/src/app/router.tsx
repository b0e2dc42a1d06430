import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { readAuditSearch } from '../pages/audit/audit-search'
import { readDeliveriesSearch } from '../pages/deliveries/deliveries-search'
import { readEventsSearch } from '../pages/events/events-search'
import { readHistorySearch } from '../pages/history/history-search'
import { readIncidentsSearch } from '../pages/incidents/incidents-search'
import { type OverviewSearch, readOverviewSearch } from '../pages/overview/overview-search'
import { readRunsSearch } from '../pages/runs/runs-search'
import { readSftpSearch } from '../pages/sftp/sftp-search'
import { readTenantsSearch } from '../pages/tenants/tenants-search'
import { Loading } from '../ui/notice'
import type { ConsoleContext } from './context'
import { NotFound } from './not-found'
import { PageFailure } from './page-failure'
import { only, readTenantSearch, type TenantSearch } from './search'
import { Shell } from './shell'

const root = createRootRouteWithContext<ConsoleContext>()({
  component: Shell,
  validateSearch: (search: Record<string, unknown>): TenantSearch => ({
    tenant: undefined,
    ...readTenantSearch(search),
  }),
  search: { middlewares: [retainSearchParams(['tenant'])] },
})

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: only<OverviewSearch>(readOverviewSearch),
  beforeLoad: ({ context, search }) => {
    // An operator's own page lists all tenants.
    if (context.session.tenantId === null && search.tenant === undefined) throw redirect({ to: '/operator' })
  },
  component: lazyRouteComponent(() => import('../pages/overview/overview-page'), 'OverviewPage'),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../pages/settings/settings-page'), 'SettingsPage'),
})

const history = createRoute({
  getParentRoute: () => root,
  path: '/settings/history',
  validateSearch: only(readHistorySearch),
  component: lazyRouteComponent(() => import('../pages/history/history-page'), 'HistoryPage'),
})

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: only(readRunsSearch),
  component: lazyRouteComponent(() => import('../pages/runs/runs-page'), 'RunsPage'),
})

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$runId',
  component: lazyRouteComponent(() => import('../pages/run/run-page'), 'RunPage'),
})

const deliveries = createRoute({
  getParentRoute: () => root,
  path: '/deliveries',
  validateSearch: only(readDeliveriesSearch),
  component: lazyRouteComponent(() => import('../pages/deliveries/deliveries-page'), 'DeliveriesPage'),
})

const delivery = createRoute({
  getParentRoute: () => root,
  path: '/deliveries/$deliveryId',
  component: lazyRouteComponent(() => import('../pages/delivery/delivery-page'), 'DeliveryPage'),
})

const sftp = createRoute({
  getParentRoute: () => root,
  path: '/sftp',
  validateSearch: only(readSftpSearch),
  component: lazyRouteComponent(() => import('../pages/sftp/sftp-page'), 'SftpPage'),
})

const pgpKeys = createRoute({
  getParentRoute: () => root,
  path: '/pgp-keys',
  component: lazyRouteComponent(() => import('../pages/pgp/pgp-page'), 'PgpPage'),
})

const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('../pages/webhooks/webhooks-page'), 'WebhooksPage'),
})

const email = createRoute({
  getParentRoute: () => root,
  path: '/email',
  component: lazyRouteComponent(() => import('../pages/email/email-page'), 'EmailPage'),
})

const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  validateSearch: only(readEventsSearch),
  component: lazyRouteComponent(() => import('../pages/events/events-page'), 'EventsPage'),
})

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: only(readAuditSearch),
  component: lazyRouteComponent(() => import('../pages/audit/audit-page'), 'AuditPage'),
})

/** The pages of operators are over all tenants. */
function withoutTenant({ search, location }: { search: TenantSearch; location: { pathname: string } }): void {
  if (search.tenant !== undefined) {
    throw redirect({ to: location.pathname, search: (all: TenantSearch) => ({ ...all, tenant: undefined }) })
  }
}

const tenants = createRoute({
  getParentRoute: () => root,
  path: '/operator',
  validateSearch: only(readTenantsSearch),
  beforeLoad: withoutTenant,
  component: lazyRouteComponent(() => import('../pages/tenants/tenants-page'), 'TenantsPage'),
})

const incidents = createRoute({
  getParentRoute: () => root,
  path: '/operator/incidents',
  validateSearch: only(readIncidentsSearch),
  beforeLoad: withoutTenant,
  component: lazyRouteComponent(() => import('../pages/incidents/incidents-page'), 'IncidentsPage'),
})

const incident = createRoute({
  getParentRoute: () => root,
  path: '/operator/incidents/$incidentId',
  beforeLoad: withoutTenant,
  component: lazyRouteComponent(() => import('../pages/incident/incident-page'), 'IncidentPage'),
})

const routeTree = root.addChildren([
  overview,
  settings,
  history,
  runs,
  run,
  deliveries,
  delivery,
  sftp,
  pgpKeys,
  webhooks,
  email,
  events,
  audit,
  tenants,
  incidents,
  incident,
])

export function createConsoleRouter(context: ConsoleContext) {
  return createRouter({
    routeTree,
    basepath: '/console',
    context,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingComponent: Loading,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: PageFailure,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}
