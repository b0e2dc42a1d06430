import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { counted, formatNumber } from '../../format/numbers'
import type { IncidentAffectedFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Empty } from '../../ui/notice'
import { Section } from '../../ui/page'
import { Ago, Time } from '../../ui/time'
import { affectedState, emptyColumns } from './affected-words'
import styles from './incident.module.css'

const shownAtFirst = 50
const most = 1000

/** The tenants and entities that an incident affects. */
export function Affected({ affected }: { readonly affected: readonly IncidentAffectedFragment[] }): ReactNode {
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? affected : affected.slice(0, shownAtFirst)
  return (
    <Section title="Affected">
      {affected.length === 0 && (
        <Empty title="No tenant is affected.">The incident concerns Tidemark itself, or nothing has failed yet.</Empty>
      )}
      {affected.length > 0 && (
        <DataTable
          label="What the incident affects"
          columns={columnsOf(affected)}
          rows={shown}
          keyOf={({ tenantId, entity, firstSeenAt }) => [tenantId, entity, firstSeenAt].join(' ')}
        />
      )}
      {shown.length < affected.length && (
        <p>
          <Button onPress={() => setWhole(true)}>
            Show all {affected.length === most ? `first ${formatNumber(most)}` : counted(affected.length, 'line')}
          </Button>
        </p>
      )}
    </Section>
  )
}

const columns: readonly TableColumn<IncidentAffectedFragment>[] = [
  { id: 'tenant', title: 'Tenant', cell: ({ tenantId }) => <TenantLink tenant={tenantId} /> },
  {
    id: 'entity',
    title: 'Entity',
    cell: ({ entity }) => (entity == null ? 'the whole tenant' : <code>{entity}</code>),
  },
  { id: 'state', title: 'State', cell: (line) => <AffectedState line={line} /> },
  { id: 'run', title: 'Failed run', cell: (line) => <RunLink line={line} /> },
  { id: 'since', title: 'Missing since', cell: ({ since }) => <Time value={since} none="–" /> },
  { id: 'attempts', title: 'Attempts', isNumber: true, cell: ({ attempts }) => formatNumber(attempts) },
  {
    id: 'message',
    title: 'Message',
    cell: ({ message }) => (
      <span className={styles['clamped']} title={message}>
        {message}
      </span>
    ),
  },
]

/** Columns that would be empty for this incident are left out. */
function columnsOf(affected: readonly IncidentAffectedFragment[]): readonly TableColumn<IncidentAffectedFragment>[] {
  const hidden = emptyColumns(affected)
  return columns.filter(({ id }) => !hidden.has(id))
}

function TenantLink({ tenant }: { readonly tenant: string | null | undefined }): ReactNode {
  if (tenant == null) return 'Tidemark'
  return (
    <Link to="/" search={{ tenant }}>
      <bdi>{tenant}</bdi>
    </Link>
  )
}

function AffectedState({ line }: { readonly line: IncidentAffectedFragment }): ReactNode {
  const { word, tone } = affectedState(line)
  return (
    <span className={styles['stack']}>
      <Badge tone={tone}>{word}</Badge>
      <span className={styles['muted']}>
        <Ago value={line.endedAt ?? line.lastSeenAt} />
      </span>
    </span>
  )
}

function RunLink({ line: { tenantId, runId } }: { readonly line: IncidentAffectedFragment }): ReactNode {
  if (runId == null || tenantId == null) return '–'
  return (
    <Link to="/runs/$runId" params={{ runId }} search={{ tenant: tenantId }}>
      <code>{runId.slice(0, 8)}</code>
    </Link>
  )
}
