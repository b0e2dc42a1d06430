import type { ReactNode } from 'react'
import { Choices } from '../../../../ui/fields'
import { Notice } from '../../../../ui/notice'
import type { FormProps, Setting } from '../setting'
import { choiceChanges, choiceInCatalog, choiceSummary, type EntityChoice, mergeChoices } from './entity-choice'
import { EntityPicker } from './entity-picker'

const options = [
  {
    value: 'EXPORT_SELECTED',
    label: 'Selected entities',
    help: 'Only the entities that you select below.',
  },
  {
    value: 'EXPORT_ALL',
    label: 'All entities',
    help: 'Every entity of the data dictionary, also those that are added to it later.',
  },
  {
    value: 'DISABLE_EXPORT',
    label: 'No export',
    help: 'No more files. Files that are delivered stay, and nothing is lost: a later export continues where this one ended.',
  },
] as const

function EntitiesForm({ value, onChange, saved, errors, catalog }: FormProps<EntityChoice>): ReactNode {
  return (
    <>
      <Choices
        label="What is exported"
        choices={options}
        value={value.option}
        onChange={(option) => onChange({ ...value, option })}
      />
      {errors.length > 0 && (
        <Notice tone="bad" title="This choice is not accepted.">
          {errors.map((error) => (
            <p key={error}>{error}</p>
          ))}
        </Notice>
      )}
      <EntityPicker choice={value} saved={saved} onChange={onChange} catalog={catalog} />
    </>
  )
}

export const setting: Setting<EntityChoice> = {
  id: 'entities',
  order: 10,
  title: 'Entities',
  lead: 'An entity is a kind of record. Each one becomes a CSV file of its own.',
  initial: { option: 'EXPORT_SELECTED', names: [] },
  read: ({ exportOption, entityList }) => ({ option: exportOption, names: entityList }),
  toInput: ({ option, names }) => ({
    exportOption: option,
    ...(option === 'EXPORT_SELECTED' && { entityList: names }),
  }),
  inputFields: ['exportOption', 'entityList'],
  summary: choiceSummary,
  changes: choiceChanges,
  merge: mergeChoices,
  inCatalog: choiceInCatalog,
  Form: EntitiesForm,
}
