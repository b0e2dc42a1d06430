import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import { counted } from '../../format/numbers'
import type { RunDetailFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { UserErrors } from '../../ui/user-errors'
import { isUnfinished, nameOf } from '../runs/run-words'
import { CancelRunDocument, RetryRunDocument } from './run-query'

interface RunActionsProps {
  readonly run: RunDetailFragment
  /** Called after the run was changed. */
  readonly onChange: () => void
}

/** What can be done with a run: cancel it while it goes on, or retry what it did not publish. */
export function RunActions({ run, onChange }: RunActionsProps): ReactNode {
  if (isUnfinished(run.status)) return <CancelRun run={run} onChange={onChange} />
  return run.status === 'SUCCEEDED' ? null : <RetryRun run={run} />
}

function RetryRun({ run }: { readonly run: RunDetailFragment }): ReactNode {
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const [{ data, error, fetching }, retry] = useMutation(RetryRunDocument)
  const missing = run.entities.filter(({ status }) => status === 'FAILED' || status === 'CANCELLED')
  const confirm = async (): Promise<void> => {
    const { data: answer } = await retry({ id: run.id })
    const started = answer?.retryExportRun.run
    if (!started) return
    setOpen(false)
    await navigate({ to: '/runs/$runId', params: { runId: started.id } })
  }
  return (
    <>
      <Button look="primary" onPress={() => setOpen(true)}>
        Retry what is missing
      </Button>
      <Confirm
        title="Start a run of what is missing?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Start the run"
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <p>
          {missing.length === 0 ? 'The run exports all active entities.' : `The run exports ${missingWords(missing)}.`}
        </p>
        <p>
          Its files cover the time since each entity’s last file, up to now. Files that are published stay as they are.
        </p>
        {error && <Failure error={error} what="The run was not started" />}
        <UserErrors errors={data?.retryExportRun.userErrors ?? []} what="The run was not started" />
      </Confirm>
    </>
  )
}

function missingWords(missing: RunDetailFragment['entities']): string {
  const names = missing.slice(0, 3).map(nameOf).join(', ')
  return missing.length > 3 ? `${names} and ${counted(missing.length - 3, 'more entity', 'more entities')}` : names
}

function CancelRun({ run, onChange }: RunActionsProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [{ data, error, fetching }, cancel] = useMutation(CancelRunDocument)
  const confirm = async (): Promise<void> => {
    const { data: answer } = await cancel({ id: run.id })
    if (!answer?.cancelExportRun.run) return
    setOpen(false)
    onChange()
  }
  const { entitiesDone, entitiesTotal } = run.progress
  return (
    <>
      <Button onPress={() => setOpen(true)}>Cancel the run</Button>
      <Confirm
        title="Cancel this run?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Cancel the run"
        dismissal="Let it run"
        isDangerous
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        {entitiesTotal > 0 && (
          <p>
            {entitiesDone} of {counted(entitiesTotal, 'entity', 'entities')} are done. Their files stay on the server.
          </p>
        )}
        <p>Files that are being written are removed. The next run covers what is not published, so nothing is lost.</p>
        {error && <Failure error={error} what="The run was not cancelled" />}
        <UserErrors errors={data?.cancelExportRun.userErrors ?? []} what="The run was not cancelled" />
      </Confirm>
    </>
  )
}
