import type { ProcessKind } from '../../domain/process.js'
import type { Database } from '../client.js'
import { withTypedErrors } from '../errors.js'

/** A process of the API, or a worker. */
export interface ProcessInfo {
  readonly id: string
  readonly kind: ProcessKind
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly taskQueue: string
  readonly startedAt: Date
}

/** Since when the API can't fetch the keys of the token issuer, and why; null if it can. */
export type IssuerFailure = { readonly since: Date; readonly problem: string } | null

/** A process as its last heartbeat left it. Its times are those of the database's clock, except `startedAt`. */
export interface StoredProcess extends ProcessInfo {
  readonly seenAt: Date
  /** How long ago that was, by the database's clock, in ms. */
  readonly silentMs: number
  /** When it stopped in an orderly way; null while it runs, and if it died. */
  readonly stoppedAt: Date | null
  /** How far its clock is ahead of the database's. */
  readonly clockSkewMs: number
  readonly issuer: IssuerFailure
}

export interface ProcessStore {
  /** Records that the process is alive. @returns how far its clock is ahead of the database's, in ms */
  beat(process: ProcessInfo, issuer: IssuerFailure): Promise<number>
  /** Records that the process has stopped in an orderly way. */
  stop(id: string): Promise<void>
  list(): Promise<StoredProcess[]>
  /** Removes processes that were not seen for a day, except the last one of each kind and task queue. */
  prune(): Promise<void>
}

export function createProcessStore(database: Database): ProcessStore {
  return withTypedErrors({
    beat: async (process, issuer) => {
      const { id, kind, host, pid, version, taskQueue, startedAt } = process
      return database.forOperations(async (transaction) => {
        const before = Date.now()
        const [clock] = await transaction.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
        // The database has read its clock about half way through the question.
        const skew = Math.round((before + Date.now()) / 2 - (clock?.now.getTime() ?? before))
        await transaction.$executeRaw`
          INSERT INTO process (id, kind, host, pid, version, task_queue, started_at, seen_at, clock_skew_ms, issuer_failing_since,
            issuer_problem)
          VALUES (${id}::uuid, ${kind}::process_kind, ${host}, ${pid}, ${version}, ${taskQueue}, ${startedAt}, now(), ${skew},
            ${issuer?.since ?? null}, ${issuer?.problem ?? null})
          ON CONFLICT (id) DO UPDATE SET seen_at = now(), stopped_at = NULL, clock_skew_ms = excluded.clock_skew_ms,
            issuer_failing_since = excluded.issuer_failing_since, issuer_problem = excluded.issuer_problem`
        return skew
      })
    },
    stop: async (id) => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`UPDATE process SET stopped_at = now() WHERE id = ${id}::uuid`,
      )
    },
    list: () => database.forOperations(list),
    prune: async () => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`
          DELETE FROM process p WHERE p.seen_at < now() - interval '1 day' AND EXISTS (
            SELECT FROM process later
            WHERE later.kind = p.kind AND later.task_queue = p.task_queue AND (later.seen_at, later.id) > (p.seen_at, p.id))`,
      )
    },
  })
}

type Row = Omit<StoredProcess, 'issuer'> & { readonly issuerSince: Date | null; readonly issuerProblem: string | null }

async function list(transaction: Parameters<Parameters<Database['forOperations']>[0]>[0]): Promise<StoredProcess[]> {
  const rows = await transaction.$queryRaw<Row[]>`
    SELECT id, kind::text, host, pid, version, task_queue AS "taskQueue", started_at AS "startedAt", seen_at AS "seenAt",
      (extract(epoch FROM now() - seen_at) * 1000)::float8 AS "silentMs", stopped_at AS "stoppedAt",
      clock_skew_ms AS "clockSkewMs", issuer_failing_since AS "issuerSince", issuer_problem AS "issuerProblem"
    FROM process ORDER BY kind, started_at, id`
  return rows.map(({ issuerSince, issuerProblem, ...process }) => ({
    ...process,
    issuer: issuerSince === null ? null : { since: issuerSince, problem: issuerProblem ?? '' },
  }))
}
