import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { startApi, type TestApi } from '../../support/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

describe('browsers', () => {
  it('of other origins may not call, unless configured', async () => {
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

  it('find no page where the Sandbox is off', async () => {
    const page = await api.app.inject({ url: '/graphql', headers: { accept: 'text/html' } })
    expect([page.statusCode, page.body.includes('<html')]).toEqual([400, false])
  })

  it('find the Sandbox with the examples and a fresh token where it is on, and it may call', async () => {
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

  it('find the Sandbox also while there is no token to be had', async () => {
    await using own = await startApi({
      http: { sandbox: true, introspection: true },
      sandbox: { token: () => Promise.reject(new Error('the issuer is down')) },
    })
    const page = await own.app.inject({ url: '/graphql', headers: { accept: 'text/html' } })
    expect([page.statusCode, page.body.includes('Authorization')]).toEqual([200, false])
  })
})

test.each([
  ['evil.example', 'text/html'],
  ['127.0.0.1.evil.example:4000', 'text/*'],
  ['10.0.0.1', 'text/html, */*'],
  ['[fd00::1]:4000', 'text/html'],
])('the Sandbox page and its token are not given to the host name %s, asked for as %s', async (host, accept) => {
  await using own = await withToken()
  const answer = await own.app.inject({ url: '/graphql', headers: { host, accept } })
  expect([answer.statusCode, answer.json().code]).toEqual([421, 'MISDIRECTED_REQUEST'])
  expect(answer.body).not.toContain('secret-token')
})

test.each(['127.0.0.1:4000', 'localhost:4000', '[::1]:4000'])('the Sandbox page is given to %s', async (host) => {
  await using own = await withToken()
  const answer = await own.app.inject({ url: '/graphql', headers: { host, accept: 'text/html' } })
  expect([answer.statusCode, answer.body.includes('secret-token')]).toEqual([200, true])
})

test('no other origin may read the Sandbox page, and none may show it in a frame', async () => {
  await using own = await withToken()
  const origin = 'https://studio.apollographql.com'
  const { headers } = await own.app.inject({ url: '/graphql', headers: { accept: 'text/html', origin } })
  expect(headers['access-control-allow-origin']).toBeUndefined()
  expect(headers['content-security-policy']).toBe("frame-ancestors 'none'")
  expect(headers['cross-origin-opener-policy']).toBe('same-origin')
})

test.each(['0.0.0.0', '::', '192.0.2.7'])(
  'a server at %s refuses to have a Sandbox page with a token',
  async (host) => {
    await expect(withToken(host)).rejects.toThrow(`can't have a token where the API listens on ${host}`)
  },
)

test('preflights count as requests of their address', async () => {
  const rateLimits = { tenantPerMinute: 0, addressPerMinute: 3, writesPerMinute: 0, runsPerHour: 0 }
  await using own = await startApi({ http: { corsOrigins: ['https://app.test'], rateLimits } })
  const statuses: number[] = []
  for (let sent = 0; sent < 5; sent++) statuses.push((await preflight(own, 'https://app.test')).statusCode)
  expect(statuses).toEqual([204, 204, 204, 429, 429])
  const refused = await own.app.inject({ url: '/export', headers: { origin: 'https://app.test' } })
  expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([429, 'https://app.test'])
})

function withToken(host = '127.0.0.1'): Promise<TestApi> {
  const http = { host, sandbox: true, introspection: true }
  return startApi({ http, sandbox: { token: async () => 'secret-token' } })
}

function preflight(server: TestApi, origin: string) {
  return server.app.inject({
    method: 'OPTIONS',
    url: '/graphql',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  })
}
