import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

describe('requestFullLoad', () => {
  test('requestFullLoad accepts display names in other spellings, and names those it does not know', async () => {
    const ask = (list: string) =>
      api.graphql(
        `mutation { requestFullLoad(entityList: ${list}) { entities { internalName } userErrors { code path didYouMean { suggestion } } } }`,
      )
    expect((await ask('" User Logins, user"')).json().data.requestFullLoad).toEqual({
      entities: [{ internalName: 'user_login_events' }, { internalName: 'user' }],
      userErrors: [],
    })
    for (const name of ['["user_login_events"]', '"USER_LOGINS"', 'USER_LOGINS']) {
      expect((await ask(name)).json().data.requestFullLoad.entities).toEqual([{ internalName: 'user_login_events' }])
    }
    expect((await ask('["user_logins2"]')).json().data.requestFullLoad).toEqual({
      entities: [],
      userErrors: [{ code: 'UNKNOWN_ENTITIES', path: ['entityList'], didYouMean: [{ suggestion: 'user logins' }] }],
    })
    expect((await ask('""')).json().data.requestFullLoad.userErrors).toMatchObject([{ code: 'ENTITY_LIST_REQUIRED' }])
  })
})

describe('repair', () => {
  test('a full load starts at once if the caller requests it', async () => {
    const mutation =
      'mutation { requestFullLoad(entityList: "user", when: NOW) { run { status } userErrors { code } } }'
    expect((await api.graphql(mutation)).json().data.requestFullLoad).toEqual({
      run: { status: 'QUEUED' },
      userErrors: [],
    })
  })

  test('redeliver starts a run for past windows, and says what is wrong with the period', async () => {
    const ask = async (from: string, to: string) =>
      (
        await api.graphql(
          `mutation { redeliver(input: {from: "${from}", to: "${to}", entityList: "user"}) { run { trigger } userErrors { code path } } }`,
        )
      ).json().data.redeliver
    expect(await ask('2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z')).toEqual({
      run: { trigger: 'REDELIVERY' },
      userErrors: [],
    })
    expect(await ask('2026-11-23T00:00:00Z', '2026-11-22T00:00:00Z')).toEqual({
      run: null,
      userErrors: [{ code: 'INVALID_PERIOD', path: ['to'] }],
    })
  })
})

describe('exportDeliveries', () => {
  const query = (args: string) =>
    api.graphql(`{ exportDeliveries${args} { edges { cursor node {
      internalName entity { displayName } path format { compression } parts { path rows bytes sha256 } mode window { from to } revision sequence previousSequence schemaVersion
      redelivered attempts reconciliation { sourceRows fileRows matches } } } pageInfo { hasNextPage endCursor } } }`)

  test('exportDeliveries shows the ledger with the rows of source and file', async () => {
    expect((await query('')).json().data.exportDeliveries).toEqual({
      edges: [
        {
          cursor: 'delivery-1',
          node: {
            internalName: 'user',
            entity: { displayName: 'user' },
            path: '/exports/acme/2026/11/23/user/user.0001.csv.gz',
            format: { compression: 'GZIP' },
            parts: [
              {
                path: '/exports/acme/2026/11/23/user/user.0001.csv.gz',
                rows: 5_000_000_000,
                bytes: 12,
                sha256: 'cd'.repeat(32),
              },
            ],
            mode: 'DELTA',
            window: { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
            revision: 2,
            sequence: 5,
            previousSequence: 4,
            schemaVersion: 1,
            redelivered: false,
            attempts: 3,
            reconciliation: { sourceRows: 5_000_000_000, fileRows: 5_000_000_000, matches: true },
          },
        },
      ],
      pageInfo: { hasNextPage: false, endCursor: 'delivery-1' },
    })
    expect((await query('(entity: USER_LOGINS)')).json().data.exportDeliveries.edges).toEqual([])
    expect((await query('(first: 1000)')).json().errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})
