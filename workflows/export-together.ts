import { type ActivityOptions, CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import { type EntityResult, type EntityTask, type RunPlan, taskPriority } from '../src/contracts.js'
import { inParallel } from '../src/domain/in-parallel.js'
import { longestActivityMinutes } from './minutes.js'

/** The batch has few attempts: what they leave is exported file by file, with attempts for hours. */
const { exportSmallFiles } = proxyActivities<Activities>({
  startToCloseTimeout: `${longestActivityMinutes} minutes`,
  heartbeatTimeout: '10 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '1 second', maximumAttempts: 3 },
})

/**
 * Exports the small files of a run together, and calls `onPublished` with the published ones. Everything else is left as it is,
 * whatever the reason.
 * @throws if the run is cancelled
 */
export async function exportTogether(
  plan: RunPlan,
  onPublished: (results: readonly EntityResult[]) => void,
): Promise<void> {
  const batches = batchesOf(plan)
  await inParallel(batches, plan.entityConcurrency, async (tasks) => {
    const [first] = tasks
    if (!first) return
    const { runId, tenantId } = first
    try {
      const shown = shownAs(tasks, batches.indexOf(tasks))
      const { published } = await exportSmallFiles.executeWithOptions(shown, [{ runId, tenantId, tasks }])
      onPublished(published)
    } catch (error) {
      if (isCancellation(error) || CancellationScope.current().consideredCancelled) throw error
    }
  })
}

/** Deltas and full loads apart, because deltas come first. A single file has an activity of its own. */
function batchesOf({ tasks, filesTogether = 1 }: RunPlan): readonly (readonly EntityTask[])[] {
  if (filesTogether === 1) return []
  const ofMode = (['DELTA', 'FULL'] as const).map((mode) => tasks.filter((task) => task.mode === mode))
  return ofMode.flatMap((same) => chunks(same, filesTogether)).filter((batch) => batch.length > 1)
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}

/** At most so many names are shown in the event history. */
const mostNames = 8

function shownAs(tasks: readonly EntityTask[], index: number): ActivityOptions {
  const names = tasks.slice(0, mostNames).map(({ displayName }) => displayName)
  const more = tasks.length > mostNames ? ` and ${tasks.length - mostNames} more` : ''
  return {
    activityId: index === 0 ? 'small files' : `small files ${index + 1}`,
    summary: `${tasks.length} files together: ${names.join(', ')}${more}`,
    ...(tasks[0] && { priority: taskPriority(tasks[0]) }),
  }
}
