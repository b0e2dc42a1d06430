import type { Actor } from '../domain/actor.js'
import type { Entity } from '../domain/entity.js'
import type { Run } from '../domain/run.js'
import type { Outcome, RegistrationInput } from './registrations.js'

/** A page of runs, newest first, as the Relay connection needs it. A cursor is opaque and stays valid. */
export interface RunPage {
  readonly edges: readonly { readonly cursor: string; readonly node: Run }[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

export interface RunPageArguments {
  /** Forward: at most `first` (1 to 100, 20 by default) after the cursor. Backward: `last` before the cursor. */
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

/** A page was asked for in a way that has no answer. The message says what would be right. */
export class InvalidPageError extends Error {
  override readonly name = 'InvalidPageError'
}

/** The use cases around a tenant's runs. */
export interface Runs {
  /** Starts a run now, with windows that end now. Refused while another run of the tenant is queued or running. */
  start(actor: Actor): Promise<Outcome<Run>>
  /**
   * Makes the next file of each entity a full load, by display names. Gives the entities; an entity that was never
   * delivered gets its full load anyway.
   */
  requestFullLoad(actor: Actor, entityList: NonNullable<RegistrationInput['entityList']>): Promise<Outcome<Entity[]>>
  /** @throws InvalidPageError */
  page(actor: Actor, page: RunPageArguments): Promise<RunPage>
  /** The run, or null where the tenant has none of that id. */
  find(actor: Actor, id: string): Promise<Run | null>
  /** Link into the Temporal UI, where one is configured. */
  temporalUiUrl(run: Run): string | null
}
