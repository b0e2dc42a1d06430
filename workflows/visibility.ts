import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { EntityResult, EntityTask, RunPlan } from '../src/contracts.js'
import { type RunProgress, runTable } from './run-table.js'

export type { RunProgress } from './run-table.js'

/** What the Temporal UI shows of a run: search attributes, and a table with a line for each entity. */

const statusKey = defineSearchAttributeKey('ExportStatus', 'KEYWORD')
const entitiesKey = defineSearchAttributeKey('ExportEntities', 'KEYWORD_LIST')
const modesKey = defineSearchAttributeKey('ExportModes', 'KEYWORD_LIST')
const rowsKey = defineSearchAttributeKey('ExportRows', 'INT')
const runIdKey = defineSearchAttributeKey('TidemarkRunId', 'KEYWORD')
const versionKey = defineSearchAttributeKey('RegistrationVersion', 'INT')

/** The id of the run, by which the API, the log and alerts name it. */
export function showRunId(runId: string): void {
  upsertSearchAttributes([{ key: runIdKey, value: runId }])
}

export function showPlanning(): void {
  setCurrentDetails('**The run is being planned.** If it waits, **Pending Activities** shows for what.')
}

export function showPlan(plan: RunPlan): void {
  const { registrationVersion: version } = plan
  upsertSearchAttributes([
    { key: statusKey, value: 'RUNNING' },
    { key: entitiesKey, value: [...new Set(plan.tasks.map((task) => task.displayName))] },
    { key: modesKey, value: [...new Set(plan.tasks.map((task) => task.mode))] },
    ...(version == null ? [] : [{ key: versionKey, value: version }]),
  ])
  showProgress(plan, { results: [], waiting: new Map() })
}

export function showProgress(plan: RunPlan, progress: RunProgress): void {
  setCurrentDetails(runTable(plan, progress, false))
}

export function showEnd(status: string, plan: RunPlan | null, results: readonly EntityResult[]): void {
  upsertSearchAttributes([
    { key: statusKey, value: status },
    { key: rowsKey, value: results.reduce((sum, result) => sum + result.rows, 0) },
  ])
  if (plan) setCurrentDetails(runTable(plan, { results, waiting: new Map() }, true))
  else setCurrentDetails('**The run could not be planned.** The failure of the workflow says why.')
}

/** One line beside the activity in the event history. */
export function taskSummary({ displayName, mode, from, to }: EntityTask): string {
  return `${displayName}: ${mode} ${from === null ? `up to ${to}` : `${from} to ${to}`}`
}
