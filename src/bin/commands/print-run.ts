import type { Admin } from '../../compose/admin.js'
import { count, time } from '../output.js'
import { printTable } from '../print-table.js'

export type Run = NonNullable<Awaited<ReturnType<Admin['runs']['find']>>>
type RunEntity = Run['entities'][number]

const order: readonly RunEntity['status'][] = ['FAILED', 'CANCELLED', 'RUNNING', 'PENDING', 'PUBLISHED', 'SKIPPED']

/** How far a run is: `24 of 26`, of the entities that it does not skip. */
export function wayOf({ entities }: Run): string {
  const own = entities.filter(({ status }) => status !== 'SKIPPED')
  return `${own.filter(({ status }) => status === 'PUBLISHED').length} of ${own.length}`
}

/** Why a run failed, or for what it waits. */
export function causeOf({ error, waitingFor }: Run): string {
  if (waitingFor) return `waits for ${waitingFor.code} since ${time(waitingFor.since)}`
  return error?.code ?? ''
}

/** Prints a run with its entities, those that failed first. */
export function printRun(run: Run): void {
  console.log(`Run ${run.id} of ${run.tenantId}: ${run.status}, ${wayOf(run)} published`)
  console.log(`Trigger ${run.trigger}; began ${time(run.startedAt ?? run.queuedAt)}; ended ${time(run.finishedAt)}`)
  if (run.waitingFor)
    console.log(`Waits for ${run.waitingFor.code} since ${time(run.waitingFor.since)}: ${run.waitingFor.message}`)
  if (run.error) console.log(`${run.error.code}: ${run.error.message}`)
  const entities = run.entities.toSorted((one, other) => order.indexOf(one.status) - order.indexOf(other.status))
  if (entities.length === 0) return
  console.log('')
  printTable(
    ['entity', 'status', 'mode', 'attempts', 'rows', 'bytes', 'to', 'cause'],
    entities.map((entity) => [
      entity.entity,
      statusOf(entity),
      entity.mode,
      String(entity.attempts),
      count(writtenBy(entity).rows),
      count(writtenBy(entity).bytes),
      time(entity.to),
      entity.error ? `${entity.error.code}: ${entity.error.message}` : '',
    ]),
  )
}

/** What the published file has, or what the current attempt has written so far. */
function writtenBy({ rows, bytes, status, attempt }: RunEntity) {
  return status === 'RUNNING' && attempt ? attempt : { rows, bytes }
}

/** With the step and the rate of an attempt in progress, which tell a slow read from one that hangs. */
function statusOf({ status, attempt }: RunEntity): string {
  if (status !== 'RUNNING' || !attempt?.step) return status
  return `${status}: ${attempt.step}, ${count(Math.round(attempt.rowsPerSecond))} rows/s`
}

/** The rows of all files of the run so far. */
export function rowsSoFar({ entities }: Run): bigint {
  return entities.reduce((sum, entity) => sum + (writtenBy(entity).rows ?? 0n), 0n)
}

/** The states in which a run has not ended. */
export function hasEnded({ status }: Run): boolean {
  return status !== 'QUEUED' && status !== 'RUNNING'
}
