import { canTellInserts } from '../../domain/change-type.js'
import type { Catalog } from '../../domain/entity.js'
import type { RegistrationTarget } from '../../domain/registration.js'
import { ok, type Outcome, refused } from '../outcome.js'

/** At most this many entities are named. */
const mostNamed = 20

/** The target, unless its files are to have `change_type` and the source of an entity can't tell inserts. */
export function withChangeTypes(catalog: Catalog, target: RegistrationTarget): Outcome<RegistrationTarget> {
  if (!target.fileFormat.changeType) return ok(target)
  const unable = catalog.entities.filter((entity) => target.entities.includes(entity.name) && !canTellInserts(entity))
  if (unable.length === 0) return ok(target)
  const names = unable.slice(0, mostNamed).map(({ displayName }) => `"${displayName}"`)
  const more = unable.length > names.length ? ` and ${unable.length - names.length} more` : ''
  const message =
    `The source does not record when rows of ${names.join(', ')}${more} were inserted, so changeType is not available for them. ` +
    'Leave these entities out, or set changeType to false. Nothing was changed.'
  return refused('CHANGE_TYPE_UNAVAILABLE', message, ['input', 'fileFormat', 'changeType'])
}
