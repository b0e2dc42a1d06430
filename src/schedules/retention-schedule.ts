import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client'
import { removeOldFilesWorkflow } from '../contracts.js'
import type { Temporal } from './temporal.js'

/** The id of the schedule that removes old files. Each task queue has one, since several Tidemarks may share a namespace. */
export function retentionScheduleId(taskQueue: string): string {
  return `retention-${taskQueue}`
}

/** Creates the schedule that removes old files every night, unless it exists: an operator may have changed it. */
export async function ensureRetentionSchedule(temporal: Temporal, { taskQueue }: { taskQueue: string }): Promise<void> {
  const scheduleId = retentionScheduleId(taskQueue)
  await temporal.call(`create schedule ${scheduleId}`, async ({ schedule }) => {
    try {
      await schedule.create({
        scheduleId,
        // Not at midnight, when the exports begin.
        spec: { calendars: [{ hour: 3, minute: 30 }], timezone: 'UTC' },
        action: {
          type: 'startWorkflow',
          workflowType: removeOldFilesWorkflow,
          workflowId: scheduleId,
          taskQueue,
          args: [{}],
          staticSummary: 'removes delivered files that are past their retention time',
        },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 86_400_000 },
      })
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error
    }
  })
}
