import type { AuditEventFragment } from '../../gql/graphql'
import { changesBetween, type JsonChange } from './json-diff'

/** What an event changed, as a reader needs it. */

type Event = Pick<AuditEventFragment, 'action' | 'before' | 'after'>
type Details = Readonly<Record<string, unknown>> | null | undefined

/** Times and authors that every change of the settings sets. The event itself has them. */
const setByEveryChange = ['createdAt', 'updatedAt', 'updatedBy', 'tenantId']

/** The values that an event changed. Of the settings, the entities are one value: those that are exported. */
export function changesOf({ action, before, after }: Event): readonly JsonChange[] {
  if (!action.startsWith('REGISTRATION_')) return changesBetween(before, after)
  return [...entityChange(before, after), ...changesBetween(settingsIn(before), settingsIn(after))]
}

function settingsIn(registration: Details): Details {
  if (!registration) return registration
  const left = Object.entries(registration).filter(([name]) => name !== 'entities' && !setByEveryChange.includes(name))
  return Object.fromEntries(left)
}

/** The entities that are no longer exported, and those that are now. */
function entityChange(before: Details, after: Details): JsonChange[] {
  const old = activeIn(before)
  const now = activeIn(after)
  const removed = old.filter((name) => !now.includes(name))
  const added = now.filter((name) => !old.includes(name))
  if (removed.length === 0 && added.length === 0) return []
  return [{ path: 'entities', before: namesOf(removed), after: namesOf(added) }]
}

const namesOf = (names: readonly string[]) => (names.length > 0 ? names.join(', ') : undefined)

function activeIn(registration: Details): string[] {
  const entities = registration?.['entities']
  if (!Array.isArray(entities)) return []
  return (entities as readonly Readonly<Record<string, unknown>>[])
    .filter((entity) => entity['active'] === true && typeof entity['name'] === 'string')
    .map((entity) => String(entity['name']))
}
