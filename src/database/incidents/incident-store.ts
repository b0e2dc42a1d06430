import type { IncidentAffected, IncidentCode } from '../../domain/incident.js'
import type { Incident } from '../../domain/incident.js'
import type { Notification } from '../../domain/incident-notification.js'
import type { Prisma } from '../../generated/prisma/client.js'
import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'
import { type PageRequest, pageQuery } from '../pages.js'
import { addSightings, endUnobserved, type IncidentKey, openIncident, resolveEnded, type Sighting } from './affected.js'
import { affectedFromRow, incidentsOf } from './incident-rows.js'
import { announce, type AnnouncementRules, claimDue, type ClaimedNotification } from './outbox.js'

export type { IncidentKey, Sighting } from './affected.js'
export type { AnnouncementRules, ClaimedNotification } from './outbox.js'

/** Which incidents. */
export interface IncidentFilter {
  readonly isOpen?: boolean | null | undefined
  readonly code?: IncidentCode | null | undefined
  /** Those that affect this tenant, or have affected it. */
  readonly tenantId?: string | null | undefined
}

/** An empty file of the ledger that is unusual. */
export interface UnusuallyEmptyFile {
  readonly tenantId: string
  readonly entity: string
  readonly runId: string
  /** The start of its window. */
  readonly since: Date | null
  readonly publishedAt: Date
}

export interface EmptyFiles {
  /** Only files that were published since then. */
  readonly since: Date
  /** The incident of such a file, and what is written of it. */
  readonly incidentOf: (file: UnusuallyEmptyFile) => { readonly key: IncidentKey; readonly sighting: Sighting }
}

/** Incidents and the outbox of their notifications. Each method is one transaction. Those that write return new notifications. */
export interface IncidentStore {
  /**
   * The time by the clock of the database. All processes share it: by a wrong clock of their own, they would notify operators too
   * early or too late.
   */
  clock(): Promise<Date>
  /** Opens the incident of that key, or adds to it. */
  add(key: IncidentKey, sightings: readonly Sighting[], now: Date): Promise<Notification[]>
  /** Makes these the only observed rows of the incident of that key. Without any, it opens no incident. */
  observe(key: IncidentKey, sightings: readonly Sighting[], now: Date): Promise<Notification[]>
  /**
   * Adds unusually empty files, ends what the ledger shows as ended, resolves incidents, removes old ones, and writes
   * notifications that are due by now. Undefined if another process does so at the moment.
   */
  settle(now: Date, emptyFiles: EmptyFiles): Promise<Notification[] | undefined>
  /** See {@link claimDue}. */
  claimDue(claim: {
    readonly now: Date
    readonly leaseEnd: Date
    readonly most: number
  }): Promise<ClaimedNotification[]>
  recordSent(id: string, at: Date): Promise<void>
  /** Without a next time, the notification is given up. */
  recordNotSent(id: string, at: Date, next: Date | null): Promise<void>
  /** When the oldest notification that waits was written. */
  oldestWaiting(): Promise<Date | null>
  /** The numbers of open incidents, by code. */
  countOpen(): Promise<{ readonly code: IncidentCode; readonly count: number }[]>
  page(request: PageRequest, filter: IncidentFilter): Promise<readonly Incident[]>
  /** By its id, or by the first eight characters of it or more. */
  find(id: string): Promise<Incident | undefined>
  /** What an incident affects, or has affected: what is affected now first, then by tenant and entity. */
  affected(id: string, most: number): Promise<readonly IncidentAffected[]>
}

export function createIncidentStore(database: Database, rules: AnnouncementRules): IncidentStore {
  const inTransaction: Database['forOperations'] = (work) => database.forOperations(work)
  return withTypedErrors<IncidentStore>({
    clock: () =>
      inTransaction(async (transaction) => {
        const [row] = await transaction.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
        if (!row) throw new Error('the database returns no time')
        return row.now
      }),
    add: (key, sightings, now) =>
      inTransaction(async (transaction) => {
        const id = await openIncident(transaction, key, now)
        await addSightings(transaction, id, sightings)
        // What a check finds is announced once the ledger was asked whether anybody exports the table.
        return sightings.some(({ kind }) => kind === 'FAILURE') ? announce(transaction, [id], now, rules) : []
      }),
    observe: (key, sightings, now) => inTransaction((transaction) => observe(transaction, key, sightings, now, rules)),
    settle: (now, emptyFiles) => inTransaction((transaction) => settle(transaction, now, emptyFiles, rules)),
    claimDue: (claim) => inTransaction((transaction) => claimDue(transaction, claim)),
    recordSent: (id, sentAt) =>
      inTransaction(async (transaction) => {
        await transaction.notification.updateMany({ where: { id }, data: { sentAt } })
      }),
    recordNotSent: (id, at, next) =>
      inTransaction(async (transaction) => {
        const data = next ? { nextAttemptAt: next } : { abandonedAt: at }
        await transaction.notification.updateMany({ where: { id }, data })
      }),
    oldestWaiting: () =>
      inTransaction(async (transaction) => {
        const where = { sentAt: null, abandonedAt: null }
        return (await transaction.notification.findFirst({ where, orderBy: { createdAt: 'asc' } }))?.createdAt ?? null
      }),
    countOpen: () =>
      inTransaction(async (transaction) => {
        const groups = await transaction.incident.groupBy({ by: 'code', where: { resolvedAt: null }, _count: true })
        return groups.map(({ code, _count: count }) => ({ code: code as IncidentCode, count }))
      }),
    page: (request, filter) => inTransaction((transaction) => pageOfIncidents(transaction, request, filter)),
    find: (id) => inTransaction((transaction) => findIncident(transaction, id)),
    affected: (id, most) =>
      inTransaction(async (transaction) => {
        const rows = await transaction.incidentAffected.findMany({
          where: { incidentId: id },
          orderBy: [{ endedAt: { sort: 'desc', nulls: 'first' } }, { tenantId: 'asc' }, { entity: 'asc' }],
          take: most,
        })
        return rows.map(affectedFromRow)
      }),
  })
}

/** How long a resolved incident is kept. */
const keptMs = 90 * 86_400_000

async function observe(
  transaction: Transaction,
  key: IncidentKey,
  sightings: readonly Sighting[],
  now: Date,
  rules: AnnouncementRules,
): Promise<Notification[]> {
  const id = sightings.length > 0 ? await openIncident(transaction, key, now) : await lockOpen(transaction, key)
  if (id === undefined) return []
  if (sightings.length > 0) await addSightings(transaction, id, sightings)
  await endUnobserved(transaction, id, sightings, now)
  await resolveEnded(transaction, [id], now)
  return announce(transaction, [id], now, rules)
}

async function lockOpen(transaction: Transaction, { code, subject }: IncidentKey): Promise<string | undefined> {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id::text AS id FROM incident WHERE code = ${code} AND subject = ${subject} AND resolved_at IS NULL FOR UPDATE`
  return rows[0]?.id
}

/** Locks all open incidents first: so none gets a new row between the look into the ledger and its resolution. */
async function settle(
  transaction: Transaction,
  now: Date,
  emptyFiles: EmptyFiles,
  rules: AnnouncementRules,
): Promise<Notification[] | undefined> {
  const [lock] = await transaction.$queryRaw<{ held: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('incidents', 0)) AS held`
  if (!lock?.held) return undefined
  await addEmptyFiles(transaction, emptyFiles, now)
  await transaction.incident.deleteMany({ where: { resolvedAt: { lt: new Date(now.getTime() - keptMs) } } })
  const open = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id::text AS id FROM incident WHERE resolved_at IS NULL ORDER BY code, subject FOR UPDATE`
  if (open.length === 0) return []
  const ids = open.map(({ id }) => id)
  await transaction.$executeRaw`
    UPDATE incident_affected SET ended_at = ${now} WHERE id IN (SELECT ended_affected()::uuid) AND ended_at IS NULL`
  await resolveEnded(transaction, ids, now)
  return announce(transaction, ids, now, rules)
}

async function addEmptyFiles(transaction: Transaction, { since, incidentOf }: EmptyFiles, now: Date): Promise<void> {
  const rows = await transaction.$queryRaw<{ file: string }[]>`SELECT unusually_empty_files(${since}) AS file`
  for (const { file } of rows) {
    const { key, sighting } = incidentOf(emptyFileFromJson(file))
    await addSightings(transaction, await openIncident(transaction, key, now), [sighting])
  }
}

function emptyFileFromJson(json: string): UnusuallyEmptyFile {
  const { since, publishedAt, ...file } = JSON.parse(json) as Record<keyof UnusuallyEmptyFile, string>
  return { ...file, since: since ? new Date(since) : null, publishedAt: new Date(publishedAt) }
}

async function pageOfIncidents(
  transaction: Transaction,
  page: PageRequest,
  { isOpen, code, tenantId }: IncidentFilter,
): Promise<Incident[]> {
  const { where, ...order } = pageQuery('openedAt', page)
  const filter: Prisma.IncidentWhereInput = {
    ...(isOpen != null && { resolvedAt: isOpen ? null : { not: null } }),
    ...(code && { code }),
    ...(tenantId && { affected: { some: { tenantId } } }),
  }
  const rows = await transaction.incident.findMany({ where: { AND: [where, filter] }, ...order })
  const incidents = await incidentsOf(transaction, rows)
  return page.backwards ? incidents.toReversed() : incidents
}

async function findIncident(transaction: Transaction, id: string): Promise<Incident | undefined> {
  if (!/^[0-9a-f-]{8,36}$/i.test(id)) return undefined
  const found = await transaction.$queryRaw<{ id: string }[]>`
    SELECT id::text AS id FROM incident WHERE id::text LIKE ${`${id.toLowerCase()}%`} LIMIT 2`
  const [only] = found.length === 1 ? found : []
  const row = only && (await transaction.incident.findUnique({ where: only }))
  return row ? (await incidentsOf(transaction, [row]))[0] : undefined
}
