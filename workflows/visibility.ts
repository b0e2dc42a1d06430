import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { EntityResult, EntityTask, RunPlan } from '../src/contracts.js'

/** What the Temporal UI shows of a run: search attributes, and a table with a line for each entity. */

const statusKey = defineSearchAttributeKey('ExportStatus', 'KEYWORD')
const entitiesKey = defineSearchAttributeKey('ExportEntities', 'KEYWORD_LIST')
const modesKey = defineSearchAttributeKey('ExportModes', 'KEYWORD_LIST')
const rowsKey = defineSearchAttributeKey('ExportRows', 'INT')

export function showPlan(plan: RunPlan): void {
  upsertSearchAttributes([
    { key: statusKey, value: 'RUNNING' },
    { key: entitiesKey, value: [...new Set(plan.tasks.map((task) => task.displayName))] },
    { key: modesKey, value: [...new Set(plan.tasks.map((task) => task.mode))] },
  ])
  showProgress(plan, [])
}

export function showProgress(plan: RunPlan, results: readonly EntityResult[]): void {
  const done = new Map(results.map((result) => [taskKey(result), result]))
  const lines = plan.tasks.map((task) => line(task, done.get(taskKey(task))))
  const skipped = plan.skipped.map((name) => `| ${name} | | already published up to here | | | |`)
  setCurrentDetails(
    [
      `**${results.length} of ${plan.tasks.length} entities done**`,
      '',
      '| entity | mode | status | rows | bytes | window |',
      '| --- | --- | --- | ---: | ---: | --- |',
      ...lines,
      ...skipped,
    ].join('\n'),
  )
}

export function showEnd(status: string, results: readonly EntityResult[]): void {
  upsertSearchAttributes([
    { key: statusKey, value: status },
    { key: rowsKey, value: results.reduce((sum, result) => sum + result.rows, 0) },
  ])
}

/** One line beside the activity in the event history. */
export function taskSummary(task: EntityTask): string {
  return `${task.displayName}: ${task.mode} ${window(task)}`
}

/** A redelivery has several windows of one entity. */
function taskKey({ entity, to }: { entity: string; to: string }): string {
  return `${entity} ${to}`
}

function line(task: EntityTask, result: EntityResult | undefined): string {
  const status = result ? (result.error ? `${result.status}: ${result.error.code}` : result.status) : ''
  const numbers = result?.status === 'PUBLISHED' ? `${result.rows} | ${result.bytes}` : ' | '
  return `| ${task.displayName} | ${task.mode} | ${status} | ${numbers} | ${window(task)} |`
}

function window({ from, to }: EntityTask): string {
  return from === null ? `up to ${to}` : `${from} to ${to}`
}
