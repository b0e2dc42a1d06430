import { type ReactNode, useState } from 'react'
import { type AnyVariables, type DocumentInput, useMutation } from 'urql'
import type { CatchUp, TenantLineFragment } from '../../gql/graphql'
import { counted } from '../../format/numbers'
import { ButtonLink } from '../../ui/button-link'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Choices } from '../../ui/fields'
import { Notice } from '../../ui/notice'
import { UserErrors } from '../../ui/user-errors'
import { RetryRunDocument } from '../run/run-query'
import { StartRunDocument } from '../runs/runs-query'
import { catchUps } from '../settings/catch-ups'
import { PauseExportDocument, ResumeExportDocument } from '../settings/settings-query'
import { forTenant } from './for-tenant'
import { actWords, type TenantAct } from './tenant-words'

/** What became of an act. */
export interface ActDone {
  readonly tenantId: string
  readonly text: string
  /** The run that was started. */
  readonly runId?: string
}

interface ActProps {
  readonly tenant: TenantLineFragment
  readonly onClose: () => void
  readonly onDone: (done: ActDone) => void
}

/** Asks before an act for one tenant, and says what will happen. */
export function TenantActDialog({ act, ...props }: ActProps & { readonly act: TenantAct }): ReactNode {
  switch (act) {
    case 'pause':
      return <Pause {...props} />
    case 'resume':
      return <Resume {...props} />
    case 'run':
      return <Run {...props} />
    case 'retry':
      return <Retry {...props} />
  }
}

function Pause({ tenant, onClose, onDone }: ActProps): ReactNode {
  const act = useAct(PauseExportDocument, tenant.id, ({ pauseDataExport }) => pauseDataExport)
  const confirm = async (): Promise<void> => {
    const result = await act.send({})
    if (result?.dataExport) onDone({ tenantId: tenant.id, text: `The export of ${tenant.id} is paused.` })
  }
  return (
    <ActConfirm act="pause" tenant={tenant} state={act} onClose={onClose} onConfirm={confirm}>
      <p>No scheduled run starts until the export is resumed. A run that is in progress continues.</p>
    </ActConfirm>
  )
}

function Resume({ tenant, onClose, onDone }: ActProps): ReactNode {
  const [catchUp, setCatchUp] = useState<CatchUp>('ONE_FILE')
  const act = useAct(ResumeExportDocument, tenant.id, ({ resumeDataExport }) => resumeDataExport)
  const confirm = async (): Promise<void> => {
    const result = await act.send({ catchUp })
    if (result?.dataExport) onDone({ tenantId: tenant.id, text: `The export of ${tenant.id} is resumed.` })
  }
  return (
    <ActConfirm act="resume" tenant={tenant} state={act} onClose={onClose} onConfirm={confirm}>
      <Choices label="How the pause is made up for" choices={catchUps} value={catchUp} onChange={setCatchUp} />
    </ActConfirm>
  )
}

function Run({ tenant, onClose, onDone }: ActProps): ReactNode {
  const act = useAct(StartRunDocument, tenant.id, ({ runDataExport }) => runDataExport)
  const confirm = async (): Promise<void> => {
    const run = (await act.send({}))?.run
    if (run) onDone({ tenantId: tenant.id, text: `A run of ${tenant.id} is started.`, runId: run.id })
  }
  return (
    <ActConfirm act="run" tenant={tenant} state={act} onClose={onClose} onConfirm={confirm}>
      <p>
        A run exports {counted(tenant.activeEntities, 'active entity', 'active entities')} of the tenant. Files of today
        that exist already are replaced by files that contain them too.
      </p>
    </ActConfirm>
  )
}

function Retry({ tenant, onClose, onDone }: ActProps): ReactNode {
  const act = useAct(RetryRunDocument, tenant.id, ({ retryExportRun }) => retryExportRun)
  const confirm = async (): Promise<void> => {
    const run = (await act.send({ id: tenant.lastRunId ?? '' }))?.run
    if (run) onDone({ tenantId: tenant.id, text: `A retry of ${tenant.id} is started.`, runId: run.id })
  }
  return (
    <ActConfirm act="retry" tenant={tenant} state={act} onClose={onClose} onConfirm={confirm}>
      <p>
        A run exports only the entities that the last run did not publish. Files that are published stay as they are.
      </p>
    </ActConfirm>
  )
}

interface Payload {
  readonly userErrors: readonly { readonly message: string }[]
}

interface ActState {
  readonly failure: ReactNode
  readonly isPending: boolean
}

/** A mutation for one tenant. */
function useAct<Data, Variables extends AnyVariables, Result extends Payload>(
  document: DocumentInput<Data, Variables>,
  tenantId: string,
  read: (data: Data) => Result,
): ActState & { readonly send: (variables: Variables) => Promise<Result | undefined> } {
  const [{ data, error, fetching }, execute] = useMutation<Data, Variables>(document)
  return {
    isPending: fetching,
    failure: (
      <>
        {error && <Failure error={error} what="Nothing is changed" />}
        <UserErrors errors={data === undefined ? [] : read(data).userErrors} what="Nothing is changed" />
      </>
    ),
    send: async (variables) => {
      const answer = await execute(variables, forTenant(tenantId))
      return answer.data === undefined ? undefined : read(answer.data)
    },
  }
}

interface ActConfirmProps {
  readonly act: TenantAct
  readonly tenant: TenantLineFragment
  readonly state: ActState
  readonly onClose: () => void
  readonly onConfirm: () => Promise<void>
  readonly children: ReactNode
}

function ActConfirm({ act, tenant, state, onClose, onConfirm, children }: ActConfirmProps): ReactNode {
  return (
    <Confirm
      title={`${actWords[act]}: ${tenant.id}`}
      isOpen
      onClose={onClose}
      action={actWords[act]}
      isPending={state.isPending}
      onConfirm={() => void onConfirm()}
    >
      {children}
      <p>The audit log of the tenant records this with your name.</p>
      {state.failure}
    </Confirm>
  )
}

/** Says that an act is done. */
export function DoneNotice({ done: { tenantId, text, runId } }: { readonly done: ActDone }): ReactNode {
  return (
    <Notice
      tone="good"
      title={text}
      {...(runId !== undefined && {
        actions: (
          <ButtonLink small to="/runs/$runId" params={{ runId }} search={{ tenant: tenantId }}>
            See the run
          </ButtonLink>
        ),
      })}
    />
  )
}
