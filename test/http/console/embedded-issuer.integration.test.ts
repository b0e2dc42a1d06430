import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type IssuerUser, type LocalTokenIssuer, startTokenIssuer } from '../../../dev/issuer/token-issuer.js'
import { IssuerBrowser } from '../../dev/support/issuer-browser.js'
import { type ConsoleApi, startConsoleApi } from './support/console-api.js'
import type { Page, TestBrowser } from './support/test-browser.js'

const ada: IssuerUser = {
  ...{ username: 'ada@acme.example', password: 'of ada', name: 'Ada', tenantId: 'acme' },
  scopes: ['exports:read', 'exports:write'],
}
const olga: IssuerUser = {
  ...{ username: 'olga', password: 'of olga', name: 'Olga', tenantId: null },
  scopes: ['exports:read', 'exports:write', 'exports:operate'],
}
const client = { clientId: 'tidemark-console', clientSecret: 'of the client', name: 'the console' }

let folder: string
let issuer: LocalTokenIssuer
let api: ConsoleApi
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-issuer-'))
  issuer = await startTokenIssuer({
    keyFile: join(folder, 'issuer.json'),
    audience: 'tidemark',
    clients: () => [],
    login: {
      clients: [{ ...client, redirectPath: '/console/callback', logoutPath: '/console/logged-out' }],
      users: () => [ada, olga],
    },
  })
  api = await startConsoleApi({
    OAUTH_ISSUER: issuer.issuer,
    CONSOLE_CLIENT_ID: client.clientId,
    CONSOLE_CLIENT_SECRET: client.clientSecret,
  })
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  await issuer?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Logs in with the form of the local issuer. */
async function logIn(browser: TestBrowser, user: IssuerUser, query = ''): Promise<Page> {
  const toIssuer = await browser.open(`/console/login${query}`)
  const { searchParams } = new URL(toIssuer.headers.get('location') ?? '')
  const pages = new IssuerBrowser(issuer.issuer)
  const form = await pages.open(Object.fromEntries(searchParams))
  return browser.open((await pages.submit(form, user)).href)
}

test('a user of a tenant logs in at the issuer of the local stack, and logs out of both', async () => {
  const browser = api.browser()
  expect((await logIn(browser, ada, '?returnTo=/console/runs')).headers.get('location')).toBe('/console/runs')
  expect((await browser.open('/console/session')).json()).toMatchObject({
    ...{ authenticated: true, subject: ada.username, name: 'Ada', tenantId: 'acme', isOperator: false },
    scopes: ['exports:read', 'exports:write'],
  })
  expect((await browser.graphql('{ dataExport { version } }')).json()).toEqual({ data: { dataExport: null } })
  const { redirectTo } = (await browser.post('/console/logout')).json() as { redirectTo: string }
  expect((await browser.open(redirectTo)).headers.get('location')).toBe(`${api.origin}/console/logged-out`)
})

test('an operator of the local stack changes something after another login', async () => {
  const browser = api.browser()
  await logIn(browser, olga)
  await api.sql("UPDATE console_session SET auth_time = now() - interval '1 hour'")
  const pause = (): Promise<Page> =>
    browser.graphql('mutation { pauseDataExport { userErrors { code } } }', { 'tidemark-tenant': 'acme' })
  expect((await pause()).status).toBe(401)
  await logIn(browser, olga, '?stepUp=true')
  expect((await pause()).status).toBe(200)
})

test('the session continues with a refresh token of the local issuer', async () => {
  const browser = api.browser()
  await logIn(browser, ada)
  const before = browser.cookies.get('__Host-tidemark-session')
  await api.expireTokens(browser)
  expect((await browser.graphql('{ dataExport { version } }')).status).toBe(200)
  expect(browser.cookies.get('__Host-tidemark-session')).not.toBe(before)
})
