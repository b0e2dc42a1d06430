import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ChipFilter } from '../../ui/chip-filter'
import { Filters } from '../../ui/filters'
import { PeriodFilter } from '../../ui/period-filter'
import { runStatusChoices } from './run-words'
import { type RunsSearch, statusesOf } from './runs-search'

const route = getRouteApi('/runs')

export function RunsFilters(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { status, from, to } = search
  // A filter begins at the first page of what it selects.
  const select = (next: RunsSearch): void => void navigate({ search: () => next, replace: true })
  const isFiltered = status !== undefined || from !== undefined || to !== undefined
  const kept = { ...(status !== undefined && { status }) }
  return (
    <Filters what="runs" onClear={isFiltered ? () => select({}) : undefined}>
      <ChipFilter
        label="Status"
        choices={runStatusChoices}
        selected={statusesOf(search)}
        onChange={(statuses) => {
          const { status: _replaced, after: _after, before: _before, ...others } = search
          select({ ...others, ...(statuses.length > 0 && { status: statuses.join(',') }) })
        }}
      />
      <PeriodFilter
        period={search}
        onChange={({ from: first, to: last }) => select({ ...kept, ...periodOf(first, last) })}
      />
    </Filters>
  )
}

function periodOf(from: string | undefined, to: string | undefined) {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}
