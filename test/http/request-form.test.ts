import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

test.each(['gzip', 'br', 'x-unknown', 'identity, gzip'])(
  'a body with the Content-Encoding %s is refused',
  async (encoding) => {
    for (const body of [JSON.stringify({ entityList: 'user' }), gzipSync('{}').toString('latin1')]) {
      const answer = await api.post(body, { 'content-encoding': encoding })
      expect([answer.statusCode, answer.json().code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
      expect(answer.headers['accept-encoding']).toBe('identity')
    }
  },
)

test('the Content-Encoding identity changes nothing', async () => {
  expect((await api.post({ entityList: 'user' }, { 'content-encoding': 'Identity' })).statusCode).toBe(200)
})

test('a request with two Host headers is refused', async () => {
  await using own = await startApi()
  await own.app.listen({ port: 0 })
  const { port } = own.app.server.address() as AddressInfo
  const status = await new Promise((resolve, reject) => {
    const headers = ['host', '127.0.0.1', 'host', 'evil.example']
    request({ port, path: '/healthz', headers, agent: false }, (response) => resolve(response.statusCode))
      .on('error', reject)
      .end()
  })
  expect(status).toBe(400)
})

test.each(['subscription { x }', 'subscription A { dataExport { version } }'])(
  '%s is refused as a bad request',
  async (query) => {
    const answer = await api.graphql(query)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors[0]).toMatchObject({
      message: expect.stringContaining('on type "Subscription".'),
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    })
    expect(api.rawLog()).not.toContain('"level":"error"')
  },
)
