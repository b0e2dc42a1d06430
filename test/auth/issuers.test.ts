import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTokenVerifier } from '../../src/auth/token-verifier.js'
import { loadConfig } from '../../src/config/config.js'
import { attack } from '../support/attacks.js'
import {
  startTokenAuthority,
  type TokenAuthority,
  type TokenOptions,
  usualClaims,
} from '../support/api/token-authority.js'

let authority: TokenAuthority
beforeAll(async () => {
  authority = await startTokenAuthority()
})
afterAll(() => authority[Symbol.asyncDispose]())

const page = readFileSync('docs/how-to/connect-your-issuer.md', 'utf8')

/** The settings of a product, as the page has them. */
function settingsOf(product: string): Record<string, string> {
  const [, block = ''] = new RegExp(`^## ${product}\\n+\`\`\`ini\\n([^\`]+)\`\`\``, 'm').exec(page) ?? []
  return Object.fromEntries(
    block
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s, 2) as [string, string]),
  )
}

const least = {
  DATABASE_URL: 'postgresql://tidemark@127.0.0.1/tidemark',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  SFTP_HOST: '127.0.0.1',
  SFTP_USERNAME: 'writer',
  SFTP_PASSWORD: 'a-password',
  SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
}

const verifierFor = (settings: Record<string, string>) =>
  createTokenVerifier({
    ...loadConfig({ ...least, ...settings }).oauth,
    // Signed here: the product's own keys are not.
    issuer: authority.issuer,
    algorithms: ['ES256'],
  })

/** The claims that the authority adds to each token, taken off. */
const nothing = { sub: undefined, aud: undefined, scope: undefined, tenant_id: undefined }
const bare = { header: { typ: undefined } }

interface Product {
  readonly product: string
  /** A token of the shape that the product documents. */
  readonly token: TokenOptions
  readonly caller: { readonly tenantId: string; readonly subject: string; readonly clientId: string | null }
  /** What the same issuer gives for something else. */
  readonly others: Readonly<Record<string, TokenOptions>>
}

const cognito = {
  sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  token_use: 'access',
  scope: 'tidemark/exports:read tidemark/exports:write openid',
  client_id: '57cbishk4j24pabc1234567890',
  version: 2,
  tenant_id: 'acme',
}
const entra = {
  aud: 'f7f9acfc-ae0c-4d6c-b489-0a81dc1652dd',
  azp: '1d4b29a7-1c0a-4d0c-a4a0-3a2a8f5ab0a1',
  azpacr: '1',
  oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
  sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
  tid: '8a5ee357-7de0-4836-ab20-9173b12cdce9',
  ver: '2.0',
  extension_tenant: 'Acme.EU',
}
const keycloak = {
  sub: '36fa0f91-f94d-4a0c-afed-6b7d952e47da',
  typ: 'Bearer',
  azp: 'acme-backend',
  aud: ['tidemark', 'account'],
  realm_access: { roles: ['offline_access'] },
  resource_access: { account: { roles: ['view-profile'] } },
  scope: 'email profile organization exports:read exports:write',
  organization: ['acme'],
}
const auth0 = {
  sub: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja@clients',
  aud: ['https://exports.example.com', 'https://acme-platform.eu.auth0.com/userinfo'],
  azp: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja',
  gty: 'client-credentials',
  scope: 'openid profile',
  permissions: ['exports:read', 'exports:write'],
  'https://exports.example.com/tenant_id': 'acme',
}
const okta = {
  ver: 1,
  jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
  aud: 'api://default',
  cid: '0oabucvyc38HLL1ef0h7',
  sub: 'john.doe@example.com',
  scp: ['openid', 'exports:read', 'exports:write'],
  scope: '',
  tenant: 4711,
}
const hydra = {
  sub: 'acme-backend',
  aud: ['tidemark'],
  client_id: 'acme-backend',
  scp: ['exports:read', 'exports:write'],
  ext: { tenant_id: 'acme' },
}

const products: readonly Product[] = [
  {
    product: 'Keycloak',
    token: { typ: 'JWT', claims: { ...nothing, ...keycloak } },
    caller: { tenantId: 'acme', subject: keycloak.sub, clientId: keycloak.azp },
    others: {
      'an ID token': { typ: 'JWT', claims: { ...nothing, ...keycloak, typ: 'ID' } },
      'a refresh token': { typ: 'JWT', claims: { ...nothing, ...keycloak, typ: 'Refresh' } },
      'a token for another client': { typ: 'JWT', claims: { ...nothing, ...keycloak, aud: 'account' } },
      'a token of two organizations': {
        typ: 'JWT',
        claims: { ...nothing, ...keycloak, organization: ['acme', 'globex'] },
      },
    },
  },
  {
    product: 'Auth0',
    token: { typ: 'JWT', claims: { ...nothing, ...auth0 } },
    caller: { tenantId: 'acme', subject: auth0.sub, clientId: auth0.azp },
    others: {
      'an ID token': { typ: 'JWT', claims: { ...nothing, ...auth0, aud: auth0.azp, nonce: 'n-0S6_WzA2Mj' } },
      'an ID token for the API itself': { typ: 'JWT', claims: { ...nothing, ...auth0, nonce: 'n-0S6_WzA2Mj' } },
    },
  },
  {
    product: 'Microsoft Entra ID',
    token: { typ: 'JWT', claims: { ...nothing, ...entra, roles: ['exports:read', 'exports:write'] } },
    caller: { tenantId: 'Acme.EU', subject: entra.sub, clientId: entra.azp },
    others: {
      'a token for Microsoft Graph': {
        typ: 'JWT',
        claims: { ...nothing, ...entra, aud: '00000003-0000-0000-c000-000000000000', scp: 'User.Read' },
      },
      'an ID token': { typ: 'JWT', claims: { ...nothing, ...entra, nonce: '12345' } },
    },
  },
  {
    product: 'Amazon Cognito',
    token: { ...bare, claims: { ...nothing, ...cognito } },
    caller: { tenantId: 'acme', subject: cognito.sub, clientId: cognito.client_id },
    others: {
      'an ID token': { ...bare, claims: { ...nothing, ...cognito, token_use: 'id', aud: cognito.client_id } },
    },
  },
  {
    product: 'Okta',
    token: { ...bare, claims: { ...nothing, ...okta } },
    caller: { tenantId: '4711', subject: okta.sub, clientId: okta.cid },
    others: {
      'an ID token': { ...bare, claims: { ...nothing, ...okta, at_hash: 'preview_at_hash' } },
      'a token of the organization itself': {
        typ: 'application/okta-internal-at+jwt',
        claims: { ...nothing, ...okta },
      },
    },
  },
  {
    product: 'Ory Hydra',
    token: { typ: 'JWT', claims: { ...nothing, ...hydra } },
    caller: { tenantId: 'acme', subject: hydra.sub, clientId: hydra.client_id },
    others: { 'a token without an audience': { typ: 'JWT', claims: { ...nothing, ...hydra, aud: [] } } },
  },
]

test.each(products)(
  'the settings for $product take its access tokens, and nothing else that it signs',
  async (each) => {
    const { product, token, caller, others } = each
    attack({ name: `tokens of ${product}`, times: 1 + Object.keys(others).length })
    const verifier = verifierFor(settingsOf(product))
    const verified = await verifier.verify(`Bearer ${await authority.sign(token)}`)
    expect(verified).toMatchObject(caller)
    expect([...verified.scopes]).toEqual(expect.arrayContaining(['exports:read', 'exports:write']))
    for (const [what, other] of Object.entries(others)) {
      const refused = verifier.verify(`Bearer ${await authority.sign(other)}`)
      await expect(refused, what).rejects.toMatchObject({ name: 'AuthenticationError', reason: 'invalid' })
    }
    // Out of the box none of them is taken: each deviates from RFC 9068.
    const strict = createTokenVerifier({ issuer: authority.issuer, algorithms: ['ES256'], ...usualClaims })
    await expect(strict.verify(`Bearer ${await authority.sign(token)}`)).rejects.toMatchObject({ reason: 'invalid' })
  },
)

test('scopes with another prefix grant nothing, and an empty claim is skipped', async () => {
  const scopesOf = async (settings: Record<string, string>, claims: Record<string, unknown>) => {
    const token = await authority.sign({ claims: { ...claims } })
    return [
      ...(await verifierFor({ OAUTH_ISSUER: 'https://issuer.example.com', ...settings }).verify(`Bearer ${token}`))
        .scopes,
    ]
  }
  const prefixed = { OAUTH_SCOPE_PREFIX: 'api://tidemark/' }
  expect(
    await scopesOf(prefixed, { scope: 'api://tidemark/exports:read exports:write api://other/exports:write' }),
  ).toEqual(['exports:read'])
  expect(await scopesOf({}, { scope: '', scp: ['exports:read'] })).toEqual(['exports:read'])
  expect(await scopesOf({}, { scope: 'exports:read', scp: ['exports:write'] })).toEqual(['exports:read'])
  expect(
    await scopesOf({ OAUTH_SCOPE_CLAIMS: 'realm_access.roles' }, { realm_access: { roles: ['exports:write'] } }),
  ).toEqual(['exports:write'])
})

test('a token without a key id is verified with each key of its issuer', async () => {
  await using several = await startTokenAuthority()
  await several.addKey()
  await several.addKey()
  const verifier = createTokenVerifier({ issuer: several.issuer, algorithms: ['ES256'], ...usualClaims })
  const token = await several.sign({ header: { kid: undefined } })
  expect(await verifier.verify(`Bearer ${token}`)).toMatchObject({ tenantId: 'acme' })
  const foreign = await authority.sign({ claims: { iss: several.issuer }, header: { kid: undefined } })
  await expect(verifier.verify(`Bearer ${foreign}`)).rejects.toThrow("The token's signature is wrong.")
})

test('a clock is tolerated that differs by as much as the setting permits', async () => {
  const token = `Bearer ${await authority.sign({ expiresIn: '-60s' })}`
  const tolerant = { issuer: authority.issuer, algorithms: ['ES256'], ...usualClaims, clockToleranceSeconds: 120 }
  expect(await createTokenVerifier(tolerant).verify(token)).toMatchObject({ tenantId: 'acme' })
  await expect(createTokenVerifier({ ...tolerant, clockToleranceSeconds: 5 }).verify(token)).rejects.toThrow(/expired/)
})

test('the path of a claim leads only through properties of the token itself', async () => {
  const tenantAt = (path: string, claims: Record<string, unknown>) =>
    authority
      .sign({ claims: { tenant_id: undefined, ...claims } })
      .then((token) =>
        verifierFor({ OAUTH_ISSUER: 'https://i.example.com', OAUTH_TENANT_CLAIM: path }).verify(`Bearer ${token}`),
      )
  expect(await tenantAt('a.b.c', { a: { b: { c: 'acme' } } })).toMatchObject({ tenantId: 'acme' })
  expect(await tenantAt('a.b', { 'a.b': 'globex', a: { b: 'acme' } })).toMatchObject({ tenantId: 'globex' })
  for (const [path, claims] of [
    ['constructor.name', {}],
    ['a.length', { a: 'acme' }],
    ['a.0', { a: ['acme'] }],
    ['a.b', { a: null }],
  ] as const) {
    await expect(tenantAt(path, claims)).rejects.toThrow(/names no valid tenant\. A tenant's id has 1 to 63 characters/)
  }
})

test.each([
  [{ OAUTH_AUDIENCE_CLAIM: 'none' }, /OAUTH_AUDIENCE_CLAIM may be none only if OAUTH_SCOPE_PREFIX is set/],
  [{ OAUTH_JWT_TYPES: 'at+jwt,anything' }, /OAUTH_JWT_TYPES must be of at\+jwt, JWT and none/],
  [{ OAUTH_AUDIENCE: ' , ' }, /OAUTH_AUDIENCE must name at least one audience/],
  [{ OAUTH_CLOCK_TOLERANCE_SECONDS: '3600' }, /OAUTH_CLOCK_TOLERANCE_SECONDS must be a whole number from 0 to 300/],
])('an unsafe setting is refused at start: %j', (settings, message) => {
  expect(() => loadConfig({ ...least, OAUTH_ISSUER: 'https://issuer.example.com', ...settings })).toThrow(message)
})
