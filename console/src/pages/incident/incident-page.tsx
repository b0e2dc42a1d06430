import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatNumber } from '../../format/numbers'
import type { IncidentQuery } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { ButtonLink } from '../../ui/button-link'
import { Copy } from '../../ui/copy'
import { ExternalLink } from '../../ui/external-link'
import { Facts } from '../../ui/facts'
import { Failure } from '../../ui/failure'
import { Empty, Loading, Notice } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { Updated } from '../../ui/updated'
import { type LiveQuery, useLiveQuery } from '../../ui/use-live-query'
import { IncidentTimes } from '../incidents/incident-list'
import { extentWords, headingOf, incidentState } from '../incidents/incident-words'
import { RetryFailed } from '../tenants/retry-failed'
import { Affected } from './affected'
import { IncidentHistory } from './incident-history'
import { IncidentDocument } from './incident-query'
import styles from './incident.module.css'

const route = getRouteApi('/operator/incidents/$incidentId')

type Incident = NonNullable<IncidentQuery['exportIncident']>

/** One incident: what it means, what to do, and whom it affects. */
export function IncidentPage(): ReactNode {
  const { incidentId } = route.useParams()
  const query = useLiveQuery({ query: IncidentDocument, variables: { id: incidentId } })
  const incident = query.data?.exportIncident
  if (incident) return <FoundIncident key={incident.id} incident={incident} query={query} />
  return (
    <Page title="Incident">
      {query.error && <Failure error={query.error} what="The incident can't be read" onRetry={query.refresh} />}
      {!query.error && query.isWaiting && <Loading what="Loading the incident" />}
      {!query.error && !query.isWaiting && (
        <Empty title="There is no incident with this id." actions={<AllIncidents />}>
          Resolved incidents are kept for a time, and are then removed.
        </Empty>
      )}
    </Page>
  )
}

function AllIncidents(): ReactNode {
  return (
    <ButtonLink to="/operator/incidents" search={{ tenant: undefined }}>
      All incidents
    </ButtonLink>
  )
}

interface FoundIncidentProps {
  readonly incident: Incident
  readonly query: LiveQuery<unknown>
}

function FoundIncident({ incident, query }: FoundIncidentProps): ReactNode {
  const { word, tone } = incidentState(incident)
  const { code, subject, status, retryCommand } = incident
  return (
    <Page
      title={headingOf(incident.meaning)}
      lead={
        <>
          <Badge tone={tone}>{word}</Badge> <code>{code}</code> · <bdi>{subject}</bdi>
        </>
      }
    >
      {query.error && <Failure error={query.error} what="The incident can't be renewed" onRetry={query.refresh} />}
      <Section actions={<Updated query={query} />} title={status === 'OPEN' ? 'What happens' : 'What happened'}>
        <p>
          {extentWords(incident)} <IncidentTimes incident={incident} />
        </p>
        <p className={styles['message']}>{incident.message}</p>
        <IncidentFacts incident={incident} />
      </Section>
      <Section
        title="What to do"
        {...(retryCommand != null && status === 'OPEN' && { actions: <RetryFailed code={code} /> })}
      >
        {status === 'RESOLVED' && <Notice tone="good" title="The incident is resolved. There is nothing to do." />}
        <p>{incident.remedy}</p>
        <IncidentLinks incident={incident} />
        <div className={styles['commands']}>
          <p>On a machine with the command line:</p>
          <Copy text={incident.command} what="the command that shows the incident" />
          {retryCommand != null && <Copy text={retryCommand} what="the command that retries what failed" />}
        </div>
      </Section>
      <Affected affected={incident.affected} />
      <IncidentHistory code={code} id={incident.id} />
    </Page>
  )
}

function IncidentFacts({ incident }: { readonly incident: Incident }): ReactNode {
  return (
    <Facts
      facts={[
        { name: 'Opened', value: <Time value={incident.openedAt} /> },
        { name: 'Last seen', value: <Time value={incident.lastSeenAt} /> },
        { name: 'Operators notified', value: <Time value={incident.announcedAt} none="not yet" /> },
        ...(incident.resolvedAt == null ? [] : [{ name: 'Resolved', value: <Time value={incident.resolvedAt} /> }]),
        { name: 'Oldest missing window from', value: <Time value={incident.oldestWindow} none="unknown" /> },
        { name: 'Runs that ended without these files', value: formatNumber(incident.failedRuns) },
      ]}
    />
  )
}

function IncidentLinks({ incident: { runbookUrl, temporalUiUrl } }: { readonly incident: Incident }): ReactNode {
  return (
    <ul className={styles['links']}>
      <li>
        Runbook: <ExternalLink url={runbookUrl}>the page of this code</ExternalLink>
      </li>
      {temporalUiUrl != null && (
        <li>
          Temporal UI: <ExternalLink url={temporalUiUrl}>the run that failed last</ExternalLink>
        </li>
      )}
    </ul>
  )
}
