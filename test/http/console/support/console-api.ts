import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { composeApi } from '../../../../src/compose/api.js'
import { loadConfig } from '../../../../src/config/config.js'
import type { Environment } from '../../../../src/config/env.js'
import { hashOf, seal, unseal } from '../../../../src/services/console/session-secret.js'
import { createLogger } from '../../../../src/telemetry/logger.js'
import { createWorld, type World } from '../../../support/world/world.js'
import { consoleClient, type LoginAuthority, startLoginAuthority, type TestUser } from './login-authority.js'
import { type TestBrowser, testBrowser } from './test-browser.js'

/** The API with a console, and an issuer at which its users log in. */
export interface ConsoleApi extends AsyncDisposable {
  readonly origin: string
  readonly world: World
  readonly authority: LoginAuthority
  readonly folder: string
  readonly log: () => string
  browser(): TestBrowser
  /** A browser in which the user has logged in. */
  loggedIn(user?: Partial<TestUser>): Promise<TestBrowser>
  /** One more API process over the same database. @returns its origin */
  another(): Promise<string>
  /** Makes the stored access token of a browser's session expire, now or after that time. */
  expireTokens(browser: TestBrowser, validMs?: number): Promise<void>
  /** Changes the stored sessions behind the API's back, such as their times. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
}

export const sessionName = '__Host-tidemark-session'

export async function startConsoleApi(environment: Environment = {}): Promise<ConsoleApi> {
  const authority = await startLoginAuthority()
  const folder = await builtConsole()
  const world = await createWorld({
    worker: false,
    environment: {
      ...{ OAUTH_ISSUER: authority.issuer, CONSOLE_CLIENT_ID: consoleClient.id },
      ...{ CONSOLE_CLIENT_SECRET: consoleClient.secret, PORT: '0', ...environment },
    },
  })
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const apis: AsyncDisposable[] = []
  const another = async (): Promise<string> => {
    const api = await composeApi(loadConfig(world.environment), { logger, consoleFolder: folder })
    apis.push(api)
    return (await api.listen()).replace(/\/$/, '')
  }
  const origin = await another()
  const database = new pg.Client({ connectionString: world.ownerUrl, options: '-c search_path=tidemark' })
  await database.connect()
  const browser = (): TestBrowser => testBrowser(origin)
  return {
    ...{ origin, world, authority, folder, another, browser, log: () => lines.join('') },
    loggedIn: async (user = {}) => {
      authority.state.user = { ...aUser(), ...user }
      const own = browser()
      const page = await own.logIn()
      if (page.status !== 200) throw new Error(`the login failed: ${page.status} ${page.text}`)
      return own
    },
    expireTokens: async ({ cookies }, validMs = -1) => {
      const secret = cookies.get(sessionName) ?? ''
      const hash = hashOf(secret)
      const row = await database.query<{ tokens: Buffer }>(
        'SELECT tokens FROM console_session WHERE secret_hash = $1',
        [hash],
      )
      const old = unseal(row.rows[0]?.tokens ?? Buffer.of(), secret) as object
      const tokens = seal({ ...old, validUntil: Date.now() + validMs }, secret)
      await database.query('UPDATE console_session SET tokens = $2 WHERE secret_hash = $1', [hash, tokens])
    },
    sql: async (text, values) => (await database.query<Record<string, unknown>>(text, values)).rows,
    [Symbol.asyncDispose]: async () => {
      await database.end()
      for (const api of apis) await api[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
      await authority[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

/** A user of a tenant that no other test has. */
export function aUser(): TestUser {
  const id = randomBytes(5).toString('hex')
  return { subject: `user-${id}`, tenantId: `t-${id}`, scopes: 'exports:read exports:write', name: 'Ada Lovelace' }
}

export function anOperator(): TestUser {
  return { ...aUser(), tenantId: null, scopes: 'exports:read exports:write exports:operate', name: 'Olga Operator' }
}

/** A console as it is built: an index, and files with hashes. */
async function builtConsole(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-console-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><meta nonce="CSP_NONCE"><title>Tidemark</title>')
  await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(folder, 'assets/app-1a2b3c.js'), 'export {}')
  await writeFile(join(folder, 'assets/app-1a2b3c.js.br'), 'as brotli')
  return folder
}
