import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { publishedKeys } from '../../src/signing/manifest-keys.js'
import { startApi, type TestApi } from '../support/api/api.js'

const { publicKey } = generateKeyPairSync('ed25519')

let api: TestApi
let token: string
beforeAll(async () => {
  api = await startApi({ manifestKeys: await publishedKeys([publicKey]) })
  token = await api.authority.sign({ claims: { scope: 'exports:read', tenant_id: 'acme' } })
})
afterAll(() => api[Symbol.asyncDispose]())

const get = (url: string, shown: string | null = token) =>
  api.app.inject({ url, headers: shown === null ? {} : { authorization: `Bearer ${shown}` } })

describe('the contract of an entity', () => {
  test('a contract is the same over GraphQL and REST, by each name of the entity', async () => {
    const answer = await api.graphql('{ exportContract(entity: USER) }', { token })
    const text = String(answer.json().data.exportContract)
    expect(parse(text)).toMatchObject({ kind: 'DataContract', version: '2.0.0', schema: [{ name: 'user' }] })
    for (const name of ['user', 'USER', '%20user%20']) {
      const { statusCode, headers, body } = await get(`/export/contracts/${name}`)
      expect([statusCode, headers['content-type'], body]).toEqual([200, 'application/yaml; charset=utf-8', text])
    }
  })

  test('a contract of an entity that was never delivered is a draft of the file that is to come', async () => {
    const { body } = await get('/export/contracts/user%20logins')
    expect(parse(body)).toMatchObject({ status: 'draft', schema: [{ name: 'user_login_events' }] })
  })
})

describe('the changes of the columns of an entity', () => {
  const change = {
    ...{ schemaVersion: 2, sequence: 4, revision: 1, isReordered: false, removed: ['old'] },
    ...{ added: [{ name: 'name', type: 'string' }], retyped: [{ name: 'code', before: 'string', after: 'integer' }] },
  }

  test('the changes are the same over GraphQL and REST', async () => {
    const fields =
      'schemaVersion sequence revision day path publishedAt added { name type } removed retyped { name before after } isReordered'
    const answer = await api.graphql(`{ exportSchemaChanges(entity: USER) { ${fields} } }`, { token })
    const changes = answer.json().data.exportSchemaChanges as object[]
    expect(changes).toHaveLength(2)
    expect(changes[1]).toMatchObject(change)
    expect((await get('/export/schema-changes/user')).json()).toEqual({ changes })
  })

  test('an entity without deliveries has no changes', async () => {
    expect((await get('/export/schema-changes/site')).json()).toEqual({ changes: [] })
  })
})

test('an unknown entity is a problem that says what to do, and a caller without a token gets nothing', async () => {
  for (const route of ['contracts', 'schema-changes']) {
    for (const name of ['nothing', 'x'.repeat(90), '%2e%2e%2fuser']) {
      const { statusCode, body } = await get(`/export/${route}/${name}`)
      expect([statusCode, JSON.parse(body)]).toMatchObject([404, { code: 'NO_SUCH_ENTITY' }])
    }
    expect((await get(`/export/${route}/user`, null)).statusCode).toBe(401)
  }
})

test('the public keys of manifests need no token and can be cached', async () => {
  const { statusCode, headers, body } = await get('/.well-known/tidemark-keys.json', null)
  expect(statusCode).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'application/jwk-set+json; charset=utf-8',
    'cache-control': 'public, max-age=3600',
  })
  expect(JSON.parse(body)).toEqual({ keys: await publishedKeys([publicKey]) })
  expect(body).not.toContain('"d"')
})

test('an API without keys publishes an empty key set', async () => {
  await using bare = await startApi()
  expect((await bare.app.inject({ url: '/.well-known/tidemark-keys.json' })).json()).toEqual({ keys: [] })
})
