import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

describe('browsers', () => {
  test('browsers on other origins may not call the API unless they are configured', async () => {
    const refused = await preflight(api, 'https://studio.apollographql.com')
    expect(refused.headers['access-control-allow-origin']).toBeUndefined()
    await using own = await startApi({
      http: { corsOrigins: ['https://app.test'] },
    })
    const allowed = await preflight(own, 'https://app.test')
    expect([allowed.statusCode, allowed.headers['access-control-allow-origin']]).toEqual([204, 'https://app.test'])
    const other = await preflight(own, 'https://studio.apollographql.com')
    expect(other.headers['access-control-allow-origin']).toBeUndefined()
  })

  test('a browser finds no page if the Sandbox is off', async () => {
    const page = await api.app.inject({ url: '/graphql', headers: { accept: 'text/html' } })
    expect([page.statusCode, page.body.includes('<html')]).toEqual([400, false])
  })

  test('a browser finds the Sandbox with examples and a fresh token if it is on, and may call the API', async () => {
    let calls = 0
    await using own = await startApi({
      http: { sandbox: true, introspection: true },
      sandbox: { token: async () => `token-${++calls}` },
    })
    const open = () => own.app.inject({ url: '/graphql', headers: { accept: 'text/html' } })
    const [first, second] = [await open(), await open()]
    expect([first.statusCode, first.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')])
    // The page's own policy, since the one for answers that are no page would let it do nothing.
    expect(first.headers['content-security-policy']).toBe("frame-ancestors 'none'")
    expect(first.body).toMatch(/<meta http-equiv="Content-Security-Policy" content="[^"]*script-src [^"]*'nonce-/)
    expect(first.body).toContain('"Authorization":"Bearer token-1"')
    expect(second.body).toContain('"Authorization":"Bearer token-2"')
    expect(first.body).toContain('mutation RegisterAll')
    for (const origin of ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com']) {
      expect((await preflight(own, origin)).headers['access-control-allow-origin']).toBe(origin)
    }
  })

  test('a browser finds the Sandbox even while no token is available', async () => {
    await using own = await startApi({
      http: { sandbox: true, introspection: true },
      sandbox: { token: () => Promise.reject(new Error('the issuer is down')) },
    })
    const page = await own.app.inject({ url: '/graphql', headers: { accept: 'text/html' } })
    expect([page.statusCode, page.body.includes('Authorization')]).toEqual([200, false])
  })
})

function preflight(server: TestApi, origin: string) {
  return server.app.inject({
    method: 'OPTIONS',
    url: '/graphql',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  })
}
