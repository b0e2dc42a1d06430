import { describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import { examplePage } from './support/home-page.js'
import { noteInput } from './support/inputs.js'

const noToken = (): Promise<string> => Promise.reject(new Error('no token'))
const pages = ['/graphql', '/'] as const

describe.each(pages)('the page at %s', (url) => {
  test.each([
    ['evil.example', 'text/html'],
    ['127.0.0.1.evil.example:4000', 'text/*'],
    ['10.0.0.1', 'text/html, */*'],
    ['[fd00::1]:4000', 'text/html'],
  ])('the page with its token is not given to the host name %s, asked for as %s', async (host, accept) => {
    await using own = await withToken()
    const answer = await own.app.inject({ url, headers: { host, accept } })
    noteInput(`the page at ${url}, asked for at ${host}`, `${answer.statusCode} ${answer.json().code}`)
    expect([answer.statusCode, answer.json().code]).toEqual([421, 'MISDIRECTED_REQUEST'])
    expect(answer.body).not.toMatch(/secret-token|c-secret|s-secret/)
  })

  test.each(['127.0.0.1:4000', 'localhost:4000', '[::1]:4000'])('the page is given to %s', async (host) => {
    await using own = await withToken()
    const answer = await own.app.inject({ url, headers: { host, accept: 'text/html' } })
    expect([answer.statusCode, answer.body.includes('secret-token')]).toEqual([200, true])
  })

  test.each(['https://studio.apollographql.com', 'http://localhost:3000'])(
    'the Sandbox is neither for pages of %s nor for frames',
    async (origin) => {
      await using own = await withToken()
      const { headers } = await own.app.inject({ url, headers: { accept: 'text/html', origin } })
      noteInput(
        `the page at ${url} for ${origin}, or in a frame`,
        `${headers['access-control-allow-origin'] ?? 'no CORS'}; ${headers['content-security-policy']}`,
      )
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(headers['content-security-policy']).toBe("frame-ancestors 'none'")
      expect(headers['cross-origin-opener-policy']).toBe('same-origin')
    },
  )
})

test('the page loads nothing from another machine and runs nothing inline', async () => {
  await using own = await withToken()
  const { body } = await own.app.inject({ url: '/', headers: { accept: 'text/html' } })
  expect(body).toContain("script-src 'self';")
  expect(body).toContain("connect-src 'self';")
  const loaded = [...body.matchAll(/<(?:script|link)[^>]*? (?:src|href)="([^"]*)"/g)].map(([, url]) => url ?? '')
  expect(loaded.filter((url) => url !== 'data:,')).toHaveLength(6)
  for (const url of loaded.filter((each) => each !== 'data:,')) {
    const file = await own.app.inject({ url: `/${url}` })
    expect([file.statusCode, file.body.length > 500], url).toEqual([200, true])
    expect(file.headers['content-type']).toMatch(url.endsWith('.js') ? /^text\/javascript/ : /^text\/css/)
    expect(file.body).not.toContain('secret-token')
  }
  expect(body).not.toMatch(/<script(?! src| type="application\/json")/)
})

test('examples and token cannot end the script that holds them', async () => {
  const page = examplePage().html({ token: '</script><script>x', examples: '# </script>' })
  expect(page.match(/<\/script>/g)).toHaveLength(5)
})

test.each([
  ['without a local stack', { http: { sandbox: true } }],
  ['where the Sandbox is off', { http: { sandbox: false }, sandbox: { token: noToken, home: examplePage() } }],
])('there is no page at / %s', async (_, options) => {
  await using own = await startApi(options)
  for (const url of ['/', '/home/page.js']) {
    expect((await own.app.inject({ url, headers: { accept: 'text/html' } })).statusCode).toBe(404)
  }
})

describe('pages of this machine', () => {
  test.each([
    ['http://localhost:3000', true],
    ['https://localhost', true],
    ['http://127.0.0.1:5173', true],
    ['http://[::1]:8080', true],
    ['http://localhost.evil.example', false],
    ['http://127.0.0.1.evil.example:80', false],
    ['http://evil.example#http://localhost:3000', false],
    ['null', false],
  ])('%s may call a local stack: %s', async (origin, isAllowed) => {
    await using own = await withToken()
    const answer = await preflight(own, origin)
    noteInput(`a preflight from ${origin} to a local stack`, answer.headers['access-control-allow-origin'] ?? 'no CORS')
    expect(answer.headers['access-control-allow-origin']).toBe(isAllowed ? origin : undefined)
  })

  test('pages of this machine may not call a service that is not a local stack', async () => {
    await using own = await startApi({ http: { sandbox: true, corsOrigins: ['https://app.test'] } })
    const answer = await preflight(own, 'http://localhost:3000')
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
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
  return startApi({ http, sandbox: { token: async () => 'secret-token', home: examplePage() } })
}

function preflight(server: TestApi, origin: string) {
  return server.app.inject({
    method: 'OPTIONS',
    url: '/graphql',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  })
}
