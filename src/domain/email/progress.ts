import type { TenantEvent } from '../event.js'
import { type ChangesState, changesStep } from './changes.js'
import type { EmailContent } from './content.js'
import { type DeliveriesState, deliveriesStep } from './deliveries.js'
import type { EmailKind } from './kinds.js'
import { type Problem, problemStep } from './problems.js'
import type { Step } from './step.js'

/** What is remembered of a recipient between two looks at the events, as JSON. */
export interface EmailProgress {
  readonly PROBLEMS?: Problem
  readonly CHANGES?: ChangesState
  readonly DELIVERIES?: DeliveriesState
}

export interface Advance {
  readonly progress: EmailProgress
  /** The emails to write, in this order. */
  readonly messages: readonly EmailContent[]
  /** When the next email is due without an event; null if none is. */
  readonly dueAt: Date | null
}

/** What a recipient of these kinds gets after these events, which it has not seen yet. */
export function advance(
  before: EmailProgress,
  kinds: readonly EmailKind[],
  events: readonly TenantEvent[],
  now: Date,
): Advance {
  const steps: Readonly<Record<EmailKind, () => Step<unknown>>> = {
    PROBLEMS: () => problemStep(before.PROBLEMS, events, now),
    CHANGES: () => changesStep(before.CHANGES, events, now),
    DELIVERIES: () => deliveriesStep(before.DELIVERIES, events, now),
  }
  const taken = kinds.map((kind) => ({ kind, ...steps[kind]() }))
  const due = taken.flatMap(({ dueAt }) => (dueAt ? [dueAt.getTime()] : []))
  return {
    progress: Object.fromEntries(taken.flatMap(({ kind, state }) => (state === undefined ? [] : [[kind, state]]))),
    messages: taken.flatMap(({ messages }) => messages),
    dueAt: due.length === 0 ? null : new Date(Math.min(...due)),
  }
}
