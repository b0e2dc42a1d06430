import {
  ApplicationFailure,
  CancelledFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import type {
  EntityResult,
  EntityTask,
  ExportRunInput,
  ExportRunResult,
  ManifestResult,
  RunPlan,
} from '../src/contracts.js'
import type { RunError } from '../src/domain/run.js'
import { runErrorOf } from './run-error.js'
import { inParallel } from './in-parallel.js'
import { identify, type RunIdentity } from './run-identity.js'
import { showEnd, showPlan, showProgress, taskSummary } from './visibility.js'

// A run that finds another one running waits for at most half a day. The next run covers the windows that it then misses.
const { planRun } = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  scheduleToCloseTimeout: '12 hours',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 1.5, maximumInterval: '1 minute' },
})
const { publishManifest } = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 10 },
})
const { finishRun } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
})

/**
 * One run for one tenant: plan, export each entity, write the manifest, record the end. If one entity fails, the others are
 * exported all the same. The run fails visibly unless everything was published.
 */
export async function exportRun(input: ExportRunInput): Promise<ExportRunResult> {
  const run = identify(input, workflowInfo())
  const entities: EntityResult[] = []
  const ending: Ending = { plan: null, manifests: [], error: null, stopped: null }
  try {
    ending.plan = await planRun(run)
    showPlan(ending.plan)
    await exportEntities(ending.plan, entities)
  } catch (error) {
    note(ending, error)
  }
  return CancellationScope.nonCancellable(() => finish(run, entities, ending))
}

interface Ending {
  plan: RunPlan | null
  manifests: readonly string[]
  /** Of the run as a whole. */
  error: RunError | null
  /** The cancellation that ended the run early. */
  stopped: unknown
}

async function exportEntities(plan: RunPlan, results: EntityResult[]): Promise<void> {
  const { exportEntity } = proxyActivities<Activities>({
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: '10 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: '1 second',
      backoffCoefficient: 2,
      maximumInterval: '1 minute',
      maximumAttempts: plan.maxAttempts,
    },
  })
  await inParallel(plan.tasks, plan.entityConcurrency, async (task) => {
    try {
      results.push(await exportEntity.executeWithOptions({ summary: taskSummary(task) }, [task]))
    } catch (failure) {
      // A worker that died can't report the cancellation. Its attempt times out, and there is no other attempt.
      const error = CancellationScope.current().consideredCancelled ? new CancelledFailure('Cancelled') : failure
      results.push(unpublished(task, error))
      if (isCancellation(error)) throw error
    } finally {
      showProgress(plan, results)
    }
  })
}

/** Runs also if the run is cancelled, so that published files get their manifest and the end is recorded. */
async function finish(run: RunIdentity, entities: EntityResult[], ending: Ending): Promise<ExportRunResult> {
  try {
    const { paths, settled } = await publishManifest({ tenantId: run.tenantId, runId: run.runId })
    ending.manifests = paths
    addCompleted(run, entities, settled ?? [])
    if (ending.plan) showProgress(ending.plan, entities)
  } catch (error) {
    note(ending, error)
  }
  const status = await finishRun({
    runId: run.runId,
    tenantId: run.tenantId,
    run,
    manifestPath: ending.manifests.at(-1) ?? null,
    error: ending.error,
    failures: entities.flatMap(({ entity, to, error }) => (error ? [{ entity, to, ...error }] : [])),
    cancelled: ending.stopped !== null,
  })
  showEnd(status, entities)
  if (ending.stopped !== null) throw ending.stopped
  const result = { runId: run.runId, status, entities, manifests: ending.manifests }
  if (status === 'SUCCEEDED') return result
  throw ApplicationFailure.create({
    message: whyFailed(entities, ending),
    type: status,
    nonRetryable: true,
    details: [result],
  })
}

/** A file that had its final name when its last attempt ended is recorded later, so that its entity is published. */
function addCompleted(
  { runId }: RunIdentity,
  entities: EntityResult[],
  completed: NonNullable<ManifestResult['settled']>,
): void {
  for (const { runId: ofRun, ...published } of completed) {
    const at = entities.findIndex(({ entity, to }) => entity === published.entity && to === published.to)
    const result = entities[at]
    if (ofRun === runId && result) entities[at] = { ...result, ...published, status: 'PUBLISHED', error: null }
  }
}

function note(ending: Ending, error: unknown): void {
  if (isCancellation(error)) ending.stopped = error
  else ending.error ??= runErrorOf(error)
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

function whyFailed(entities: readonly EntityResult[], { error }: Ending): string {
  const failed = entities.flatMap((entity) => (entity.error ? [`${entity.displayName}: ${entity.error.code}`] : []))
  return [...(error ? [`${error.code}: ${error.message}`] : []), ...failed].join('; ')
}
