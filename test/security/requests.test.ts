import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendForEver } from './support/raw-connection.js'
import { expectNothingInside, expectRefusal, type Refusal, refused } from './support/refusals.js'
import { type Answer, type RunningApi, startRunningApi } from './support/running-api.js'

let api: RunningApi
let bearer: readonly [string, string]
beforeAll(async () => {
  api = await startRunningApi({ REQUEST_TIMEOUT_SECONDS: '3' })
  bearer = ['authorization', `Bearer ${await api.sign()}`]
  await api.register()
})
afterAll(() => api[Symbol.asyncDispose]())

const json = ['content-type', 'application/json'] as const
const post = (path: string, body: string | Buffer, type = 'application/json'): Promise<Answer> =>
  api.send({ method: 'POST', path, headers: [bearer, ['content-type', type]], body })

const register = 'mutation { registerDataExport(input: { exportOption: EXPORT_ALL }) { userErrors { code message } } }'
const query = JSON.stringify({ query: register })
const inUrl = encodeURIComponent(register)
test.each<[string, () => Promise<Answer>, Refusal]>([
  [
    'a batch of 100',
    () => post('/graphql', `[${Array.from({ length: 100 }, () => query).join()}]`),
    refused('BAD_REQUEST', /batching disabled/),
  ],
  [
    'a mutation by GET',
    () => api.send({ path: `/graphql?query=${inUrl}`, headers: [bearer, ['apollo-require-preflight', 'yes']] }),
    refused('BAD_REQUEST', /GET requests only support query operations/, 405),
  ],
  [
    'a mutation by GET, as a foreign page can send it',
    () => api.send({ path: `/graphql?query=${inUrl}`, headers: [bearer] }),
    refused('BAD_REQUEST', /CSRF/),
  ],
  [
    'a mutation by PUT',
    () => api.send({ method: 'PUT', path: '/graphql', headers: [bearer, json], body: query }),
    refused('NOT_FOUND', /No route has this path and method/, 404),
  ],
  [
    'a POST of text/plain (GraphQL)',
    () => post('/graphql', query, 'text/plain'),
    refused('UNSUPPORTED_MEDIA_TYPE', /application\/json/, 415),
  ],
  [
    'a POST of text/plain (REST)',
    () => post('/export', '{}', 'text/plain'),
    refused('UNSUPPORTED_MEDIA_TYPE', /application\/json/, 415),
  ],
  [
    'a form (GraphQL)',
    () => post('/graphql', `query=${inUrl}`, 'application/x-www-form-urlencoded'),
    refused('UNSUPPORTED_MEDIA_TYPE', /application\/json/, 415),
  ],
  [
    'a multipart form (GraphQL)',
    () => post('/graphql', '--x--', 'multipart/form-data; boundary=x'),
    refused('UNSUPPORTED_MEDIA_TYPE', /application\/json/, 415),
  ],
  [
    'a body of 10 MB (GraphQL)',
    () => post('/graphql', JSON.stringify({ query: '#'.repeat(10_000_000) })),
    refused('CONTENT_TOO_LARGE', /256 KB/, 413),
  ],
  [
    'a body of 10 MB (REST)',
    () => post('/export', JSON.stringify({ entityList: 'x'.repeat(10_000_000) })),
    refused('CONTENT_TOO_LARGE', /256 KB/, 413),
  ],
  ['invalid JSON (GraphQL)', () => post('/graphql', '{"query": '), refused('MALFORMED_REQUEST', /valid JSON/)],
  ['invalid JSON (REST)', () => post('/export', '{"entityList": '), refused('MALFORMED_REQUEST', /valid JSON/)],
  [
    'invalid UTF-8 (GraphQL)',
    () => post('/graphql', Buffer.from(query.replace('EXPORT_ALL', 'EXPORT_ALL #\xff'), 'latin1')),
    refused('MALFORMED_REQUEST', /UTF-8/),
  ],
  [
    'invalid UTF-8 (REST)',
    () => post('/export', Buffer.from('{"entityList": "user\xff"}', 'latin1')),
    refused('MALFORMED_REQUEST', /UTF-8/),
  ],
  [
    '__proto__ in the body (REST)',
    () => post('/export', '{"__proto__": {"exportOption": "export all"}}'),
    refused('MALFORMED_REQUEST', /\w/),
  ],
  [
    'constructor.prototype in the body (REST)',
    () => post('/export', '{"constructor": {"prototype": {"x": 1}}}'),
    refused('MALFORMED_REQUEST', /\w/),
  ],
  ['100,000 brackets (REST)', () => post('/export', '['.repeat(100_000)), refused('MALFORMED_REQUEST', /\w/)],
  ['a list in place of an object (REST)', () => post('/export', '[]'), refused('INVALID_BODY', /JSON object/)],
  ['a string in place of an object (GraphQL)', () => post('/graphql', '"x"'), refused('BAD_REQUEST', /\w/)],
  [
    'an unknown word (REST)',
    () => post('/export', '{"exportOption": "everything"}'),
    refused('INVALID_REGISTRATION', /exportOption must be one of/, 422),
  ],
  [
    'wrong types (REST)',
    () => post('/export', '{"exportOption": 7, "frequency": [], "entityList": {"a": 1}, "expectedVersion": "1"}'),
    refused('INVALID_REGISTRATION', /\w/, 422),
  ],
  [
    'a path that goes up',
    () => api.send({ path: '/export/../../etc/passwd', headers: [bearer] }),
    refused('NOT_FOUND', /No route/, 404),
  ],
  [
    'a path that is no URI',
    () => api.send({ path: '/export/%ff%', headers: [bearer] }),
    refused('MALFORMED_REQUEST', /\w/),
  ],
  [
    'a header of 20 KB',
    () => api.send({ path: '/export', headers: [bearer, ['x-request-id', 'x'.repeat(20_000)]] }),
    refused('HEADERS_TOO_LARGE', /16 KB/, 431),
  ],
  [
    'another method',
    () => api.send({ method: 'DELETE', path: '/export', headers: [bearer] }),
    refused('NOT_FOUND', /No route/, 404),
  ],
  [
    'a subscription',
    () => post('/graphql', JSON.stringify({ query: 'subscription { x }' })),
    refused('GRAPHQL_VALIDATION_FAILED', /on type "Subscription"/),
  ],
  ...(['gzip', 'br', 'unknown'] as const).map((encoding): [string, () => Promise<Answer>, Refusal] => [
    `a body that says it is in ${encoding}`,
    () =>
      api.send({
        method: 'POST',
        path: '/export',
        headers: [bearer, json, ['content-encoding', encoding]],
        body: '{"exportOption": "export all"}',
      }),
    refused('UNSUPPORTED_MEDIA_TYPE', /a Content-Encoding, which is not supported/, 415),
  ]),
  [
    'two Host headers',
    () => api.send({ path: '/export', headers: [bearer, ['host', 'evil.example']] }),
    refused('MALFORMED_REQUEST', /several Host headers/),
  ],
  [
    'TRACE',
    () => api.send({ method: 'TRACE', path: '/export', headers: [bearer] }),
    refused('NOT_FOUND', /No route/, 404),
  ],
])('a request with %s is refused and changes nothing', async (input, attempt, refusal) => {
  await expectRefusal(api, input, attempt, refusal)
})

/** The lines of a request by hand, and what comes after its headers. */
const lines = (headers: readonly string[], body = ''): string =>
  ['POST /export HTTP/1.1', 'Host: x', ...headers, '', body].join('\r\n')
const rawAnswer = async (bytes: string, oneMore: string): Promise<Answer> => {
  const [head = '', text = ''] = (await sendForEver(api.port, bytes, oneMore)).split('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), headers: {}, text }
}

test.each<[string, (authorization: string) => string, string]>([
  ['slow headers', (authorization) => lines([authorization, 'X-Slow: ']).trimEnd(), 'x'],
  [
    'a slow body',
    (authorization) =>
      lines([authorization, 'Content-Type: application/json', 'Content-Length: 1000'], '{"entityList": "'),
    'x',
  ],
  [
    'a body of slow chunks',
    (authorization) =>
      lines([authorization, 'Content-Type: application/json', 'Transfer-Encoding: chunked'], '1\r\n{\r\n'),
    '1\r\n \r\n',
  ],
])('a request with %s is cut off after its time', async (input, start, oneMore) => {
  const bytes = start(`Authorization: ${bearer[1]}`)
  await expectRefusal(
    api,
    input,
    () => rawAnswer(bytes, oneMore),
    refused('REQUEST_TIMEOUT', /did not arrive in time/, 408),
  )
  expect(api.log()).not.toContain('failed unexpectedly')
})

test.each([
  ['bytes that are no HTTP', '\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n'],
  ['a length and chunks at once', lines(['Content-Length: 2', 'Transfer-Encoding: chunked'], '{}')],
  ['two lengths', lines(['Content-Length: 2', 'Content-Length: 3'], '{}')],
  ['a length that is no number', lines(['Content-Length: -2'], '{}')],
  ['NUL in a header', lines(['X-Odd: a\0b', 'Content-Length: 2'], '{}')],
  ['a header without a colon', lines(['Odd', 'Content-Length: 2'], '{}')],
])('%s are refused as HTTP that is not valid', async (input, bytes) => {
  await expectRefusal(api, input, () => rawAnswer(bytes, ''), refused('MALFORMED_REQUEST', /not valid HTTP/))
})

test('every answer has the headers that tell a browser not to sniff, store, frame or refer', async () => {
  const huge = ['x-huge', 'x'.repeat(20_000)] as const
  const paths = ['/export', '/graphql', '/healthz', '/nowhere', '/openapi.json', '/export/%ff%']
  for (const sent of [...paths.map((path) => ({ path })), { path: '/export', headers: [huge] }]) {
    const answer = await api.send(sent)
    expect(answer.headers, JSON.stringify(sent).slice(0, 100)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    expectNothingInside(answer)
  }
})
