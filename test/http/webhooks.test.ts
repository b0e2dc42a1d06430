import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const url = 'https://hooks.example.net/in'
const tokenOf = (tenant: string) =>
  api.authority.sign({ claims: { scope: 'exports:read exports:write', tenant_id: tenant } })

async function rest(tenant: string, method: NonNullable<InjectOptions['method']>, path: string, body?: object) {
  const headers = { authorization: `Bearer ${await tokenOf(tenant)}` }
  const response = await api.app.inject({ method, url: path, headers, ...(body && { payload: body }) })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}

async function added(tenant: string): Promise<{ readonly id: string; readonly secretId: string }> {
  const { body } = await rest(tenant, 'POST', '/webhooks', { url, label: 'warehouse' })
  const { id, secrets } = body['webhook'] as {
    readonly id: string
    readonly secrets: readonly { readonly id: string }[]
  }
  return { id, secretId: secrets[0]?.id ?? '' }
}

describe('webhooks over REST', () => {
  test('a tenant adds, changes, rotates, tests, replays and removes a webhook', async () => {
    const first = await rest('acme', 'POST', '/webhooks', { url, label: 'warehouse', types: ['export.failed'] })
    expect(first).toMatchObject({ status: 200, body: { webhook: { url, kind: 'STANDARD', types: ['export.failed'] } } })
    expect(first.body['secret']).toMatch(/^whsec_/)
    const { id } = first.body['webhook'] as { readonly id: string }
    const listed = await rest('acme', 'GET', '/webhooks')
    expect(listed.body['webhooks']).toMatchObject([{ id }])
    expect(JSON.stringify(listed.body)).not.toContain('whsec_')
    const changed = await rest('acme', 'PATCH', `/webhooks/${id}`, { types: null, ordered: true })
    expect(changed).toMatchObject({ status: 200, body: { types: null, ordered: true, label: 'warehouse' } })
    const rotated = await rest('acme', 'POST', `/webhooks/${id}/secrets`, { signature: 'ED25519' })
    const { secrets } = rotated.body['webhook'] as { readonly secrets: readonly { readonly id: string }[] }
    expect(secrets).toMatchObject([{ signature: 'HMAC' }, { signature: 'ED25519' }])
    expect(await rest('acme', 'DELETE', `/webhooks/${id}/secrets/${secrets[0]?.id}`)).toMatchObject({ status: 200 })
    expect(await rest('acme', 'POST', `/webhooks/${id}/test`)).toMatchObject({
      status: 200,
      body: { eventId: expect.stringContaining('-') as string },
    })
    const period = { from: '2026-11-27T00:00:00Z', to: '2026-11-28T00:00:00Z' }
    expect(await rest('acme', 'POST', `/webhooks/${id}/replay`, period)).toEqual({ status: 200, body: { events: 3 } })
    const deliveries = await rest('acme', 'GET', `/webhooks/${id}/deliveries?first=5&status=FAILED`)
    expect(deliveries).toEqual({ status: 200, body: { deliveries: [], after: null } })
    expect(await rest('acme', 'DELETE', `/webhooks/${id}`)).toMatchObject({ status: 200, body: { id } })
    expect((await rest('acme', 'GET', '/webhooks')).body).toEqual({ webhooks: [] })
  })

  test.each([
    ['POST', '/webhooks', [], 400, 'INVALID_BODY'],
    ['POST', '/webhooks', { url }, 400, 'INVALID_BODY'],
    ['POST', '/webhooks', { url, label: 'x', secret: 'x' }, 400, 'INVALID_BODY'],
    ['POST', '/webhooks', { url, label: 'x', kind: 'standard' }, 400, 'INVALID_BODY'],
    ['POST', '/webhooks', { url: 'http://hooks.example.net', label: '' }, 422, 'INVALID_WEBHOOK'],
    ['PATCH', '/webhooks/x', { paused: 'yes' }, 400, 'INVALID_BODY'],
    ['PATCH', '/webhooks/x', { paused: true }, 404, 'NO_SUCH_WEBHOOK'],
    ['DELETE', '/webhooks/x', undefined, 404, 'NO_SUCH_WEBHOOK'],
    ['POST', '/webhooks/x/test', undefined, 404, 'NO_SUCH_WEBHOOK'],
    ['POST', '/webhooks/x/secrets', undefined, 404, 'NO_SUCH_WEBHOOK'],
    ['POST', '/webhooks/x/replay', { from: 'today' }, 400, 'INVALID_BODY'],
    ['GET', '/webhooks/x/deliveries?first=many', undefined, 400, 'INVALID_BODY'],
    ['GET', '/webhooks/x/deliveries?after=x', undefined, 400, 'BAD_USER_INPUT'],
  ] as const)('%s %s with %j is refused with status %i and code %s', async (method, path, body, status, code) => {
    expect(await rest('acme', method, path, body)).toMatchObject({ status, body: { code } })
  })

  test('no tenant reaches the webhook of another tenant', async () => {
    const { id, secretId } = await added('globex')
    const outcomes = [
      await rest('initech', 'PATCH', `/webhooks/${id}`, { paused: true }),
      await rest('initech', 'DELETE', `/webhooks/${id}`),
      await rest('initech', 'POST', `/webhooks/${id}/secrets`),
      await rest('initech', 'DELETE', `/webhooks/${id}/secrets/${secretId}`),
      await rest('initech', 'POST', `/webhooks/${id}/test`),
    ]
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 404, body: { code: 'NO_SUCH_WEBHOOK' } })
    expect((await rest('initech', 'GET', '/webhooks')).body).toEqual({ webhooks: [] })
    expect(await rest('globex', 'DELETE', `/webhooks/${id}/secrets/${secretId}`)).toMatchObject({
      status: 409,
      body: { code: 'LAST_SECRET' },
    })
  })
})

test('a webhook is added and shown over GraphQL, with its secret in the answer of the addition alone', async () => {
  const addition = await api.graphql(
    `mutation ($input: AddWebhookInput!) {
      addWebhook(input: $input) { webhook { id secrets { signature publicKey } } secret userErrors { code path } } }`,
    { variables: { input: { url, label: 'graphql', signature: 'ED25519' } } },
  )
  expect(addition.json().data.addWebhook).toMatchObject({
    webhook: { secrets: [{ signature: 'ED25519', publicKey: expect.stringMatching(/^whpk_/) as string }] },
    secret: null,
    userErrors: [],
  })
  const query = '{ exportWebhooks { label deliveries(first: 1) { edges { node { id } } pageInfo { hasNextPage } } } }'
  expect((await api.graphql(query)).json().data.exportWebhooks).toEqual([
    { label: 'graphql', deliveries: { edges: [], pageInfo: { hasNextPage: false } } },
  ])
})
