import type { Actor } from '../domain/actor.js'
import type { Entity } from '../domain/entity.js'
import type { RunFilter } from '../database/run-store.js'
import type { Run } from '../domain/run.js'
import type { Outcome, RegistrationInput } from './registrations.js'

/** A page, newest first, as a Relay connection needs it. A cursor is opaque and stays valid. */
export interface Page<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

export interface PageArguments {
  /** Forward: at most `first` (1 to 100, 20 by default) after the cursor. Backward: `last` before the cursor. */
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

export type RunPageArguments = PageArguments & RunFilter

/** A page was asked for in a way that has no answer. The message says what would be right. */
export class InvalidPageError extends Error {
  override readonly name = 'InvalidPageError'
}

export const fullLoadTimes = {
  WITH_NEXT_RUN: 'With the next run, scheduled or manual.',
  NOW: 'In a run of these entities that starts now.',
} as const
export type FullLoadTime = keyof typeof fullLoadTimes

export interface FullLoadRequest {
  /** All active entities where none are named. */
  readonly entityList?: RegistrationInput['entityList']
  readonly when: FullLoadTime
}

export interface RedeliveryRequest {
  /** The period [from, to): every file whose window overlaps it. */
  readonly from: Date
  readonly to: Date
  /** Every entity of the catalog where none are named. */
  readonly entityList?: RegistrationInput['entityList']
}

/** The use cases around a tenant's runs. A tenant reads of each failure its code and a fixed message; an operator, the cause. */
export interface Runs {
  /** Starts a run now, with windows that end now. Refused while another run of the tenant is queued or running. */
  start(actor: Actor): Promise<Outcome<Run>>
  /**
   * Makes the next file of each entity a full load, by display names; with NOW, in a run of these entities that starts
   * at once. An entity that was never delivered gets its full load anyway.
   */
  requestFullLoad(actor: Actor, request: FullLoadRequest): Promise<Outcome<{ entities: Entity[]; run: Run | null }>>
  /** Starts a run that writes past windows again, as later revisions, with the values that their rows have now. */
  redeliver(actor: Actor, request: RedeliveryRequest): Promise<Outcome<Run>>
  /** @throws InvalidPageError */
  page(actor: Actor, page: RunPageArguments): Promise<Page<Run>>
  /** The run, or null where the tenant has none of that id. */
  find(actor: Actor, id: string): Promise<Run | null>
  /** Link into the Temporal UI for operators, where one is configured; null for tenants. */
  temporalUiUrl(actor: Actor, run: Run): string | null
}
