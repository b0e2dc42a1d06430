import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import { fakeEmailLinks } from '../support/api/fake-email.js'

let api: TestApi
const links = fakeEmailLinks()
beforeAll(async () => {
  api = await startApi({ emailLinks: links })
})
afterAll(() => api[Symbol.asyncDispose]())

const form = { 'content-type': 'application/x-www-form-urlencoded' }

test.each(['verify', 'unsubscribe'])(
  'GET /email/%s shows a page with a button, and changes nothing',
  async (action) => {
    const before = links.used.length
    const page = await api.app.inject(`/email/${action}?token=valid`)
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.body).toMatch(/<form method="post"><button>/)
    expect(page.body).not.toContain('valid')
    expect(links.used).toHaveLength(before)
  },
)

test.each(['verify', 'unsubscribe'])('POST /email/%s with the token does it, without a login', async (action) => {
  const url = `/email/${action}?token=valid`
  const done = await api.app.inject({ method: 'POST', url, headers: form, payload: '' })
  expect(done.statusCode).toBe(200)
  expect(links.used.at(-1)).toBe(`${action} from 127.0.0.1`)
  expect(done.body).not.toContain('<form')
})

test('a mail program unsubscribes with one click, as RFC 8058 says', async () => {
  const url = '/email/unsubscribe?token=valid'
  const encoded = { method: 'POST', url, headers: form, payload: 'List-Unsubscribe=One-Click' } as const
  expect((await api.app.inject(encoded)).statusCode).toBe(200)
  const boundary = 'x'
  const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  const payload = `--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n`
  expect((await api.app.inject({ method: 'POST', url, headers: multipart, payload })).statusCode).toBe(200)
})

test('a token that is not valid gets 410 and no detail', async () => {
  for (const query of ['', '?token=', '?token=wrong', '?token=valid&token=valid', '?token[]=valid']) {
    const answer = await api.app.inject({ method: 'POST', url: `/email/verify${query}`, headers: form, payload: '' })
    expect([answer.statusCode, answer.body.includes('This link is not valid')], query).toEqual([410, true])
  }
})

test('a page of a link runs no script, loads nothing, and gives its address to no other page', async () => {
  const { headers } = await api.app.inject('/email/unsubscribe?token=valid')
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'/,
  )
  expect(headers).toMatchObject({
    ...{ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    'cross-origin-opener-policy': 'same-origin',
  })
})

test('a form is accepted only by the links of emails, and a large one not even there', async () => {
  const elsewhere = await api.app.inject({ method: 'POST', url: '/export', headers: form, payload: 'a=b' })
  expect([401, 415]).toContain(elsewhere.statusCode)
  const url = '/email/verify?token=valid'
  const large = await api.app.inject({ method: 'POST', url, headers: form, payload: 'a'.repeat(5000) })
  expect(large.statusCode).toBe(413)
})

test('no token of a link is in the log', async () => {
  await api.app.inject({
    method: 'POST',
    url: '/email/verify?token=secret-token-of-a-link',
    headers: form,
    payload: '',
  })
  expect(api.rawLog()).not.toContain('secret-token-of-a-link')
  expect(api.rawLog()).toContain('/email/verify')
})
