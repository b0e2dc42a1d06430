import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/config.js'
import { attack } from '../../support/attacks.js'
import { startApi } from '../../support/api/api.js'
import { type ConsoleApi, startConsoleApi } from './support/console-api.js'

let api: ConsoleApi
beforeAll(async () => {
  api = await startConsoleApi()
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
})

const open = (path: string, headers: Record<string, string> = {}) => api.browser().open(path, headers)

test.each(['/console/', '/console/runs/42?tab=errors', '/console/logged-out', '/console/index.html'])(
  'the browser gets the page of the console at %s, with a policy that permits only its own scripts',
  async (path) => {
    const page = await open(path)
    const [, nonce = ''] = /^<!doctype html><meta nonce="([\w+/=]{24})"><title>Tidemark<\/title>$/.exec(page.text) ?? []
    expect([page.status, nonce.length]).toEqual([200, 24])
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; ` +
        "connect-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()') as unknown,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
  },
)

test('each page has a nonce of its own', async () => {
  const pages = await Promise.all([open('/console/'), open('/console/')])
  expect(new Set(pages.map(({ headers }) => headers.get('content-security-policy'))).size).toBe(2)
})

test('the address without a slash leads to the console', async () => {
  const page = await open('/console')
  expect([page.status, page.headers.get('location')]).toEqual([308, '/console/'])
})

test('files with a hash in their name are kept by the browser, and compressed if they were built so', async () => {
  const page = await open('/console/assets/app-1a2b3c.js', { accept: '*/*', 'accept-encoding': 'identity' })
  expect([page.status, page.text]).toEqual([200, 'export {}'])
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  })
  const head = await fetch(`${api.origin}/console/assets/app-1a2b3c.js`, {
    method: 'HEAD',
    headers: { 'accept-encoding': 'gzip, br' },
  })
  expect([head.headers.get('content-encoding'), head.headers.get('content-length')]).toEqual(['br', '9'])
  expect((await open('/console/icon.svg')).headers.get('content-type')).toBe('image/svg+xml')
})

test('a missing file is no page', async () => {
  for (const path of ['/console/assets/app-gone.js', '/console/assets/', '/console/assets/index.html']) {
    expect((await open(path, { accept: '*/*' })).status, path).toBe(404)
  }
})

test('no path leaves the folder of the console', async () => {
  attack({ name: 'console: files beside the console' })
  const paths = [
    '..%2fpackage.json',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2findex.html',
    '.env',
    'a%00.js',
    'assets%2f..%2ficon.svg',
  ]
  for (const path of paths) {
    for (const folder of ['/console/assets/', '/console/']) {
      const page = await open(folder + path, { accept: '*/*' })
      expect([400, 404], folder + path).toContain(page.status)
    }
  }
})

test('a console that is not built says how to build it', async () => {
  await rename(join(api.folder, 'index.html'), join(api.folder, 'away'))
  const page = await open('/console/')
  expect([page.status, page.json()]).toMatchObject([
    503,
    { detail: 'The pages of the console are not built. Run `node scripts/console/build.mjs`.' },
  ])
  await rename(join(api.folder, 'away'), join(api.folder, 'index.html'))
})

test('an API without CONSOLE_CLIENT_ID has no console at all', async () => {
  const { CONSOLE_CLIENT_ID: _id, ...environment } = api.world.environment
  expect(loadConfig(environment).console).toBeUndefined()
  await using without = await startApi()
  for (const url of ['/console/', '/console/session', '/console/login', '/console/assets/a.js']) {
    expect((await without.app.inject({ url })).statusCode).toBe(404)
  }
  for (const url of ['/console/graphql', '/console/logout']) {
    expect((await without.app.inject({ url, method: 'POST' })).statusCode).toBe(404)
  }
})
