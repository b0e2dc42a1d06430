import type { ReactNode } from 'react'
import { counted, formatBytes } from '../../format/numbers'
import type { DeliveryQuery, FetchLineFragment } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Empty } from '../../ui/notice'
import { Section } from '../../ui/page'
import { Time } from '../../ui/time'

type Keys = DeliveryQuery['sftpAccess']['keys']

interface FetchesSectionProps {
  readonly fetches: NonNullable<NonNullable<DeliveryQuery['exportDelivery']>['fetches']>
  readonly keys: Keys
  readonly count: number
}

/** Who fetched the file, when, and how much of it. */
export function FetchesSection({ fetches, keys, count }: FetchesSectionProps): ReactNode {
  const rows = fetches.edges.map(({ node }) => node)
  return (
    <Section title="Fetches" lead="Each time a client opened the file over SFTP, read some of it, and closed it.">
      {rows.length === 0 ? (
        <Empty title="The file is not fetched yet.">A fetch is listed here a few seconds after it has ended.</Empty>
      ) : (
        <DataTable label="Fetches, newest first" columns={columnsWith(keys)} rows={rows} keyOf={({ id }) => id} />
      )}
      {fetches.pageInfo.hasNextPage && (
        <p>
          The last {rows.length} of {counted(count, 'fetch', 'fetches')} are listed.
        </p>
      )}
    </Section>
  )
}

function columnsWith(keys: Keys): readonly TableColumn<FetchLineFragment>[] {
  return [
    { id: 'ended', title: 'Ended', cell: ({ endedAt }) => <Time value={endedAt} /> },
    { id: 'read', title: 'Read', isNumber: true, cell: ({ bytesRead }) => formatBytes(bytesRead) },
    {
      id: 'whole',
      title: 'Whole',
      cell: ({ isWhole }) => <Badge tone={isWhole ? 'good' : 'neutral'}>{isWhole ? 'Whole' : 'In part'}</Badge>,
    },
    { id: 'file', title: 'File', cell: ({ path }) => <code>{path.slice(path.lastIndexOf('/') + 1)}</code> },
    { id: 'key', title: 'Key', cell: ({ keyFingerprint }) => <KeyName fingerprint={keyFingerprint} keys={keys} /> },
    {
      id: 'address',
      title: 'Address',
      cell: ({ address }) => (address == null ? 'not known' : <code>{address}</code>),
    },
  ]
}

/** The label of the key. A key that was removed has only its fingerprint. */
function KeyName({
  fingerprint,
  keys,
}: {
  readonly fingerprint: string | null | undefined
  readonly keys: Keys
}): ReactNode {
  if (fingerprint == null) return 'a password'
  const key = keys.find((each) => each.fingerprint === fingerprint)
  return key ? <bdi>{key.label}</bdi> : <code>{fingerprint}</code>
}
