import type { RunFilter } from '../../database/run-store.js'
import type { Actor, Operator } from '../../domain/actor.js'
import type { Entity } from '../../domain/entity.js'
import type { Run } from '../../domain/run.js'
import type { Outcome } from '../outcome.js'
import { type Page, type PageArguments, pageOf } from '../page.js'
import type { RegistrationInput } from '../registrations/registration-input.js'
import { cancelRun } from './cancel.js'
import { type RunsDependencies, shownTo, storedRun } from './dependencies.js'
import { type FullLoadRequest, requestFullLoad } from './full-load.js'
import { redeliver, type RedeliveryRequest } from './redeliver.js'
import { redeliverAll, type RedeliveryLine } from './redeliver-all.js'
import { type FailedRunsRequest, retryFailed, type RetryLines } from './retry-failed.js'
import { retryRun } from './retry.js'
import { startListed } from './start.js'

export type RunPageArguments = PageArguments & RunFilter

export interface StartRequest {
  /** Only these entities, which must be active. All active entities if it is left out. */
  readonly entityList?: RegistrationInput['entityList']
}

/** The use cases around a tenant's runs. Of a failure, a tenant reads the code and a fixed message; an operator reads the cause. */
export interface Runs {
  /** Starts a run now, with windows that end now. Refused while another run of the tenant is queued or running. */
  start(actor: Actor, request?: StartRequest): Promise<Outcome<Run>>
  /**
   * Cancels a run that is queued or running. It waits at most some seconds for the end, and returns the run as it is then.
   * Published files stay, and the next run covers what is not published.
   */
  cancel(actor: Actor, id: string): Promise<Outcome<Run>>
  /** Starts a run of only what failed or was cancelled in an ended run. */
  retry(actor: Actor, id: string): Promise<Outcome<Run>>
  /**
   * For operators: retries the last run of each tenant if that run failed. It covers a limited number of tenants per call: call
   * it again with `next` as `after`.
   */
  retryFailed(operator: Actor | Operator, request: FailedRunsRequest): Promise<RetryLines>
  /**
   * Makes the next file of each entity a full load. With NOW, a run of these entities starts at once. An entity that was never
   * delivered gets its full load anyway.
   */
  requestFullLoad(actor: Actor, request: FullLoadRequest): Promise<Outcome<{ entities: Entity[]; run: Run | null }>>
  /** Starts a run that writes past windows again, as later revisions, with the current values of their rows. */
  redeliver(actor: Actor, request: RedeliveryRequest): Promise<Outcome<Run>>
  /** For operators: the same for every registered tenant. Each result is yielded once its run has started. */
  redeliverAll(
    operator: Actor | Operator,
    period: { readonly from: Date; readonly to: Date },
  ): AsyncGenerator<RedeliveryLine, void, undefined>
  /** @throws InvalidPageError */
  page(actor: Actor, page: RunPageArguments): Promise<Page<Run>>
  /** The run, or null if the tenant has no run of that id. */
  find(actor: Actor, id: string): Promise<Run | null>
  /** A link into the Temporal UI, for operators; null for tenants, and if no Temporal UI is configured. */
  temporalUiUrl(actor: Actor, run: Run): string | null
}

export function createRuns(deps: RunsDependencies): Runs {
  return {
    start: (actor, { entityList } = {}) => startListed(deps, actor, entityList),
    cancel: (actor, id) => cancelRun(deps, actor, id),
    retry: (actor, id) => retryRun(deps, actor, id),
    retryFailed: (operator, request) => retryFailed(deps, operator, request),
    requestFullLoad: (actor, request) => requestFullLoad(deps, actor, request),
    redeliver: (actor, request) => redeliver(deps, actor, request),
    redeliverAll: (operator, period) => redeliverAll(deps, operator, period),
    page: (actor, { status, from, to, ...page }) =>
      pageOf(
        page,
        async (request) => {
          const found = await deps.runs.page(actor.tenantId, request, { status, from, to })
          return found.map((run) => shownTo(actor, run))
        },
        ({ queuedAt, id }) => ({ at: queuedAt, id }),
      ),
    find: async (actor, id) => {
      const run = await storedRun(deps, actor.tenantId, id)
      return run ? shownTo(actor, run) : null
    },
    temporalUiUrl: ({ isOperator }, { workflowId }) => {
      const { url, namespace } = deps.temporalUi
      if (url === undefined || !isOperator) return null
      return `${url}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`
    },
  }
}
