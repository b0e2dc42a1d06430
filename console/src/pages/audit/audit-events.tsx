import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Disclosure, DisclosurePanel, Heading, Button } from 'react-aria-components'
import { formatClock, formatDay, formatLocalTime } from '../../format/dates'
import type { AuditEventFragment } from '../../gql/graphql'
import { Badge, type Tone } from '../../ui/badge'
import { ChangeTable } from './change-table'
import { originOf, runOf, sentenceOf, wordsOf } from './audit-words'
import { changesOf } from './event-changes'
import styles from './audit.module.css'

/** The events of a page, below the days on which they happened. */
export function AuditEvents({ events }: { readonly events: readonly AuditEventFragment[] }): ReactNode {
  return byDay(events).map(({ day, ofDay }) => (
    <section key={day} className={styles['day']} aria-label={`Events of ${formatDay(day)}`}>
      <h2 className={styles['dayName']}>{formatDay(day)}</h2>
      <ol className={styles['events']}>
        {ofDay.map((event) => (
          <AuditEvent key={event.id} event={event} />
        ))}
      </ol>
    </section>
  ))
}

function byDay(events: readonly AuditEventFragment[]) {
  const days = [...new Set(events.map(({ at }) => at.slice(0, 10)))]
  return days.map((day) => ({ day, ofDay: events.filter(({ at }) => at.startsWith(day)) }))
}

function AuditEvent({ event }: { readonly event: AuditEventFragment }): ReactNode {
  const changes = changesOf(event)
  const origin = originOf(event)
  const run = runOf(event)
  return (
    <li className={styles['event']}>
      <div className={styles['badges']}>
        <Badge tone={toneOf(event)}>{wordsOf(event.action).name}</Badge>
        {event.isOperator && event.action !== 'OPERATOR_ACCESS' && <Badge tone="warn">Operator</Badge>}
      </div>
      <div className={styles['what']}>
        <p>
          <bdi>{sentenceOf(event)}</bdi>
        </p>
        <p className={styles['note']}>
          <time dateTime={event.at} title={formatLocalTime(event.at)}>
            {formatClock(event.at)}
          </time>
          {origin !== undefined && <bdi>{`, ${origin}`}</bdi>}
          {run !== undefined && (
            <>
              {' · '}
              <Link to="/runs/$runId" params={{ runId: run }}>
                Open the run
              </Link>
            </>
          )}
        </p>
        {changes.length > 0 && (
          <Disclosure>
            <Heading level={3} className={styles['opener']}>
              <Button slot="trigger" className={styles['open']}>
                <span aria-hidden className={styles['arrow']} />
                {event.before == null ? 'Details' : 'What changed'}
              </Button>
            </Heading>
            <DisclosurePanel>
              <ChangeTable changes={changes} hasBefore={event.before != null} hasAfter={event.after != null} />
            </DisclosurePanel>
          </Disclosure>
        )}
      </div>
    </li>
  )
}

function toneOf({ action }: AuditEventFragment): Tone {
  if (action === 'ACCESS_DENIED' || action === 'CONSOLE_SESSION_REVOKED') return 'bad'
  return action === 'OPERATOR_ACCESS' || action === 'TENANT_ERASED' ? 'warn' : 'neutral'
}
