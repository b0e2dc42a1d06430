import type { Affected, AffectedKind, IncidentCode, IncidentReports } from '../domain/incident.js'
import { nextPost, type Notification } from '../domain/incident-notification.js'
import { incidentSubject, type IncidentPlaces, isIncident } from '../domain/incident-subject.js'
import type {
  ClaimedNotification,
  EmptyFiles,
  IncidentKey,
  IncidentStore,
  Sighting,
} from '../database/incidents/incident-store.js'
import type { Alerts } from '../telemetry/alerts.js'
import { createDatabaseOutage } from './database-outage.js'
import { createSightingBatches } from './sighting-batches.js'

/**
 * Incidents: each is one cause of failures, over all tenants, from its opening to its resolution. They are stored in Tidemark's
 * database, so that several processes share them. No method throws: if the database is unavailable, the log and the webhook
 * get the problem directly.
 */
export interface Incidents extends IncidentReports, AsyncDisposable {
  /**
   * Resolves what the ledger shows as ended, and writes notifications that are due by now. Call it every few seconds. One
   * process at a time does it.
   */
  settle(): Promise<void>
  /** Posts the notifications that are due. Several processes may do so at once. */
  deliver(signal?: AbortSignal): Promise<void>
}

export interface IncidentsDependencies {
  readonly store: IncidentStore
  readonly alerts: Alerts
  readonly places: IncidentPlaces
  /** What can heal is announced after this time. */
  readonly delayMs: number
}

/** While nothing is wrong, an observation is written this often: another process may have opened the incident. */
const quietMs = 60_000
/** How long another process leaves a claimed notification alone. A post takes less. */
const leaseMs = 60_000
/** The number of notifications that are posted at the same time. */
const postsAtOnce = 5
/** The first look for empty files covers the time in which no process may have looked. */
const firstLookMs = 3_600_000
/** Files that another process records at the moment can have an earlier time than those that are there already. */
const overlapMs = 120_000
/** The end of the process waits this long for what is being written. */
const graceMs = 3_000

export function createIncidents({ store, alerts, places, delayMs }: IncidentsDependencies): Incidents {
  const outage = createDatabaseOutage({ alerts, subject: places.database, delayMs })
  const quiet = new Map<string, number>()
  let settled: Date | undefined

  /** Never throws. The database's answer ends its outage, its failure begins one. */
  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      outage.failed(error)
      return
    }
    outage.answered()
  }
  const log = (written: readonly Notification[]): void => written.forEach((each) => alerts.log(each))
  const batches = createSightingBatches((key, sightings) =>
    guarded(async () => log(await store.add(key, sightings, await store.clock()))),
  )
  const add = async (code: IncidentCode, sighting: Sighting): Promise<void> => {
    if (isIncident(code)) await batches.add({ code, subject: incidentSubject(code, sighting, places) }, sighting)
  }

  const observe = async (key: IncidentKey, affected: readonly Affected[]): Promise<void> => {
    if (!isIncident(key.code)) return
    const name = JSON.stringify([key.code, key.subject])
    const isQuiet = affected.length === 0
    const last = quiet.get(name)
    if (isQuiet && last !== undefined && Date.now() - last < quietMs) return
    quiet.delete(name)
    await guarded(async () => {
      log(
        await store.observe(
          key,
          affected.map((each) => sightingOf('OBSERVED', each)),
          await store.clock(),
        ),
      )
      if (isQuiet) quiet.set(name, Date.now())
    })
  }

  const emptyFiles: EmptyFiles['incidentOf'] = ({ publishedAt, runId, ...file }) => {
    const message = `The file of ${file.entity} for ${file.tenantId} has no rows. Each of the five deltas before it had rows.`
    const code = 'FILE_UNUSUALLY_EMPTY'
    const key = { code, subject: incidentSubject(code, file, places) } as const
    return { key, sighting: { ...sightingOf('FAILURE', { ...file, message }), runId, at: publishedAt } }
  }

  return {
    report: ({ code, ...failure }) => add(code, { ...failure, kind: 'FAILURE', at: new Date() }),
    reportFinding: (code, finding) => add(code, sightingOf('FINDING', finding)),
    observe: (code, subject, affected) =>
      observe({ code, subject: subject ?? incidentSubject(code, nothing, places) }, affected),
    settle: () =>
      guarded(async () => {
        const now = await store.clock()
        const since = new Date(settled ? settled.getTime() - overlapMs : now.getTime() - firstLookMs)
        const written = await store.settle(now, { since, incidentOf: emptyFiles })
        if (!written) return
        settled = now
        log(written)
      }),
    deliver: async (signal) => {
      if (alerts.isPosted) await guarded(() => deliver(store, alerts, signal))
    },
    [Symbol.asyncDispose]: () => batches.flush(graceMs),
  }
}

const nothing = { tenantId: null, entity: null }

function sightingOf(kind: AffectedKind, affected: Affected): Sighting {
  return { ...affected, kind, runId: null, workflowId: null, attempt: null, isFinal: false, at: new Date() }
}

async function deliver(store: IncidentStore, alerts: Alerts, signal: AbortSignal | undefined): Promise<void> {
  while (!signal?.aborted) {
    const now = await store.clock()
    const claimed = await store.claimDue({ now, leaseEnd: new Date(now.getTime() + leaseMs), most: postsAtOnce })
    if (claimed.length === 0) return
    await Promise.all(claimed.map((notification) => deliverOne(store, alerts, notification, signal)))
  }
}

async function deliverOne(
  store: IncidentStore,
  alerts: Alerts,
  notification: ClaimedNotification,
  signal: AbortSignal | undefined,
): Promise<void> {
  const problem = await alerts.post(notification, signal)
  const now = await store.clock()
  if (problem === undefined) return store.recordSent(notification.id, now)
  const next = nextPost(notification, now)
  alerts.notPosted(notification, problem, next)
  return store.recordNotSent(notification.id, now, next)
}
