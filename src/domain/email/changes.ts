import type { TenantEvent } from '../event.js'
import type { Change } from './content.js'
import { entitiesIn } from './event-data.js'
import type { Step } from './step.js'

/** Changes that wait for the next email, and when the last one was written. */
export interface ChangesState {
  readonly waiting: readonly Change[]
  /** The number of further changes. */
  readonly more: number
  readonly sentAt: string | null
}

const leastPauseMs = 3_600_000
/** An email names at most this many changes. */
const mostNamed = 50

const kinds: Partial<Record<TenantEvent['type'], Change['kind']>> = {
  'export.full_load.delivered': 'FULL_LOAD',
  'export.columns.changed': 'COLUMNS',
}

/** The first change is reported at once. What follows within an hour is reported together. */
export function changesStep(
  before: ChangesState | undefined,
  events: readonly TenantEvent[],
  now: Date,
): Step<ChangesState> {
  const { waiting = [], more = 0, sentAt = null } = before ?? {}
  const all = [...waiting, ...events.flatMap(changeOf)]
  const changes = all.slice(0, mostNamed)
  const surplus = more + all.length - changes.length
  if (changes.length === 0) return { state: before, messages: [], dueAt: null }
  const dueAt = sentAt === null ? now : new Date(new Date(sentAt).getTime() + leastPauseMs)
  if (dueAt > now) return { state: { waiting: changes, more: surplus, sentAt }, messages: [], dueAt }
  return {
    state: { waiting: [], more: 0, sentAt: now.toISOString() },
    messages: [{ template: 'CHANGES', changes, more: surplus }],
    dueAt: null,
  }
}

function changeOf({ type, at, data }: TenantEvent): Change[] {
  const kind = kinds[type]
  return kind ? [{ at: at.toISOString(), kind, entities: entitiesIn(data, 'entities') }] : []
}
