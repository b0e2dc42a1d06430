import pg from 'pg'
import { UnsafeLoginError } from './service-login.js'

/** A statement that was sent without Prisma has failed. */
export class StatementError extends Error {
  override readonly name = 'StatementError'
  /** The SQLSTATE; undefined if no connection could be opened, or the connection broke. */
  readonly state: string | undefined

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.state = cause instanceof pg.DatabaseError ? cause.code : undefined
  }
}

/**
 * Sends a whole transaction as one message, and waits for one answer. The pool closes the connection if a statement fails,
 * because its transaction is not ended.
 * @param begin the statements that begin the transaction
 * @param query a query without parameters. Postgres answers only this statement with rows.
 * @throws StatementError
 */
export async function readInOneMessage<Row>(pool: pg.Pool, begin: string, query: string): Promise<Row[]> {
  try {
    // One result for each statement.
    const results = (await pool.query(`${begin}; ${query}; COMMIT`)) as unknown as pg.QueryResult[]
    return results.flatMap(({ command, rows }) => (command === 'SELECT' ? (rows as Row[]) : []))
  } catch (error) {
    throw error instanceof UnsafeLoginError ? error : new StatementError(error)
  }
}
