import type { DocumentNode, ExecutionResult, GraphQLFormattedError } from 'graphql'
import type { Actor, Operator } from '../../domain/actor.js'
import type { EventFeed } from '../../services/events/event-feed.js'
import type { RunUpdates } from '../../services/run-updates.js'
import type { Open } from './open-ones.js'

/** A result as the caller gets it, with masked errors. */
export type FormattedResult = Omit<ExecutionResult, 'errors'> & { readonly errors?: readonly GraphQLFormattedError[] }

/** The results of a subscription. `return` ends the subscription at once, also while `next` waits. */
export interface Results {
  next(): Promise<IteratorResult<FormattedResult, void>>
  return(): Promise<IteratorResult<FormattedResult, void>>
  throw(): Promise<IteratorResult<FormattedResult, void>>
  [Symbol.asyncIterator](): Results
}

/** What a transport with several results for one call gives to the call, and gets from it. */
export interface SubscriptionCall {
  /** Whether the transport carries subscriptions only. */
  readonly isOnly: boolean
  readonly runUpdates: RunUpdates
  readonly eventFeed: EventFeed
  /** Counts the subscription. @throws RateLimitedError, StoppingError */
  readonly open: (actor: Actor | Operator) => Open
  /** Undefined until the subscription is started, and for queries, mutations and refused calls. */
  started?: { readonly document: DocumentNode; readonly signal: AbortSignal; readonly results: Results }
}
