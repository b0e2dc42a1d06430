import { type ReactNode, useCallback } from 'react'
import { useQuery } from 'urql'
import { dayOf } from '../../format/days'
import type { OverviewQuery } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { ButtonLink } from '../../ui/button-link'
import { Failure } from '../../ui/failure'
import { Empty, Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Time, useNow } from '../../ui/time'
import { isUnfinished } from '../runs/run-words'
import { DeliveryCalendar } from './delivery-calendar'
import { EntitiesTable } from './entities-table'
import { exportState, lastFailures } from './freshness'
import { OverviewDocument } from './overview-query'
import styles from './overview.module.css'
import { Plots } from './plots'
import { RunInProgress } from './run-in-progress'
import { UnfetchedNotice } from './unfetched-notice'
import { useWhileVisible } from '../../ui/use-while-visible'

/** Whether everything is fresh, and what was delivered. */
export function OverviewPage(): ReactNode {
  const [{ data, error, fetching }, refresh] = useQuery({ query: OverviewDocument })
  const isRunning = data?.exportRuns.edges.some(({ node }) => isUnfinished(node.status)) ?? false
  const renew = useCallback(() => refresh({ requestPolicy: 'network-only' }), [refresh])
  useWhileVisible(renew, isRunning ? 3_000 : 60_000)
  return (
    <Page title="Overview">
      {error && <Failure error={error} what="The overview can't be shown" onRetry={() => refresh()} />}
      {!data && fetching && <Loading what="Loading the overview" />}
      {data && (data.dataExport ? <Content data={data} dataExport={data.dataExport} /> : <FirstVisit />)}
    </Page>
  )
}

function FirstVisit(): ReactNode {
  return (
    <Section>
      <Empty
        title="Nothing is exported yet."
        actions={
          <ButtonLink look="primary" to="/settings">
            Choose what you receive
          </ButtonLink>
        }
      >
        <p>
          Choose entities and a frequency. The first file of an entity has its whole history, every later one only what
          changed. You fetch the files over SFTP.
        </p>
      </Empty>
    </Section>
  )
}

interface ContentProps {
  readonly data: OverviewQuery
  readonly dataExport: NonNullable<OverviewQuery['dataExport']>
}

function Content({ data, dataExport }: ContentProps): ReactNode {
  const today = dayOf(useNow(60_000))
  const runs = data.exportRuns.edges.map(({ node }) => node)
  const active = dataExport.entities.filter((entity) => entity.active)
  const failures = lastFailures(runs)
  const failed = active.filter(({ entity }) => failures.has(entity.internalName)).length
  const { tone, word } = exportState(dataExport, failed)
  const [next] = dataExport.schedule.nextRunTimes
  const running = runs.filter(({ status }) => isUnfinished(status))
  return (
    <>
      <Section>
        <div className={styles['answer']}>
          <p className={styles['sentence']}>
            <Badge tone={tone}>{word}</Badge>
          </p>
          <p className={styles['muted']}>
            {next === undefined ? (
              'No run is planned.'
            ) : (
              <>
                Next run: <Time value={next} />
              </>
            )}
          </p>
        </div>
        {dataExport.unfetchedFiles && <UnfetchedNotice unfetched={dataExport.unfetchedFiles} />}
        {running.map((run) => (
          <RunInProgress key={run.id} run={run} />
        ))}
      </Section>
      {active.length > 0 && (
        <Section title="Entities" lead="The last file of each entity, and when the next one comes.">
          <EntitiesTable entities={active} failures={failures} isPaused={dataExport.pausedAt != null} />
        </Section>
      )}
      <DeliveryCalendar today={today} />
      <Plots entities={dataExport.entities.map(({ entity }) => entity)} today={today} />
    </>
  )
}
