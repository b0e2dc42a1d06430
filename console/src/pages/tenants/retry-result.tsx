import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { counted } from '../../format/numbers'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Notice } from '../../ui/notice'
import { ProgressBar } from '../../ui/progress-bar'
import { type RetryLine, retrySummary } from './retry-pages'
import styles from './tenants.module.css'

interface RetryResultProps {
  readonly lines: readonly RetryLine[]
  readonly isGoing: boolean
  readonly isStopped: boolean
}

/** How far a retry of all tenants is, and what became of each tenant. */
export function RetryResult({ lines, isGoing, isStopped }: RetryResultProps): ReactNode {
  return (
    <>
      {isGoing && (
        <ProgressBar
          label="Starting the runs"
          value={lines.length}
          total={0}
          words={`${counted(lines.length, 'tenant')} done`}
        />
      )}
      {isGoing && <p>A call retries up to 100 tenants, and takes up to a minute. The table grows after each call.</p>}
      {!isGoing && (
        <Notice tone={lines.every(({ runId }) => runId != null) ? 'good' : 'warn'} title={retrySummary(lines)}>
          {isStopped && <p>You stopped it. Tenants after the last one of the table are not retried.</p>}
        </Notice>
      )}
      {lines.length > 0 && (
        <div className={styles['result']}>
          <DataTable
            label="What became of each tenant"
            columns={columns}
            rows={lines}
            keyOf={({ tenantId }) => tenantId}
          />
        </div>
      )}
    </>
  )
}

const columns: readonly TableColumn<RetryLine>[] = [
  { id: 'tenant', title: 'Tenant', cell: ({ tenantId }) => <bdi>{tenantId}</bdi> },
  {
    id: 'failed',
    title: 'Failed run',
    cell: ({ tenantId, failedRunId }) => <RunLink tenant={tenantId} run={failedRunId} />,
  },
  { id: 'new', title: 'New run', cell: (line) => <NewRun line={line} /> },
]

function NewRun({ line: { tenantId, runId, userErrors } }: { readonly line: RetryLine }): ReactNode {
  if (runId != null) return <RunLink tenant={tenantId} run={runId} />
  return `None. ${userErrors.map(({ message }) => message).join(' ')}`
}

interface RunLinkProps {
  readonly tenant: string
  readonly run: string | null | undefined
}

function RunLink({ tenant, run }: RunLinkProps): ReactNode {
  if (run == null) return '–'
  return (
    <Link to="/runs/$runId" params={{ runId: run }} search={{ tenant }}>
      <code>{run.slice(0, 8)}</code>
    </Link>
  )
}
