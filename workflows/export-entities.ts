import {
  type ActivityOptions,
  CancelledFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import { type EntityResult, type EntityTask, type RunPlan, taskPriority } from '../src/contracts.js'
import { inParallel } from '../src/domain/in-parallel.js'
import { exportTogether } from './export-together.js'
import { longestActivityMinutes, minutesFromNow } from './minutes.js'
import { attemptsBeforeWait, runErrorOf } from './run-error.js'
import { type RunProgress, showProgress, taskSummary } from './visibility.js'

/**
 * Exports the entities, and adds how each ended to `results`. Small files are exported together. What is left follows in the
 * order of the plan: an entity first makes a few attempts. If it fails for a cause that heals, it waits until all others were
 * tried. Then attempts go on for hours, so that an entity that waits never holds up the others.
 */
export async function exportEntities(plan: RunPlan, results: EntityResult[]): Promise<void> {
  const state: State = { results, waiting: new Map(), lastProgressMs: Date.now() }
  await exportTogether(plan, (published) => {
    results.push(...published)
    if (published.length > 0) state.lastProgressMs = Date.now()
    showProgress(plan, state)
  })
  const left = plan.tasks.filter(({ entity, to }) => !results.some((each) => each.entity === entity && each.to === to))
  await inParallel(left, plan.entityConcurrency, (task) => exportOne(plan, state, task, 0))
  const waiting = plan.tasks.filter((task) => state.waiting.has(task))
  await inParallel(waiting, plan.entityConcurrency, (task) =>
    exportOne(plan, state, task, state.waiting.get(task)?.attempt ?? 0),
  )
}

interface State extends RunProgress {
  readonly results: EntityResult[]
  readonly waiting: Map<EntityTask, { readonly code: string; readonly attempt: number }>
  /** When the run last published a file, or began. From then on, attempts go on for hours. */
  lastProgressMs: number
}

/** `attemptsBefore`: 0 for the first attempts. */
async function exportOne(plan: RunPlan, state: State, task: EntityTask, attemptsBefore: number): Promise<void> {
  const { exportEntity } = proxyActivities<Activities>(attemptsBefore === 0 ? firstAttempts(plan) : laterAttempts(plan))
  try {
    const limited = { ...task, ...retryOf(plan, state, attemptsBefore) }
    const result = await exportEntity.executeWithOptions(shownAs(task, attemptsBefore), [limited])
    state.waiting.delete(task)
    state.results.push(result)
    state.lastProgressMs = Date.now()
  } catch (failure) {
    // A worker that died can't report the cancellation. Its attempt times out, and there is no other attempt.
    const error = CancellationScope.current().consideredCancelled ? new CancelledFailure('Cancelled') : failure
    const isFirst = attemptsBefore === 0 && plan.retryMinutes !== undefined
    const attempt = isFirst ? attemptsBeforeWait(error, plan.maxAttempts) : undefined
    state.waiting.delete(task)
    if (attempt === undefined) state.results.push(unpublished(task, error))
    else state.waiting.set(task, { code: runErrorOf(error).code, attempt })
    if (isCancellation(error)) throw error
  } finally {
    showProgress(plan, state)
  }
}

const common: ActivityOptions = {
  startToCloseTimeout: `${longestActivityMinutes} minutes`,
  heartbeatTimeout: '10 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
}

function firstAttempts({ maxAttempts }: RunPlan): ActivityOptions {
  const retry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const
  return { ...common, retry: { ...retry, maximumAttempts: maxAttempts } }
}

function laterAttempts({ retryMinutes = 0 }: RunPlan): ActivityOptions {
  return {
    ...common,
    scheduleToCloseTimeout: `${retryMinutes + longestActivityMinutes} minutes`,
    retry: { initialInterval: '1 minute', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  }
}

/** A run that was planned by an earlier release has no such limits. */
function retryOf(
  { maxAttempts: attempts, retryMinutes }: RunPlan,
  { lastProgressMs }: State,
  attemptsBefore: number,
): Pick<EntityTask, 'retry'> {
  if (retryMinutes === undefined) return {}
  return { retry: { attempts, until: minutesFromNow(retryMinutes, lastProgressMs), attemptsBefore } }
}

function shownAs(task: EntityTask, attemptsBefore: number): ActivityOptions {
  const { activityId } = task
  const id = attemptsBefore === 0 ? activityId : activityId && `${activityId}, later attempts`
  return { summary: taskSummary(task), priority: taskPriority(task), ...(id !== undefined && { activityId: id }) }
}

function unpublished({ entity, displayName, to, mode }: EntityTask, error: unknown): EntityResult {
  const status = isCancellation(error) ? 'CANCELLED' : 'FAILED'
  return {
    entity,
    displayName,
    to,
    mode,
    status,
    rows: 0,
    bytes: 0,
    path: null,
    revision: null,
    error: runErrorOf(error),
  }
}
