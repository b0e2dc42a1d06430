import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { DeliveryQuery } from '../../gql/graphql'
import { ButtonLink } from '../../ui/button-link'
import { Copy } from '../../ui/copy'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { Empty, Loading, Notice } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { windowWords } from '../deliveries/delivery-words'
import { RedeliverButton } from '../deliveries/redeliver'
import { ColumnsSection } from './columns-section'
import { checkCommand, fetchCommand } from './delivery-commands'
import { DeliveryFacts } from './delivery-facts'
import { FetchesSection } from './fetches-section'
import { DeliveryDocument } from './delivery-query'
import { periodOfFile } from './related'
import { useRelated } from './use-related'

const route = getRouteApi('/deliveries/$deliveryId')

type Delivery = NonNullable<DeliveryQuery['exportDelivery']>

/** One file: what it contains, how to fetch it, and how to check it. */
export function DeliveryPage(): ReactNode {
  const { deliveryId } = route.useParams()
  const [{ data, error, fetching }, refresh] = useQuery({ query: DeliveryDocument, variables: { id: deliveryId } })
  const delivery = data?.exportDelivery
  const related = useRelated(delivery)
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
      {delivery && related.replacement && <Replaced by={related.replacement} />}
      {delivery && (
        <DeliveryFacts delivery={delivery} before={related.before} isReplaced={related.replacement !== undefined} />
      )}
      {delivery && data && !related.replacement && <FetchSection delivery={delivery} access={data.sftpAccess} />}
      {delivery?.parts && <PartsSection parts={delivery.parts} />}
      {delivery?.fetches && data && (
        <FetchesSection fetches={delivery.fetches} keys={data.sftpAccess.keys} count={delivery.fetchCount ?? 0} />
      )}
      {delivery?.entity && <ColumnsSection entity={delivery.entity.name} />}
    </Page>
  )
}

function nameOf({ entity, internalName, sequence }: Delivery): string {
  return `${entity?.displayName ?? internalName}, number ${sequence}`
}

function RedeliverOne({ delivery: { internalName, entity, window } }: { readonly delivery: Delivery }): ReactNode {
  const entities = [{ internalName, displayName: entity?.displayName ?? internalName }]
  return (
    <RedeliverButton
      entities={entities}
      entity={internalName}
      file={{ words: windowWords(window), ...periodOfFile(window) }}
    />
  )
}

function Replaced({
  by: { id, revision },
}: {
  readonly by: { readonly id: string; readonly revision: number }
}): ReactNode {
  return (
    <Notice
      tone="info"
      title={`Revision ${revision} has replaced this file on the server.`}
      actions={
        <ButtonLink small to="/deliveries/$deliveryId" params={{ deliveryId: id }}>
          Show revision {revision}
        </ButtonLink>
      }
    >
      The facts below are of the earlier file.
    </Notice>
  )
}

interface FetchSectionProps {
  readonly delivery: Delivery
  readonly access: DeliveryQuery['sftpAccess']
}

function FetchSection({ delivery, access }: FetchSectionProps): ReactNode {
  const { parts, path, sha256, removedAt } = delivery
  return (
    <Section title="Fetch and check">
      <h3>Path</h3>
      <Copy text={path} what="the path" />
      {removedAt == null ? (
        <>
          <h3>Fetch it</h3>
          <Copy text={fetchCommand(delivery, access)} what="the sftp command" />
        </>
      ) : (
        <Notice tone="info" title="The file is no longer on the server.">
          Its retention time has passed. Redeliver it to get it again.
        </Notice>
      )}
      <h3>Check it</h3>
      {parts ? (
        <p>Each file part has its own SHA-256 below.</p>
      ) : (
        <>
          <p>The SHA-256 of the file, and the command that compares it:</p>
          <Copy text={sha256} what="the SHA-256" />
          <Copy text={checkCommand(delivery)} what="the command that checks the file" />
        </>
      )}
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
