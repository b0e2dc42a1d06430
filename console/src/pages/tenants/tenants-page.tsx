import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { counted, formatNumber } from '../../format/numbers'
import type { TenantLineFragment } from '../../gql/graphql'
import { pageVariables } from '../../ui/cursors'
import { CursorPager } from '../../ui/cursor-pager'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Updated } from '../../ui/updated'
import { useLiveQuery } from '../../ui/use-live-query'
import { OverviewFigures } from './overview-figures'
import { RetryFailed } from './retry-failed'
import { type ActDone, DoneNotice, TenantActDialog } from './tenant-acts'
import type { TenantAct } from './tenant-words'
import { TenantsEmpty } from './tenants-empty'
import { TenantsFilters } from './tenants-filters'
import { TenantsDocument } from './tenants-query'
import { tenantsVariables } from './tenants-search'
import { TenantsTable } from './tenants-table'
import styles from './tenants.module.css'

const route = getRouteApi('/operator')
const pageSize = 50

/** The front page of operators: how everything is, and all tenants. */
export function TenantsPage(): ReactNode {
  return (
    <Page
      title="Tenants"
      lead="The exports of all tenants. Open a tenant to see its data and to act for it."
      actions={<RetryFailed />}
    >
      <OverviewFigures />
      <TenantList />
    </Page>
  )
}

interface Chosen {
  readonly tenant: TenantLineFragment
  readonly act: TenantAct
}

function TenantList(): ReactNode {
  const search = route.useSearch()
  const query = useLiveQuery({
    query: TenantsDocument,
    variables: { ...pageVariables(search, pageSize), ...tenantsVariables(search) },
  })
  const [chosen, setChosen] = useState<Chosen>()
  const [done, setDone] = useState<ActDone>()
  const finish = (result: ActDone): void => {
    setChosen(undefined)
    setDone(result)
    query.refresh()
  }
  const connection = query.data?.exportTenants
  const tenants = connection?.edges.map(({ node }) => node)
  return (
    <Section title="All tenants" actions={<Updated query={query} />}>
      <TenantsFilters />
      {done && <DoneNotice done={done} />}
      {query.error && <Failure error={query.error} what="The tenants can't be read" onRetry={query.refresh} />}
      {!connection && query.isWaiting && <Loading what="Loading the tenants" />}
      {tenants?.length === 0 && <TenantsEmpty search={search} />}
      {tenants && tenants.length > 0 && (
        <div className={query.isWaiting ? styles['waiting'] : undefined} aria-busy={query.isWaiting}>
          <TenantsTable tenants={tenants} onAct={(tenant, act) => setChosen({ tenant, act })} />
        </div>
      )}
      {connection && (
        <CursorPager what="tenants" cursors={search} pageInfo={connection.pageInfo} words={['← Back', 'Next →']}>
          {connection.edges.length < connection.totalCount
            ? `${connection.edges.length} of ${counted(connection.totalCount, 'tenant')}`
            : counted(connection.totalCount, 'tenant')}
        </CursorPager>
      )}
      <span className="visually-hidden" role="status">
        {connection && !query.isWaiting && `${formatNumber(connection.totalCount)} tenants match.`}
      </span>
      {chosen && (
        <TenantActDialog {...chosen} key={chosen.tenant.id} onClose={() => setChosen(undefined)} onDone={finish} />
      )}
    </Section>
  )
}
