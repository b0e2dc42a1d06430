import { skipped, stepOf } from '../../../src/domain/delivery-test.js'
import type { Actor } from '../../../src/domain/actor.js'
import type { Catalog } from '../../../src/domain/entity.js'
import {
  diffRegistration,
  isAsRequested,
  type Registration,
  type RegistrationChange,
  type RegistrationTarget,
  replaceRegistration,
  targetOf,
} from '../../../src/domain/registration.js'
import type { StoredRegistration } from '../../../src/database/unit-of-work/tenant-registration.js'
import type { UnitOfWork } from '../../../src/database/unit-of-work/unit-of-work.js'
import { listWith, listWithout, notRegistered } from '../../../src/services/registrations/entity-list-change.js'
import type { Run } from '../../../src/domain/run.js'
import type { SftpKey } from '../../../src/domain/sftp-key.js'
import {
  namedEntities,
  type RegistrationInput,
  requestedTarget,
  versionConflict,
} from '../../../src/services/registrations/registration-input.js'
import {
  registrationView,
  type RegistrationView,
  type Replacement,
  replacementView,
} from '../../../src/services/registrations/registration-view.js'
import type { Outcome } from '../../../src/services/outcome.js'
import type { Registrations } from '../../../src/services/registrations/registrations.js'
import type { DeliveryTests } from '../../../src/services/test-delivery.js'
import type { Audit } from '../../../src/services/audit.js'
import type { Deliveries } from '../../../src/services/deliveries.js'
import { createIncidentQueries, type IncidentQueries } from '../../../src/services/incident-queries.js'
import { InvalidPageError } from '../../../src/services/page.js'
import type { TenantLateness } from '../../../src/services/lateness.js'
import type { Operations } from '../../../src/services/operations.js'
import type { Runs } from '../../../src/services/runs/runs.js'
import { createSftpKeys, type SftpKeys } from '../../../src/services/sftp-keys.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import { anIncident } from '../incidents.js'
import { sampleDelivery, sampleRun } from './samples.js'
import { createLogger } from '../../../src/telemetry/logger.js'

/**
 * A fake of the port, for tests of what HTTP makes of its answers: the product's own rules over a map, without
 * transactions, schedules or anything that lasts. The real use cases are tested on the real parts.
 */
export function fakeRegistrations(catalog: Catalog): Registrations {
  const stored = new Map<string, StoredRegistration>()
  const changes = new Map<string, RegistrationChange[]>()
  const now = new Date('2026-11-23T09:30:00Z')

  const decide = (
    { tenantId, subject }: Actor,
    requested: Outcome<RegistrationTarget>,
    expectedVersion: number | null | undefined,
  ): Outcome<{ next: StoredRegistration; replacement: Replacement }> => {
    const before = stored.get(tenantId)
    const version = before?.registration.version ?? 0
    if (expectedVersion != null && expectedVersion !== version) {
      const refusal = { ok: false, userErrors: [versionConflict(expectedVersion, version)] } as const
      return before ? { ...refusal, current: view(before, true) } : refusal
    }
    if (!requested.ok) return requested
    const changed = !isAsRequested(before?.registration, requested.value)
    const change = { tenantId, by: subject, at: now }
    const next = before && !changed ? before : made(replaceRegistration(before?.registration, requested.value, change))
    const diff = { ...diffRegistration(before?.registration, requested.value), changed, notices: [] }
    return { ok: true, value: { next, replacement: replacementView(catalog, view(next, true), diff) } }
  }
  const made = (registration: Registration): StoredRegistration => ({
    registration,
    pausedAt: stored.get(registration.tenantId)?.pausedAt ?? null,
    scheduledVersion: registration.version,
    scheduleError: null,
  })
  const view = (each: StoredRegistration, includeInactive: boolean) =>
    registrationView(catalog, each, { includeInactive, now, isOperator: false })
  const targetFor = ({ tenantId }: Actor, input: RegistrationInput): Outcome<RegistrationTarget> => {
    const requested = requestedTarget(catalog, input)
    return requested.ok ? { ok: true, value: targetOf(requested.value, stored.get(tenantId)?.registration) } : requested
  }
  const keep = (actor: Actor, decided: ReturnType<typeof decide>): Outcome<Replacement> => {
    if (!decided.ok) return decided
    const { next, replacement } = decided.value
    if (!replacement.changed) return { ok: true, value: replacement }
    const before = stored.get(actor.tenantId)?.registration ?? null
    const { version } = next.registration
    const change = { version, changedBy: actor.subject, changedAt: now, before, after: next.registration }
    changes.set(actor.tenantId, [change, ...(changes.get(actor.tenantId) ?? [])])
    stored.set(actor.tenantId, next)
    return { ok: true, value: replacement }
  }
  const setPaused = async ({ tenantId }: Actor, pausedAt: Date | null): Promise<Outcome<RegistrationView>> => {
    const before = stored.get(tenantId)
    if (!before) return notRegistered
    stored.set(tenantId, { ...before, pausedAt })
    return { ok: true, value: view({ ...before, pausedAt }, true) }
  }

  return {
    catalog,
    replace: async (actor, input) => keep(actor, decide(actor, targetFor(actor, input), input.expectedVersion)),
    addEntities: async (actor, { entityList, expectedVersion }) =>
      keep(
        actor,
        decide(actor, listWith(catalog, stored.get(actor.tenantId)?.registration, entityList), expectedVersion),
      ),
    removeEntities: async (actor, { entityList, expectedVersion }) =>
      keep(
        actor,
        decide(actor, listWithout(catalog, stored.get(actor.tenantId)?.registration, entityList), expectedVersion),
      ),
    pause: (actor) => setPaused(actor, now),
    resume: (actor) => setPaused(actor, null),
    preview: async (actor, input) => {
      const decided = decide(actor, targetFor(actor, input), input.expectedVersion)
      return decided.ok ? { ok: true, value: decided.value.replacement } : decided
    },
    current: async (actor, { includeInactive }) => {
      const found = stored.get(actor.tenantId)
      return found ? view(found, includeInactive) : null
    },
    changes: async (actor, limit) => (changes.get(actor.tenantId) ?? []).slice(0, limit),
  }
}

/** A fake of the port: runs are started, kept in a list, and never get any further. */
export function fakeRuns(catalog: Catalog, kept: Run[] = []): Runs {
  return {
    start: async (actor) => {
      const run = sampleRun({ id: `run-${kept.length + 1}`, tenantId: actor.tenantId, status: 'QUEUED', entities: [] })
      if (kept.some((other) => other.status === 'QUEUED')) return { ok: false, userErrors: [runInProgress] }
      kept.unshift(run)
      return { ok: true, value: run }
    },
    cancel: async (_actor, id) => {
      const run = kept.find((each) => each.id === id)
      if (!run) return { ok: false, userErrors: [{ ...runInProgress, code: 'NO_SUCH_RUN', path: ['id'] }] }
      return { ok: true, value: { ...run, status: 'CANCELLED' } }
    },
    retry: async (actor, id) =>
      kept.some((run) => run.id === id)
        ? { ok: true, value: sampleRun({ tenantId: actor.tenantId, trigger: 'RETRY', status: 'QUEUED', entities: [] }) }
        : { ok: false, userErrors: [{ ...runInProgress, code: 'NO_SUCH_RUN', path: ['id'] }] },
    redeliverAll: async function* () {},
    retryFailed: async (_operator, { since, code }) => {
      const run = sampleRun({
        id: `retry since ${since?.toISOString()} with ${code}`,
        trigger: 'RETRY',
        status: 'QUEUED',
      })
      const refused = { tenantId: 'beta', failedRun: sampleRun(), run: null, userErrors: [runInProgress] }
      return { lines: [{ tenantId: 'acme', failedRun: sampleRun(), run, userErrors: [] }, refused], next: 'beta' }
    },
    requestFullLoad: async (actor, { entityList, when }) => {
      const named = namedEntities(catalog, entityList ?? catalog.entities.map(({ name }) => name), ['entityList'])
      if (!named.ok) return named
      const run = when === 'NOW' ? sampleRun({ tenantId: actor.tenantId, status: 'QUEUED', entities: [] }) : null
      return { ok: true, value: { entities: named.value, run } }
    },
    redeliver: async (actor, { from, to }) =>
      from < to
        ? { ok: true, value: sampleRun({ tenantId: actor.tenantId, trigger: 'REDELIVERY', status: 'QUEUED' }) }
        : { ok: false, userErrors: [{ ...runInProgress, code: 'INVALID_PERIOD', path: ['to'] }] },
    page: async (_actor, { first, after }) => {
      if (first != null && (first < 1 || first > 100))
        throw new InvalidPageError(`A page has 1 to 100 items, not ${first}.`)
      const start = after ? kept.findIndex((run) => run.id === after) + 1 : 0
      const shown = kept.slice(start, start + (first ?? 20))
      const edges = shown.map((node) => ({ cursor: node.id, node }))
      return { edges, hasNextPage: start + shown.length < kept.length, hasPreviousPage: start > 0 }
    },
    find: async (_actor, id) => kept.find((run) => run.id === id) ?? null,
    temporalUiUrl: (_actor, run) => `http://temporal.test/${run.workflowId}`,
  }
}

/** A fake of the port: every tenant has one delivery. */
export function fakeDeliveries(): Deliveries {
  return {
    page: async (_actor, { entity, first }) => {
      if (first != null && (first < 1 || first > 100))
        throw new InvalidPageError(`A page has 1 to 100 items, not ${first}.`)
      const node = sampleDelivery
      const edges = entity == null || entity === node.entity ? [{ cursor: node.id, node }] : []
      return { edges, hasNextPage: false, hasPreviousPage: false }
    },
    find: async (_actor, id) => (id === sampleDelivery.id ? sampleDelivery : null),
    newest: async (_actor, entities) => (entities.includes(sampleDelivery.entity) ? [sampleDelivery] : []),
    days: async () => [],
    ofRuns: async (_actor, runs) => runs.map(({ id }) => ({ ...sampleDelivery, runId: id })),
  }
}

/** A fake of the port: every test fails at the login. */
export function fakeDeliveryTests(): DeliveryTests {
  const login = stepOf('SFTP_LOGIN', 12, { status: 'FAILED', code: 'SFTP_AUTHENTICATION_FAILED', message: 'Refused.' })
  return {
    test: async () => ({
      ok: true,
      value: { passed: false, steps: [stepOf('WORKER', 3), login, ...skipped('SFTP_WRITE')] },
    }),
  }
}

/** The product's own use case over a list that all tenants share. */
export function fakeSftpKeys(): SftpKeys {
  let kept: { readonly tenantId: string; readonly key: SftpKey }[] = []
  const list = async (tenantId: string) => kept.flatMap((each) => (each.tenantId === tenantId ? [each.key] : []))
  const unitOf = (tenantId: string) => ({
    sftpKeys: {
      list: () => list(tenantId),
      add: async (key: SftpKey) => void kept.push({ tenantId, key }),
      remove: async (id: string) => {
        const removed = (await list(tenantId)).find((key) => key.id === id)
        kept = kept.filter(({ key }) => key !== removed)
        return removed
      },
    },
    audit: { keep: async () => undefined },
    events: { keep: async () => [] },
  })
  return createSftpKeys({
    endpoint: { host: 'sftp.test', port: 22, hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`] },
    events: createEvents(createLogger({ level: 'silent' })),
    transact: (tenantId, work) => work(unitOf(tenantId) as unknown as UnitOfWork),
    sftpKeys: { list },
  })
}

const runInProgress = {
  code: 'RUN_IN_PROGRESS',
  message: 'Another run is going on.',
  path: [],
  allowedValues: [],
  didYouMean: [],
} as const

/** The product's own queries over one incident. */
export function fakeIncidents(incident = anIncident()): IncidentQueries {
  const store = {
    page: async () => [incident],
    find: async (id: string) => (incident.id.startsWith(id) ? incident : undefined),
    affected: async () => [],
  }
  return createIncidentQueries({
    store,
    links: { temporalUi: { url: 'http://temporal.test', namespace: 'default' }, runbook: 'docs/runbook' },
  })
}

/** Keeps nothing but what it was told, for a test to look at. */
export function fakeAudit(): Audit & { readonly told: string[] } {
  const told: string[] = []
  return {
    told,
    denied: async ({ scope, denied }) => void told.push(`${denied.subject} lacks ${scope}`),
    operatorAccess: async ({ tenantId }, operation) => void told.push(`${operation} for ${tenantId}`),
    operatorQuery: ({ subject }, operation) => void told.push(`${operation} by ${subject}`),
    page: async () => ({ edges: [], hasNextPage: false, hasPreviousPage: false }),
  }
}

/** Nothing is late. */
export function fakeLateness(): TenantLateness {
  const expectedBy = new Date('2026-11-24T02:00:00Z')
  return {
    of: async () => ({ dueAt: expectedBy, expectedBy, overdue: false, overdueSince: null }),
    ofEntities: async () => new Map(),
  }
}

/** There are no tenants and no processes. */
export function fakeOperations(): Operations {
  return {
    tenants: async () => ({ edges: [], totalCount: 0, hasNextPage: false, hasPreviousPage: false }),
    tenantsMatching: async () => [],
    tenant: async () => undefined,
    overview: async () => ({
      ...{ tenants: 0, active: 0, paused: 0, overdue: 0, failing: 0, runsQueued: 0, runsRunning: 0 },
      ...{ oldestUnpublished: null, registrationsPending: 0, outboxSince: null, processes: [] },
      openIncidents: [],
      delivered: { files: 0, rows: 0, bytes: 0 },
    }),
  }
}
