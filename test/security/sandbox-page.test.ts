import { expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api.js'
import { noteInput } from '../support/inputs.js'

test.each([
  ['evil.example', 'text/html'],
  ['127.0.0.1.evil.example:4000', 'text/*'],
  ['10.0.0.1', 'text/html, */*'],
  ['[fd00::1]:4000', 'text/html'],
])('the Sandbox page and its token are not given to the host name %s, asked for as %s', async (host, accept) => {
  await using own = await withToken()
  const answer = await own.app.inject({ url: '/graphql', headers: { host, accept } })
  noteInput(`the Sandbox page, asked for at ${host}`, `${answer.statusCode} ${answer.json().code}`)
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
  noteInput(
    'the Sandbox page for another origin, or in a frame',
    `${headers['access-control-allow-origin'] ?? 'no CORS'}; ${headers['content-security-policy']}`,
  )
  expect(headers['access-control-allow-origin']).toBeUndefined()
  expect(headers['content-security-policy']).toBe("frame-ancestors 'none'")
  expect(headers['cross-origin-opener-policy']).toBe('same-origin')
})

test.each(['0.0.0.0', '::', '192.0.2.7'])(
  'a server at %s refuses to have a Sandbox page with a token',
  async (host) => {
    const starting = withToken(host)
    noteInput(`a Sandbox page with a token at HOST=${host}`, await starting.then(String, String))
    await expect(starting).rejects.toThrow(`can't have a token where the API listens on ${host}`)
  },
)

test('preflights count as requests of their address', async () => {
  const rateLimits = { tenantPerMinute: 0, addressPerMinute: 3, writesPerMinute: 0, runsPerHour: 0 }
  await using own = await startApi({ http: { corsOrigins: ['https://app.test'], rateLimits } })
  const statuses: number[] = []
  for (let sent = 0; sent < 5; sent++) statuses.push((await preflight(own, 'https://app.test')).statusCode)
  noteInput('5 preflights of an address that may send 3 requests', statuses.join(' '))
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
