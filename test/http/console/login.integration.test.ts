import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attack } from '../../support/attacks.js'
import { aUser, type ConsoleApi, startConsoleApi } from './support/console-api.js'
import type { Page, TestBrowser } from './support/test-browser.js'

let api: ConsoleApi
beforeAll(async () => {
  api = await startConsoleApi()
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  Object.assign(api.authority.state, { user: aUser(), isDown: false, tamperTokens: () => undefined, idClaims: {} })
})

const sessionName = '__Host-tidemark-session'
const isLoggedIn = async (browser: TestBrowser): Promise<unknown> =>
  ((await browser.open('/console/session')).json() as { authenticated: unknown }).authenticated

/** The login as far as the issuer's answer, which the test sends itself. */
async function answerOfIssuer(browser: TestBrowser, query = ''): Promise<URL> {
  const toIssuer = await browser.open(`/console/login${query}`)
  const back = await browser.open(toIssuer.headers.get('location') ?? '')
  return new URL(back.headers.get('location') ?? '')
}

describe('a login', () => {
  test('a user logs in at the issuer, returns to the page, and sends operations with the token of the session', async () => {
    const browser = await api.loggedIn({ subject: 'ada', tenantId: 'acme' })
    expect(Object.fromEntries(api.authority.lastRequest())).toMatchObject({
      response_type: 'code',
      client_id: 'console',
      redirect_uri: `${api.origin}/console/callback`,
      code_challenge_method: 'S256',
      scope: 'openid profile offline_access exports:read exports:write exports:operate',
    })
    expect((await browser.open('/console/session')).json()).toEqual({
      authenticated: true,
      subject: 'ada',
      name: 'Ada Lovelace',
      tenantId: 'acme',
      isOperator: false,
      scopes: ['exports:read', 'exports:write'],
      expiresAt: expect.any(String) as unknown,
      idleMinutes: 30,
    })
    const answer = await browser.graphql('{ dataExport { version } exportAuditEvents { edges { node { action } } } }')
    expect(answer.json()).toMatchObject({
      data: { dataExport: null, exportAuditEvents: { edges: [{ node: { action: 'CONSOLE_LOGIN' } }] } },
    })
  })

  test('the login returns to the page that the user wanted, also after an extra parameter', async () => {
    const page = '/console/runs?state=failed&after=a%2Fb'
    const browser = api.browser()
    const answer = await answerOfIssuer(browser, `?returnTo=${encodeURIComponent(page)}`)
    expect((await browser.open(answer.href)).headers.get('location')).toBe(page)
  })

  test('the cookies have every attribute that keeps them in this browser and on this host', async () => {
    const browser = api.browser()
    const callback = await answerOfIssuer(browser)
    const toIssuer = await browser.open('/console/login')
    expect(toIssuer.status).toBe(303)
    expect(browser.setCookies()).toEqual([
      expect.stringMatching(/^__Host-tidemark-login=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=600$/),
    ])
    expect(callback.pathname).toBe('/console/callback')
    await browser.logIn()
    await browser.open((await answerOfIssuer(browser)).href)
    expect(browser.setCookies()).toEqual([
      '__Host-tidemark-login=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0',
      expect.stringMatching(/^__Host-tidemark-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ])
  })

  test('no token reaches the browser or the log', async () => {
    const browser = await api.loggedIn()
    const pages = [await browser.open('/console/session'), await browser.graphql('{ dataExport { version } }')]
    const seen = [...browser.cookies.values(), ...pages.map(({ text, headers }) => text + JSON.stringify([...headers]))]
    for (const token of api.authority.tokens()) expect(seen.join() + api.log()).not.toContain(token)
    expect(api.log()).not.toContain(browser.cookies.get(sessionName))
  })

  test('the database has no secret and no token in clear text', async () => {
    const browser = await api.loggedIn()
    const rows = JSON.stringify(await api.sql("SELECT to_jsonb(s), encode(tokens, 'escape') FROM console_session s"))
    expect(rows).not.toContain(browser.cookies.get(sessionName))
    for (const token of api.authority.tokens()) expect(rows).not.toContain(token.slice(0, 20))
  })
})

/** What the user reads. */
function failureOf({ status, headers, text }: Page) {
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
  return `${status} ${/<p>([^<]*)<\/p>/.exec(text)?.[1]}`
}

describe('a login that somebody attacks', () => {
  test.each([
    ['an answer with another state', { state: 'of another login' }],
    ['an answer without a state', { state: undefined }],
    ['an answer of another issuer', { iss: 'https://evil.example' }],
    ['an answer that does not name its issuer', { iss: undefined }],
    ['a code that the issuer has not made', { code: 'invented' }],
    ['a refusal by the user', { code: undefined, error: 'access_denied' }],
  ])('%s ends without a session', async (name, change) => {
    attack({ name: `console: ${name}` })
    const browser = api.browser()
    const answer = await answerOfIssuer(browser)
    for (const [parameter, value] of Object.entries(change)) {
      if (value === undefined) answer.searchParams.delete(parameter)
      else answer.searchParams.set(parameter, value)
    }
    expect(failureOf(await browser.open(answer.href))).toMatch(/^400 The login page did not log you in/)
    expect(browser.cookies.has(sessionName)).toBe(false)
  })

  test('a code that was used before makes no second session', async () => {
    attack({ name: 'console: a code is used twice' })
    const browser = api.browser()
    const answer = await answerOfIssuer(browser)
    const thief = browser.copy()
    expect((await browser.open(answer.href)).status).toBe(303)
    expect(failureOf(await thief.open(answer.href))).toMatch(/^400 /)
    expect(failureOf(await browser.open(answer.href))).toMatch(/^400 This login has expired/)
  })

  test("a victim's browser does not finish a login that the attacker began", async () => {
    attack({ name: "console: the attacker's login in the victim's browser" })
    const answer = await answerOfIssuer(api.browser())
    const victim = api.browser()
    expect(failureOf(await victim.open(answer.href))).toMatch(/^400 This login has expired, or it began in another/)
    expect(await isLoggedIn(victim)).toBe(false)
  })

  test('a session that the attacker has put into the browser does not become the one of the user', async () => {
    attack({ name: 'console: session fixation' })
    const attacker = await api.loggedIn()
    const fixed = attacker.cookies.get(sessionName)
    const victim = attacker.copy()
    api.authority.state.user = aUser()
    await victim.logIn()
    expect(victim.cookies.get(sessionName)).not.toBe(fixed)
    expect(await isLoggedIn(victim)).toBe(true)
    expect(await isLoggedIn(attacker)).toBe(false)
  })

  test('an ID token of another login ends without a session', async () => {
    attack({ name: 'console: an ID token of another login' })
    for (const idClaims of [{ nonce: 'another' }, { aud: 'another client' }, { iss: 'https://evil.example' }]) {
      api.authority.state.idClaims = idClaims
      expect(failureOf(await api.browser().logIn())).toMatch(/^400 /)
    }
  })

  test('an answer with tokens that can not be used is reported without the tokens', async () => {
    attack({ name: 'console: tokens in the log' })
    api.authority.state.tamperTokens = (answer) => delete answer['token_type']
    expect(failureOf(await api.browser().logIn())).toMatch(/^400 /)
    expect(api.log()).toContain('token_type')
    for (const token of api.authority.tokens()) expect(api.log()).not.toContain(token)
  })

  test('a login never leaves the console', async () => {
    attack({ name: 'console: a login that returns to another site' })
    for (const target of [
      'https://evil.example/',
      '//evil.example',
      '/console/../graphql',
      '/console/\\evil.example',
    ]) {
      const browser = api.browser()
      const answer = await answerOfIssuer(browser, `?returnTo=${encodeURIComponent(target)}`)
      expect((await browser.open(answer.href)).headers.get('location')).toBe('/console/')
    }
  })

  test('a login in a frame is refused', async () => {
    attack({ name: 'console: the login in a frame' })
    for (const path of ['/console/login', '/console/callback?code=a&state=b']) {
      expect((await api.browser().open(path, { 'sec-fetch-dest': 'iframe' })).status).toBe(403)
    }
  })
})

describe('a user who can not log in', () => {
  test('an account whose token names no tenant has no access, and the user can choose another account', async () => {
    api.authority.state.user = { subject: 'guest', tenantId: null, scopes: 'exports:read' }
    const browser = api.browser()
    const page = await browser.logIn()
    expect(failureOf(page)).toMatch(/^403 Your account may not use Tidemark/)
    const [, link = ''] = /<a href="([^"]+)">Log in again/.exec(page.text) ?? []
    await browser.visit(link.replaceAll('&#38;', '&'))
    expect(api.authority.lastRequest().get('prompt')).toBe('login')
    expect(browser.cookies.has(sessionName)).toBe(false)
  })

  test('an issuer that is down is reported as such, and the next login works', async () => {
    api.authority.state.isDown = true
    const browser = api.browser()
    const page = await browser.logIn('/console/runs')
    expect(failureOf(page)).toMatch(/^503 A service that Tidemark needs is unavailable/)
    expect(page.text).toContain('/console/login?returnTo=%2Fconsole%2Fruns')
    api.authority.state.isDown = false
    expect((await browser.logIn()).status).toBe(200)
  })
})
