import pg from 'pg'
import { scramVerifier } from './scram-verifier.js'

/** The role that may use Tidemark's tables under row-level security. The service's login is a member of it. */
const serviceRole = 'tidemark_service'

const anotherLogin =
  "Set DATABASE_OWNER_URL to the owner's URL and DATABASE_URL to that of another login, and run `migrate`, which creates the login."

/** The login can read every tenant's rows: the policies of row-level security do not apply to it. */
export class UnsafeLoginError extends Error {
  override readonly name = 'UnsafeLoginError'
  constructor(login: string, why: string, remedy = anotherLogin) {
    super(`Row-level security does not apply to the login "${login}" of DATABASE_URL: it ${why}. ${remedy}`)
  }
}

interface Login {
  readonly login: string
  readonly bypasses: boolean
  readonly owns: boolean
  /** Tables without row-level security. */
  readonly unprotected: string | null
}

/** A member of these roles can read or write the server's files, and so everything. */
const serverRoles = ['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files']

/** @throws UnsafeLoginError if row-level security does not apply to the connection's login, or if the login could change that */
export async function assertHeldByRowSecurity(client: pg.ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<Login>(
    `SELECT session_user AS login,
       EXISTS (
         SELECT FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')
           AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication OR rolname = ANY ($2))) AS bypasses,
       EXISTS (
         SELECT FROM (
           SELECT nspowner AS owner FROM pg_namespace WHERE nspname = $1
           UNION SELECT relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = $1
           UNION SELECT proowner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname = $1) AS owners
         WHERE pg_has_role(session_user, owner, 'MEMBER')) AS owns,
       (SELECT string_agg(relname, ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE nspname = $1 AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'
          AND NOT (relrowsecurity AND relforcerowsecurity)) AS unprotected`,
    [schema, serverRoles],
  )
  const [found] = rows
  if (found?.bypasses)
    throw new UnsafeLoginError(found.login, 'is, or may become, a superuser or another role that bypasses it')
  if (found?.owns)
    throw new UnsafeLoginError(found.login, "is, or may become, the owner of Tidemark's schema, tables or functions")
  if (found?.unprotected)
    throw new UnsafeLoginError(found.login, `is not forced on ${found.unprotected}`, 'Run `migrate`.')
}

/**
 * Creates the login of `serviceUrl`, with its password, unless it exists, and makes it a member of the role that may use the
 * tables. Returns whether it was created.
 */
export async function ensureServiceLogin(ownerUrl: string, serviceUrl: string): Promise<boolean> {
  const { user: login = '', password } = new pg.Client({ connectionString: serviceUrl })
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'tidemark migrate' })
  await client.connect()
  try {
    const { rows } = await client.query<{ isMember: boolean }>(
      'SELECT pg_has_role(oid, $2, \'MEMBER\') AS "isMember" FROM pg_roles WHERE rolname = $1',
      [login, serviceRole],
    )
    const name = pg.escapeIdentifier(login)
    if (!rows[0]) await client.query(`CREATE ROLE ${name} LOGIN ${await passwordClause(password)}`)
    if (!rows[0]?.isMember) await client.query(`GRANT ${serviceRole} TO ${name}`)
    return !rows[0]
  } finally {
    await client.end()
  }
}

/** A login without a password logs in another way, such as with a certificate. */
async function passwordClause(password: unknown): Promise<string> {
  if (typeof password !== 'string' || password === '') return ''
  return `PASSWORD ${pg.escapeLiteral(await scramVerifier(password))}`
}
