import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import { scramVerifier } from '../../src/compose/migration.js'
import { withLogin } from '../../src/config/postgres-url.js'
import { readOrCreateSecretFile } from '../machine/private-files.js'

/** The logins of the local stack besides the superuser: one for the service, and one to read the source. */
export interface Logins {
  readonly service: Login
  readonly reader: Login
}

export interface Login {
  readonly username: string
  readonly password: string
}

/** The first start makes the logins; later starts read them. */
export async function openLogins(folder: string): Promise<Logins> {
  const content = await readOrCreateSecretFile(join(folder, 'logins.json'), () => JSON.stringify(newLogins(), null, 2))
  return JSON.parse(content) as Logins
}

function newLogins(): Logins {
  return {
    service: { username: 'tidemark_app', password: randomBytes(24).toString('hex') },
    reader: { username: 'tidemark_reader', password: randomBytes(24).toString('hex') },
  }
}

/** The URL of the same database for another login. */
export function urlFor(url: string, { username, password }: Login): string {
  return withLogin(url, username, password)
}

/** Makes the read-only login of the sample source if it is missing, and grants it the tables. */
export async function ensureReader(ownerUrl: string, { username, password }: Login): Promise<void> {
  const name = pg.escapeIdentifier(username)
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [username])
    if (rowCount === 0) {
      const verifier = await scramVerifier(password)
      await client.query(`CREATE ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(verifier)}`)
    }
    await client.query(`
      ALTER ROLE ${name} SET default_transaction_read_only = on;
      GRANT USAGE ON SCHEMA analytics TO ${name};
      GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO ${name}`)
  } finally {
    await client.end()
  }
}
