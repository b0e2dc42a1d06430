import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { composeAdmin } from '../../../src/compose/admin.js'
import { createConsoleSessionStore } from '../../../src/database/operations/console-session-store.js'
import { openDatabase } from '../../../src/database/client.js'
import { attack } from '../../support/attacks.js'
import { type ConsoleApi, sessionName, startConsoleApi } from './support/console-api.js'
import { type TestBrowser, testBrowser } from './support/test-browser.js'

let api: ConsoleApi
beforeAll(async () => {
  api = await startConsoleApi()
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await api.sql('DELETE FROM console_session')
  Object.assign(api.authority.state, { isDown: false, refreshAs: undefined })
})

const secretOf = (browser: TestBrowser): string | undefined => browser.cookies.get(sessionName)
const read = '{ dataExport { version } }'
const statusOf = async (browser: TestBrowser): Promise<number> => (await browser.graphql(read)).status

/** Lets the time of all stored sessions pass. */
const wait = (seconds: number): Promise<unknown> =>
  api.sql(
    `UPDATE console_session SET expires_at = expires_at - pass, issued_at = issued_at - pass,
       last_used_at = last_used_at - pass, renewed_at = renewed_at - pass, replaced_at = replaced_at - pass,
       renewing_until = renewing_until - pass
     FROM make_interval(secs => $1) pass`,
    [seconds],
  )
const sessions = async (): Promise<number> => (await api.sql('SELECT 1 FROM console_session')).length

/** A browser whose access token has expired, or is about to. */
async function withOldToken(validMs?: number): Promise<TestBrowser> {
  const browser = await api.loggedIn()
  await api.expireTokens(browser, validMs)
  return browser
}

describe('the end of a session', () => {
  test('a session ends after the idle time, and each request begins the time again', async () => {
    const browser = await api.loggedIn()
    for (const minutes of [29, 29]) {
      await wait(minutes * 60)
      expect(await statusOf(browser)).toBe(200)
    }
    await wait(30 * 60)
    expect(await statusOf(browser)).toBe(401)
    expect(await sessions()).toBe(0)
  })

  test('a session ends after the longest time, although it is used', async () => {
    const browser = await api.loggedIn()
    for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
      expect(await statusOf(browser)).toBe(200)
      await wait(20 * 60)
    }
    expect(await statusOf(browser)).toBe(401)
    expect(await sessions()).toBe(0)
  })

  test('a logout ends the session here, its refresh token, and the session of the issuer', async () => {
    const browser = await api.loggedIn()
    const thief = browser.copy()
    const { redirectTo } = (await browser.post('/console/logout')).json() as { redirectTo: string }
    const { origin, pathname, searchParams } = new URL(redirectTo)
    expect(origin + pathname).toBe(`${api.authority.issuer}/end`)
    expect(searchParams.get('post_logout_redirect_uri')).toBe(`${api.origin}/console/logged-out`)
    expect(searchParams.get('id_token_hint')).toMatch(/^ey/)
    expect(api.authority.revoked()).toHaveLength(1)
    expect([secretOf(browser), await statusOf(thief)]).toEqual([undefined, 401])
    const again = await browser.post('/console/logout')
    expect([again.status, again.json()]).toEqual([200, { redirectTo: '/console/logged-out' }])
  })

  test('the erasure of a tenant ends the sessions of its users, and no others', async () => {
    const [browser, other] = [await api.loggedIn({ tenantId: 'erased' }), await api.loggedIn()]
    await using admin = await composeAdmin(api.world.config, {})
    await admin.eraseTenant('erased', new AbortController().signal)
    expect([await statusOf(browser), await statusOf(other)]).toEqual([401, 200])
  })

  test('the watch loop removes sessions that are over, and no others', async () => {
    await api.loggedIn()
    await wait(31 * 60)
    await api.loggedIn()
    const database = openDatabase({ url: api.world.config.database.url, poolSize: 1 })
    await createConsoleSessionStore(database).removeOver(30)
    await database.close()
    expect(await sessions()).toBe(1)
  })
})

describe('the secret of a session', () => {
  test('the secret changes after an hour, and the old one serves requests that were under way', async () => {
    const browser = await api.loggedIn()
    const underWay = browser.copy()
    await wait(29 * 60)
    expect(await statusOf(browser)).toBe(200)
    expect(secretOf(browser)).toBe(secretOf(underWay))
    await wait(29 * 60)
    await statusOf(browser)
    await wait(3 * 60)
    await statusOf(browser)
    expect(secretOf(browser)).not.toBe(secretOf(underWay))
    expect(await statusOf(browser)).toBe(200)
    await wait(29)
    expect(await statusOf(underWay)).toBe(200)
    expect(secretOf(underWay)).not.toBe(secretOf(browser))
  })

  test('an old secret that is used later ends the session everywhere, and is reported', async () => {
    attack({ name: 'console: a stolen cookie is used' })
    const browser = await api.loggedIn()
    const thief = browser.copy()
    await wait(25 * 60)
    await statusOf(browser)
    await wait(25 * 60)
    await statusOf(browser)
    await wait(12 * 60)
    await statusOf(browser)
    expect(await statusOf(browser)).toBe(200)
    await wait(31)
    expect(await statusOf(thief)).toBe(401)
    expect(await statusOf(browser)).toBe(401)
    expect(api.log()).toContain('a replaced secret was used, so its cookie may be stolen')
    const events = await api.sql("SELECT action FROM audit_event WHERE action = 'CONSOLE_SESSION_REVOKED'")
    expect(events).toHaveLength(1)
  })

  test('a browser that has lost the answer with the new secret stays logged in', async () => {
    const browser = await withOldToken()
    const lost = browser.copy()
    expect(await statusOf(lost)).toBe(200)
    expect(secretOf(lost)).not.toBe(secretOf(browser))
    await wait(20 * 60)
    expect(await statusOf(browser)).toBe(200)
  })

  test('an invented secret opens nothing', async () => {
    const invented = ['', 'x', 'a'.repeat(43), 'a'.repeat(10_000), "' OR 1=1 --", '%00', '../../etc']
    attack({ name: 'console: an invented cookie', times: invented.length })
    for (const secret of invented) {
      const browser = testBrowser(api.origin, new Map([[sessionName, secret]]))
      expect(await statusOf(browser)).toBe(401)
      expect((await browser.open('/console/session')).json()).toEqual({ authenticated: false })
    }
  })

  test('a request with two session cookies opens nothing', async () => {
    const browser = await api.loggedIn()
    const cookie = `${sessionName}=${'a'.repeat(43)}; ${sessionName}=${secretOf(browser)}`
    expect((await browser.graphql(read, { cookie })).status).toBe(401)
  })
})

describe('the tokens of a session', () => {
  test('parallel requests over two API processes renew an expired token once', async () => {
    const browser = await withOldToken()
    const before = api.authority.refreshes()
    const elsewhere = testBrowser(await api.another(), browser.cookies)
    const all = [browser, elsewhere, browser, elsewhere, browser, elsewhere]
    expect(await Promise.all(all.map(statusOf))).toEqual(all.map(() => 200))
    expect(api.authority.refreshes() - before).toBe(1)
    expect(await statusOf(browser)).toBe(200)
    expect(api.authority.refreshes() - before).toBe(1)
  })

  test('an issuer that is down does not end a session, and its return continues it', async () => {
    const browser = await withOldToken()
    api.authority.state.isDown = true
    const page = await browser.graphql(read)
    expect(page.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] })
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await browser.open('/console/session')).status).toBe(503)
    api.authority.state.isDown = false
    expect(await statusOf(browser)).toBe(200)
  })

  test('an issuer that is down is not noticed while the token is valid', async () => {
    const browser = await withOldToken(59_000)
    api.authority.state.isDown = true
    expect(await statusOf(browser)).toBe(200)
  })

  test('a session ends if the issuer refuses to renew its tokens', async () => {
    const browser = await withOldToken()
    const refresh = api.authority.tokens().at(-1) ?? ''
    api.authority.forget(refresh)
    expect(await statusOf(browser)).toBe(401)
    expect(await sessions()).toBe(0)
  })

  test('a renewed token of another user ends the session', async () => {
    attack({ name: 'console: the issuer renews the token of another user' })
    const browser = await withOldToken()
    api.authority.state.refreshAs = { subject: 'somebody else', tenantId: 'globex', scopes: 'exports:read' }
    expect(await statusOf(browser)).toBe(401)
    expect(await sessions()).toBe(0)
  })
})
