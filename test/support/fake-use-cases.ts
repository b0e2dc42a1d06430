import type { Actor } from '../../src/domain/actor.js'
import type { Catalog } from '../../src/domain/entity.js'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import {
  diffRegistration,
  isAsRequested,
  type Registration,
  replaceRegistration,
} from '../../src/domain/registration.js'
import type { Run } from '../../src/domain/run.js'
import type { SftpKey } from '../../src/domain/sftp-key.js'
import { namedEntities, registrationTarget, versionConflict } from '../../src/services/registration-input.js'
import { registrationView, replacementView } from '../../src/services/registration-view.js'
import type {
  Outcome,
  RegistrationChangeView,
  RegistrationInput,
  Registrations,
  Replacement,
} from '../../src/services/registrations.js'
import type { Audit } from '../../src/services/audit.js'
import type { Deliveries, Delivery } from '../../src/services/deliveries.js'
import { InvalidPageError, type Runs } from '../../src/services/runs.js'
import { createSftpKeys } from '../../src/services/sftp-keys-service.js'
import type { SftpKeys } from '../../src/services/sftp-keys.js'
import { createEvents } from '../../src/telemetry/events.js'
import { createLogger } from '../../src/telemetry/logger.js'

/**
 * A fake of the port, for tests of what HTTP makes of its answers: the product's own rules over a map, without
 * transactions, schedules or anything that lasts. The real use cases are tested on the real parts.
 */
export function fakeRegistrations(catalog: Catalog): Registrations {
  const registrations = new Map<string, Registration>()
  const changes = new Map<string, RegistrationChangeView[]>()
  const now = new Date('2026-11-23T09:30:00Z')

  const decide = (
    actor: Actor,
    input: RegistrationInput,
  ): Outcome<{ next: Registration; replacement: Replacement }> => {
    const target = registrationTarget(catalog, input)
    if (!target.ok) return target
    const before = registrations.get(actor.tenantId)
    const version = before?.version ?? 0
    if (input.expectedVersion != null && input.expectedVersion !== version) {
      return { ok: false, userErrors: [versionConflict(input.expectedVersion, version)] }
    }
    const changed = !isAsRequested(before, target.value)
    const change = { tenantId: actor.tenantId, by: actor.subject, at: now }
    const next = before && !changed ? before : replaceRegistration(before, target.value, change)
    const diff = { ...diffRegistration(before, target.value), changed }
    return { ok: true, value: { next, replacement: replacementView(catalog, view(next, true), diff) } }
  }
  const view = (registration: Registration, includeInactive: boolean) =>
    registrationView(
      catalog,
      { registration, scheduledVersion: registration.version, scheduleError: null },
      { includeInactive, now, isOperator: false },
    )

  return {
    catalog,
    replace: async (actor, input) => {
      const decided = decide(actor, input)
      if (!decided.ok) return decided
      const { next, replacement } = decided.value
      if (!replacement.changed) return { ok: true, value: replacement }
      const before = registrations.get(actor.tenantId) ?? null
      const change = { version: next.version, changedBy: actor.subject, changedAt: now, before, after: next }
      changes.set(actor.tenantId, [change, ...(changes.get(actor.tenantId) ?? [])])
      registrations.set(actor.tenantId, next)
      return { ok: true, value: replacement }
    },
    preview: async (actor, input) => {
      const decided = decide(actor, input)
      return decided.ok ? { ok: true, value: decided.value.replacement } : decided
    },
    current: async (actor, { includeInactive }) => {
      const registration = registrations.get(actor.tenantId)
      return registration ? view(registration, includeInactive) : null
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
    requestFullLoad: async (actor, { entityList, when }) => {
      const named = namedEntities(catalog, entityList, ['entityList'])
      if (!named.ok) return named
      const run = when === 'NOW' ? sampleRun({ tenantId: actor.tenantId, status: 'QUEUED', entities: [] }) : null
      return { ok: true, value: { entities: named.value, run } }
    },
    redeliver: async (actor, { from, to }) =>
      from < to
        ? { ok: true, value: sampleRun({ tenantId: actor.tenantId, trigger: 'REDELIVERY', status: 'QUEUED' }) }
        : { ok: false, userErrors: [{ ...runInProgress, code: 'INVALID_PERIOD', path: ['to'] }] },
    page: async (_actor, { first, after }) => {
      if (first != null && (first < 1 || first > 100)) throw new InvalidPageError('Ask for 1 to 100 runs at a time.')
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
      if (first != null && (first < 1 || first > 100)) throw new InvalidPageError('Ask for 1 to 100 at a time.')
      const node = sampleDelivery
      const edges = entity == null || entity === node.entity ? [{ cursor: node.id, node }] : []
      return { edges, hasNextPage: false, hasPreviousPage: false }
    },
  }
}

/** The product's own use case over a list that all tenants share. */
export function fakeSftpKeys(): SftpKeys {
  let kept: { readonly tenantId: string; readonly key: SftpKey }[] = []
  const list = (tenantId: string) => kept.flatMap((each) => (each.tenantId === tenantId ? [each.key] : []))
  return createSftpKeys({
    endpoint: { host: 'sftp.test', port: 22, hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`] },
    events: createEvents(createLogger({ level: 'silent' })),
    store: {
      list: async (tenantId) => list(tenantId),
      add: async ({ tenantId }, key, allows) => {
        if (!allows(list(tenantId))) return false
        kept.push({ tenantId, key })
        return true
      },
      remove: async ({ tenantId }, id) => {
        const removed = list(tenantId).find((key) => key.id === id)
        kept = kept.filter(({ key }) => key !== removed)
        return removed
      },
    },
  })
}

const sampleDelivery: Delivery = {
  id: 'delivery-1',
  runId: 'run-1',
  entity: 'user',
  path: '/exports/acme/2026/11/23/user/user.0001.csv.gz',
  rows: 5_000_000_000,
  sourceRows: 5_000_000_000,
  bytes: 12,
  sha256: 'ab'.repeat(32),
  format: { ...defaultFileFormat, compression: 'GZIP', maxPartMegabytes: 1 },
  parts: [
    {
      path: '/exports/acme/2026/11/23/user/user.0001.csv.gz',
      rows: 5_000_000_000,
      bytes: 12,
      sha256: 'cd'.repeat(32),
    },
  ],
  extent: { mode: 'DELTA', from: new Date('2026-11-22T00:00:00Z'), baseSnapshot: '1:1:', previous: 4 },
  to: new Date('2026-11-23T00:00:00Z'),
  revision: 2,
  sequence: 5,
  schemaVersion: 1,
  redelivered: false,
  attempts: 3,
  columns: 'code:string',
  publishedAt: new Date('2026-11-23T00:01:00Z'),
  removedAt: null,
}

const runInProgress = {
  code: 'RUN_IN_PROGRESS',
  message: 'Another run is going on.',
  path: [],
  allowedValues: [],
  didYouMean: [],
} as const

export function sampleRun(overrides: Partial<Run> = {}): Run {
  const at = new Date('2026-11-23T00:00:00Z')
  return {
    id: 'run-1',
    tenantId: 'acme',
    workflowId: 'export-acme-1',
    trigger: 'MANUAL',
    status: 'SUCCEEDED',
    to: at,
    registrationVersion: 1,
    requestedBy: 'tester',
    queuedAt: at,
    startedAt: at,
    finishedAt: at,
    manifestPath: '/exports/acme/2026/11/23/datapackage.json',
    error: null,
    entities: [
      {
        entity: 'user',
        status: 'PUBLISHED',
        mode: 'DELTA',
        fullLoadReason: null,
        from: new Date('2026-11-22T00:00:00Z'),
        to: at,
        attempts: 1,
        rows: 9_007_199_254_740_993n,
        bytes: 12n,
        path: '/exports/acme/2026/11/23/user/user.csv',
        sha256: 'ab'.repeat(32),
        revision: 2,
        error: null,
        startedAt: at,
        finishedAt: at,
      },
      {
        entity: 'gone_entity',
        status: 'FAILED',
        mode: 'FULL',
        fullLoadReason: 'FIRST',
        from: null,
        to: at,
        attempts: 3,
        rows: null,
        bytes: null,
        path: null,
        sha256: null,
        revision: null,
        error: { code: 'SFTP_NO_SPACE', message: 'The disk is full.' },
        startedAt: at,
        finishedAt: null,
      },
    ],
    ...overrides,
  }
}

/** Keeps nothing but what it was told, for a test to look at. */
export function fakeAudit(): Audit & { readonly told: string[] } {
  const told: string[] = []
  return {
    told,
    denied: async ({ scope, denied }) => void told.push(`${denied.subject} lacks ${scope}`),
    operatorAccess: async ({ tenantId }, operation) => void told.push(`${operation} for ${tenantId}`),
    page: async () => ({ edges: [], hasNextPage: false, hasPreviousPage: false }),
  }
}
