import { setTimeout as pause } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { AdoptionError, type AdoptionStep } from './adoption.js'

/** The blocks of a table, 8 KB each, that one batch of a backfill looks at. */
export const batchBlocks = 256

export interface ApplyOptions {
  /** How long a statement that blocks writers may wait for its lock. */
  readonly lockSeconds: number
  /** How often a statement is tried again that did not get its lock. */
  readonly attempts: number
  /** The pause before the next attempt, in which waiting writers continue. */
  readonly pauseMs: number
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
}

/** Takes the steps one after the other. After an interruption, a new plan has the steps that are left. */
export async function applyAdoption(
  client: ClientBase,
  steps: readonly AdoptionStep[],
  options: ApplyOptions,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (options.signal.aborted) throw stopped(steps.length - index)
    options.onProgress(`Step ${index + 1} of ${steps.length}: ${step.title}`)
    await take(client, step, options)
  }
}

function stopped(left: number): AdoptionError {
  return new AdoptionError(`The adoption was stopped. Steps left: ${left}. Run the command again to continue.`)
}

async function take(client: ClientBase, step: AdoptionStep, options: ApplyOptions): Promise<void> {
  switch (step.kind) {
    case 'transaction':
      return withLock(client, step.statements, step.title, options)
    case 'alone':
      // It waits for transactions that are open, but writers do not wait for it.
      await client.query('SET lock_timeout = 0')
      await client.query(step.statement)
      return
    case 'backfill':
      return backfill(client, step, options)
  }
}

/** The locks that writers need are requested for a short time only, because writers queue behind the request. */
async function withLock(
  client: ClientBase,
  statements: readonly string[],
  title: string,
  { lockSeconds, attempts, pauseMs, signal, onProgress }: ApplyOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(['BEGIN', `SET LOCAL lock_timeout = '${lockSeconds}s'`, ...statements, 'COMMIT'].join(';\n'))
      return
    } catch (error) {
      await client.query('ROLLBACK')
      if (!isLocked(error)) throw error
      if (attempt === attempts) throw tooBusy(title, attempts)
      onProgress(`The table is locked. Attempt ${attempt + 1} of ${attempts} follows.`)
      await pause(pauseMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw stopped(1)
    }
  }
}

/** lock_not_available, or deadlock_detected. */
function isLocked(error: unknown): boolean {
  return ['55P03', '40P01'].includes(String((error as { code?: unknown }).code))
}

function tooBusy(title: string, attempts: number): AdoptionError {
  return new AdoptionError(
    `Could not ${title}: other transactions held a lock in all ${attempts} attempts. End long transactions on the table, or raise --lock-seconds, and run the command again.`,
  )
}

/** Looks at ranges of blocks, so that each row is read once. New rows have values already, because the trigger is there. */
async function backfill(
  client: ClientBase,
  { table, set, where }: Extract<AdoptionStep, { kind: 'backfill' }>,
  options: ApplyOptions,
): Promise<void> {
  const { rows: sizes } = await client.query<{ blocks: string }>(
    `SELECT pg_relation_size($1::regclass) / current_setting('block_size')::bigint AS blocks`,
    [table],
  )
  const blocks = Number(sizes[0]?.blocks ?? 0)
  for (let block = 0; block <= blocks; block += batchBlocks) {
    if (options.signal.aborted) throw stopped(1)
    const range = `ctid >= '(${block},0)'::tid AND ctid < '(${block + batchBlocks},0)'::tid`
    const update = `UPDATE ${table} SET ${set} WHERE ${range} AND (${where})`
    await withLock(client, [update], `fill ${table}`, options)
    const done = Math.min(100, Math.floor((100 * (block + batchBlocks)) / (blocks + 1)))
    options.onProgress(`${table}: ${done} % of the rows`)
  }
}
