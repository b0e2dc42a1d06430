import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatBytes, formatNumber } from '../../format/numbers'
import type { Compression, DeliveryQuery } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Facts } from '../../ui/facts'
import { Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { loadWords } from '../deliveries/delivery-words'
import { FetchBadge } from '../deliveries/fetch-badge'
import type { RelatedFile } from './use-related'

const formats: Readonly<Record<Compression, string>> = {
  NONE: 'CSV',
  GZIP: 'CSV, compressed with gzip',
  ZSTD: 'CSV, compressed with Zstandard',
}

type Delivery = NonNullable<DeliveryQuery['exportDelivery']>

interface DeliveryFactsProps {
  readonly delivery: Delivery
  /** The file that must be loaded before, if it is known. */
  readonly before: RelatedFile | undefined
  readonly isReplaced: boolean
}

export function DeliveryFacts({ delivery, before, isReplaced }: DeliveryFactsProps): ReactNode {
  return (
    <Section title="File">
      <Facts
        facts={[
          { name: 'Content', value: loadWords(delivery) },
          { name: 'Rows', value: formatNumber(delivery.rows) },
          { name: 'Size', value: formatBytes(delivery.bytes) },
          { name: 'Rows in the source', value: <Reconciliation delivery={delivery} /> },
          { name: 'Published', value: <Time value={delivery.publishedAt} /> },
          { name: 'On the server', value: <Presence removedAt={delivery.removedAt} isReplaced={isReplaced} /> },
          { name: 'Fetched', value: <FetchBadge delivery={delivery} /> },
          { name: 'Revision', value: `${delivery.revision}${delivery.redelivered ? ', redelivered' : ''}` },
          { name: 'Load it after', value: <Before previousSequence={delivery.previousSequence} before={before} /> },
          { name: 'Version of the columns', value: delivery.schemaVersion },
          { name: 'Format', value: formats[delivery.format.compression] },
          { name: 'Encryption', value: encryptionWords(delivery.encryption) },
          { name: 'Attempts', value: delivery.attempts },
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

function encryptionWords(encryption: Delivery['encryption']): ReactNode {
  if (!encryption) return 'none'
  return (
    <>
      PGP, to{' '}
      {encryption.recipients.map((fingerprint) => (
        <code key={fingerprint}>{fingerprint} </code>
      ))}
      {encryption.signedBy != null && '(signed)'}
    </>
  )
}

function Reconciliation({ delivery: { reconciliation } }: Pick<DeliveryFactsProps, 'delivery'>): ReactNode {
  const { sourceRows, matches } = reconciliation
  return (
    <Badge tone={matches ? 'good' : 'bad'}>
      {formatNumber(sourceRows)}, {matches ? 'all in the file' : 'not the same'}
    </Badge>
  )
}

interface PresenceProps {
  readonly removedAt: string | null | undefined
  readonly isReplaced: boolean
}

function Presence({ removedAt, isReplaced }: PresenceProps): ReactNode {
  if (isReplaced) return 'Replaced by a later revision'
  if (removedAt == null) return <Badge tone="good">Stored</Badge>
  return (
    <>
      Removed <Time value={removedAt} />
    </>
  )
}

interface BeforeProps {
  readonly previousSequence: number | null | undefined
  readonly before: RelatedFile | undefined
}

function Before({ previousSequence, before }: BeforeProps): ReactNode {
  if (previousSequence == null) return 'nothing: it is a full load'
  if (!before) return `number ${previousSequence}`
  return (
    <Link to="/deliveries/$deliveryId" params={{ deliveryId: before.id }}>
      number {previousSequence}
    </Link>
  )
}
