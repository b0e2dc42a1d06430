import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attack } from '../../support/attacks.js'
import { aUser, anOperator, type ConsoleApi, startConsoleApi } from './support/console-api.js'
import type { Page, TestBrowser } from './support/test-browser.js'

let api: ConsoleApi
beforeAll(async () => {
  api = await startConsoleApi()
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
})

const read = '{ dataExport { tenantId } }'
const pause = 'mutation { pauseDataExport { userErrors { code } } }'
const register = 'mutation { registerDataExport(input: { entityList: "user" }) { dataExport { tenantId } } }'

interface Answer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
}

function codeOf(page: Page): string {
  const { errors = [] } = page.json() as Answer
  return `${page.status} ${errors[0]?.extensions.code ?? 'OK'}`
}

describe('an operation of the console', () => {
  test('an operation without a session is refused with a challenge', async () => {
    const page = await api.browser().graphql(read)
    expect(codeOf(page)).toBe('401 UNAUTHENTICATED')
    expect(page.headers.get('www-authenticate')).toMatch(/^Bearer realm="tidemark"/)
    expect(page.text).toContain('There is no console session')
  })

  test.each([
    ['without the header of the console', { 'tidemark-console': undefined }],
    ['with another value in the header', { 'tidemark-console': 'yes' }],
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of another host of the same site', { 'sec-fetch-site': 'same-site' }],
    [
      'of another origin, by a browser without Fetch Metadata',
      { 'sec-fetch-site': undefined, origin: 'https://evil.example' },
    ],
    ['of no origin, by a browser without Fetch Metadata', { 'sec-fetch-site': undefined, origin: undefined }],
    ['of a page without an origin', { 'sec-fetch-site': undefined, origin: 'null' }],
  ])('a request %s is refused, and changes nothing', async (name, headers) => {
    attack({ name: `console: a request ${name}` })
    const browser = await api.loggedIn()
    for (const page of [
      await browser.graphql(register, headers),
      await browser.post('/console/logout', undefined, headers),
    ]) {
      expect(page.status).toBe(403)
      expect(page.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(page.json()).toMatchObject({ code: 'FORBIDDEN' })
    }
    expect((await browser.graphql(read)).json()).toEqual({ data: { dataExport: null } })
  })

  test('a browser without Fetch Metadata is served by its origin', async () => {
    const browser = await api.loggedIn()
    expect(codeOf(await browser.graphql(read, { 'sec-fetch-site': undefined }))).toBe('200 OK')
  })

  test('the cookie opens no other path', async () => {
    attack({ name: 'console: the cookie at /graphql and /export' })
    const browser = await api.loggedIn()
    expect((await browser.post('/graphql', { query: read })).status).toBe(401)
    expect((await browser.post('/export', { entityList: 'user' })).status).toBe(401)
    expect((await browser.open('/export', { accept: 'application/json' })).status).toBe(401)
  })

  test('an operation by GET is not answered', async () => {
    const browser = await api.loggedIn()
    const page = await browser.open(`/console/graphql?query=${encodeURIComponent(read)}`, {
      accept: 'application/json',
    })
    expect(page.status).toBe(404)
  })

  test('a page of another origin can not read the session, although CORS_ORIGINS permits it to use /graphql', async () => {
    const browser = await api.loggedIn()
    expect((await browser.open('/console/session', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    const page = await browser.open('/console/session', { origin: 'https://app.example.com' })
    expect(page.headers.get('access-control-allow-origin')).toBeNull()
  })

  test("the session of one tenant never shows or changes another tenant's export", async () => {
    attack({ name: "console: another tenant's export" })
    const [one, other] = [await api.loggedIn(), await api.loggedIn()]
    const own = (await one.graphql(register)).json() as {
      data: { registerDataExport: { dataExport: { tenantId: string } } }
    }
    const { tenantId } = own.data.registerDataExport.dataExport
    expect((await one.graphql(read)).json()).toEqual({ data: { dataExport: { tenantId } } })
    expect((await other.graphql(read)).json()).toEqual({ data: { dataExport: null } })
    expect(codeOf(await other.graphql(read, { 'tidemark-tenant': tenantId }))).toBe('403 FORBIDDEN')
    expect(codeOf(await other.graphql('{ exportOverview { tenants } }'))).toMatch(/FORBIDDEN/)
  })

  test('the operations of the console count against the limits of the tenant', async () => {
    attack({ name: 'console: a flood of operations' })
    await using limited = await startConsoleApi({ RATE_LIMIT_TENANT_PER_MINUTE: '2' })
    const browser = await limited.loggedIn()
    const codes: string[] = []
    for (let times = 0; times < 3; times += 1) codes.push(codeOf(await browser.graphql(read)))
    expect(codes).toEqual(['200 OK', '200 OK', '429 RATE_LIMITED'])
  })

  test('a subscription of the console streams events, and needs the session too', async () => {
    const browser = await api.loggedIn()
    const query = 'subscription { exportRunUpdated(id: "00000000-0000-4000-8000-000000000000") { status } }'
    const accept = { accept: 'text/event-stream' }
    const page = await browser.graphql(query, accept)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(page.text).toContain('event: complete')
    expect((await api.browser().graphql(query, accept)).status).toBe(401)
  })
})

describe('an operator in the console', () => {
  const tenantId = String(aUser().tenantId)
  const acting = { 'tidemark-tenant': tenantId }
  const age = (browser: TestBrowser, minutes: number): Promise<unknown> => {
    expect(browser.cookies.size).toBeGreaterThan(0)
    return api.sql(`UPDATE console_session SET auth_time = now() - make_interval(mins => $1)`, [minutes])
  }

  test('an operator acts for the tenant that the request names, with the limits of an operator', async () => {
    const browser = await api.loggedIn(anOperator())
    expect((await browser.open('/console/session')).json()).toMatchObject({ tenantId: null, isOperator: true })
    expect(codeOf(await browser.graphql(read))).toBe('400 BAD_USER_INPUT')
    expect((await browser.graphql(register, acting)).json()).toMatchObject({
      data: { registerDataExport: { dataExport: { tenantId } } },
    })
  })

  test("an operator's change needs a recent login, and a read does not", async () => {
    const browser = await api.loggedIn(anOperator())
    await age(browser, 16)
    expect(codeOf(await browser.graphql(read, acting))).toBe('200 OK')
    const page = await browser.graphql(pause, acting)
    expect(codeOf(page)).toBe('401 STEP_UP_REQUIRED')
    expect(page.headers.get('www-authenticate')).toMatch(
      /error="insufficient_user_authentication", error_description="[^"]+", max_age="900"$/,
    )
    await browser.visit('/console/login?stepUp=true')
    expect(Object.fromEntries(api.authority.lastRequest())).toMatchObject({ prompt: 'login', max_age: '0' })
    expect(codeOf(await browser.graphql(pause, acting))).toBe('200 OK')
  })

  test('a change by a tenant needs no recent login', async () => {
    const browser = await api.loggedIn()
    await age(browser, 600)
    expect(codeOf(await browser.graphql(pause))).toBe('200 OK')
  })

  test('an issuer that logs in without asking for the password does not permit a change', async () => {
    attack({ name: 'console: a change after a login without a password' })
    const old = new Date(Date.now() - 3_600_000)
    for (const authTime of [old, null]) {
      const browser = await api.loggedIn({ ...anOperator(), authTime })
      expect(codeOf(await browser.graphql(pause, acting))).toBe('401 STEP_UP_REQUIRED')
    }
    const browser = await api.loggedIn({ ...anOperator(), authTime: old })
    const page = await browser.visit('/console/login?stepUp=true')
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('did not ask for your password')])
    expect(codeOf(await browser.graphql(pause, acting))).toBe('401 STEP_UP_REQUIRED')
  })

  test('another user does not take over the session of an operator by a step-up', async () => {
    attack({ name: "console: another user's step-up" })
    const browser = await api.loggedIn(anOperator())
    api.authority.state.user = anOperator()
    const page = await browser.visit('/console/login?stepUp=true')
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('has logged in another user')])
  })
})
