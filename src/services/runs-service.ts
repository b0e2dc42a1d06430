import { randomUUID } from 'node:crypto'
import { scheduleId } from '../contracts.js'
import type { DeliveryStore } from '../database/delivery-store.js'
import type { RegistrationStore } from '../database/registration-store.js'
import type { RunStore } from '../database/run-store.js'
import type { Actor } from '../domain/actor.js'
import type { Catalog } from '../domain/entity.js'
import { ExportError } from '../domain/errors.js'
import { activeEntities } from '../domain/registration.js'
import type { Run } from '../domain/run.js'
import type { RunGateway } from '../schedules/run-gateway.js'
import type { Events } from '../telemetry/events.js'
import { endLostRuns } from './lost-runs.js'
import { namedEntities } from './registration-input.js'
import type { Outcome, UserErrorCode } from './registrations.js'
import { runPage } from './run-page.js'
import type { Runs } from './runs.js'

export interface RunsDependencies {
  readonly catalog: Catalog
  readonly registrations: RegistrationStore
  readonly runs: RunStore
  readonly deliveries: DeliveryStore
  readonly gateway: RunGateway
  readonly events: Events
  readonly temporalUi: { readonly url: string | undefined; readonly namespace: string }
}

export function createRuns(deps: RunsDependencies): Runs {
  return {
    start: async (actor) => {
      try {
        return await start(deps, actor)
      } catch (error) {
        if (!(error instanceof ExportError) || error.code !== 'TEMPORAL_UNAVAILABLE') throw error
        return refused('TEMPORAL_UNAVAILABLE', 'The run could not be started since Temporal did not answer. Try again.')
      }
    },
    requestFullLoad: async (actor, entityList) => {
      const named = namedEntities(deps.catalog, entityList, ['entityList'])
      if (!named.ok) return named
      const names = named.value.map((entity) => entity.name)
      await deps.deliveries.requestFullLoad(actor.tenantId, names)
      deps.events.fullLoadRequested(actor, names)
      return named
    },
    page: (actor, page) => runPage(deps.runs, actor.tenantId, page),
    find: async (actor, id) => (isUuid(id) ? ((await deps.runs.find(actor.tenantId, id)) ?? null) : null),
    temporalUiUrl: ({ workflowId }) => {
      const { url, namespace } = deps.temporalUi
      return url === undefined ? null : `${url}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`
    },
  }
}

async function start(deps: RunsDependencies, actor: Actor): Promise<Outcome<Run>> {
  const { tenantId } = actor
  const stored = await deps.registrations.find(tenantId)
  if (!stored) return refused('NOT_REGISTERED', 'There is no registration yet. Register with registerDataExport first.')
  if (activeEntities(stored.registration, deps.catalog).length === 0) {
    return refused('NOTHING_ACTIVE', 'The export is disabled: no entity is active. Register entities first.')
  }
  const [alive] = await endLostRuns(deps, tenantId)
  if (alive)
    return refused('RUN_IN_PROGRESS', `Run ${alive.id} is still ${alive.status.toLowerCase()}. Wait for its end.`)
  return startNow(deps, actor)
}

async function startNow(deps: RunsDependencies, { tenantId, subject }: Actor): Promise<Outcome<Run>> {
  const to = new Date()
  const id = randomUUID()
  const workflowId = `${scheduleId(tenantId)}-${to.toISOString()}`
  const queued = await deps.runs.queue({ id, tenantId, workflowId, trigger: 'MANUAL', to, requestedBy: subject })
  if (!queued) return refused('RUN_IN_PROGRESS', 'Another run was asked for at the same moment. Wait for its end.')
  try {
    const manual = { runId: id, to: to.toISOString() }
    await deps.gateway.start(workflowId, { tenantId, manual }, `${tenantId}: export asked for by hand`)
  } catch (error) {
    const failure = { code: 'TEMPORAL_UNAVAILABLE' as const, message: 'The workflow could not be started.' }
    await deps.runs.finish(id, { cancelled: false, manifestPath: null, error: failure, failures: [] })
    throw error
  }
  const run = await deps.runs.find(tenantId, id)
  if (!run) throw new Error(`run ${id} is not on record`)
  deps.events.runRequested(run)
  return { ok: true, value: run }
}

function refused(code: UserErrorCode, message: string): Outcome<never> {
  return { ok: false, userErrors: [{ code, message, path: [], allowedValues: [], didYouMean: [] }] }
}

function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
}
