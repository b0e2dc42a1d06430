import { formatTime } from '../../format/dates'
import type { EntityFreshnessFragment, OverviewQuery } from '../../gql/graphql'
import type { Tone } from '../../ui/badge'

type Overview = NonNullable<OverviewQuery['dataExport']>
type RunOfOverview = OverviewQuery['exportRuns']['edges'][number]['node']

/** The state of an export or of an entity, in a word. */
export interface State {
  readonly tone: Tone
  readonly word: string
  /** Why, in a sentence, if there is more to say. */
  readonly reason?: string
}

/** The last failure of each entity, by its internal name: only of the newest run that has worked on it. */
export function lastFailures(runs: readonly RunOfOverview[]): ReadonlyMap<string, string> {
  const seen = new Set<string>()
  const failures = new Map<string, string>()
  for (const { entities } of runs) {
    for (const { internalName, status, error } of entities) {
      if (seen.has(internalName)) continue
      seen.add(internalName)
      if (status === 'FAILED' && error) failures.set(internalName, error.message)
    }
  }
  return failures
}

export function entityState(entity: EntityFreshnessFragment, failure: string | undefined, isPaused: boolean): State {
  const because = failure === undefined ? {} : { reason: failure }
  if (entity.overdue) return { tone: 'bad', word: 'Overdue', ...because }
  if (failure !== undefined) return { tone: 'bad', word: 'Failed', reason: failure }
  if (isPaused) return { tone: 'neutral', word: 'Paused' }
  if (!entity.lastDelivery) return { tone: 'neutral', word: 'Waits for its first file' }
  return { tone: 'good', word: 'Fresh' }
}

/** The answer to "is everything fresh?". */
export function exportState(dataExport: Overview, failed: number): State {
  const active = dataExport.entities.filter((entity) => entity.active)
  const overdue = active.filter((entity) => entity.overdue).length
  const empty = active.filter((entity) => !entity.lastDelivery).length
  if (dataExport.exportOption === 'DISABLE_EXPORT' || active.length === 0) {
    return { tone: 'neutral', word: 'The export is disabled. No file is exported.' }
  }
  if (overdue > 0) {
    const since = dataExport.overdueSince == null ? '' : ` since ${formatTime(dataExport.overdueSince)}`
    return { tone: 'bad', word: `Overdue${since}: ${ofAll(overdue, active.length)}.` }
  }
  if (failed > 0) return { tone: 'bad', word: `Failed in the last run: ${ofAll(failed, active.length)}.` }
  if (dataExport.pausedAt != null) {
    return { tone: 'warn', word: `Paused since ${formatTime(dataExport.pausedAt)}. No scheduled run starts.` }
  }
  if (empty === active.length) return { tone: 'busy', word: 'Everything is set up. The first files are on their way.' }
  if (empty > 0)
    return { tone: 'good', word: `Everything is fresh. Without a file yet: ${ofAll(empty, active.length)}.` }
  return { tone: 'good', word: 'Everything is fresh.' }
}

function ofAll(count: number, all: number): string {
  return `${count} of ${all} ${all === 1 ? 'entity' : 'entities'}`
}
