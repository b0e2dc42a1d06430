import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Select } from '../../ui/fields'
import { Filters } from '../../ui/filters'
import { SearchFilter } from '../../ui/search-filter'
import { filtered, type TenantOrder, type TenantState } from './tenants-search'

const route = getRouteApi('/operator')

const states: readonly { readonly value: TenantState | 'all'; readonly label: string }[] = [
  { value: 'all', label: 'All states' },
  { value: 'overdue', label: 'Overdue' },
  { value: 'failing', label: 'Failing' },
  { value: 'running', label: 'Running now' },
  { value: 'paused', label: 'Paused' },
  { value: 'disabled', label: 'Disabled' },
  { value: 'unfetched', label: 'Not fetched for 7 days' },
]

const orders: readonly { readonly value: TenantOrder; readonly label: string }[] = [
  { value: 'id', label: 'Tenant id' },
  { value: 'overdue', label: 'Overdue for longest' },
  { value: 'failing', label: 'Failing for longest' },
  { value: 'largest', label: 'Most bytes in 30 days' },
  { value: 'last-success', label: 'Oldest success' },
]

export function TenantsFilters(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (next: Parameters<typeof filtered>[1]): void =>
    void navigate({ search: (current) => filtered(current, next), replace: true })
  const isFiltered = search.search !== undefined || search.state !== undefined || search.sort !== undefined
  return (
    <Filters
      what="tenants"
      onClear={isFiltered ? () => change({ search: undefined, state: undefined, sort: undefined }) : undefined}
    >
      <SearchFilter
        label="Search"
        placeholder="A part of the id"
        value={search.search ?? ''}
        onChange={(text) => change({ search: text })}
      />
      <Select
        label="State"
        choices={states}
        value={search.state ?? 'all'}
        onChange={(state) => change({ state: state === 'all' ? undefined : state })}
      />
      <Select
        label="Order"
        choices={orders}
        value={search.sort ?? 'id'}
        onChange={(sort) => change({ sort: sort === 'id' ? undefined : sort })}
      />
    </Filters>
  )
}
