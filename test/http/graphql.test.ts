import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { exampleOperations } from '../../src/http/example-operations.js'
import { startApi, type TestApi } from '../support/api/api.js'
import { fakeRuns } from '../support/api/fake-use-cases.js'
import { sampleRun } from '../support/api/samples.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const tokenWith = (scope: string, tenant = 'acme') => api.authority.sign({ claims: { scope, tenant_id: tenant } })

describe('GraphQL', () => {
  const register = `mutation ($input: RegisterDataExportInput!) {
    registerDataExport(input: $input) {
      dataExport { tenantId version exportOption frequency entityList schedule { state nextRunTimes } updatedBy }
      activated { name displayName } deactivated { name } unchanged { name }
      userErrors { code message path allowedValues didYouMean { given suggestion } }
    }
  }`

  test('GraphQL registers, reads back, previews and lists changes', async () => {
    const token = await tokenWith('exports:read exports:write', 'globex')
    const first = await api.graphql(register, { token, variables: { input: { entityList: 'user, user logins' } } })
    expect(first.statusCode).toBe(200)
    expect(first.json().data.registerDataExport).toMatchObject({
      dataExport: {
        tenantId: 'globex',
        version: 1,
        exportOption: 'EXPORT_SELECTED',
        frequency: 'DAILY',
        entityList: ['user', 'user logins'],
        schedule: { state: 'ACTIVE', nextRunTimes: expect.arrayContaining(['2026-11-24T00:00:00.000Z']) },
        updatedBy: 'tester',
      },
      activated: [
        { name: 'USER', displayName: 'user' },
        { name: 'USER_LOGINS', displayName: 'user logins' },
      ],
      userErrors: [],
    })

    const input = { entityList: ['user', 'content'], frequency: 'WEEKLY', expectedVersion: 1 }
    const preview = `query ($input: RegisterDataExportInput!) {
      previewDataExport(input: $input) { activated { name } deactivated { name } unchanged { name } }
    }`
    const previewed = await api.graphql(preview, { token, variables: { input } })
    const second = await api.graphql(register, { token, variables: { input } })
    const difference = { activated: [{ name: 'CONTENT' }], deactivated: [{ name: 'USER_LOGINS' }] }
    expect(previewed.json().data.previewDataExport).toMatchObject(difference)
    expect(second.json().data.registerDataExport).toMatchObject({
      activated: [{ name: 'CONTENT' }],
      deactivated: [{ name: 'USER_LOGINS' }],
      unchanged: [{ name: 'USER' }],
    })

    const current = await api.graphql(
      `{ dataExport(includeInactive: true) {
        entityList entities { entity { displayName } active deactivatedAt }
        changes(first: 1) { version changedBy before { entityList frequency } after { entityList frequency } }
      } }`,
      { token },
    )
    expect(current.json().data.dataExport).toEqual({
      entityList: ['user', 'content'],
      entities: [
        { entity: { displayName: 'user' }, active: true, deactivatedAt: null },
        { entity: { displayName: 'user logins' }, active: false, deactivatedAt: '2026-11-23T09:30:00.000Z' },
        { entity: { displayName: 'content' }, active: true, deactivatedAt: null },
      ],
      changes: [
        {
          version: 2,
          changedBy: 'tester',
          before: { entityList: ['user', 'user logins'], frequency: 'DAILY' },
          after: { entityList: ['user', 'content'], frequency: 'WEEKLY' },
        },
      ],
    })
    const onlyActive = await api.graphql('{ dataExport(includeInactive: null) { entities { active } } }', { token })
    expect(onlyActive.json().data.dataExport.entities).toEqual([{ active: true }, { active: true }])
  })

  test('GraphQL returns mistakes of the caller as data', async () => {
    const variables = { input: { entityList: ['user_login_event', 'contents'] } }
    const { registerDataExport } = (await api.graphql(register, { variables })).json().data
    expect(registerDataExport).toMatchObject({ dataExport: null, activated: [], deactivated: [], unchanged: [] })
    expect(registerDataExport.userErrors).toEqual([
      expect.objectContaining({
        code: 'UNKNOWN_ENTITIES',
        path: ['input', 'entityList'],
        allowedValues: expect.arrayContaining(['user logins']),
        didYouMean: [
          { given: 'user_login_event', suggestion: 'user logins' },
          { given: 'contents', suggestion: 'content' },
        ],
      }),
    ])
    const stale = await api.graphql(register, { variables: { input: { entityList: 'user', expectedVersion: 7 } } })
    expect(stale.json().data.registerDataExport.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT' }])
  })

  test.each([
    ['an entity list of the wrong shape', { input: { entityList: 7 } }, /takes a list of names/],
    ['an unknown option', { input: { exportOption: 'EXPORT_NOTHING' } }, /EXPORT_NOTHING/],
    ['an unknown field', { input: { entities: 'user' } }, /entities/],
  ])('GraphQL refuses %s with an error that names it', async (_what, variables, message) => {
    const response = await api.graphql(register, { variables })
    expect(response.statusCode).toBe(400)
    expect(response.json().errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(response.json().errors[0].message).toMatch(message)
    expect(response.body).not.toContain('stacktrace')
  })

  test('GraphQL says that it has no operation of the requested name', async () => {
    const response = await api.graphql('{ exportEntities { name } }', { operationName: 'Other' })
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ])
  })

  test('GraphQL refuses a literal of the wrong shape', async () => {
    const response = await api.graphql('{ previewDataExport(input: {entityList: [7]}) { userErrors { code } } }')
    expect(response.statusCode).toBe(400)
    expect(response.json().errors[0].message).toMatch(/takes a list of names/)
  })

  test('GraphQL shows runs with all entities, with numbers beyond those of JSON', async () => {
    const runs = fakeRuns(await loadCatalog(undefined), [sampleRun({ id: 'b' }), sampleRun({ id: 'a' })])
    await using own = await startApi({ runs })
    const token = await own.authority.sign()
    const query = `query ($first: Int, $after: String) { exportRuns(first: $first, after: $after) {
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { id status trigger to window { from to } manifestPath temporalUiUrl entities {
        internalName entity { name } mode fullLoadReason window { from to } rows bytes path revision attempts
        error { code message }
      } } }
    } }`
    const page = await own.graphql(query, { token, variables: { first: 1 } })
    expect(page.json().data.exportRuns).toMatchObject({
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'b', endCursor: 'b' },
      edges: [
        {
          node: {
            id: 'b',
            temporalUiUrl: 'http://temporal.test/export-acme-1',
            window: { from: null, to: '2026-11-23T00:00:00.000Z' },
            entities: [
              {
                internalName: 'user',
                entity: { name: 'USER' },
                window: { from: '2026-11-22T00:00:00.000Z' },
                rows: '9007199254740993',
                bytes: 12,
              },
              {
                internalName: 'gone_entity',
                entity: null,
                rows: null,
                error: { code: 'SFTP_NO_SPACE', message: 'The disk is full.' },
              },
            ],
          },
        },
      ],
    })
    const next = await own.graphql(query, { token, variables: { after: 'b' } })
    expect(next.json().data.exportRuns.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    const one = await own.graphql('{ exportRun(id: "a") { id } none: exportRun(id: "x") { id } }', { token })
    expect(one.json().data).toEqual({ exportRun: { id: 'a' }, none: null })
    const tooMany = await own.graphql(query, { token, variables: { first: 101 } })
    expect(tooMany.json().errors).toMatchObject([
      { message: 'A page has 1 to 100 items, not 101.', extensions: { code: 'BAD_USER_INPUT' } },
    ])
  })

  test('GraphQL starts a run, and says why it does not', async () => {
    const start = 'mutation { runDataExport { run { id status } userErrors { code } } }'
    await using own = await startApi()
    const token = await own.authority.sign()
    const first = await own.graphql(start, { token })
    const second = await own.graphql(start, { token })
    expect(first.json().data.runDataExport).toEqual({ run: { id: 'run-1', status: 'QUEUED' }, userErrors: [] })
    expect(second.json().data.runDataExport).toEqual({ run: null, userErrors: [{ code: 'RUN_IN_PROGRESS' }] })
  })

  test('GraphQL accepts, shows and records a file format, and names what is wrong with one', async () => {
    const token = await tokenWith('exports:read exports:write', 'umbrella')
    const format = 'compression maxPartMegabytes delimiter quoting escapeFormulas'
    const ask = async (input: object) => {
      const document = `mutation ($input: RegisterDataExportInput!) { registerDataExport(input: $input) {
        dataExport { fileFormat { ${format} } } userErrors { code path } } }`
      return (await api.graphql(document, { token, variables: { input } })).json().data.registerDataExport
    }
    const defaults = {
      compression: 'NONE',
      maxPartMegabytes: null,
      delimiter: 'COMMA',
      quoting: 'MINIMAL',
      escapeFormulas: false,
    }
    expect((await ask({ entityList: 'user' })).dataExport.fileFormat).toEqual(defaults)
    const fileFormat = { compression: 'GZIP', maxPartMegabytes: 250, delimiter: 'SEMICOLON' }
    const wanted = { ...defaults, ...fileFormat }
    expect((await ask({ entityList: 'user', fileFormat })).dataExport.fileFormat).toEqual(wanted)
    const query = `{ dataExport { fileFormat { ${format} } changes(first: 1) {
      before { fileFormat { ${format} } } after { fileFormat { ${format} } } } } }`
    expect((await api.graphql(query, { token })).json().data.dataExport).toEqual({
      fileFormat: wanted,
      changes: [{ before: { fileFormat: defaults }, after: { fileFormat: wanted } }],
    })
    expect(await ask({ entityList: 'user', fileFormat: { maxPartMegabytes: 0 } })).toEqual({
      dataExport: null,
      userErrors: [{ code: 'INVALID_FILE_FORMAT', path: ['input', 'fileFormat', 'maxPartMegabytes'] }],
    })
  })

  test('every example operation runs without an error', async () => {
    await using own = await startApi({ http: { introspection: true } })
    const token = await own.authority.sign()
    const names = parse(exampleOperations).definitions.flatMap((definition) =>
      definition.kind === 'OperationDefinition' ? [definition.name?.value ?? ''] : [],
    )
    expect(names).toHaveLength(32)
    for (const operationName of names.filter((name) => name !== 'Follow')) {
      const response = await own.graphql(exampleOperations, { token, operationName })
      expect({ operationName, status: response.statusCode, errors: response.json().errors }).toEqual({
        operationName,
        status: 200,
        errors: undefined,
      })
    }
    const followed = await own.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      payload: { query: exampleOperations, operationName: 'Follow' },
    })
    expect(followed.body).toContain('data: {"data":{"exportRunUpdated":null}}')
  })
})
