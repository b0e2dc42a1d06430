import type { RegistrationStore } from '../database/registration-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import { type DeliveryTestStep, deliveryTestSteps, skipped, stepOf } from '../domain/delivery-test.js'
import { namesOf } from '../domain/described.js'
import { deliveryTestForTenant } from '../domain/tenant-messages.js'
import type { DeliveryTestAnswer, DeliveryTestGateway, DeliveryTestLimits } from '../schedules/delivery-test-gateway.js'
import { ok, type Outcome, unlessTemporalIsAway } from './outcome.js'
import { notRegistered } from './registrations/entity-list-change.js'

/** The steps of a delivery, each taken once. */
export interface DeliveryTest {
  /** Whether no step has failed. */
  readonly passed: boolean
  readonly steps: readonly DeliveryTestStep[]
}

export interface DeliveryTests {
  /**
   * Takes each step of a delivery to the actor's tenant on a worker, and says which step fails. A hidden file is written to the
   * tenant's folder and removed. A tenant reads fixed messages, and an operator the causes.
   */
  test(actor: Actor): Promise<Outcome<DeliveryTest>>
}

export interface DeliveryTestsDependencies {
  readonly transact: Transact
  readonly registrations: RegistrationStore
  readonly gateway: DeliveryTestGateway
  readonly limits?: DeliveryTestLimits
}

/** Together less than the minute that the HTTP server permits for an answer. */
const usualLimits: DeliveryTestLimits = { takenMs: 15_000, finishedMs: 30_000 }

export function createDeliveryTests(deps: DeliveryTestsDependencies): DeliveryTests {
  return { test: (actor) => testDelivery(deps, actor) }
}

async function testDelivery(deps: DeliveryTestsDependencies, actor: Actor): Promise<Outcome<DeliveryTest>> {
  const { tenantId } = actor
  // A tenant that was removed or erased may still have valid tokens. Its folder must not come back.
  if (!(await deps.registrations.find(tenantId))) return notRegistered
  return unlessTemporalIsAway('The test could not be made because Temporal did not answer. Try again.', async () => {
    const begun = performance.now()
    await deps.transact(tenantId, async ({ audit }) => {
      await audit.keep(auditEntry(actor, 'DELIVERY_TESTED'))
      await deps.gateway.start(tenantId)
    })
    const answer = await deps.gateway.result(tenantId, deps.limits ?? usualLimits)
    const steps = stepsOf(answer, performance.now() - begun)
    const shown = actor.isOperator ? steps : deliveryTestForTenant(steps)
    return ok({ passed: steps.every(({ status }) => status !== 'FAILED'), steps: shown })
  })
}

function stepsOf(answer: DeliveryTestAnswer, elapsedMs: number): DeliveryTestStep[] {
  if (typeof answer === 'object') {
    return [stepOf('WORKER', Math.max(0, elapsedMs - answer.elapsedMs)), ...answer.steps]
  }
  const others = namesOf(deliveryTestSteps).filter((name) => name !== 'WORKER')
  const seconds = Math.round(elapsedMs / 1000)
  const message = {
    NOT_TAKEN: `No worker took the test within ${seconds} s: no worker takes tasks, or all of them are busy.`,
    NOT_FINISHED: `The worker that took the test did not finish it within ${seconds} s, or ended before.`,
  }[answer]
  return [stepOf('WORKER', elapsedMs, { status: 'FAILED', message }), ...skipped(...others)]
}
