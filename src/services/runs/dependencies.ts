import type { DeliveryStore } from '../../database/deliveries/delivery-store.js'
import type { RegistrationStore } from '../../database/registration-store.js'
import type { RunStore } from '../../database/run-store.js'
import type { Transact } from '../../database/unit-of-work/unit-of-work.js'
import type { Actor } from '../../domain/actor.js'
import type { Catalog } from '../../domain/entity.js'
import { type Run, withError } from '../../domain/run.js'
import { runForTenant } from '../../domain/tenant-messages.js'
import { isUuid } from '../../domain/uuid.js'
import type { RunGateway } from '../../schedules/run-gateway.js'
import type { Events } from '../../telemetry/events.js'
import { type Refusal, refused } from '../outcome.js'

export interface RunsDependencies {
  readonly catalog: Catalog
  readonly transact: Transact
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly deliveries: DeliveryStore
  readonly gateway: RunGateway
  readonly events: Events
  readonly temporalUi: { readonly url: string | undefined; readonly namespace: string }
}

/** The tenant's run of that id, as it is stored. */
export async function storedRun({ runs }: RunsDependencies, tenantId: string, id: string): Promise<Run | undefined> {
  return isUuid(id) ? runs.find(tenantId, id) : undefined
}

/** The run as the caller may see it. */
export function shownTo({ isOperator }: Pick<Actor, 'isOperator'>, run: Run): Run {
  const whole = withError(run)
  return isOperator ? whole : runForTenant(whole)
}

export const noSuchRun = refused('NO_SUCH_RUN', 'There is no run with this id. exportRuns lists the runs.', ['id'])

export function runInProgress({ id, status }: Run): Refusal {
  const message = `Run ${id} is still ${status.toLowerCase()}. Wait for its end, or cancel it with cancelExportRun.`
  return refused('RUN_IN_PROGRESS', message)
}
