import type { Actor } from '../../domain/actor.js'
import type { Run } from '../../domain/run.js'
import { type Outcome, refused } from '../outcome.js'
import { notRegistered } from '../registrations/entity-list-change.js'
import { namedEntities, type RegistrationInput } from '../registrations/registration-input.js'
import type { RunsDependencies } from './dependencies.js'
import { startRun } from './start.js'

export interface RedeliveryRequest {
  /** The period [from, to): every file whose window overlaps it. */
  readonly from: Date
  readonly to: Date
  /** Every entity of the catalog if it is left out. */
  readonly entityList?: RegistrationInput['entityList']
}

/** About as many as the history of one workflow can hold. */
const maxRedeliveredFiles = 1000

export async function redeliver(
  deps: RunsDependencies,
  actor: Actor,
  { from, to, entityList }: RedeliveryRequest,
): Promise<Outcome<Run>> {
  if (from >= to)
    return refused('INVALID_PERIOD', 'The period must end after it begins: choose `from` before `to`.', ['to'])
  // A tenant that was removed or erased may still have valid tokens.
  if (!(await deps.registrations.find(actor.tenantId))) return notRegistered
  const named = entityList == null ? undefined : namedEntities(deps.catalog, entityList, ['entityList'])
  if (named && !named.ok) return named
  const entities = (named?.value ?? deps.catalog.entities).map((entity) => entity.name)
  const { length } = await deps.deliveries.pastWindows(actor.tenantId, { entities, from, to })
  if (length === 0) {
    return refused(
      'NOTHING_DELIVERED',
      'No delivered file of these entities has a window that overlaps the period. Choose another period.',
    )
  }
  if (length > maxRedeliveredFiles) {
    const message = `The period holds ${length} files, and one run redelivers at most ${maxRedeliveredFiles}.`
    return refused('TOO_MANY_FILES', `${message} Request a shorter period.`)
  }
  const period = { from: from.toISOString(), to: to.toISOString() }
  return startRun(deps, actor, {
    trigger: 'REDELIVERY',
    summary: 'redelivery requested by hand',
    scope: { entities, redeliver: period },
    audit: { action: 'REDELIVERY_REQUESTED', after: { entities, ...period } },
  })
}
