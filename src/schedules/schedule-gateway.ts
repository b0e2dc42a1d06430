import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { scheduleId } from '../contracts.js'
import type { Temporal } from './temporal.js'
import { pausedByTenant, type ScheduleSpec } from './schedule-spec.js'

/** Makes Temporal's schedules what the registrations say. Everything here may be called again at any time. */
export interface ScheduleGateway {
  apply(spec: ScheduleSpec): Promise<void>
  /** Removes a tenant's schedule, if there is one. */
  remove(tenantId: string): Promise<void>
  /** The registration version that each existing schedule was made from, by tenant. */
  versions(): Promise<Map<string, number>>
}

const tenantKey = defineSearchAttributeKey('TenantId', 'KEYWORD')
const versionKey = defineSearchAttributeKey('RegistrationVersion', 'INT')

export function createScheduleGateway(temporal: Temporal, options: { taskQueue: string }): ScheduleGateway {
  return {
    apply: (spec) =>
      temporal.call(`apply schedule ${spec.scheduleId}`, async ({ schedule }) => {
        const wanted = scheduleOptions(spec, options.taskQueue)
        const update = (): Promise<boolean> =>
          unlessMissing(() =>
            schedule
              .getHandle(spec.scheduleId)
              .update(({ state }) => ({ ...wanted, state: stateAfterUpdate(state, wanted.state) })),
          )
        if (await update()) return
        try {
          await schedule.create({ ...wanted, scheduleId: spec.scheduleId })
        } catch (error) {
          // Made by somebody else since we looked: then it is to be made to match after all.
          if (!(error instanceof ScheduleAlreadyRunning)) throw error
          await update()
        }
      }),
    remove: (tenantId) =>
      temporal.call(`remove schedule of ${tenantId}`, async ({ schedule }) => {
        await unlessMissing(() => schedule.getHandle(scheduleId(tenantId)).delete())
      }),
    versions: () =>
      temporal.call('list schedules', async ({ schedule }) => {
        const versions = new Map<string, number>()
        for await (const { typedSearchAttributes } of schedule.list()) {
          const tenantId = typedSearchAttributes?.get(tenantKey)
          const version = typedSearchAttributes?.get(versionKey)
          if (tenantId !== undefined && version !== undefined) versions.set(tenantId, version)
        }
        return versions
      }),
  }
}

/** False where the schedule does not exist. */
async function unlessMissing(change: () => Promise<void>): Promise<boolean> {
  try {
    await change()
    return true
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false
    throw error
  }
}

interface ScheduleState {
  paused: boolean
  note?: string | undefined
}

/**
 * A schedule that an engineer paused stays paused, with the engineer's note, until the engineer says otherwise: also
 * where the tenant disables its export meanwhile and takes it up again.
 */
function stateAfterUpdate(before: ScheduleState, wanted: Required<ScheduleState>): Required<ScheduleState> {
  const pausedByEngineer = before.paused && !before.note?.startsWith(pausedByTenant)
  return pausedByEngineer ? { paused: true, note: before.note ?? '' } : wanted
}

type WantedSchedule = ScheduleUpdateOptions & { state: { paused: boolean; note: string } }

function scheduleOptions(spec: ScheduleSpec, taskQueue: string): WantedSchedule {
  return {
    spec: { calendars: [spec.calendar], timezone: 'UTC', jitter: spec.jitterSeconds * 1000 },
    action: {
      type: 'startWorkflow',
      workflowType: spec.workflowType,
      workflowId: spec.scheduleId,
      taskQueue,
      args: [spec.input],
      staticSummary: spec.summary,
      memo: { tenantId: spec.tenantId, frequency: spec.frequency, registrationVersion: spec.registrationVersion },
      typedSearchAttributes: [{ key: tenantKey, value: spec.tenantId }],
    },
    policies: {
      // Every period that was missed gets its run and its file, one after the other.
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
      catchupWindow: '31 days',
      pauseOnFailure: false,
    },
    state: { paused: spec.paused, note: spec.note },
    typedSearchAttributes: [
      { key: tenantKey, value: spec.tenantId },
      { key: versionKey, value: spec.registrationVersion },
    ],
  }
}
