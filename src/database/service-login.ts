import pg from 'pg'

/** The role that may use Tidemark's tables under row-level security; the service's login is a member of it. */
const serviceRole = 'tidemark_service'

/** The login could see every tenant's rows, whatever the policies say. */
export class UnsafeLoginError extends Error {
  override readonly name = 'UnsafeLoginError'
  constructor(login: string, why: string) {
    super(
      `DATABASE_URL logs in as "${login}", which row-level security does not hold: it ${why}. Let DATABASE_OWNER_URL be ` +
        "the owner's URL and DATABASE_URL that of another login, and run `migrate`, which makes that login.",
    )
  }
}

interface Login {
  readonly login: string
  readonly bypasses: boolean
  readonly owns: boolean
}

/** @throws UnsafeLoginError where the connection's login is above row-level security, or could raise itself there. */
export async function assertHeldByRowSecurity(client: pg.ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<Login>(
    `SELECT session_user AS login,
       EXISTS (SELECT FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND pg_has_role(session_user, oid, 'MEMBER')) AS bypasses,
       EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND pg_has_role(session_user, tableowner, 'MEMBER')) AS owns`,
    [schema],
  )
  const [found] = rows
  if (found?.bypasses)
    throw new UnsafeLoginError(found.login, 'is, or may become, a superuser or a role that bypasses it')
  if (found?.owns) throw new UnsafeLoginError(found.login, "owns Tidemark's tables, or may become who does")
}

/**
 * Makes the login of `serviceUrl`, with the password there, unless it is there already, and a member of the role that may
 * use the tables. Gives whether it was made.
 */
export async function ensureServiceLogin(ownerUrl: string, serviceUrl: string): Promise<boolean> {
  const login = decodeURIComponent(new URL(serviceUrl).username)
  const password = decodeURIComponent(new URL(serviceUrl).password)
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'tidemark migrate' })
  await client.connect()
  try {
    const { rows } = await client.query<{ isMember: boolean }>(
      'SELECT pg_has_role(oid, $2, \'MEMBER\') AS "isMember" FROM pg_roles WHERE rolname = $1',
      [login, serviceRole],
    )
    const name = pg.escapeIdentifier(login)
    if (!rows[0]) await client.query(`CREATE ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(password)}`)
    if (!rows[0]?.isMember) await client.query(`GRANT ${serviceRole} TO ${name}`)
    return !rows[0]
  } finally {
    await client.end()
  }
}
