import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { dayOf } from '../../format/days'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { DeliveryQuery } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { ButtonLink } from '../../ui/button-link'
import { Copy } from '../../ui/copy'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Facts } from '../../ui/facts'
import { Failure } from '../../ui/failure'
import { Empty, Loading } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { loadWords, windowWords } from '../deliveries/delivery-words'
import { RedeliverButton } from '../deliveries/redeliver'
import { checkCommand, fetchCommand } from './delivery-commands'
import { DeliveryDocument } from './delivery-query'

const route = getRouteApi('/deliveries/$deliveryId')

type Delivery = NonNullable<DeliveryQuery['exportDelivery']>

/** One file: what it contains, how to fetch it, and how to check it. */
export function DeliveryPage(): ReactNode {
  const { deliveryId } = route.useParams()
  const [{ data, error, fetching }, refresh] = useQuery({ query: DeliveryDocument, variables: { id: deliveryId } })
  const delivery = data?.exportDelivery
  return (
    <Page
      title={delivery ? nameOf(delivery) : 'Delivery'}
      lead={delivery && windowWords(delivery.window)}
      actions={delivery && <RedeliverOne delivery={delivery} />}
    >
      {error && <Failure error={error} what="The delivery can't be shown" onRetry={() => refresh()} />}
      {!data && fetching && <Loading what="Loading the delivery" />}
      {data && !delivery && (
        <Empty
          title="There is no delivery with this id."
          actions={<ButtonLink to="/deliveries">See all deliveries</ButtonLink>}
        >
          It may be one of another tenant.
        </Empty>
      )}
      {delivery && <DeliveryFacts delivery={delivery} />}
      {delivery && data && <FetchSection delivery={delivery} access={data.sftpAccess} />}
      {delivery?.parts && <PartsSection parts={delivery.parts} />}
    </Page>
  )
}

function nameOf({ entity, internalName, sequence }: Delivery): string {
  return `${entity?.displayName ?? internalName}, number ${sequence}`
}

/** The end of the window lies within the period that is redelivered. */
function RedeliverOne({ delivery: { internalName, entity, window } }: { readonly delivery: Delivery }): ReactNode {
  const last = dayOf(new Date(window.to).getTime() - 1)
  const entities = [{ internalName, displayName: entity?.displayName ?? internalName }]
  return <RedeliverButton entities={entities} entity={internalName} period={{ from: last, to: last }} />
}

function DeliveryFacts({ delivery }: { readonly delivery: Delivery }): ReactNode {
  const { reconciliation, previousSequence, schemaVersion, attempts, revision, publishedAt, removedAt } = delivery
  return (
    <Section title="File">
      <Facts
        facts={[
          { name: 'Content', value: loadWords(delivery) },
          { name: 'Rows', value: formatNumber(delivery.rows) },
          { name: 'Size', value: formatBytes(delivery.bytes) },
          { name: 'Published', value: <Time value={publishedAt} /> },
          {
            name: 'On the server',
            value:
              removedAt == null ? (
                <Badge tone="good">Stored</Badge>
              ) : (
                <>
                  Removed <Time value={removedAt} />
                </>
              ),
          },
          { name: 'Revision', value: `${revision}${delivery.redelivered ? ', redelivered' : ''}` },
          {
            name: 'Load it after',
            value: previousSequence == null ? 'nothing: it is a full load' : `number ${previousSequence}`,
          },
          { name: 'Version of the columns', value: schemaVersion },
          {
            name: 'Rows in the source',
            value: (
              <Badge tone={reconciliation.matches ? 'good' : 'bad'}>
                {formatNumber(reconciliation.sourceRows)}, {reconciliation.matches ? 'all in the file' : 'not the same'}
              </Badge>
            ),
          },
          { name: 'Attempts', value: attempts },
          {
            name: 'Run',
            value: (
              <Link to="/runs/$runId" params={{ runId: delivery.runId }}>
                Show the run
              </Link>
            ),
          },
        ]}
      />
    </Section>
  )
}

interface FetchSectionProps {
  readonly delivery: Delivery
  readonly access: DeliveryQuery['sftpAccess']
}

function FetchSection({ delivery, access }: FetchSectionProps): ReactNode {
  return (
    <Section title="Fetch and check">
      <h3>Path</h3>
      <Copy text={delivery.path} what="the path" />
      <h3>Fetch it</h3>
      <Copy text={fetchCommand(delivery, access)} what="the sftp command" />
      <h3>Check it</h3>
      {delivery.parts === null && (
        <>
          <p>The SHA-256 of the file, and the command that compares it:</p>
          <Copy text={delivery.sha256} what="the SHA-256" />
          <Copy text={checkCommand(delivery)} what="the command that checks the file" />
        </>
      )}
      {delivery.parts && <p>Each file part has its own SHA-256 below.</p>}
    </Section>
  )
}

type Part = NonNullable<Delivery['parts']>[number]

const partColumns: readonly TableColumn<Part>[] = [
  { id: 'name', title: 'File part', cell: ({ path }) => <code>{path.slice(path.lastIndexOf('/') + 1)}</code> },
  { id: 'rows', title: 'Rows', isNumber: true, cell: ({ rows }) => formatNumber(rows) },
  { id: 'bytes', title: 'Size', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
  { id: 'sha256', title: 'SHA-256', cell: ({ sha256 }) => <code>{sha256}</code> },
]

function PartsSection({ parts }: { readonly parts: readonly Part[] }): ReactNode {
  return (
    <Section title="File parts" lead="Each file part is a complete CSV file with a header row.">
      <DataTable label="File parts" columns={partColumns} rows={parts} keyOf={({ path }) => path} />
    </Section>
  )
}
