import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { ButtonLink } from '../../ui/button-link'
import { Empty, Loading } from '../../ui/notice'
import { Ago, Time } from '../../ui/time'
import { RunChoicesDocument } from './runs-query'

const route = getRouteApi('/runs')

export function RunsEmpty(): ReactNode {
  const search = route.useSearch()
  if (Object.keys(search).some((name) => name !== 'tenant')) {
    return <Empty title="No run fits these filters.">Choose another status or a longer period.</Empty>
  }
  return <NoRunYet />
}

/** What will start the first run. */
function NoRunYet(): ReactNode {
  const [{ data, fetching }] = useQuery({ query: RunChoicesDocument })
  if (!data && fetching) return <Loading what="Loading your settings" />
  if (!data?.dataExport) {
    return (
      <Empty title="There is no run yet." actions={<ButtonLink to="/settings">Choose what is exported</ButtonLink>}>
        First choose your entities. Then the schedule starts a run every day, week or month, and you can start one with
        “Run now”.
      </Empty>
    )
  }
  const [next] = data.dataExport.schedule.nextRunTimes
  return (
    <Empty title="There is no run yet.">
      {next !== undefined && (
        <>
          The schedule starts the first run <Ago value={next} />, on <Time value={next} />.{' '}
        </>
      )}
      You can start one with “Run now”. Each run is listed here with what it delivered.
    </Empty>
  )
}
