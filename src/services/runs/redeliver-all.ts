import { setTimeout as pause } from 'node:timers/promises'
import type { Actor, Operator } from '../../domain/actor.js'
import type { Run } from '../../domain/run.js'
import type { UserError } from '../user-error.js'
import type { RunsDependencies } from './dependencies.js'
import { redeliver } from './redeliver.js'

/** What became of the redelivery for one tenant. */
export interface RedeliveryLine {
  readonly tenantId: string
  /** The run that was started; null if none was. */
  readonly run: Run | null
  /** Why no run was started. */
  readonly userErrors: readonly UserError[]
}

/** Between two starts, so that the source and the SFTP server recover gently. */
const pauseMs = 100

/**
 * Starts a redelivery of the period for each registered tenant, one after the other. A tenant without a delivered file in the
 * period is left out.
 */
export async function* redeliverAll(
  deps: RunsDependencies,
  operator: Actor | Operator,
  period: { readonly from: Date; readonly to: Date },
): AsyncGenerator<RedeliveryLine, void, undefined> {
  for (const tenantId of await deps.registrations.tenants()) {
    const outcome = await redeliver(deps, { ...operator, tenantId, isOperator: true }, period)
    if (outcome.ok) {
      yield { tenantId, run: outcome.value, userErrors: [] }
      await pause(pauseMs)
      continue
    }
    const { userErrors } = outcome
    if (userErrors.some(({ code }) => code === 'NOTHING_DELIVERED')) continue
    yield { tenantId, run: null, userErrors }
    // The next tenants would fail alike, and each would get one more failed run.
    if (userErrors.some(({ code }) => code === 'TEMPORAL_UNAVAILABLE')) return
  }
}
