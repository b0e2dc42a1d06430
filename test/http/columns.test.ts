import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'

/** The selection of columns in both APIs. */

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const tokenOf = (tenantId: string) =>
  api.authority.sign({ claims: { scope: 'exports:read exports:write', tenant_id: tenantId } })
const selection = 'columns { entity include exclude } excludeTags'
const personal = ['external_id', 'email', 'first_name', 'last_name', 'profile']

test('GraphQL accepts, shows and records a selection of columns, and lists the delivered columns', async () => {
  const token = await tokenOf('umbrella')
  const columns = [
    { entity: 'content', include: ['title'] },
    { entity: 'USER', exclude: ['locale'] },
  ]
  const ask = async (input: object) => {
    const document = `mutation ($input: RegisterDataExportInput!) { registerDataExport(input: $input) {
      dataExport { ${selection} entities { entity { internalName } columns } } notices { code } userErrors { code path } } }`
    return (await api.graphql(document, { token, variables: { input } })).json().data.registerDataExport
  }
  await ask({ entityList: 'user' })
  const { dataExport, notices } = await ask({ entityList: 'user', columns, excludeTags: ['pii'] })
  const shown = {
    columns: [
      { entity: 'user', include: null, exclude: ['locale'] },
      { entity: 'content', include: ['title'], exclude: null },
    ],
    excludeTags: ['pii'],
  }
  expect(notices).toEqual([])
  expect(dataExport).toMatchObject(shown)
  const [user] = dataExport.entities as { columns: string[] }[]
  expect(user?.columns).toEqual(expect.arrayContaining(['code', 'job_title', 'is_deleted', 'updated_at']))
  for (const name of [...personal, 'locale']) expect(user?.columns).not.toContain(name)
  const query = `{ dataExport { changes(first: 1) { before { ${selection} } after { ${selection} } } } }`
  expect((await api.graphql(query, { token })).json().data.dataExport.changes).toEqual([
    { before: { columns: [], excludeTags: [] }, after: shown },
  ])
  expect(await ask({ entityList: 'user', columns: [{ entity: 'user', exclude: ['code'] }] })).toMatchObject({
    dataExport: null,
    userErrors: [{ code: 'REQUIRED_COLUMNS', path: ['input', 'columns', '0', 'exclude'] }],
  })
})

test('the catalog of the API says which columns have a tag, and which are always delivered', async () => {
  const token = await tokenOf('umbrella')
  const answer = await api.graphql('{ exportEntities { internalName columns { name tags alwaysDelivered } } }', {
    token,
  })
  const entities = answer.json().data.exportEntities as {
    internalName: string
    columns: { name: string; tags: string[]; alwaysDelivered: boolean }[]
  }[]
  const columns = entities.find(({ internalName }) => internalName === 'user')?.columns ?? []
  expect(columns.filter(({ tags }) => tags.includes('pii')).map(({ name }) => name)).toEqual(personal)
  expect(columns.filter(({ alwaysDelivered }) => alwaysDelivered).map(({ name }) => name)).toEqual([
    'code',
    'is_deleted',
    'updated_at',
  ])
})

test('REST keeps a selection of columns until a call omits it, and accepts its own answer', async () => {
  const headers = { authorization: `Bearer ${await tokenOf('initrode')}` }
  const input = { columns: [{ entity: 'user', exclude: ['email', 'locale'] }], excludeTags: ['free-text'] }
  const first = (await api.post({ entityList: 'user', ...input }, headers)).json()
  expect(first).toMatchObject({ ...input, notices: [], entities: [{ name: 'user' }] })
  expect(first.entities[0].columns).not.toContain('email')
  expect((await api.post(first, headers)).json()).toMatchObject({ changed: false, version: 1, ...input })
  expect((await api.post({ entityList: 'user' }, headers)).json()).toMatchObject({ columns: [], excludeTags: [] })
})

test('REST names what is wrong with columns and tags, and changes nothing', async () => {
  const headers = { authorization: `Bearer ${await tokenOf('piedpiper')}` }
  const columns = [{ entity: 'user', include: ['e-mail'] }, { entity: 'site' }]
  const refused = await api.post({ entityList: 'user', columns, excludeTags: ['personal'] }, headers)
  expect([refused.statusCode, refused.json().errors]).toMatchObject([
    422,
    [
      { code: 'UNKNOWN_COLUMNS', pointer: '#/columns/0/include', didYouMean: [{ suggestion: 'email' }] },
      { code: 'INVALID_COLUMNS', pointer: '#/columns/1' },
      { code: 'UNKNOWN_TAGS', pointer: '#/excludeTags', allowedValues: ['free-text', 'pii'] },
    ],
  ])
})
