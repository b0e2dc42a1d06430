import type { ReactNode } from 'react'
import { DataTable, type TableColumn } from '../../../../ui/data-table'
import { Facts } from '../../../../ui/facts'
import { Prose } from '../../../../ui/prose'
import { Tags } from '../../../../ui/tags'
import { FullLoad } from '../../full-load'
import type { CatalogEntity } from '../../catalog'
import styles from './entities.module.css'

type Column = CatalogEntity['columns'][number]

const columns: readonly TableColumn<Column>[] = [
  { id: 'name', title: 'Column', cell: ({ name }) => <code>{name}</code> },
  {
    id: 'type',
    title: 'Type',
    cell: ({ type, nullable }) => `${type.toLowerCase()}${nullable ? ', may be empty' : ''}`,
  },
  {
    id: 'description',
    title: 'Meaning',
    cell: ({ description, tags }) => (
      <>
        <Prose text={description} /> <Tags tags={tags} />
      </>
    ),
  },
]

const kinds: Readonly<Record<CatalogEntity['kind'], string>> = {
  SNAPSHOT: 'Each row is the present state of a record. A delta has the rows that changed.',
  EVENT: 'Each row is something that happened. A delta has what happened since, and late changes.',
}

const removals = {
  reported: 'A delta also has a row for each record that was removed: its key, and true as is_deleted.',
  marked: 'A delta has the records that are marked as deleted.',
} as const

interface EntityDictionaryProps {
  readonly entity: CatalogEntity
  /** Whether the draft exports it. */
  readonly isActive: boolean
  /** Whether it is exported now. */
  readonly isExported: boolean
}

/** The data dictionary of one entity. It has names, types and meanings, and no values. */
export function EntityDictionary({ entity, isActive, isExported }: EntityDictionaryProps): ReactNode {
  return (
    <section className={styles['dictionary']} aria-label={`Data dictionary of ${entity.displayName}`}>
      <h3>
        {entity.displayName} <Tags tags={entity.tags} />
      </h3>
      <p>
        <Prose text={entity.description} />
      </p>
      <Facts
        facts={[
          { name: 'File', value: <code>{entity.internalName}.csv</code> },
          { name: 'Key', value: <code>{entity.key.join(', ')}</code> },
          { name: 'Rows', value: kinds[entity.kind] },
          { name: 'Deletions', value: entity.reportsRemovals ? removals.reported : removals.marked },
          { name: 'In this configuration', value: isActive ? 'Exported' : 'Not exported' },
        ]}
      />
      {isExported && <FullLoad entity={entity} />}
      <DataTable
        label={`Columns of ${entity.displayName}`}
        columns={columns}
        rows={entity.columns}
        keyOf={({ name }) => name}
      />
    </section>
  )
}
