import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Filters } from '../../ui/filters'
import { Select, Switch } from '../../ui/fields'
import { PeriodFilter } from '../../ui/period-filter'
import { type DeliveriesSearch, usualUnfetchedDays } from './deliveries-search'

const route = getRouteApi('/deliveries')
const allEntities = ''

interface DeliveriesFiltersProps {
  readonly entities: readonly { readonly internalName: string; readonly displayName: string }[]
}

export function DeliveriesFilters({ entities }: DeliveriesFiltersProps): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { after: _after, before: _before, ...filters } = search
  // A filter begins at the first page of what it selects.
  const select = (change: { [Name in keyof DeliveriesSearch]?: DeliveriesSearch[Name] | undefined }): void => {
    const next = Object.fromEntries(
      Object.entries({ ...filters, ...change }).filter(([, value]) => value !== undefined),
    )
    void navigate({ search: () => next as DeliveriesSearch, replace: true })
  }
  const { entity, from, to, redelivered, unfetched } = filters
  const isFiltered = Boolean(entity ?? from ?? to ?? redelivered ?? unfetched)
  return (
    <Filters
      what="deliveries"
      onClear={isFiltered ? () => void navigate({ search: () => ({}), replace: true }) : undefined}
    >
      <Select
        label="Entity"
        value={entity ?? allEntities}
        onChange={(value) => select({ entity: value || undefined })}
        choices={[
          { value: allEntities, label: 'All entities' },
          ...entities.map(({ internalName, displayName }) => ({ value: internalName, label: displayName })),
        ]}
      />
      <PeriodFilter period={filters} onChange={({ from: first, to: last }) => select({ from: first, to: last })} />
      <Switch isSelected={redelivered ?? false} onChange={(isOn) => select({ redelivered: isOn || undefined })}>
        Only redelivered
      </Switch>
      <Switch
        isSelected={unfetched !== undefined}
        onChange={(isOn) => select({ unfetched: isOn ? usualUnfetchedDays : undefined })}
      >
        Not fetched for {unfetched ?? usualUnfetchedDays} days
      </Switch>
    </Filters>
  )
}
