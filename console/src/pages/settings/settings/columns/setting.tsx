import { type ReactNode, useState } from 'react'
import { counted } from '../../../../format/numbers'
import { Checkbox, Choices, Select } from '../../../../ui/fields'
import { Notice } from '../../../../ui/notice'
import type { CatalogEntity } from '../../catalog'
import type { FormProps, Setting } from '../setting'
import {
  allColumns,
  choiceChanges,
  choiceInCatalog,
  choiceSummary,
  type ColumnChoice,
  fixedBy,
  isDelivered,
  laterColumns,
  mergeChoices,
  tagsOf,
  withColumn,
  withLaterColumns,
  withTag,
} from './column-choice'
import styles from './columns.module.css'

const later = [
  {
    value: 'DELIVERED',
    label: 'Deliver them',
    help: 'All columns are delivered, except those that you leave out here.',
  },
  { value: 'LEFT_OUT', label: 'Leave them out', help: 'Only the columns that you select here are delivered.' },
] as const

const reasons = { required: ' (always delivered)', tag: ' (left out by its tag)' } as const

function ColumnsForm({ value, onChange, errors, catalog }: FormProps<ColumnChoice>): ReactNode {
  const [shown, setShown] = useState(value.columns[0]?.entity ?? catalog[0]?.displayName)
  const entity = catalog.find(({ displayName }) => displayName === shown)
  const names = catalog.map(({ displayName }) => ({ value: displayName, label: displayName }))
  return (
    <div className={styles['fields']}>
      {errors.length > 0 && (
        <Notice tone="bad" title="This choice of columns is not accepted.">
          {errors.map((error) => (
            <p key={error}>{error}</p>
          ))}
        </Notice>
      )}
      <div className={styles['tags']} role="group" aria-label="Columns of all entities">
        {tagsOf(catalog).map(({ tag, count }) => (
          <Checkbox
            key={tag}
            isSelected={value.excludeTags.includes(tag)}
            onChange={(isSelected) => onChange(withTag(value, tag, isSelected))}
          >
            Leave out columns with the tag {tag} ({counted(count, 'column', 'columns')})
          </Checkbox>
        ))}
      </div>
      {entity && (
        <>
          <Select label="Columns of one entity" choices={names} value={entity.displayName} onChange={setShown} />
          <EntityColumnsForm entity={entity} value={value} onChange={onChange} />
        </>
      )}
    </div>
  )
}

interface EntityColumnsFormProps extends Pick<FormProps<ColumnChoice>, 'value' | 'onChange'> {
  readonly entity: CatalogEntity
}

function EntityColumnsForm({ entity, value, onChange }: EntityColumnsFormProps): ReactNode {
  return (
    <>
      <div className={styles['columns']} role="group" aria-label={`Delivered columns of ${entity.displayName}`}>
        {entity.columns.map((column) => {
          const fixed = fixedBy(value, column)
          return (
            <Checkbox
              key={column.name}
              isSelected={isDelivered(value, entity, column)}
              isDisabled={fixed !== undefined}
              onChange={(isSelected) => onChange(withColumn(value, entity, column.name, isSelected))}
            >
              {column.name}
              {fixed && reasons[fixed]}
            </Checkbox>
          )
        })}
      </div>
      <Choices
        label={`Columns that ${entity.displayName} gets later`}
        choices={later}
        value={laterColumns(value, entity)}
        onChange={(choice) => onChange(withLaterColumns(value, entity, choice))}
      />
    </>
  )
}

export const setting: Setting<ColumnChoice> = {
  id: 'columns',
  order: 15,
  title: 'Columns',
  lead: 'Leave out personal data, or what you do not need. The next files have the new columns, without a full load.',
  initial: allColumns,
  read: ({ columns, excludeTags }) => ({
    columns: columns.map(({ entity, include, exclude }) => ({ entity, include, exclude })),
    excludeTags,
  }),
  toInput: ({ columns, excludeTags }) => ({
    columns: columns.map(({ entity, include, exclude }) => ({
      entity,
      ...(include && { include: [...include] }),
      ...(exclude && { exclude: [...exclude] }),
    })),
    excludeTags: [...excludeTags],
  }),
  inputFields: ['columns', 'excludeTags'],
  summary: choiceSummary,
  changes: choiceChanges,
  merge: mergeChoices,
  inCatalog: choiceInCatalog,
  Form: ColumnsForm,
}
