import {
  type Client,
  type ScheduleExecutionResult,
  ScheduleNotFoundError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { scheduleId } from '../contracts.js'
import { failedRunOf, lastRunOf } from '../domain/last-run.js'
import type { LastRun } from '../domain/ledger-gap.js'
import { patientDeadlineMs, type Temporal } from './temporal.js'

/**
 * Reads the last run of a tenant's schedule whose end says where the ledger was. Temporal lists the last ten. Undefined if none of
 * them says it, or if there is no schedule.
 */
export function createLastScheduledRun(temporal: Temporal): (tenantId: string) => Promise<LastRun | undefined> {
  return (tenantId) =>
    temporal.call(
      `read the last run of ${scheduleId(tenantId)}`,
      async (client) => {
        for (const { action } of (await recentActions(client, tenantId)).toReversed()) {
          const found = await endOf(client, action.workflow)
          if (found) return found
        }
        return undefined
      },
      patientDeadlineMs,
    )
}

async function recentActions({ schedule }: Client, tenantId: string): Promise<readonly ScheduleExecutionResult[]> {
  try {
    return (await schedule.getHandle(scheduleId(tenantId)).describe()).info.recentActions
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return []
    throw error
  }
}

type Started = ScheduleExecutionResult['action']['workflow']

async function endOf({ workflow }: Client, started: Started): Promise<LastRun | undefined> {
  const handle = workflow.getHandle(started.workflowId, started.firstExecutionRunId, { followRuns: false })
  try {
    if ((await handle.describe()).status.name === 'RUNNING') return undefined
    return lastRunOf(await handle.result())
  } catch (error) {
    if (error instanceof WorkflowFailedError) return failedRunOf(error.cause)
    // Temporal has removed its history.
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
