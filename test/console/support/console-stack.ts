import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Browser, chromium } from 'playwright-core'
import { chromiumArguments, findChromium } from '../../../dev/machine/chromium.js'
import type { UserConnection } from '../../../dev/stack/connection-file.js'
import { resetStack } from '../../../dev/stack/reset.js'
import { type Stack, startStack } from '../../../dev/stack/stack.js'
import { type Environment, readEnvironment } from '../../../src/config/env.js'
import { type BrowserOptions, ConsoleBrowser } from './console-browser.js'

/** A stack as `npm start` runs it, and a browser. */
export interface ConsoleStack extends AsyncDisposable {
  readonly stack: Stack
  /** A user of a tenant, or the operator. */
  user(who: string): UserConnection
  /** A window with cookies of its own, logged in through the page of the issuer. */
  logIn(who: string, options?: BrowserOptions): Promise<ConsoleBrowser>
  /** A window with cookies of its own, at the first page. */
  open(options?: BrowserOptions): Promise<ConsoleBrowser>
  /** Answers of the API to a program of the tenant. */
  graphql<Data>(tenantId: string, query: string, variables?: object): Promise<Data>
  /** Changes the database as its owner. */
  query(sql: string, values?: readonly unknown[]): Promise<void>
}

/** @param environment settings that differ from those of `npm start` */
export async function startConsoleStack(environment: Environment = {}, sampleRows = 2_000): Promise<ConsoleStack> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-console-'))
  const { PATH, HOME, TEMPORAL_CLI_PATH } = readEnvironment()
  const stack = await startStack({
    folder,
    environment: { PATH, HOME, TEMPORAL_CLI_PATH, ...environment },
    sampleRows,
    report: () => undefined,
    signal: new AbortController().signal,
  })
  const browser = await launchBrowser()
  const { connection } = stack
  const user = (who: string): UserConnection => {
    const account =
      who === 'operator'
        ? connection.operator?.console
        : connection.tenants.find(({ tenantId }) => tenantId === who)?.console
    if (!account) throw new Error(`The stack has no user ${who}.`)
    return account
  }
  const open = (options: BrowserOptions = {}) => ConsoleBrowser.open(browser, connection, options)
  return {
    stack,
    user,
    open,
    logIn: async (who, options) => {
      const window = await open(options)
      await window.logIn(user(who))
      return window
    },
    graphql: async <Data>(tenantId: string, query: string, variables: object = {}) => {
      const response = await fetch(connection.graphqlUrl, {
        method: 'POST',
        headers: { authorization: `Bearer ${await stack.accessToken(tenantId)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown }
      if (errors || !data) throw new Error(`${response.status}: ${JSON.stringify(errors)}`)
      return data
    },
    query: async (sql, values = []) => {
      const client = new pg.Client({ connectionString: connection.databaseUrl })
      await client.connect()
      try {
        await client.query(sql, [...values])
      } finally {
        await client.end()
      }
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await stack[Symbol.asyncDispose]()
      await resetStack(folder, () => undefined)
      await rm(folder, { recursive: true })
    },
  }
}

async function launchBrowser(): Promise<Browser> {
  const executablePath = await findChromium(readEnvironment())
  if (executablePath === undefined) throw new Error('There is no Chromium on the PATH.')
  return chromium.launch({ executablePath, args: chromiumArguments() })
}
