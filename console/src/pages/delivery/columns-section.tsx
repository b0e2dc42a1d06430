import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import type { ColumnsQuery, ColumnsQueryVariables } from '../../gql/graphql'
import { CopyButton } from '../../ui/copy'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { Loading } from '../../ui/notice'
import { Section } from '../../ui/page'
import { ColumnsDocument } from './delivery-query'
import { schemaChangeWords } from './schema-change-words'

type Change = ColumnsQuery['exportSchemaChanges'][number]

const columns: readonly TableColumn<Change>[] = [
  { id: 'version', title: 'Version', isNumber: true, cell: ({ schemaVersion }) => schemaVersion },
  { id: 'since', title: 'Since the file of', cell: ({ day }) => day },
  { id: 'change', title: 'Change', cell: schemaChangeWords },
]

/** How the columns of the entity have changed, and its contract, which a loader can read. */
export function ColumnsSection({ entity }: Pick<ColumnsQueryVariables, 'entity'>): ReactNode {
  const [{ data, error, fetching }, refresh] = useQuery({ query: ColumnsDocument, variables: { entity } })
  return (
    <Section
      title="Columns"
      lead="The contract describes the columns in the form of the Open Data Contract Standard."
      actions={data && <CopyButton text={data.exportContract} what="the contract" />}
    >
      {error && <Failure error={error} what="The columns can't be shown" onRetry={() => refresh()} />}
      {!data && fetching && <Loading what="Loading the columns" />}
      {data && (
        <DataTable
          label="Versions of the columns"
          columns={columns}
          rows={data.exportSchemaChanges}
          keyOf={({ schemaVersion }) => String(schemaVersion)}
        />
      )}
    </Section>
  )
}
