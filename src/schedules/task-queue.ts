import type { Connection } from '@temporalio/client'
import type { Temporal } from './temporal.js'

/** Who takes tasks from the task queue of exports. */
export interface TaskQueue {
  /**
   * The identities of the workers that have asked for tasks in the last two minutes. A worker asks again at least every minute,
   * so a dead one is listed for a while.
   * @throws ExportError TEMPORAL_UNAVAILABLE
   */
  pollers(): Promise<string[]>
}

const recentMs = 120_000
const activities = 2

export function createTaskQueue(
  temporal: Temporal,
  { namespace, taskQueue }: { readonly namespace: string; readonly taskQueue: string },
): TaskQueue {
  return {
    pollers: () =>
      temporal.call(`describe task queue ${taskQueue}`, async ({ connection }) => {
        const { pollers } = await (connection as Connection).workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: taskQueue },
          taskQueueType: activities,
        })
        const earliest = (Date.now() - recentMs) / 1000
        return (pollers ?? []).flatMap(({ identity, lastAccessTime }) =>
          Number(lastAccessTime?.seconds ?? 0) >= earliest && identity ? [identity] : [],
        )
      }),
  }
}
