import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

describe('operation', () => {
  test('the health endpoints say whether the API is up and ready, without details', async () => {
    await using own = await startApi({
      checks: {
        database: async () => undefined,
        temporal: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:7233')),
      },
    })
    expect((await own.app.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' })
    const ready = await own.app.inject({ url: '/readyz' })
    expect([ready.statusCode, ready.json()]).toEqual([
      503,
      { status: 'unavailable', checks: { database: 'ok', temporal: 'unavailable' } },
    ])
    expect(own.log()).toContainEqual(
      expect.objectContaining({ msg: 'not ready', failing: { temporal: 'connect ECONNREFUSED 10.0.0.7:7233' } }),
    )
    expect((await api.app.inject({ url: '/readyz' })).json()).toEqual({
      status: 'ok',
      checks: { database: 'ok', temporal: 'ok' },
    })
  })

  test('probes within some seconds share one check of each service', async () => {
    let asked = 0
    await using own = await startApi({ checks: { database: async () => void (asked += 1) } })
    await Promise.all(Array.from({ length: 10 }, () => own.app.inject({ url: '/readyz' })))
    await own.app.inject({ url: '/readyz' })
    expect(asked).toBe(1)
  })

  test('each request is logged once, with its id and without secrets', async () => {
    await using own = await startApi()
    const token = await own.authority.sign()
    const response = await own.app.inject({
      url: '/export?includeInactive=true&email=jane@example.test',
      headers: { authorization: `Bearer ${token}`, 'x-request-id': 'abc-1' },
    })
    expect(response.headers['x-request-id']).toBe('abc-1')
    expect(own.log()).toContainEqual(
      expect.objectContaining({
        requestId: 'abc-1',
        method: 'GET',
        path: '/export',
        status: 404,
        ms: expect.any(Number),
        tenantId: 'acme',
      }),
    )
    await own.graphql('{ dataExport { version } }', { token })
    expect(own.log()).toContainEqual(expect.objectContaining({ path: '/graphql', tenantId: 'acme', status: 200 }))
    expect(own.rawLog()).not.toContain('jane')
    expect(own.rawLog()).not.toContain(token)
    const forged = await own.app.inject({ url: '/healthz', headers: { 'x-request-id': 'a b"c' } })
    expect(forged.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})
