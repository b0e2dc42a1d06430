import pg from 'pg'
import type { ServerProcess } from './transaction.js'

/**
 * Asks over a new connection outside of the pool, because reads may use all of the pool. Returns the rows of the last
 * statement. `SET ROLE NONE` undoes a role in the login's settings: only the login may see and end its own processes.
 */
async function ask(config: pg.ClientConfig, limitMs: number, question: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: limitMs, query_timeout: limitMs })
  client.on('error', () => {})
  try {
    await client.connect()
    const results: unknown = await client.query(`SET ROLE NONE; ${question}`)
    return (results as pg.QueryResult<Record<string, unknown>>[]).at(-1)?.rows ?? []
  } finally {
    // Not awaited: the connection may be dead.
    void client.end()
  }
}

const which = ({ backendPid, backendStart }: ServerProcess): string =>
  `pid = ${backendPid} AND backend_start = ${pg.escapeLiteral(backendStart)}::timestamptz`

/**
 * Whether the process works: it is not idle, and it does not wait for us to read. If `track_activities` is off, Postgres
 * knows only the latter.
 */
export async function isAtWork(config: pg.ClientConfig, limitMs: number, process: ServerProcess): Promise<boolean> {
  const [found] = await ask(
    config,
    limitMs,
    `SELECT state IN ('active', 'disabled') AND wait_event_type IS DISTINCT FROM 'Client' AS "atWork"
     FROM pg_stat_activity WHERE ${which(process)}`,
  )
  return found?.['atWork'] === true
}

export async function endProcess(config: pg.ClientConfig, limitMs: number, process: ServerProcess): Promise<void> {
  await ask(config, limitMs, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${which(process)}`)
}
