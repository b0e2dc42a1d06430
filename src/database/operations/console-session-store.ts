import type { Database, Transaction } from '../client.js'
import { withTypedErrors } from '../errors.js'

export interface NewConsoleSession {
  readonly secretHash: Uint8Array
  /** All secrets of one login. */
  readonly familyId: string
  readonly tenantId: string | null
  readonly subject: string
  readonly name: string
  readonly tokens: Uint8Array
  readonly authTime: Date | null
}

/** The row of one secret. Every time is compared by the database's clock. */
export interface StoredConsoleSession extends NewConsoleSession {
  readonly expiresAt: Date
  /** The session has reached its longest duration, or was idle for too long. */
  readonly isOver: boolean
  /** A successor is in use: this secret serves only requests that were under way. */
  readonly isReplaced: boolean
  /** A successor has been in use for so long that no honest browser still sends this secret. */
  readonly isReplayed: boolean
  /** When the tokens were last renewed; null if they never were. */
  readonly renewedAt: Date | null
  /** The secret is so old that a successor is due. */
  readonly isRotationDue: boolean
  /** The time since the issuer authenticated the user; null if the issuer did not say when. */
  readonly authAgeSeconds: number | null
}

export interface ConsoleSessionStore {
  begin(session: NewConsoleSession, maxHours: number): Promise<void>
  /** Finds a secret and records its use, unless the session is over. The first use of a secret replaces its predecessors. */
  use(secretHash: Uint8Array, idleMinutes: number): Promise<StoredConsoleSession | undefined>
  /**
   * Reserves the renewal of the tokens for one caller, over all processes. False if another one has it, or has renewed them
   * since the session was read.
   */
  reserveRenewal(session: Pick<StoredConsoleSession, 'secretHash' | 'renewedAt'>, seconds: number): Promise<boolean>
  /** Keeps all callers from a renewal for a while. */
  pauseRenewal(secretHash: Uint8Array, seconds: number): Promise<void>
  /**
   * Stores new tokens for the secret, and for a successor. @returns false if the session has ended meanwhile
   */
  renew(
    secretHash: Uint8Array,
    tokens: Uint8Array,
    successor: Pick<NewConsoleSession, 'secretHash' | 'tokens'>,
  ): Promise<boolean>
  /** Ends the session with all its secrets. */
  end(familyId: string): Promise<void>
  /** Ends the sessions of a tenant. */
  endOfTenant(tenantId: string): Promise<void>
  /** Removes sessions that are over. */
  removeOver(idleMinutes: number): Promise<void>
}

export function createConsoleSessionStore(database: Database): ConsoleSessionStore {
  return withTypedErrors({
    begin: async ({ secretHash, familyId, tenantId, subject, name, tokens, authTime }, maxHours) => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`
          INSERT INTO console_session (secret_hash, family_id, tenant_id, subject, name, tokens, logged_in_at, auth_time,
            expires_at, issued_at)
          VALUES (${secretHash}, ${familyId}::uuid, ${tenantId}, ${subject}, ${name}, ${tokens}, now(), ${authTime},
            now() + make_interval(hours => ${maxHours}), now())`,
      )
    },
    use: (secretHash, idleMinutes) =>
      database.forOperations((transaction) => use(transaction, secretHash, idleMinutes)),
    reserveRenewal: async ({ secretHash, renewedAt }, seconds) => {
      const reserved = await database.forOperations(
        (transaction) => transaction.$executeRaw`
          UPDATE console_session SET renewing_until = now() + make_interval(secs => ${seconds})
          WHERE secret_hash = ${secretHash} AND replaced_at IS NULL AND renewed_at IS NOT DISTINCT FROM ${renewedAt}
            AND (renewing_until IS NULL OR renewing_until <= now())`,
      )
      return reserved === 1
    },
    pauseRenewal: async (secretHash, seconds) => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`
          UPDATE console_session SET renewing_until = now() + make_interval(secs => ${seconds})
          WHERE secret_hash = ${secretHash}`,
      )
    },
    renew: async (secretHash, tokens, successor) =>
      database.forOperations(async (transaction) => {
        await transaction.$executeRaw`
          UPDATE console_session SET tokens = ${tokens}, renewed_at = now(), renewing_until = NULL
          WHERE secret_hash = ${secretHash}`
        const made = await transaction.$executeRaw`
          INSERT INTO console_session (secret_hash, family_id, tenant_id, subject, name, tokens, logged_in_at, auth_time,
            expires_at, issued_at)
          SELECT ${successor.secretHash}, family_id, tenant_id, subject, name, ${successor.tokens}, logged_in_at, auth_time,
            expires_at, now()
          FROM console_session WHERE secret_hash = ${secretHash}`
        return made === 1
      }),
    end: async (familyId) => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`DELETE FROM console_session WHERE family_id = ${familyId}::uuid`,
      )
    },
    endOfTenant: async (tenantId) => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`DELETE FROM console_session WHERE tenant_id = ${tenantId}`,
      )
    },
    removeOver: async (idleMinutes) => {
      await database.forOperations(
        (transaction) => transaction.$executeRaw`
          DELETE FROM console_session WHERE family_id IN (
            SELECT family_id FROM console_session GROUP BY family_id
            HAVING max(expires_at) <= now()
              OR max(coalesce(last_used_at, issued_at)) <= now() - make_interval(mins => ${idleMinutes}))`,
      )
    },
  })
}

async function use(
  transaction: Transaction,
  secretHash: Uint8Array,
  idleMinutes: number,
): Promise<StoredConsoleSession | undefined> {
  const [row] = await transaction.$queryRaw<(StoredConsoleSession & { readonly isNew: boolean })[]>`
    SELECT secret_hash AS "secretHash", family_id::text AS "familyId", tenant_id AS "tenantId", subject, name, tokens,
      auth_time AS "authTime", expires_at AS "expiresAt", renewed_at AS "renewedAt", last_used_at IS NULL AS "isNew",
      expires_at <= now() OR coalesce(last_used_at, issued_at) <= now() - make_interval(mins => ${idleMinutes}) AS "isOver",
      replaced_at IS NOT NULL AS "isReplaced",
      coalesce(replaced_at < now() - interval '30 seconds', false) AS "isReplayed",
      replaced_at IS NULL AND issued_at < now() - interval '1 hour'
        AND coalesce(renewed_at < now() - interval '30 seconds', true) AS "isRotationDue",
      extract(epoch FROM now() - auth_time)::float8 AS "authAgeSeconds"
    FROM console_session WHERE secret_hash = ${secretHash}`
  if (!row) return undefined
  const { isNew, ...session } = row
  if (session.isOver || session.isReplayed) return session
  if (isNew) {
    await transaction.$executeRaw`
      UPDATE console_session SET replaced_at = now()
      WHERE family_id = ${session.familyId}::uuid AND secret_hash <> ${secretHash} AND replaced_at IS NULL`
  }
  // Not with each request: the idle timeout is counted in minutes.
  await transaction.$executeRaw`
    UPDATE console_session SET last_used_at = now()
    WHERE secret_hash = ${secretHash} AND coalesce(last_used_at < now() - interval '10 seconds', true)`
  return session
}
