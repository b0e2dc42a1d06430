import { type ReactNode, useRef, useState } from 'react'
import { CombinedError, useClient, useQuery } from 'urql'
import { counted } from '../../format/numbers'
import type { ExportErrorCode } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Dialog, DialogButtons } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Select } from '../../ui/fields'
import { Loading } from '../../ui/notice'
import { RetryResult } from './retry-result'
import { type RetryLine, retryCodes, retryPages, type RetryPeriod, retryPeriods, sinceOf } from './retry-pages'
import { RetryCountsDocument, RetryFailedDocument } from './retry-query'
import styles from './tenants.module.css'

interface RetryFailedProps {
  /** Only runs with this code. Without it, the operator may choose one. */
  readonly code?: string
}

/** Retries the last run of each tenant whose last run failed, after it has said how many tenants that concerns. */
export function RetryFailed({ code }: RetryFailedProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onPress={() => setOpen(true)}>
        {code === undefined ? 'Retry everything that failed' : 'Retry what failed with this code'}
      </Button>
      {isOpen && <RetryDialog {...(code !== undefined && { code })} onClose={() => setOpen(false)} />}
    </>
  )
}

type State = 'asking' | 'going' | 'ended'

function RetryDialog({ code, onClose }: RetryFailedProps & { readonly onClose: () => void }): ReactNode {
  const client = useClient()
  const [state, setState] = useState<State>('asking')
  const [lines, setLines] = useState<readonly RetryLine[]>([])
  const [error, setError] = useState<CombinedError>()
  const isStopped = useRef(false)
  const [hasStopped, setStopped] = useState(false)
  const call = (variables: { since: string | null; code: ExportErrorCode | null; after: string | null }) =>
    client
      .mutation(RetryFailedDocument, variables, { additionalTypenames: ['ExportTenant', 'ExportOverview'] })
      .toPromise()
  const start = async (choice: Choice): Promise<void> => {
    setState('going')
    const since = sinceOf(choice.period, Date.now())
    const page = async (after: string | null) => {
      const answer = await call({ since, code: choice.code as ExportErrorCode | null, after })
      if (answer.data) return answer.data.retryFailedExports
      throw answer.error ?? new CombinedError({})
    }
    try {
      for await (const found of retryPages(page, () => isStopped.current)) setLines((all) => [...all, ...found])
    } catch (failure) {
      setError(failure as CombinedError)
    }
    setState('ended')
  }
  const stop = (): void => {
    isStopped.current = true
    setStopped(true)
  }
  return (
    <Dialog title="Retry what failed" isOpen mustAnswer={state !== 'asking'} onClose={onClose}>
      {state === 'asking' && <RetryQuestion code={code} onClose={onClose} onStart={(choice) => void start(choice)} />}
      {state !== 'asking' && <RetryResult lines={lines} isGoing={state === 'going'} isStopped={hasStopped} />}
      {error && <Failure error={error} what="The retry ended early" />}
      {state === 'going' && (
        <DialogButtons>
          <Button isDisabled={hasStopped} onPress={stop}>
            {hasStopped ? 'Stops after this call' : 'Stop'}
          </Button>
        </DialogButtons>
      )}
      {state === 'ended' && (
        <DialogButtons>
          <Button look="primary" onPress={onClose}>
            Close
          </Button>
        </DialogButtons>
      )}
    </Dialog>
  )
}

interface Choice {
  readonly period: RetryPeriod
  readonly code: string | null
}

interface RetryQuestionProps {
  readonly code: string | undefined
  readonly onClose: () => void
  readonly onStart: (choice: Choice) => void
}

const periods = (Object.keys(retryPeriods) as RetryPeriod[]).map((value) => ({
  value,
  label: retryPeriods[value].label,
}))

function RetryQuestion({ code: given, onClose, onStart }: RetryQuestionProps): ReactNode {
  const [{ data, error, fetching }, refresh] = useQuery({ query: RetryCountsDocument, requestPolicy: 'network-only' })
  const [period, setPeriod] = useState<RetryPeriod>('any')
  const [chosen, setChosen] = useState(given ?? 'all')
  if (error) return <Failure error={error} what="The failed runs can't be counted" onRetry={() => refresh()} />
  if (!data || fetching) return <Loading what="Counting the tenants" />
  const codes = retryCodes(data.exportIncidents.edges.map(({ node }) => node))
  const ofCode = codes.find(({ code }) => code === chosen)?.tenants
  const failing = data.exportOverview.failingTenants
  const tenants = chosen === 'all' ? failing : Math.min(ofCode ?? failing, failing)
  return (
    <div className={styles['form']}>
      <Select label="Runs that ended" choices={periods} value={period} onChange={setPeriod} />
      {given === undefined ? (
        <Select
          label="Code"
          choices={[
            { value: 'all', label: 'All codes' },
            ...codes.map(({ code, tenants: each }) => ({ value: code, label: `${code} (${counted(each, 'tenant')})` })),
          ]}
          value={chosen}
          onChange={setChosen}
        />
      ) : (
        <p>
          Only runs that failed with <code>{given}</code>.
        </p>
      )}
      <p>
        This concerns {tenants === 0 ? 'no tenant now' : `at most ${counted(tenants, 'tenant')}`}. For each, a run
        starts of only what its last run did not publish. Published files stay as they are.
      </p>
      <p>Fix the cause first: runs fail again while it lasts. You can stop between two calls of 100 tenants.</p>
      <DialogButtons>
        <Button onPress={onClose}>Cancel</Button>
        <Button
          look="primary"
          isDisabled={tenants === 0}
          onPress={() => onStart({ period, code: chosen === 'all' ? null : chosen })}
        >
          {tenants === 0 ? 'Nothing to retry' : 'Start the runs'}
        </Button>
      </DialogButtons>
    </div>
  )
}
