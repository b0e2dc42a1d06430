import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ExportAuditAction } from '../../gql/graphql'
import { Select } from '../../ui/fields'
import { Filters } from '../../ui/filters'
import { PeriodFilter } from '../../ui/period-filter'
import { type AuditSearch, actionsOf } from './audit-search'
import { auditActionNames, auditActions } from './audit-words'
import styles from './audit.module.css'

const route = getRouteApi('/audit')
const all = 'ALL'
const choices = [
  { value: all, label: 'All actions' },
  ...auditActionNames.map((value) => ({ value, label: auditActions[value].name })),
] as const

export function AuditFilters(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { action, from, to } = search
  // A filter begins at the first page of what it selects.
  const select = (next: AuditSearch): void => void navigate({ search: () => next, replace: true })
  const isFiltered = action !== undefined || from !== undefined || to !== undefined
  const period = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  return (
    <Filters what="events" onClear={isFiltered ? () => select({}) : undefined}>
      <div className={styles['actionFilter']}>
        <Select<ExportAuditAction | typeof all>
          label="Action"
          choices={choices}
          value={actionsOf(search)[0] ?? all}
          onChange={(value) => select({ ...period, ...(value !== all && { action: value }) })}
        />
      </div>
      <PeriodFilter period={period} onChange={(next) => select({ ...(action !== undefined && { action }), ...next })} />
    </Filters>
  )
}
