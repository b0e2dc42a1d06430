import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { IncidentLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Ago } from '../../ui/time'
import { extentWords, headingOf, incidentState } from './incident-words'
import styles from './incidents.module.css'

interface IncidentListProps {
  readonly label: string
  readonly incidents: readonly IncidentLineFragment[]
}

/** Each incident in a few sentences. */
export function IncidentList({ label, incidents }: IncidentListProps): ReactNode {
  if (incidents.length === 0) return null
  return (
    <ul className={styles['list']} aria-label={label}>
      {incidents.map((incident) => (
        <IncidentItem key={incident.id} incident={incident} />
      ))}
    </ul>
  )
}

function IncidentItem({ incident }: { readonly incident: IncidentLineFragment }): ReactNode {
  const { id, code, subject, meaning } = incident
  const { word, tone } = incidentState(incident)
  return (
    <li className={styles['item']}>
      <div className={styles['title']}>
        <Badge tone={tone}>{word}</Badge>
        <h3>
          <Link to="/operator/incidents/$incidentId" params={{ incidentId: id }} search={{ tenant: undefined }}>
            {headingOf(meaning)}
          </Link>
        </h3>
      </div>
      <p>
        {extentWords(incident)} <IncidentTimes incident={incident} />
      </p>
      <p className={styles['muted']}>
        <code>{code}</code> · <bdi>{subject}</bdi>
      </p>
    </li>
  )
}

type Times = Pick<IncidentLineFragment, 'openedAt' | 'lastSeenAt' | 'resolvedAt' | 'announcedAt'>

/** Since when an incident is open, when it was seen last, and whether operators know. */
export function IncidentTimes({ incident }: { readonly incident: Times }): ReactNode {
  const { openedAt, lastSeenAt, resolvedAt, announcedAt } = incident
  if (resolvedAt != null) {
    return (
      <>
        It opened <Ago value={openedAt} />, and was resolved <Ago value={resolvedAt} />.
      </>
    )
  }
  return (
    <>
      It opened <Ago value={openedAt} />, and was last seen <Ago value={lastSeenAt} />.{' '}
      {announcedAt == null ? (
        'Operators are not notified yet, because it may end soon.'
      ) : (
        <>
          Operators were notified <Ago value={announcedAt} />.
        </>
      )}
    </>
  )
}
