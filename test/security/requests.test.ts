import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scheduleId } from '../../src/contracts.js'
import { noteInput } from '../support/inputs.js'
import { sendForEver } from '../support/raw-connection.js'
import { expectNothingInside, expectRefusal, type Refusal, said } from '../support/refusals.js'
import { type Answer, type RunningApi, startRunningApi } from '../support/running-api.js'

let api: RunningApi
let bearer: readonly [string, string]
beforeAll(async () => {
  api = await startRunningApi({ REQUEST_TIMEOUT_SECONDS: '3' })
  bearer = ['authorization', `Bearer ${await api.sign()}`]
  await api.register()
})
afterAll(() => api[Symbol.asyncDispose]())

const register = 'mutation { registerDataExport(input: { exportOption: EXPORT_ALL }) { userErrors { code message } } }'
const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ')
const refused = (code: string, message: RegExp, status = 400): Refusal => ({ status, code, message })
const json = ['content-type', 'application/json'] as const
const post = (path: string, body: string | Buffer, type = 'application/json'): Promise<Answer> =>
  api.send({ method: 'POST', path, headers: [bearer, ['content-type', type]], body })

describe('documents', () => {
  test.each<[string, string, Refusal]>([
    [
      'a depth of 100',
      `{ ${times(100, () => '... on Query {')} __typename ${times(100, () => '}')} }`,
      refused('GRAPHQL_VALIDATION_FAILED', /a depth of 101; 20 is the most/),
    ],
    [
      'a depth of 100 by fields',
      `{ ${times(100, () => 'dataExport {')} version ${times(100, () => '}')} }`,
      refused('GRAPHQL_VALIDATION_FAILED', /\w/),
    ],
    [
      '1,000 aliases',
      `{ ${times(1_000, (at) => `a${at}: __typename`)} }`,
      refused('GRAPHQL_PARSE_FAILED', /more that 2000 tokens/),
    ],
    [
      '100 aliases',
      `{ ${times(100, (at) => `a${at}: __typename`)} }`,
      refused('GRAPHQL_VALIDATION_FAILED', /has 100 aliases; 50 is the most/),
    ],
    [
      '100 registrations in one document',
      `mutation { ${times(100, (at) => `a${at}: registerDataExport(input: {}) { userErrors { code } }`)} }`,
      refused('GRAPHQL_VALIDATION_FAILED', /has 100 aliases; 50 is the most/),
    ],
    [
      '10 registrations in one document',
      `mutation { ${times(10, (at) => `a${at}: registerDataExport(input: {}) { userErrors { code } }`)} }`,
      refused('OPERATION_TOO_LARGE', /a mutation counted as 11000; 100000 is the most/),
    ],
    [
      'fragments that spread each other 2^17 times',
      `{ dataExport { ...f0 } } ${times(17, (at) => `fragment f${at} on DataExport { ...f${at + 1} ...f${at + 1} }`)} fragment f17 on DataExport { version }`,
      refused('BAD_USER_INPUT', /maximum allowed number of nodes/),
    ],
    [
      'circular fragments',
      '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
      refused('GRAPHQL_VALIDATION_FAILED', /Cannot spread fragment "a" within itself/),
    ],
    [
      '10,000 directives',
      `{ __typename ${times(10_000, () => '@a')} }`,
      refused('GRAPHQL_PARSE_FAILED', /more that 2000 tokens/),
    ],
    ['900 directives', `{ __typename ${times(900, () => '@a')} }`, refused('GRAPHQL_VALIDATION_FAILED', /\w/)],
    [
      '30 good directives',
      `{ ${times(30, () => 'dataExport @include(if: true) { version }')} }`,
      refused('GRAPHQL_VALIDATION_FAILED', /has 30 directives; 20 is the most/),
    ],
    ['no operation', 'fragment a on Query { __typename }', refused('GRAPHQL_VALIDATION_FAILED', /\w/)],
    ['nonsense', '{{{', refused('GRAPHQL_PARSE_FAILED', /Syntax Error/)],
    [
      'the schema, where introspection is off',
      '{ __schema { types { name } } }',
      refused('GRAPHQL_VALIDATION_FAILED', /introspection is not allowed/i),
    ],
    [
      'a field that is nearly right',
      '{ dataExpor { version } }',
      refused('GRAPHQL_VALIDATION_FAILED', /^Cannot query field "dataExpor" on type "Query"\.$/),
    ],
    [
      'an argument that is nearly right',
      '{ dataExport(includeInactiv: true) { version } }',
      refused('GRAPHQL_VALIDATION_FAILED', /^Unknown argument "includeInactiv" on field "Query.dataExport"\.$/),
    ],
    [
      'an unknown enum value',
      'mutation { registerDataExport(input: { exportOption: EXPORT_AL }) { userErrors { code } } }',
      refused('GRAPHQL_VALIDATION_FAILED', /^Value "EXPORT_AL" does not exist in "ExportOption" enum\.$/),
    ],
    [
      'a wrong type',
      'mutation { registerDataExport(input: { exportOption: 7, frequency: [DAILY] }) { userErrors { code } } }',
      refused('GRAPHQL_VALIDATION_FAILED', /ExportOption/),
    ],
    [
      'a list of numbers as entity list',
      'mutation { registerDataExport(input: { entityList: [1, 2] }) { userErrors { code } } }',
      refused('GRAPHQL_VALIDATION_FAILED', /EntityList takes/),
    ],
  ])('%s', async (input, document, refusal) => {
    await expectRefusal(api, input, () => api.graphql(document), refusal)
  })

  test.each<[string, string, object, RegExp]>([
    [
      'an unknown enum value as a variable',
      'mutation ($option: ExportOption) { registerDataExport(input: { exportOption: $option }) { userErrors { code } } }',
      { option: 'EXPORT_AL' },
      /does not exist in "ExportOption" enum\.$/,
    ],
    [
      'a field that is nearly right in a variable',
      'mutation ($input: RegisterDataExportInput!) { registerDataExport(input: $input) { userErrors { code } } }',
      { input: { entityLis: 'user' } },
      /is not defined by type "RegisterDataExportInput"\.$/,
    ],
    [
      '__proto__ as a field of a variable',
      'mutation ($input: RegisterDataExportInput!) { registerDataExport(input: $input) { userErrors { code } } }',
      { input: { constructor: {} } },
      /\w/,
    ],
  ])('%s', async (input, document, variables, message) => {
    await expectRefusal(api, input, () => api.graphql(document, { variables }), refused('BAD_USER_INPUT', message))
  })
})

describe('pages', () => {
  const cursor = (text: string): string => Buffer.from(text).toString('base64url')
  test.each<[string, string, string, RegExp]>([
    ['first: 99999999', 'first: 99999999', 'OPERATION_TOO_LARGE', /Ask for less/],
    ['first: 2147483648', 'first: 2147483648', 'GRAPHQL_VALIDATION_FAILED', /32-bit/],
    ['first: -1', 'first: -1', 'BAD_USER_INPUT', /A page has 1 to 100 items/],
    ['first: 0', 'first: 0', 'BAD_USER_INPUT', /A page has 1 to 100 items/],
    ['first: 101', 'first: 101', 'BAD_USER_INPUT', /A page has 1 to 100 items/],
    ['first: 1.5', 'first: 1.5', 'GRAPHQL_VALIDATION_FAILED', /Int cannot represent/],
    ['both first and last', 'first: 5, last: 5', 'BAD_USER_INPUT', /not both/],
    ['both after and before', `after: "${cursor('x')}", before: "${cursor('x')}"`, 'BAD_USER_INPUT', /not both/],
    ['a cursor that is empty', 'after: ""', 'BAD_USER_INPUT', /Pass a cursor that this API returned/],
    ['a cursor of another kind', `after: "${cursor('7')}"`, 'BAD_USER_INPUT', /Pass a cursor that this API returned/],
    [
      'a cursor with SQL',
      `after: "${cursor("2026-11-25T00:00:00.000Z ' OR 1=1 --")}"`,
      'BAD_USER_INPUT',
      /Pass a cursor that this API returned/,
    ],
    [
      'a cursor with a day that is none',
      `after: "${cursor(`2026-02-31T25:00:00.000Z ${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`)}"`,
      'BAD_USER_INPUT',
      /Pass a cursor that this API returned/,
    ],
    ['a cursor of 100 KB', `after: "${'A'.repeat(100_000)}"`, 'BAD_USER_INPUT', /Pass a cursor that this API returned/],
  ])('%s', async (input, args, code, message) => {
    for (const field of ['exportRuns', 'exportDeliveries']) {
      const document = `{ ${field}(${args}) { edges { cursor } } }`
      await expectRefusal(api, `${field}: ${input}`, () => api.graphql(document), refused(code, message))
    }
  })
})

describe('requests', () => {
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
      refused('NOT_FOUND', /nothing at this path/, 404),
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
      refused('NOT_FOUND', /nothing/, 404),
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
      refused('NOT_FOUND', /nothing/, 404),
    ],
    [
      'a subscription',
      () => post('/graphql', JSON.stringify({ query: 'subscription { x }' })),
      refused('GRAPHQL_VALIDATION_FAILED', /has no subscriptions/),
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
      refused('UNSUPPORTED_MEDIA_TYPE', /without a Content-Encoding/, 415),
    ]),
    [
      'two Host headers',
      () => api.send({ path: '/export', headers: [bearer, ['host', 'evil.example']] }),
      refused('MALFORMED_REQUEST', /one Host header/),
    ],
    [
      'TRACE',
      () => api.send({ method: 'TRACE', path: '/export', headers: [bearer] }),
      refused('NOT_FOUND', /nothing/, 404),
    ],
  ])('%s', async (input, attempt, refusal) => {
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
  ])('%s', async (input, start, oneMore) => {
    const bytes = start(`Authorization: ${bearer[1]}`)
    await expectRefusal(
      api,
      input,
      () => rawAnswer(bytes, oneMore),
      refused('REQUEST_TIMEOUT', /did not come in in time/, 408),
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
  ])('%s', async (input, bytes) => {
    await expectRefusal(api, input, () => rawAnswer(bytes, ''), refused('MALFORMED_REQUEST', /not valid HTTP/))
  })
})

describe('registrations', () => {
  const document = `mutation ($list: EntityList!) {
    answer: registerDataExport(input: { entityList: $list, frequency: MONTHLY }) {
      dataExport { version entityList } userErrors { code message }
    }
  }`

  test('an entity named twice is registered once', async () => {
    const answer = await api.graphql(document, { variables: { list: ['user', 'USER', ' user ', 'site'] } })
    const { entityList } = JSON.parse(answer.text).data.answer.dataExport
    noteInput('an entity named three times', `${answer.status} registered: ${entityList.join(', ')}`)
    expect(entityList.toSorted()).toEqual(['site', 'user'])
  })

  test('10,000 entities', async () => {
    const list = Array.from({ length: 10_000 }, (_, at) => `entity ${at}`)
    const answer = await expectRefusal(api, '10,000 entities', () => api.graphql(document, { variables: { list } }), {
      status: 200,
      code: 'UNKNOWN_ENTITIES',
      message: /and 9980 more/,
    })
    expect(answer.text.length).toBeLessThan(10_000)
  })

  test('100 identical registrations at once make one outcome', async () => {
    const [before] = await versions()
    const list = ['user', 'content', 'user logins']
    const answers = await Promise.all(Array.from({ length: 100 }, () => api.graphql(document, { variables: { list } })))
    const outcomes = new Set(answers.map((answer) => said(answer)))
    const after = await versions()
    const schedules = await schedulesOf(api)
    noteInput(
      '100 identical registrations at once',
      `${answers.length} × ${[...outcomes].join(' and ')}; ${after.length} versions on record, ${schedules.length} schedule`,
    )
    expect(answers.map(({ status, text }) => [status, JSON.parse(text).data.answer.userErrors])).toEqual(
      answers.map(() => [200, []]),
    )
    expect(after.map((version) => version)).toEqual(after.map((_, at) => at + 1))
    expect(before).toBe(1)
    const current = JSON.parse((await api.graphql('{ dataExport { version entityList schedule { state } } }')).text)
    expect(current.data.dataExport).toMatchObject({
      version: after.length,
      entityList: ['user', 'user logins', 'content'],
    })
    expect(schedules).toEqual([scheduleId(api.tenantId)])
  })

  const versions = async (): Promise<number[]> => {
    const rows = await api.world.sql<{ version: number }>(
      'SELECT version FROM tidemark.registration_change WHERE tenant_id = $1 ORDER BY version',
      [api.tenantId],
    )
    return rows.map(({ version }) => version)
  }
})

async function schedulesOf({ world, tenantId }: RunningApi): Promise<string[]> {
  const found: string[] = []
  for await (const { scheduleId: id } of world.temporal.schedule.list()) if (id.includes(tenantId)) found.push(id)
  return found
}

test('every answer tells browsers what they may do with it', async () => {
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
