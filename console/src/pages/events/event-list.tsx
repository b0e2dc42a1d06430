import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { formatLocalTime, formatTime } from '../../format/dates'
import type { TenantEventFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { runOf, summaryOf, wordsOf } from './event-words'
import styles from './events.module.css'

/** Events, newest first. Their details are shown as text, whatever they contain. */
export function EventList({ events }: { readonly events: readonly TenantEventFragment[] }): ReactNode {
  return (
    <ol className={styles['events']} aria-label="Events">
      {events.map((event) => (
        <Event key={event.id} event={event} />
      ))}
    </ol>
  )
}

function Event({ event }: { readonly event: TenantEventFragment }): ReactNode {
  const { name, tone } = wordsOf(event.type)
  const summary = summaryOf(event)
  const run = runOf(event)
  return (
    <li className={styles['event']}>
      <div className={styles['badge']}>
        <Badge tone={tone}>{name}</Badge>
      </div>
      <div className={styles['what']}>
        {summary !== undefined && (
          <p>
            <bdi>{summary}</bdi>
          </p>
        )}
        <p className={styles['note']}>
          {`Event ${event.number}, `}
          <time dateTime={event.at} title={formatLocalTime(event.at)}>
            {formatTime(event.at)}
          </time>
          {run !== undefined && (
            <>
              {' · '}
              <Link to="/runs/$runId" params={{ runId: run }}>
                Open the run
              </Link>
            </>
          )}
        </p>
        <Disclosure>
          <Heading level={2} className={styles['opener']}>
            <Button slot="trigger" className={styles['open']}>
              <span aria-hidden className={styles['arrow']} />
              Details
            </Button>
          </Heading>
          <DisclosurePanel>
            <pre className={styles['details']}>{JSON.stringify(event.data, null, 2)}</pre>
          </DisclosurePanel>
        </Disclosure>
      </div>
    </li>
  )
}
