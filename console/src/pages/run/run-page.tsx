import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { formatTime } from '../../format/dates'
import type { RunDetailFragment } from '../../gql/graphql'
import { ButtonLink } from '../../ui/button-link'
import { Failure } from '../../ui/failure'
import { Empty, Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { originOf } from '../runs/run-words'
import { type FollowedRun, nothingKnown, RunFollower } from './run-follower'
import { RunActions } from './run-actions'
import { RunAnnouncer } from './run-announcer'
import { RunEntities } from './run-entities'
import { RunFacts } from './run-facts'
import { RunState } from './run-state'

const route = getRouteApi('/runs/$runId')

export function RunPage(): ReactNode {
  const { runId } = route.useParams()
  // Another run begins with nothing known.
  return <FollowedRunPage key={runId} runId={runId} />
}

function FollowedRunPage({ runId }: { readonly runId: string }): ReactNode {
  const client = useClient()
  const [followed, setFollowed] = useState<FollowedRun>(nothingKnown)
  const follower = useRef<RunFollower>(undefined)
  useEffect(() => {
    const started = new RunFollower(client, runId, setFollowed)
    follower.current = started
    started.start()
    return () => started.stop()
  }, [client, runId])
  const { run, error } = followed
  const again = (): void => follower.current?.readNow()
  if (run) return <KnownRun run={run} followed={followed} onChange={again} />
  return (
    <Page title="Run">
      {run === null && <NoSuchRun />}
      {run === undefined && error && <Failure error={error} what="The run can't be shown" onRetry={again} />}
      {run === undefined && !error && <Loading what="Loading the run" />}
    </Page>
  )
}

function NoSuchRun(): ReactNode {
  return (
    <Empty title="There is no run with this id." actions={<ButtonLink to="/runs">All runs</ButtonLink>}>
      Perhaps the address is not complete, or the run belongs to another tenant.
    </Empty>
  )
}

interface KnownRunProps {
  readonly run: RunDetailFragment
  readonly followed: FollowedRun
  readonly onChange: () => void
}

function KnownRun({ run, followed, onChange }: KnownRunProps): ReactNode {
  return (
    <Page
      title={`Run of ${formatTime(run.queuedAt)}`}
      lead={`${originOf(run.trigger, run.requestedBy)}.`}
      actions={<RunActions run={run} onChange={onChange} />}
    >
      <RunAnnouncer run={run} />
      <Section>
        <RunState run={run} followed={followed} />
        <RunFacts run={run} />
      </Section>
      <Section title="Entities" lead="Each entity has its own file. Those that failed come first.">
        <RunEntities run={run} />
      </Section>
    </Page>
  )
}
