import type { InstallationStore } from '../database/installation-store.js'
import type { ProcessStore } from '../database/operations/process-store.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { InstallationState } from '../domain/installation.js'
import type { ForeignSchedules } from '../schedules/schedule-gateway.js'
import type { TaskQueueClaim } from '../schedules/task-queue-claim.js'
import type { Events } from '../telemetry/events.js'
import { isAlive } from './watch-processes.js'

/** What an operator does about the id of this installation. */
export interface Installations {
  show(): Promise<InstallationState>
  /**
   * Gives the database a new id, because it is the copy of another installation's. Refused while processes of this database are
   * alive: they would go on with the old id.
   */
  renew(): Promise<Renewal>
  /** Takes over the task queue and the schedules of the tenants that are registered here, also from another installation. */
  adopt(): Promise<Adoption>
}

export interface Renewal {
  /** The new id; null if it was refused. */
  readonly id: string | null
  /** The number of processes that are alive. */
  readonly alive: number
}

export interface Adoption {
  readonly id: string
  /** The tenants whose schedules were taken over, and those of foreign schedules without a registration here. */
  readonly adopted: readonly string[]
  readonly left: readonly string[]
}

export interface InstallationDependencies {
  readonly installation: InstallationStore
  readonly processes: Pick<ProcessStore, 'list'>
  readonly registrations: Pick<RegistrationStore, 'tenants'>
  readonly claim: TaskQueueClaim
  readonly foreignSchedules: ForeignSchedules
  readonly events: Pick<Events, 'installationRenewed' | 'installationAdopted'>
  /** Makes a schedule match its registration. */
  readonly apply: (tenantId: string) => Promise<void>
}

export function createInstallations(deps: InstallationDependencies): Installations {
  const { installation, claim, foreignSchedules } = deps
  return {
    show: () => installationState(deps),
    renew: async () => {
      const alive = (await deps.processes.list()).filter(isAlive).length
      if (alive > 0) return { id: null, alive }
      const id = await installation.renew()
      deps.events.installationRenewed(id)
      return { id, alive }
    },
    adopt: async () => {
      await claim.takeOver()
      const registered = new Set(await deps.registrations.tenants())
      const foreign = (await foreignSchedules.foreign()).map(({ tenantId }) => tenantId)
      const adopted = foreign.filter((tenantId) => registered.has(tenantId))
      for (const tenantId of adopted) {
        await foreignSchedules.takeOver(tenantId)
        await deps.apply(tenantId)
      }
      const left = foreign.filter((tenantId) => !registered.has(tenantId))
      const id = await installation.id()
      deps.events.installationAdopted(id, adopted.length)
      return { id, adopted, left }
    },
  }
}

/** Compares what the database and Temporal say. */
export async function installationState({
  installation,
  claim,
  foreignSchedules,
}: Pick<InstallationDependencies, 'installation' | 'claim' | 'foreignSchedules'>): Promise<InstallationState> {
  return {
    id: await installation.id(),
    taskQueueOf: (await claim.owner()) ?? null,
    foreign: await foreignSchedules.foreign(),
  }
}
