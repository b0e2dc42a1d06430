import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import { makeKey } from '../support/sftp/ssh-keys.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const tokenWith = (scope: string, tenant = 'acme') => api.authority.sign({ claims: { scope, tenant_id: tenant } })
const all = 'exports:read exports:write'
const access =
  '{ sftpAccess { host port username hostKeyFingerprints keys { id fingerprint label type publicKey addedBy } } }'
const addition = `mutation ($publicKey: String!, $label: String!) {
  addSftpKey(publicKey: $publicKey, label: $label) { key { id fingerprint } userErrors { code message path } }
}`
const removal = 'mutation ($id: ID!) { removeSftpKey(id: $id) { key { label } userErrors { code path } } }'

describe('sftpAccess', () => {
  test('sftpAccess shows a tenant its own account and keys, and no caller reaches those of another', async () => {
    const [acme, globex] = [await tokenWith(all), await tokenWith(all, 'globex')]
    const { line, canonical, fingerprint } = makeKey('-t', 'ed25519')
    const variables = { publicKey: line, label: 'loader' }
    const added = (await api.graphql(addition, { token: acme, variables })).json().data.addSftpKey
    expect(added).toEqual({ key: { id: expect.any(String), fingerprint }, userErrors: [] })
    const { id } = added.key
    expect((await api.graphql(access, { token: acme })).json().data.sftpAccess).toEqual({
      host: 'sftp.test',
      port: 22,
      username: 'acme',
      hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`],
      keys: [{ id, fingerprint, label: 'loader', type: 'ssh-ed25519', publicKey: canonical, addedBy: 'tester' }],
    })
    expect((await api.graphql(access, { token: globex })).json().data.sftpAccess.keys).toEqual([])
    const theirs = await api.graphql(removal, { token: globex, variables: { id } })
    expect(theirs.json().data.removeSftpKey).toEqual({ key: null, userErrors: [{ code: 'NO_SUCH_KEY', path: ['id'] }] })
    const again = await api.graphql(addition, { token: globex, variables })
    expect(again.json().data.addSftpKey).toMatchObject({ key: { fingerprint }, userErrors: [] })
    const mine = await api.graphql(removal, { token: acme, variables: { id } })
    expect(mine.json().data.removeSftpKey).toEqual({ key: { label: 'loader' }, userErrors: [] })
  })

  test('a private key that was pasted by mistake appears in no answer and no log', async () => {
    const { privateKey } = makeKey('-t', 'ed25519')
    const secret = privateKey.split('\n')[2] ?? ''
    const asked = await Promise.all([
      api.graphql(addition, { variables: { publicKey: privateKey, label: 'x' } }),
      api.graphql(addition, { variables: { publicKey: 'ssh-ed25519 AAAA', label: privateKey } }),
      api.graphql(addition, { variables: { publicKey: [privateKey], label: { privateKey } } }),
      api.graphql(removal, { variables: { id: privateKey } }),
      api.graphql(
        `mutation { addSftpKey(publicKey: ${JSON.stringify(privateKey)}, label: "x") { userErrors { code } } }`,
      ),
      api.graphql(`mutation { addSftpKey(publicKey: "${privateKey}", label: "x") { userErrors { code } } }`),
    ])
    const [first] = asked
    expect(first?.json().data.addSftpKey.userErrors).toMatchObject([
      { code: 'PRIVATE_KEY_GIVEN', message: expect.stringContaining('private key'), path: ['publicKey'] },
    ])
    expect(asked.map(({ statusCode }) => statusCode)).toEqual([200, 200, 400, 200, 200, 400])
    expect(asked.map(({ payload }) => payload).join('\n')).not.toContain(secret.slice(8, 40))
    expect(api.rawLog()).not.toContain(secret.slice(8, 40))
  })
})
