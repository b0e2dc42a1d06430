import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import { GpgHome } from '../support/pgp/gpg.js'

let api: TestApi
let gpg: GpgHome
beforeAll(async () => {
  gpg = await GpgHome.open()
  api = await startApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await gpg[Symbol.asyncDispose]()
})

const tokenWith = (scope: string, tenant = 'acme') => api.authority.sign({ claims: { scope, tenant_id: tenant } })
const all = 'exports:read exports:write'
const listing =
  '{ pgpKeys { keys { fingerprint label userId algorithm publicKey expiresAt expiresSoon isExpired } signingKey { fingerprint } } }'
const addition = `mutation ($publicKey: String!, $label: String!) {
  addPgpKey(publicKey: $publicKey, label: $label) { key { fingerprint } userErrors { code message path } }
}`
const removal =
  'mutation ($fingerprint: String!) { removePgpKey(fingerprint: $fingerprint) { key { label } userErrors { code path } } }'

async function newKey(name: string) {
  const fingerprint = await gpg.generate(name)
  return { fingerprint, publicKey: await gpg.export(fingerprint) }
}

describe('PGP keys over GraphQL', () => {
  test('a tenant sees and removes its own keys, and no caller reaches those of another', async () => {
    const [acme, globex] = [await tokenWith(all), await tokenWith(all, 'globex')]
    const { fingerprint, publicKey } = await newKey('graphql')
    const variables = { publicKey, label: 'loader' }
    const added = await api.graphql(addition, { token: acme, variables })
    expect(added.json().data.addPgpKey).toEqual({ key: { fingerprint }, userErrors: [] })
    expect((await api.graphql(listing, { token: acme })).json().data.pgpKeys).toMatchObject({
      keys: [
        { fingerprint, label: 'loader', userId: 'graphql <graphql@example.com>', expiresSoon: false, isExpired: false },
      ],
      signingKey: null,
    })
    expect((await api.graphql(listing, { token: globex })).json().data.pgpKeys.keys).toEqual([])
    const theirs = await api.graphql(removal, { token: globex, variables: { fingerprint } })
    expect(theirs.json().data.removePgpKey.userErrors).toEqual([{ code: 'NO_SUCH_KEY', path: ['fingerprint'] }])
    const twice = await api.graphql(addition, { token: acme, variables })
    expect(twice.json().data.addPgpKey.userErrors).toMatchObject([{ code: 'KEY_ALREADY_ADDED' }])
    const mine = await api.graphql(removal, { token: acme, variables: { fingerprint: fingerprint.toLowerCase() } })
    expect(mine.json().data.removePgpKey).toEqual({ key: { label: 'loader' }, userErrors: [] })
  })

  test('a private key that was pasted by mistake appears in no answer and no log', async () => {
    const secret = await gpg.exportSecret(await gpg.generate('mistake'))
    const line = secret.split('\n')[4] ?? ''
    const asked = await Promise.all([
      api.graphql(addition, { variables: { publicKey: secret, label: 'x' } }),
      api.graphql(addition, { variables: { publicKey: secret.replaceAll('PRIVATE', 'PUBLIC'), label: 'x' } }),
      api.graphql(addition, { variables: { publicKey: 'x', label: secret } }),
      api.graphql(removal, { variables: { fingerprint: secret } }),
    ])
    expect(asked[0].json().data.addPgpKey.userErrors).toMatchObject([{ code: 'PRIVATE_KEY_GIVEN' }])
    expect(asked[1].json().data.addPgpKey.userErrors).toMatchObject([{ code: 'PRIVATE_KEY_GIVEN' }])
    for (const { body } of asked) expect(body).not.toContain(line)
    expect(api.rawLog()).not.toContain(line)
  })
})

describe('PGP keys over REST', () => {
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, scope = all) => {
    const authorization = `Bearer ${await tokenWith(scope, 'initech')}`
    return api.app.inject({ method, url: `/pgp-keys${path}`, headers: { authorization }, ...(payload && { payload }) })
  }

  test('a key is added, listed and removed over REST', async () => {
    const { fingerprint, publicKey } = await newKey('rest')
    expect((await call('POST', '', { publicKey, label: 'loader' })).json()).toMatchObject({
      fingerprint,
      label: 'loader',
    })
    expect((await call('GET', '')).json()).toMatchObject({ keys: [{ fingerprint }], signingKey: null })
    expect((await call('DELETE', `/${fingerprint}`)).json()).toMatchObject({ fingerprint })
    expect((await call('GET', '')).json()).toEqual({ keys: [], signingKey: null })
  })

  test('a mistake over REST is a problem with its code, and a caller without the scope changes nothing', async () => {
    const wrong = await call('POST', '', { publicKey: 'x', label: '' })
    expect([wrong.statusCode, wrong.json().code]).toEqual([422, 'INVALID_KEY'])
    expect(wrong.json().errors).toMatchObject([{ code: 'INVALID_PGP_KEY' }, { code: 'INVALID_LABEL' }])
    const gone = await call('DELETE', '/x')
    expect([gone.statusCode, gone.json().code]).toEqual([404, 'NO_SUCH_KEY'])
    for (const body of [{}, { publicKey: 1, label: 'x' }, []]) {
      expect((await call('POST', '', body)).json().code).toBe('INVALID_BODY')
    }
    expect((await call('POST', '', { publicKey: 'x', label: 'x' }, 'exports:read')).statusCode).toBe(403)
    expect((await call('DELETE', '/x', undefined, 'exports:read')).statusCode).toBe(403)
    expect((await call('GET', '', undefined, 'exports:write')).statusCode).toBe(403)
  })
})
