import type { Catalog } from '../../domain/entity.js'
import type { Registration, RegistrationTarget } from '../../domain/registration.js'
import { ok, type Outcome, refused } from '../outcome.js'
import { type EntityListChange, namedEntities } from './registration-input.js'

type EntityList = EntityListChange['entityList']

export const notRegistered = refused(
  'NOT_REGISTERED',
  'There is no registration yet. Register with registerDataExport first.',
)

/** The registration with these entities added to its list, or why they can't be added. */
export function listWith(
  catalog: Catalog,
  current: Registration | undefined,
  entityList: EntityList,
): Outcome<RegistrationTarget> {
  const named = namesInChange(catalog, current, entityList)
  if (!named.ok) return named
  const { registration, names } = named.value
  const active = activeNames(registration)
  return withList(registration, [...active, ...names.filter((name) => !active.includes(name))])
}

/** The registration with these entities removed from its list, or why they can't be removed. */
export function listWithout(
  catalog: Catalog,
  current: Registration | undefined,
  entityList: EntityList,
): Outcome<RegistrationTarget> {
  const named = namesInChange(catalog, current, entityList)
  if (!named.ok) return named
  const { registration, names } = named.value
  if (registration.exportOption === 'EXPORT_ALL') {
    const message = 'The registration exports everything. To leave entities out, choose EXPORT_SELECTED and a list.'
    return refused('EVERYTHING_EXPORTED', message)
  }
  const left = activeNames(registration).filter((name) => !names.includes(name))
  if (left.length > 0) return withList(registration, left)
  const message = 'At least one entity must stay in the list. To stop the export, pause it or choose DISABLE_EXPORT.'
  return refused('ENTITY_LIST_REQUIRED', message, ['entityList'])
}

function namesInChange(
  catalog: Catalog,
  registration: Registration | undefined,
  entityList: EntityList,
): Outcome<{ registration: Registration; names: string[] }> {
  if (!registration) return notRegistered
  if (registration.exportOption === 'DISABLE_EXPORT') {
    return refused('EXPORT_DISABLED', 'The export is disabled. Submit the whole list with registerDataExport.')
  }
  const named = namedEntities(catalog, entityList, ['entityList'])
  return named.ok ? ok({ registration, names: named.value.map(({ name }) => name) }) : named
}

function activeNames({ entities }: Registration): string[] {
  return entities.filter(({ active }) => active).map(({ name }) => name)
}

function withList(registration: Registration, entities: readonly string[]): Outcome<RegistrationTarget> {
  const { exportOption, frequency, schedule, fileFormat, encryption, columnSelection } = registration
  return ok({ exportOption, frequency, schedule, fileFormat, encryption, columnSelection, entities })
}
