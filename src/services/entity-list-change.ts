import type { Catalog } from '../domain/entity.js'
import type { Registration, RegistrationTarget } from '../domain/registration.js'
import { namedEntities } from './registration-input.js'
import type { EntityListChange, Outcome, UserErrorCode } from './registrations.js'

type EntityList = EntityListChange['entityList']

export const notRegistered = refused(
  'NOT_REGISTERED',
  'There is no registration yet. Register with registerDataExport first.',
)

/** The registration with more entities in its list, or why it can't have them. */
export function listWith(
  catalog: Catalog,
  current: Registration | undefined,
  entityList: EntityList,
): Outcome<RegistrationTarget> {
  const named = namesOf(catalog, current, entityList)
  if (!named.ok) return named
  const { registration, names } = named.value
  const active = activeNames(registration)
  return withList(registration, [...active, ...names.filter((name) => !active.includes(name))])
}

/** The registration with fewer entities in its list, or why it can't do without them. */
export function listWithout(
  catalog: Catalog,
  current: Registration | undefined,
  entityList: EntityList,
): Outcome<RegistrationTarget> {
  const named = namesOf(catalog, current, entityList)
  if (!named.ok) return named
  const { registration, names } = named.value
  if (registration.exportOption === 'EXPORT_ALL') {
    const message = 'The registration exports everything. Choose EXPORT_SELECTED and a list, to leave entities out.'
    return refused('EVERYTHING_EXPORTED', message)
  }
  const left = activeNames(registration).filter((name) => !names.includes(name))
  if (left.length > 0) return withList(registration, left)
  const message = 'At least one entity must stay in the list. To stop the export, pause it or choose DISABLE_EXPORT.'
  return refused('ENTITY_LIST_REQUIRED', message, ['entityList'])
}

function namesOf(
  catalog: Catalog,
  registration: Registration | undefined,
  entityList: EntityList,
): Outcome<{ registration: Registration; names: string[] }> {
  if (!registration) return notRegistered
  if (registration.exportOption === 'DISABLE_EXPORT') {
    return refused('EXPORT_DISABLED', 'The export is disabled. Submit the whole list with registerDataExport.')
  }
  const named = namedEntities(catalog, entityList, ['entityList'])
  return named.ok ? { ok: true, value: { registration, names: named.value.map(({ name }) => name) } } : named
}

function activeNames({ entities }: Registration): string[] {
  return entities.filter(({ active }) => active).map(({ name }) => name)
}

function withList(registration: Registration, entities: readonly string[]): Outcome<RegistrationTarget> {
  const { exportOption, frequency, fileFormat } = registration
  return { ok: true, value: { exportOption, frequency, fileFormat, entities } }
}

function refused(code: UserErrorCode, message: string, path: readonly string[] = []): Outcome<never> {
  return { ok: false, userErrors: [{ code, message, path, allowedValues: [], didYouMean: [] }] }
}
