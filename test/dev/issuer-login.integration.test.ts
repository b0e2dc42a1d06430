import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type IssuerUser,
  type LocalTokenIssuer,
  type LoginClient,
  startTokenIssuer,
} from '../../dev/issuer/token-issuer.js'
import { eventually } from '../support/eventually.js'
import { IssuerBrowser } from './support/issuer-browser.js'

const client: LoginClient = {
  clientId: 'tidemark-console',
  clientSecret: 'client-secret',
  name: 'the console',
  redirectPath: '/console/callback',
  logoutPath: '/console/logged-out',
}
const ada: IssuerUser = {
  username: 'ada@acme.example',
  password: 'right',
  name: 'Ada',
  tenantId: 'acme',
  scopes: ['exports:read', 'exports:write'],
}
const redirectUri = 'http://127.0.0.1:4000/console/callback'

let folder: string
let issuer: LocalTokenIssuer
let browser: IssuerBrowser

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-issuer-'))
  issuer = await startTokenIssuer({
    keyFile: join(folder, 'issuer.json'),
    audience: 'tidemark',
    clients: () => [{ clientId: 'acme', clientSecret: 'own', tenantId: 'acme', scopes: ['exports:read'] }],
    login: { clients: [client], users: () => [ada] },
  })
  browser = new IssuerBrowser(issuer.issuer)
})

afterEach(async () => {
  await issuer.stop()
  await rm(folder, { recursive: true, force: true })
})

const verifier = randomBytes(32).toString('base64url')
const request = (more: Record<string, string> = {}): Record<string, string> => ({
  response_type: 'code',
  client_id: client.clientId,
  redirect_uri: redirectUri,
  scope: 'openid offline_access exports:read exports:operate',
  state: 'the state',
  nonce: 'the nonce',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
  ...more,
})

const ask = async (form: Record<string, string>) => {
  const credentials = { client_id: client.clientId, client_secret: client.clientSecret }
  const body = new URLSearchParams({ ...credentials, ...form })
  const response = await fetch(issuer.tokenUrl, { method: 'POST', body })
  return { status: response.status, answer: (await response.json()) as Record<string, string> }
}

const redeem = (code: string, more: Record<string, string> = {}) =>
  ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, ...more })

const logIn = async (more: Record<string, string> = {}): Promise<URL> => {
  const form = await browser.open(request(more))
  return browser.submit(form, { username: ada.username, password: ada.password })
}

test('a user logs in, and the client gets the tokens of the user with the scopes that the user has', async () => {
  const answer = await logIn()
  expect(Object.fromEntries(answer.searchParams)).toMatchObject({ state: 'the state', iss: issuer.issuer })
  const { answer: tokens } = await redeem(answer.searchParams.get('code') ?? '')
  expect(decodeJwt(tokens['access_token'] ?? '')).toMatchObject({
    ...{ sub: ada.username, aud: 'tidemark', tenant_id: 'acme', client_id: client.clientId, scope: 'exports:read' },
  })
  expect(decodeJwt(tokens['id_token'] ?? '')).toMatchObject({
    ...{
      sub: ada.username,
      aud: client.clientId,
      nonce: 'the nonce',
      name: 'Ada',
      auth_time: expect.any(Number) as number,
    },
  })
})

test('a wrong password is refused with its user name kept, and the page says so', async () => {
  const form = await browser.open(request())
  const page = await browser.post(form, { username: ada.username, password: 'wrong' })
  expect(page.status).toBe(401)
  const html = await page.text()
  expect(html).toContain('value="ada@acme.example"')
  expect(html).toContain('The user name or the password is wrong')
})

test('after five wrong passwords even the right one has to wait', async () => {
  const form = await browser.open(request())
  for (let attempt = 0; attempt < 5; attempt++) await browser.post(form, { username: ada.username, password: 'wrong' })
  const page = await browser.post(form, { username: ada.username, password: ada.password })
  expect(await page.text()).toContain('Too many wrong passwords')
})

test('a second request does not ask for the password, unless the client wants a new login', async () => {
  await logIn()
  expect((await browser.redirect(request())).searchParams.get('code')).not.toBeNull()
  await expect(browser.open(request({ prompt: 'login' }))).resolves.toHaveProperty('secret')
  await expect(browser.open(request({ max_age: '0', prompt: 'login' }))).resolves.toHaveProperty('secret')
})

test('a login is too old if its age is more than the client permits', async () => {
  await logIn()
  expect((await browser.redirect(request({ max_age: '1000' }))).searchParams.get('code')).not.toBeNull()
  await eventually('the login to be older than a second', async () => {
    return (await browser.get('/authorize', request({ max_age: '1' }))).status === 200
  })
})

test('the form of the first window still works after a second window has opened one', async () => {
  const first = await browser.open(request())
  await browser.open(request())
  const answer = await browser.submit(first, { username: ada.username, password: ada.password })
  expect(answer.searchParams.get('code')).not.toBeNull()
})

test('a form that another page sends is refused', async () => {
  const form = await browser.open(request())
  const page = await browser.post({ ...form, secret: 'guessed' }, { username: ada.username, password: ada.password })
  expect(page.status).toBe(401)
})

test.each([
  ['of an unknown client', { client_id: 'other' }],
  ['to another host', { redirect_uri: 'http://evil.example/console/callback' }],
  ['to another path', { redirect_uri: 'http://127.0.0.1:4000/other' }],
  ['to an address with a query', { redirect_uri: `${redirectUri}?x=1` }],
])('a request %s is not sent back', async (_name, change) => {
  const response = await browser.get('/authorize', request(change))
  expect(response.status).toBe(400)
  expect(response.headers.get('location')).toBeNull()
})

test.each([
  ['without a challenge', { code_challenge: '' }, 'invalid_request'],
  ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['for a token', { response_type: 'token' }, 'unsupported_response_type'],
  ['without a page, before a login', { prompt: 'none' }, 'login_required'],
])('a request %s is sent back with an error', async (_name, change, error) => {
  const answer = await browser.redirect(request(change))
  expect(Object.fromEntries(answer.searchParams)).toMatchObject({ error, state: 'the state', iss: issuer.issuer })
})

test.each([
  ['another verifier', { code_verifier: 'a'.repeat(43) }],
  ['another address', { redirect_uri: 'http://127.0.0.1:4001/console/callback' }],
])('a code is refused with %s, and is used up', async (_name, change) => {
  const code = (await logIn()).searchParams.get('code') ?? ''
  expect((await redeem(code, change)).answer).toMatchObject({ error: 'invalid_grant' })
  expect((await redeem(code)).status).toBe(400)
})

test('the second use of a code revokes the refresh token of the first one', async () => {
  const code = (await logIn()).searchParams.get('code') ?? ''
  const { answer } = await redeem(code)
  expect((await redeem(code)).status).toBe(400)
  const again = await ask({ grant_type: 'refresh_token', refresh_token: answer['refresh_token'] ?? '' })
  expect(again.answer).toMatchObject({ error: 'invalid_grant' })
})

test('a refresh token works once, and its second use revokes its successor', async () => {
  const { answer } = await redeem((await logIn()).searchParams.get('code') ?? '')
  const refresh = (token = '') => ask({ grant_type: 'refresh_token', refresh_token: token })
  const second = await refresh(answer['refresh_token'])
  expect(second.status).toBe(200)
  expect((await refresh(answer['refresh_token'])).status).toBe(400)
  expect((await refresh(second.answer['refresh_token'])).status).toBe(400)
})

test('a logout ends the session of the issuer, and returns to the console', async () => {
  const { answer } = await redeem((await logIn()).searchParams.get('code') ?? '')
  const target = 'http://127.0.0.1:4000/console/logged-out'
  const response = await browser.get('/logout', {
    ...{ id_token_hint: answer['id_token'] ?? '', post_logout_redirect_uri: target },
  })
  expect(response.headers.get('location')).toBe(target)
  await expect(browser.open(request())).resolves.toHaveProperty('secret')
  const again = await ask({ grant_type: 'refresh_token', refresh_token: answer['refresh_token'] ?? '' })
  expect(again.status).toBe(400)
})

test('a client that logs users in gets no token of its own', async () => {
  expect((await ask({ grant_type: 'client_credentials' })).answer).toMatchObject({ error: 'unauthorized_client' })
})

test('the pages of the issuer permit no script and no frame', async () => {
  const response = await browser.get('/authorize', request())
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('script-src')
})
