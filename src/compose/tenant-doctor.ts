import type { Config } from '../config/config.js'
import { type CheckResult, examine } from '../doctor/examine.js'
import { tenantChecks, type TenantReads } from '../doctor/tenant.js'
import { commandActorFor } from '../domain/access.js'
import type { Actor } from '../domain/actor.js'
import { activeEntities } from '../domain/registration.js'
import { createLateness } from '../services/lateness.js'
import { executionOf } from '../services/lost-runs.js'
import type { Outcome } from '../services/outcome.js'
import { repair, type Repair } from '../services/runs/repair.js'
import type { ScheduleSync } from '../services/schedule-sync.js'
import { specOf } from './schedule-sync.js'
import type { Shared } from './shared.js'

/** Explains and repairs what may keep one tenant from its files. */
export interface TenantDoctor {
  /** It changes nothing. */
  examine(tenantId: string): Promise<CheckResult[]>
  /** With what is recorded. The run that it starts needs a worker. */
  repair(tenantId: string): Promise<Outcome<Repair>>
}

export function composeTenantDoctor(config: Config, shared: Shared, schedules: ScheduleSync): TenantDoctor {
  const { catalog, stores, gateways, events } = shared
  const temporalUi = { url: config.temporal.uiUrl, namespace: config.temporal.namespace }
  const deps = { catalog, ...stores, gateway: gateways.runs, events, temporalUi, schedules }
  return {
    examine: async (tenantId) => {
      return examine(tenantChecks(readsOf(config, shared, commandActorFor(tenantId))))
    },
    repair: async (tenantId) => repair(deps, commandActorFor(tenantId)),
  }
}

function readsOf(config: Config, { catalog, stores, gateways }: Shared, actor: Actor): TenantReads {
  const { tenantId } = actor
  const { registrations, runs, publications, ledgerGaps } = stores
  const lateness = createLateness({ catalog, lateness: stores.lateness, settings: config.lateness })
  const spec = specOf(config.schedule)
  return {
    registration: () => registrations.find(tenantId),
    schedule: async () => {
      const stored = await registrations.find(tenantId)
      if (!stored) return undefined
      const active = activeEntities(stored.registration, catalog)
      const names = active.map(({ name }) => name)
      return gateways.schedules.compare(spec(stored, names))
    },
    unfinished: async () => {
      const unfinished = await runs.unfinished(tenantId)
      return Promise.all(
        unfinished.map(async (run) => ({
          run,
          isAlive: await gateways.runs.isAlive(run.workflowId, executionOf(run)),
        })),
      )
    },
    lastRun: async () => (await runs.page(tenantId, { take: 1, backwards: false, from: undefined }))[0],
    intents: () => publications.pendingIntents(tenantId),
    pendingManifests: () => publications.pendingManifests(tenantId),
    hasOldIndex: () => ledgerGaps.hasOldIndex(tenantId),
    wrongWatermarks: () => ledgerGaps.wrongWatermarks(tenantId),
    brokenChains: () => ledgerGaps.brokenChains(tenantId),
    lateness: async () => (await lateness.of(actor)) ?? undefined,
  }
}
