import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ButtonLink } from '../../ui/button-link'
import { Empty } from '../../ui/notice'

const route = getRouteApi('/runs')

export function RunsEmpty(): ReactNode {
  const search = route.useSearch()
  if (Object.keys(search).some((name) => name !== 'tenant')) {
    return <Empty title="No run fits these filters.">Choose another status or a longer period.</Empty>
  }
  return (
    <Empty
      title="There is no run yet."
      actions={
        <ButtonLink look="primary" to="/settings">
          Choose what is exported
        </ButtonLink>
      }
    >
      The schedule starts a run at each boundary: every midnight, every Monday, or every first of the month, in UTC. You
      can also start one with “Run now”. Each run is listed here with what it delivered.
    </Empty>
  )
}
