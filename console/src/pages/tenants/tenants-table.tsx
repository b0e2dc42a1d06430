import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense } from 'react'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { TenantLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Ago, Elapsed } from '../../ui/time'
import { actsOf, actWords, causeOf, type TenantAct, tenantStates } from './tenant-words'
import styles from './tenants.module.css'

/** It comes after the table, so that the first load of the page is small. */
const ActionsMenu = lazy(async () => ({ default: (await import('../../ui/menu')).ActionsMenu }))

type Act = (tenant: TenantLineFragment, act: TenantAct) => void

const columns: readonly TableColumn<TenantLineFragment>[] = [
  { id: 'tenant', title: 'Tenant', cell: (tenant) => <TenantName tenant={tenant} /> },
  { id: 'state', title: 'State', cell: (tenant) => <TenantStates tenant={tenant} /> },
  { id: 'success', title: 'Last success', cell: ({ lastSuccessAt }) => <Ago value={lastSuccessAt} /> },
  { id: 'next', title: 'Next run', cell: ({ nextRunAt }) => <Ago value={nextRunAt} none="none" /> },
  {
    id: 'entities',
    title: 'Entities',
    isNumber: true,
    cell: ({ activeEntities }) => formatNumber(activeEntities),
  },
  { id: 'delivered', title: 'In 30 days', isNumber: true, cell: (tenant) => <Delivered tenant={tenant} /> },
]

interface TenantsTableProps {
  readonly tenants: readonly TenantLineFragment[]
  readonly onAct: Act
}

export function TenantsTable({ tenants, onAct }: TenantsTableProps): ReactNode {
  return <DataTable label="Tenants" columns={[...columns, actsColumn(onAct)]} rows={tenants} keyOf={({ id }) => id} />
}

function actsColumn(onAct: Act): TableColumn<TenantLineFragment> {
  return { id: 'acts', title: 'Actions', cell: (tenant) => <TenantMenu tenant={tenant} onAct={onAct} /> }
}

function TenantName({ tenant: { id, frequency } }: { readonly tenant: TenantLineFragment }): ReactNode {
  return (
    <span className={styles['stack']}>
      <Link to="/" search={{ tenant: id }}>
        <bdi>{id}</bdi>
      </Link>
      <span className={styles['note']}>{frequency.toLowerCase()}</span>
    </span>
  )
}

function TenantStates({ tenant }: { readonly tenant: TenantLineFragment }): ReactNode {
  const cause = causeOf(tenant)
  return (
    <span className={styles['stack']}>
      {tenantStates(tenant).map(({ word, tone, since }) => (
        <span key={word}>
          <Badge tone={tone}>{word}</Badge>
          {since !== null && (
            <span className={styles['note']}>
              {' '}
              for <Elapsed since={since} />
            </span>
          )}
        </span>
      ))}
      {cause !== undefined && (
        <span className={styles['cause']} title={cause}>
          {cause}
        </span>
      )}
      <RunningRun tenant={tenant} />
    </span>
  )
}

function RunningRun({ tenant: { id, runningRunId } }: { readonly tenant: TenantLineFragment }): ReactNode {
  if (runningRunId == null) return null
  return (
    <span>
      <Badge tone="busy">Running</Badge>{' '}
      <Link
        to="/runs/$runId"
        params={{ runId: runningRunId }}
        search={{ tenant: id }}
        aria-label={`The run of ${id} in progress`}
      >
        See the run
      </Link>
    </span>
  )
}

function Delivered({ tenant }: { readonly tenant: TenantLineFragment }): ReactNode {
  return (
    <span className={styles['stackRight']}>
      <span>{formatBytes(tenant.deliveredBytes)}</span>
      <span className={styles['note']}>{formatNumber(tenant.deliveredRows)} rows</span>
    </span>
  )
}

function TenantMenu({ tenant, onAct }: { readonly tenant: TenantLineFragment; readonly onAct: Act }): ReactNode {
  const navigate = useNavigate()
  const open = {
    id: 'open',
    label: 'Open',
    onAction: () => void navigate({ to: '/', search: { tenant: tenant.id } }),
  }
  const incidents = {
    id: 'incidents',
    label: `Incidents (${tenant.openIncidents} open)`,
    onAction: () => void navigate({ to: '/operator/incidents', search: { tenant: undefined, affects: tenant.id } }),
  }
  const acts = actsOf(tenant).map((act) => ({ id: act, label: actWords[act], onAction: () => onAct(tenant, act) }))
  return (
    <span className={styles['stack']}>
      <Suspense>
        <ActionsMenu label={`Actions of ${tenant.id}`} actions={[open, incidents, ...acts]} />
      </Suspense>
    </span>
  )
}
