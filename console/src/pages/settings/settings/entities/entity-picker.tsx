import { type ReactNode, useState } from 'react'
import { counted } from '../../../../format/numbers'
import { Button } from '../../../../ui/button'
import { Checkbox, SearchField } from '../../../../ui/fields'
import type { CatalogEntity } from '../../catalog'
import { EntityDictionary } from './entity-dictionary'
import { type EntityChoice, isExportedBy, withNames } from './entity-choice'
import styles from './entities.module.css'

interface EntityPickerProps {
  readonly choice: EntityChoice
  /** The choice in use. Undefined without a registration. */
  readonly saved: EntityChoice | undefined
  readonly onChange: (choice: EntityChoice) => void
  readonly catalog: readonly CatalogEntity[]
}

/** The list of entities, and beside it the data dictionary of the one in focus. */
export function EntityPicker({ choice, saved, onChange, catalog }: EntityPickerProps): ReactNode {
  const [search, setSearch] = useState('')
  const [focused, setFocused] = useState<string>()
  const words = search.trim().toLowerCase()
  const shown = catalog.filter((entity) => matches(entity, words))
  const names = catalog.map(({ displayName }) => displayName)
  const isFree = choice.option === 'EXPORT_SELECTED'
  const select = (changed: readonly string[], isSelected: boolean): void =>
    onChange(withNames(choice, { names: changed, isSelected }, names))
  const isSelected = (name: string): boolean => isExportedBy(choice, name)
  const shownNames = shown.map(({ displayName }) => displayName)
  const inFocus = catalog.find(({ displayName }) => displayName === focused) ?? shown[0]
  return (
    <div className={styles['picker']}>
      <div className={styles['choose']}>
        <SearchField label="Find an entity or a column" value={search} onChange={setSearch} />
        <div className={styles['tools']}>
          <span>
            {counted(names.filter(isSelected).length, 'entity', 'entities')} of {catalog.length} selected
          </span>
          {isFree && (
            <span>
              <Button small look="quiet" onPress={() => select(shownNames, true)}>
                Select all{words !== '' && ' shown'}
              </Button>
              <Button small look="quiet" onPress={() => select(shownNames, false)}>
                Select none{words !== '' && ' shown'}
              </Button>
            </span>
          )}
        </div>
        <ul className={styles['list']} aria-label="Entities">
          {shown.map(({ displayName, id }) => (
            <li key={id} className={displayName === inFocus?.displayName ? styles['current'] : undefined}>
              <Checkbox
                isSelected={isSelected(displayName)}
                isDisabled={!isFree}
                onFocus={() => setFocused(displayName)}
                onChange={(selected) => select([displayName], selected)}
              >
                {displayName}
              </Checkbox>
              <Button
                small
                look="quiet"
                aria-label={`Show the columns of ${displayName}`}
                onPress={() => setFocused(displayName)}
              >
                Columns
              </Button>
            </li>
          ))}
        </ul>
        {shown.length === 0 && <p>No entity or column has “{search}” in its name or description.</p>}
      </div>
      {inFocus && (
        <EntityDictionary
          key={inFocus.id}
          entity={inFocus}
          isActive={isSelected(inFocus.displayName)}
          isExported={saved !== undefined && isExportedBy(saved, inFocus.displayName)}
        />
      )}
    </div>
  )
}

function matches({ displayName, internalName, description, columns }: CatalogEntity, words: string): boolean {
  const texts = [displayName, internalName, description, ...columns.map(({ name }) => name)]
  return words === '' || texts.some((text) => text.toLowerCase().includes(words))
}
