import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { counted, formatNumber } from '../../format/numbers'
import type { RunLineFragment } from '../../gql/graphql'
import { ProgressBar } from '../../ui/progress-bar'
import { triggerWords, troubleOf } from '../runs/run-words'
import styles from './overview.module.css'

/** A run that has not ended: how far it has come, why it waits, and the way to its page. */
export function RunInProgress({ run }: { readonly run: RunLineFragment }): ReactNode {
  const { entitiesDone, entitiesTotal, rows } = run.progress
  const done = `${formatNumber(entitiesDone)} of ${counted(entitiesTotal, 'entity', 'entities')}, ${formatNumber(rows)} rows`
  const trouble = troubleOf(run)
  return (
    <div className={styles['stack']}>
      <ProgressBar
        label={`A run is in progress. ${triggerWords[run.trigger]}.`}
        value={entitiesDone}
        total={entitiesTotal}
        words={entitiesTotal === 0 ? 'not planned yet' : done}
      />
      {trouble !== undefined && <p className={styles['muted']}>{trouble}</p>}
      <p>
        <Link to="/runs/$runId" params={{ runId: run.id }}>
          Follow the run
        </Link>
      </p>
    </div>
  )
}
