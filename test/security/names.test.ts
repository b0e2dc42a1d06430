import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import { expectNothingInside, expectRefusal, said, writtenRows } from './support/refusals.js'
import { type RunningApi, startRunningApi } from './support/running-api.js'

let api: RunningApi
beforeAll(async () => {
  api = await startRunningApi()
  await api.register()
})
afterAll(() => api[Symbol.asyncDispose]())

/** As it is shown in the table, and as it is. */
const names: readonly (readonly [string, string])[] = [
  ['..', '..'],
  ['../b', '../b'],
  ['%2e%2e%2f', '%2e%2e%2f'],
  ['a/b', 'a/b'],
  ['a\\b', 'a\\b'],
  ['NUL', 'user\0'],
  ['CR LF', 'user\r\nsite: x'],
  ['.', '.'],
  ['-user', '-user'],
  ['~user', '~user'],
  ['entity"; DROP TABLE', 'entity"; DROP TABLE tidemark.registration; --'],
  ['pg_shadow', 'pg_shadow'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['an RTL override', 'user\u202E'],
  ['300 characters', 'n'.repeat(300)],
]

const lists = {
  registerDataExport:
    'mutation ($list: EntityList!) { answer: registerDataExport(input: { entityList: $list }) { userErrors { code message } } }',
  previewDataExport:
    'query ($list: EntityList!) { answer: previewDataExport(input: { entityList: $list }) { userErrors { code message } } }',
  requestFullLoad:
    'mutation ($list: EntityList!) { answer: requestFullLoad(entityList: $list) { userErrors { code message } } }',
  redeliver: `mutation ($list: EntityList!) {
    answer: redeliver(input: { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", entityList: $list }) {
      userErrors { code message }
    }
  }`,
}
const unknown = { status: 200, code: 'UNKNOWN_ENTITIES', message: /^No entity has the name/ }

test.each(names)('the name %s is refused as an entity', async (shown, name) => {
  for (const [operation, document] of Object.entries(lists)) {
    await expectRefusal(
      api,
      `${shown} in ${operation}`,
      () => api.graphql(document, { variables: { list: [name] } }),
      unknown,
    )
  }
  const literal = lists.registerDataExport.replace('($list: EntityList!)', '').replace('$list', JSON.stringify([name]))
  await expectRefusal(api, `${shown} in registerDataExport, as a literal`, () => api.graphql(literal), unknown)
  await expectRefusal(api, `${shown} in REST`, () => api.rest({ entityList: [name] }), {
    status: 422,
    code: 'INVALID_REGISTRATION',
    message: /^No entity has the name/,
  })
})

test('a lone surrogate is refused as an entity', async () => {
  const name = 'user\uD800'
  const variables = { list: [name] }
  const input = 'a lone surrogate as an entity'
  await expectRefusal(api, input, () => api.graphql(lists.registerDataExport, { variables }), unknown)
  const literal = 'mutation { registerDataExport(input: { entityList: "user\\uD800" }) { userErrors { code } } }'
  await expectRefusal(api, `${input}, as a literal`, () => api.graphql(literal), {
    status: 400,
    code: 'GRAPHQL_PARSE_FAILED',
    message: /Invalid Unicode escape sequence/,
  })
})

test.each([
  ['an empty string', ''],
  ['an empty list', []],
  ['blanks', ['  ', '\t']],
  ['commas', ' ,,, '],
])('%s is refused as entity list', async (shown, list) => {
  for (const [operation, document] of Object.entries(lists)) {
    if (operation === 'redeliver' || operation === 'requestFullLoad') continue
    await expectRefusal(api, `${shown} in ${operation}`, () => api.graphql(document, { variables: { list } }), {
      status: 200,
      code: 'ENTITY_LIST_REQUIRED',
    })
  }
  await expectRefusal(api, `${shown} in REST`, () => api.rest({ entityList: list }), {
    status: 422,
    code: 'INVALID_REGISTRATION',
    message: /at least one entity/,
  })
})

test.each(names)('the name %s is refused in a path', async (shown, name) => {
  const authorization = ['authorization', `Bearer ${await api.sign()}`] as const
  for (const path of [`/export/${encodeURIComponent(name)}`, `/exports/${api.tenantId}/${encodeURIComponent(name)}`]) {
    await expectRefusal(
      api,
      `GET ${path.split('/', 2).join('/')}/… with ${shown}`,
      () => api.send({ path, headers: [authorization] }),
      {
        status: 404,
        code: 'NOT_FOUND',
      },
    )
  }
})

test.each(names)('the name %s is refused as the id of a run', async (shown, name) => {
  const before = await writtenRows(api)
  const answer = await api.graphql('query ($id: ID!) { exportRun(id: $id) { id } }', { variables: { id: name } })
  noteInput(`${shown} as the id of a run`, `${said(answer)} ${answer.text.trim()}`)
  expect(JSON.parse(answer.text)).toEqual({ data: { exportRun: null } })
  expectNothingInside(answer)
  expect(await writtenRows(api)).toEqual(before)
})
