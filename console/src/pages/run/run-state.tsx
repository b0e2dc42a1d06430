import type { ReactNode } from 'react'
import { formatRelative } from '../../format/dates'
import { formatNumber } from '../../format/numbers'
import type { ExportRunStatus, RunDetailFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Notice } from '../../ui/notice'
import { ProgressBar } from '../../ui/progress-bar'
import { Ago, useNow } from '../../ui/time'
import { isUnfinished, runStatuses } from '../runs/run-words'
import type { FollowedRun } from './run-follower'
import { Remedy } from './remedy'
import { numbersOf, sentenceOf } from './run-progress'
import styles from './run.module.css'

interface RunStateProps {
  readonly run: RunDetailFragment
  readonly followed: FollowedRun
}

const barTones: Readonly<Record<ExportRunStatus, 'busy' | 'good' | 'bad'>> = {
  QUEUED: 'busy',
  RUNNING: 'busy',
  SUCCEEDED: 'good',
  PARTIALLY_FAILED: 'bad',
  FAILED: 'bad',
  CANCELLED: 'bad',
}

/** The status of a run, what it does now, how far it has come, and why it waits or failed. */
export function RunState({ run, followed }: RunStateProps): ReactNode {
  const { word, tone } = runStatuses[run.status]
  const { entitiesDone, entitiesTotal } = run.progress
  const done = `${formatNumber(entitiesDone)} of ${formatNumber(entitiesTotal)} entities`
  return (
    <div className={styles['state']}>
      <div className={styles['stateLine']}>
        <Badge tone={tone}>{word}</Badge>
        <span className={styles['sentence']}>{sentenceOf(run)}</span>
        {isUnfinished(run.status) && <Liveness followed={followed} />}
      </div>
      <ProgressBar
        label={numbersOf(run)}
        value={entitiesDone}
        total={entitiesTotal}
        words={entitiesTotal === 0 ? 'not planned yet' : done}
        tone={barTones[run.status]}
      />
      {run.waitingFor && <WaitNotice wait={run.waitingFor} />}
      {run.error && (
        <Notice tone="bad" title="The run failed.">
          <p>{run.error.message}</p>
          <Remedy remedy={run.error.remedy} />
        </Notice>
      )}
    </div>
  )
}

function WaitNotice({ wait }: { readonly wait: NonNullable<RunDetailFragment['waitingFor']> }): ReactNode {
  return (
    <Notice tone="warn" title="The run waits.">
      <p>{wait.message}</p>
      <Remedy remedy={wait.remedy} />
      <p>
        Waiting since <Ago value={wait.since} />, attempt {formatNumber(wait.attempt)}.
      </p>
    </Notice>
  )
}

/** Says whether changes come by themselves, or how old the shown state is. */
function Liveness({ followed: { isLive, at, error } }: { readonly followed: FollowedRun }): ReactNode {
  const now = useNow(isLive ? undefined : 1_000)
  if (isLive) {
    return (
      <span className={styles['live']}>
        <span aria-hidden className={styles['pulse']} /> Live
      </span>
    )
  }
  const updated = `Updated ${formatRelative(new Date(at).toISOString(), Math.max(now, at))}`
  return (
    <span className={styles['live']}>
      {error ? `${updated}. Tidemark does not answer; trying again.` : `${updated}.`}
    </span>
  )
}
