import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import { expectNothingInside } from './support/refusals.js'
import { type Answer, type RunningApi, type Sent, startRunningApi } from './support/running-api.js'

const runs = 300

let api: RunningApi
let bearer: readonly [string, string]
beforeAll(async () => {
  api = await startRunningApi()
  bearer = ['authorization', `Bearer ${await api.sign()}`]
  await api.register()
})
afterAll(() => api[Symbol.asyncDispose]())

const json = ['content-type', 'application/json'] as const
const value = fc.oneof(
  fc.constantFrom('user', 'user,site', ['user', 'site'], -1, 0, 1e308, '\0', '\uD800', '__proto__', null, {}),
  fc.jsonValue({ maxDepth: 3 }),
)
/** Mostly what is right, so that what is wrong gets far. */
const mostly = (...right: unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: value })
const fileFormat = fc.record(
  { compression: mostly('none', 'gzip'), maxPartMegabytes: mostly(1, 500), delimiter: mostly('comma', 'semicolon') },
  { requiredKeys: [] },
)
const columns = fc.record(
  {
    entity: mostly('user', 'site'),
    include: mostly(['email'], ['name', 'status']),
    exclude: mostly(['email'], ['code']),
  },
  { requiredKeys: [] },
)
const registration = fc.record(
  {
    exportOption: mostly('export all', 'export selected', 'disable export'),
    entityList: mostly('user', ['user', 'site']),
    frequency: mostly('daily', 'weekly', 'monthly'),
    fileFormat: fc.oneof({ weight: 4, arbitrary: fileFormat }, { weight: 1, arbitrary: value }),
    columns: fc.oneof({ weight: 4, arbitrary: fc.array(columns, { maxLength: 2 }) }, { weight: 1, arbitrary: value }),
    excludeTags: mostly(['pii'], ['free-text', 'pii'], []),
    expectedVersion: mostly(null, 1, 2),
  },
  { requiredKeys: ['exportOption'] },
)
const body = fc.oneof(
  { weight: 6, arbitrary: registration },
  { weight: 1, arbitrary: fc.dictionary(fc.string(), value, { maxKeys: 6 }) },
  { weight: 1, arbitrary: value },
)
const rest = body.map((content): Sent => {
  return { method: 'POST', path: '/export', headers: [bearer, json], body: JSON.stringify(content) }
})

/** Pieces of the language and of the schema, in any order: now and then it is a document. */
const pieces = [
  ...'{ } ( ) [ ] : , ! $a @skip(if:true) ...'.split(' '),
  ...[
    'query',
    'mutation',
    'subscription',
    'fragment f on Query',
    '...f',
    '__schema',
    '__typename',
    'dataExport',
    'version',
  ],
  ...[
    'exportRuns',
    'edges',
    'node',
    'first: 5',
    'after: "x"',
    'registerDataExport',
    'input: {}',
    'entityList: ["user"]',
  ],
  ...['exportRun(id: "\\u0000")', 'id', 'userErrors { code }', '"""', '"\\uD800"', '1e999', '-0', '#', '\uFEFF', '\0'],
]
const someOf = (from: readonly string[], maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...from), { maxLength }).map((chosen) => chosen.join(' '))
const documents = [
  'query ($a: EntityList) { previewDataExport(input: { entityList: $a }) { userErrors { message path } } }',
  'query ($a: Int, $b: String) { exportRuns(first: $a, after: $b) { edges { cursor } } }',
  'query ($a: Int, $b: String) { exportDeliveries(last: $a, before: $b) { edges { cursor } } }',
  'query ($a: ID!) { exportRun(id: $a) { id } }',
  'mutation ($a: EntityList!) { requestFullLoad(entityList: $a) { userErrors { message } } }',
  'mutation ($a: DateTime!, $b: DateTime!) { redeliver(input: { from: $a, to: $b }) { userErrors { message } } }',
  'mutation ($a: FileFormatInput) { registerDataExport(input: { entityList: "user", fileFormat: $a }) { userErrors { code } } }',
]
const document = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...documents) },
  { weight: 1, arbitrary: someOf(pieces, 40) },
  { weight: 1, arbitrary: someOf(pieces.slice(13), 6).map((set) => `{ ${set} }`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: value },
)
const variables = fc.record({
  a: fc.oneof(mostly('user', 5, '2026-11-01T00:00:00Z', '275760-09-13T00:00:00Z'), fileFormat),
  b: mostly('x', '2026-11-02T00:00:00Z'),
})
const graphql = fc
  .record(
    { query: document, variables: fc.oneof({ weight: 9, arbitrary: variables }, value), operationName: mostly(null) },
    { requiredKeys: ['query', 'variables'] },
  )
  .map((content): Sent => {
    return { method: 'POST', path: '/graphql', headers: [bearer, json], body: JSON.stringify(content) }
  })

const headerValue = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
})
const header = fc.tuple(
  fc.constantFrom(
    'authorization',
    'content-type',
    'accept',
    'x-request-id',
    'x-forwarded-for',
    'origin',
    'cookie',
    'accept-encoding',
    'if-none-match',
    'apollo-require-preflight',
  ),
  fc.oneof(
    headerValue,
    headerValue.map((text) => `Bearer ${text}`),
    fc.constantFrom('*/*', 'application/json; charset=x', 'null'),
  ),
)
const path = fc.oneof(
  fc.constantFrom(
    '/graphql',
    '/export',
    '/readyz',
    '/openapi.json',
    '/.well-known/oauth-protected-resource',
    '/export?includeInactive=',
    '/graphql?query=',
  ),
  fc.webPath(),
  fc.string().map((text) => `/${encodeURIComponent(text.replaceAll(/\p{Cs}/gu, ''))}%`),
)
const request = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'),
    path: fc
      .tuple(path, fc.webQueryParameters())
      .map(([place, search]) => (place.includes('?') ? `${place}${search}` : place)),
    headers: fc.array(header, { maxLength: 4 }),
    body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  })
  .map(({ body: content, ...sent }): Sent => (sent.method === 'POST' ? { ...sent, body: content } : sent))

test.each<[string, fc.Arbitrary<Sent>]>([
  ['random bodies to /export', rest],
  ['random documents and variables to /graphql', graphql],
  ['random methods, paths, headers and bytes', request],
])('%s break nothing and show no internals', async (what, requests) => {
  const answers: Answer[] = []
  const seed = Math.trunc(Math.random() * 2 ** 31)
  try {
    await fc.assert(
      fc.asyncProperty(requests, async (sent) => {
        const answer = await api.send(sent)
        answers.push(answer)
        expect(answer.status, answer.text).toBeLessThan(500)
        expectNothingInside(answer)
      }),
      { numRuns: runs, seed },
    )
  } finally {
    noteInput(`${answers.length} ${what} (seed ${seed})`, tally(answers))
  }
  expect(answers.some(({ status }) => status === 200)).toBe(true)
  expect(api.log()).not.toContain('failed unexpectedly')
  expect((await api.graphql('{ __typename }')).status).toBe(200)
})

function tally(answers: readonly Answer[]): string {
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
  const counts = new Map<number, number>()
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} × ${status}`).join(', ')
}
