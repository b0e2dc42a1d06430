import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Select } from '../../ui/fields'
import { Filters } from '../../ui/filters'
import { SearchFilter } from '../../ui/search-filter'
import { filtered } from './incidents-search'

const route = getRouteApi('/operator/incidents')

const statuses = [
  { value: 'all', label: 'Open and resolved' },
  { value: 'open', label: 'Open' },
  { value: 'resolved', label: 'Resolved' },
] as const

export function IncidentsFilters({ codes }: { readonly codes: readonly string[] }): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (next: Parameters<typeof filtered>[1]): void =>
    void navigate({ search: (current) => filtered(current, next), replace: true })
  const { status, code, affects } = search
  const isFiltered = status !== undefined || code !== undefined || affects !== undefined
  return (
    <Filters
      what="incidents"
      onClear={isFiltered ? () => change({ status: undefined, code: undefined, affects: undefined }) : undefined}
    >
      <Select
        label="Status"
        choices={statuses}
        value={status ?? 'all'}
        onChange={(next) => change({ status: next === 'all' ? undefined : next })}
      />
      <Select
        label="Code"
        choices={[{ value: 'all', label: 'All codes' }, ...codes.map((value) => ({ value, label: value }))]}
        value={code ?? 'all'}
        onChange={(next) => change({ code: next === 'all' ? undefined : next })}
      />
      <SearchFilter
        label="Tenant"
        placeholder="The whole id"
        value={affects ?? ''}
        onChange={(next) => change({ affects: next })}
      />
    </Filters>
  )
}
