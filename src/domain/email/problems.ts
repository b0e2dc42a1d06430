import type { TenantEvent } from '../event.js'
import type { EmailContent, MissingFile, ProblemContent } from './content.js'
import { recordsIn, textIn } from './event-data.js'
import type { Step } from './step.js'

/** A problem that a recipient knows of: from the first failure or delay of the tenant to the recovery. */
export interface Problem extends Omit<ProblemContent, 'template'> {
  /** When the next daily email is due. */
  readonly digestAt: string
  /** The number of daily emails so far. */
  readonly digests: number
}

const dayMs = 86_400_000
/** After a month of daily emails, only the recovery is reported. */
const mostDigests = 30
/** An email names at most this many entities. */
const mostNamed = 50

/** Changes of a registration after which no file is expected. */
const endings: readonly (string | null)[] = ['DISABLED', 'PAUSED', 'REMOVED']

/**
 * One email when a problem begins, one a day while it lasts, and one when it is over, however many runs fail. A tenant that
 * pauses or disables its export gets no further email about the problem.
 */
export function problemStep(before: Problem | undefined, events: readonly TenantEvent[], now: Date): Step<Problem> {
  const messages: EmailContent[] = []
  let problem = before
  for (const event of events) {
    if (isBad(event)) {
      const next = worsened(problem ?? begun(event, now), event)
      if (!problem) messages.push(contentOf('PROBLEM', next))
      problem = problem ? next : { ...next, failedRuns: 0 }
    } else if (problem && event.type === 'export.recovered') {
      messages.push({ template: 'RECOVERED', since: problem.since, until: event.at.toISOString() })
      problem = undefined
    } else if (event.type === 'registration.changed' && endings.includes(textIn(event.data, 'action'))) {
      problem = undefined
    }
  }
  return withDigest(problem, messages, now)
}

function withDigest(problem: Problem | undefined, messages: readonly EmailContent[], now: Date): Step<Problem> {
  if (!problem || problem.digests >= mostDigests) return { state: problem, messages, dueAt: null }
  const dueAt = new Date(problem.digestAt)
  if (dueAt > now) return { state: problem, messages, dueAt }
  const next = inADay(now)
  return {
    state: { ...problem, failedRuns: 0, digestAt: next.toISOString(), digests: problem.digests + 1 },
    messages: [...messages, contentOf('PROBLEM_LASTS', problem)],
    dueAt: next,
  }
}

/** A redelivery that fails leaves nothing behind that a later run would cover, so that no recovery would follow. */
function isBad({ type, data }: TenantEvent): boolean {
  return type === 'export.overdue' || (type === 'export.failed' && textIn(data, 'trigger') !== 'REDELIVERY')
}

function begun({ at }: TenantEvent, now: Date): Problem {
  const digestAt = inADay(now).toISOString()
  return { since: at.toISOString(), failedRuns: 0, isOverdue: false, missing: [], digestAt, digests: 0 }
}

function worsened(problem: Problem, { type, data }: TenantEvent): Problem {
  if (type === 'export.overdue') return { ...problem, isOverdue: true }
  return { ...problem, failedRuns: problem.failedRuns + 1, missing: missingIn(data).slice(0, mostNamed) }
}

function missingIn(data: TenantEvent['data']): MissingFile[] {
  const ofEntities = recordsIn(data, 'entities').map((each) => missingFile(textIn(each, 'entity'), each))
  if (ofEntities.length > 0) return ofEntities
  return textIn(data, 'code') === null ? [] : [missingFile(null, data)]
}

function missingFile(entity: string | null, record: TenantEvent['data']): MissingFile {
  return { entity, code: textIn(record, 'code'), message: textIn(record, 'message') }
}

function contentOf(template: ProblemContent['template'], problem: Problem): ProblemContent {
  const { since, failedRuns, isOverdue, missing } = problem
  return { template, since, failedRuns, isOverdue, missing }
}

function inADay(now: Date): Date {
  return new Date(now.getTime() + dayMs)
}
