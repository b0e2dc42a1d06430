import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  patched,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import type { EntityResult, ExportRunInput, ExportRunResult, ManifestResult, RunPlan } from '../src/contracts.js'
import type { RunError } from '../src/domain/run.js'
import { exportEntities } from './export-entities.js'
import { whyFailed } from './failure-message.js'
import { publishManifestOf } from './publish-manifest.js'
import { runErrorOf } from './run-error.js'
import { identify, type RunIdentity } from './run-identity.js'
import { showEnd, showPlan, showPlanning, showRunId } from './visibility.js'

// The activity itself decides how long it tries. A run that finds no worker waits for one.
const { planRun } = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 1.5, maximumInterval: '5 minutes' },
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
  const ending: Ending = { plan: null, manifest: null, error: null, stopped: null }
  if (patched('run-id')) showRunId(run.runId)
  showPlanning()
  try {
    ending.plan = await planRun(run)
    showPlan(ending.plan)
    await exportEntities(ending.plan, entities)
    // A run of an earlier release does so in `finish`, where no cancellation reaches it.
    if (ending.plan.retryMinutes !== undefined) await publishManifest(run, entities, ending, ending.plan.retryMinutes)
  } catch (error) {
    note(ending, error)
  }
  return CancellationScope.nonCancellable(() => finish(run, entities, ending))
}

interface Ending {
  plan: RunPlan | null
  /** Null until it is written, or failed for good. */
  manifest: ManifestResult | null
  /** Of the run as a whole. */
  error: RunError | null
  /** The cancellation that ended the run early. */
  stopped: unknown
}

/** Runs also if the run is cancelled, so that published files get their manifest and the end is recorded. */
async function finish(run: RunIdentity, entities: EntityResult[], ending: Ending): Promise<ExportRunResult> {
  if (!ending.manifest) await publishManifest(run, entities, ending, 0)
  const manifests = ending.manifest?.paths ?? []
  const status = await finishRun({
    runId: run.runId,
    tenantId: run.tenantId,
    run,
    manifestPath: manifests.at(-1) ?? null,
    error: ending.error,
    failures: entities.flatMap(({ entity, to, error }) => (error ? [{ entity, to, ...error }] : [])),
    cancelled: ending.stopped !== null,
  })
  showEnd(status, ending.plan, entities)
  if (ending.stopped !== null) throw ending.stopped
  const result = { runId: run.runId, status, entities, manifests, position: ending.manifest?.position }
  if (status === 'SUCCEEDED') return result
  throw ApplicationFailure.create({
    message: whyFailed(entities, ending.error),
    type: status,
    nonRetryable: true,
    details: [result],
  })
}

/** Only a cancellation leaves the manifest undecided. */
async function publishManifest(
  run: RunIdentity,
  entities: EntityResult[],
  ending: Ending,
  retryMinutes: number,
): Promise<void> {
  try {
    ending.manifest = await publishManifestOf(run, entities, retryMinutes)
  } catch (error) {
    if (isCancellation(error)) throw error
    note(ending, error)
    ending.manifest = { paths: [] }
  }
  addCompleted(run, entities, ending.manifest.settled ?? [])
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
