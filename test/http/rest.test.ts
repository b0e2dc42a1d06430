import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bareChallenge, startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const tokenWith = (scope: string, tenant = 'acme') => api.authority.sign({ claims: { scope, tenant_id: tenant } })

describe('REST', () => {
  const get = async (token: string, query = '') =>
    api.app.inject({ url: `/export${query}`, headers: { authorization: `Bearer ${token}` } })
  const bearer = async (tenant: string) => ({
    authorization: `Bearer ${await tokenWith('exports:read exports:write', tenant)}`,
  })

  test('REST uses exactly the words of the contract', async () => {
    const headers = await bearer('hooli')
    const body = { exportOption: 'export selected', entityList: 'user, content', frequency: 'daily' }
    const posted = await api.post(body, headers)
    expect(posted.statusCode).toBe(200)
    expect(posted.json()).toMatchObject({
      exportOption: 'export selected',
      entityList: ['user', 'content'],
      frequency: 'daily',
      version: 1,
      tenantId: 'hooli',
      activated: ['user', 'content'],
      deactivated: [],
      unchanged: [],
    })

    const disabled = await api.post({ exportOption: 'Disable  Export', expectedVersion: 1 }, headers)
    expect(disabled.json()).toMatchObject({
      exportOption: 'disable export',
      entityList: ['user', 'content'],
      frequency: 'daily',
      version: 2,
    })
    const token = headers.authorization.slice('Bearer '.length)
    const current = await get(token)
    expect(current.json()).toMatchObject({
      entityList: ['user', 'content'],
      entities: [],
      schedule: { state: 'paused' },
    })
    const withInactive = await get(token, '?includeInactive=true')
    expect(withInactive.json().entities).toMatchObject([
      { name: 'user', internalName: 'user', active: false, deactivatedAt: '2026-11-23T09:30:00.000Z' },
      { name: 'content', active: false },
    ])
  })

  test('REST keeps a file format until a call omits it, and names what is wrong with one', async () => {
    const headers = await bearer('piedpiper')
    const fileFormat = {
      compression: 'gzip',
      maxPartMegabytes: 50,
      delimiter: 'pipe',
      quoting: 'all',
      escapeFormulas: true,
    }
    expect((await api.post({ entityList: 'user', fileFormat }, headers)).json()).toMatchObject({ fileFormat })
    expect((await get(headers.authorization.slice(7))).json()).toMatchObject({ fileFormat })
    const refused = await api.post({ entityList: 'user', fileFormat: { maxPartMegabytes: 0 } }, headers)
    expect(refused.statusCode).toBe(422)
    expect(refused.json().errors).toMatchObject([
      { code: 'INVALID_FILE_FORMAT', pointer: '#/fileFormat/maxPartMegabytes' },
    ])
    const defaults = { compression: 'none', maxPartMegabytes: null, delimiter: 'comma', quoting: 'minimal' }
    expect((await api.post({ entityList: 'user' }, headers)).json()).toMatchObject({ fileFormat: defaults })
  })

  test('REST accepts its own answer as input, changed or not', async () => {
    const headers = await bearer('initrode')
    const fileFormat = { compression: 'gzip', maxPartMegabytes: 50 }
    const first = await api.post({ entityList: ['user logins', 'user'], frequency: 'weekly', fileFormat }, headers)
    const read = (await get(headers.authorization.slice(7), '?includeInactive=true')).json()
    for (const unchanged of [read, first.json()]) {
      expect((await api.post(unchanged, headers)).json()).toMatchObject({ changed: false, version: 1 })
    }
    const again = await api.post({ ...read, entityList: [...read.entityList, 'content'] }, headers)
    expect(again.json()).toMatchObject({
      frequency: 'weekly',
      fileFormat: { compression: 'gzip', maxPartMegabytes: 50 },
      activated: ['content'],
      deactivated: [],
      unchanged: ['user', 'user logins'],
    })
    const stale = await api.post(read, headers)
    expect([stale.statusCode, stale.json()]).toMatchObject([
      409,
      { code: 'VERSION_CONFLICT', current: { version: 2, entityList: ['user', 'user logins', 'content'] } },
    ])
  })

  test('REST refuses fields that only an answer has if there is no version with them', async () => {
    const response = await api.post({ exportOption: 'export all', activated: [] }, await bearer('hasty'))
    expect([response.statusCode, response.json().errors]).toMatchObject([
      422,
      [{ code: 'UNKNOWN_FIELD', pointer: '#/activated' }],
    ])
  })

  test('REST reports a mistake as a problem with the codes of GraphQL', async () => {
    const response = await api.post({ entityList: 'users, contents' }, await bearer('mistaken'))
    expect(response.statusCode).toBe(422)
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(response.json()).toMatchObject({
      type: 'about:blank',
      status: 422,
      title: 'Unprocessable Content',
      code: 'INVALID_REGISTRATION',
      errors: [
        {
          code: 'UNKNOWN_ENTITIES',
          pointer: '#/entityList',
          didYouMean: [
            { given: 'users', suggestion: 'user' },
            { given: 'contents', suggestion: 'content' },
          ],
        },
      ],
    })
  })

  test.each([
    [{ exportOption: 'export some', frequency: 'hourly', entityList: 'users', entities: [] }],
    [{ frequency: 'hourly', entityList: 'users', exportOption: 'export some', entities: 1 }],
  ])('REST reports everything that is wrong with a body at once, and changes nothing (%j)', async (body) => {
    const headers = await bearer('wrong')
    const response = await api.post(body, headers)
    expect(response.statusCode).toBe(422)
    expect(response.json().errors.map((error: { code: string }) => error.code)).toEqual([
      'UNKNOWN_FIELD',
      'INVALID_EXPORT_OPTION',
      'INVALID_FREQUENCY',
      'UNKNOWN_ENTITIES',
    ])
    const current = await get(headers.authorization.slice(7))
    expect([current.statusCode, current.json().code]).toEqual([404, 'NOT_REGISTERED'])
  })

  test('REST does not require a list if it does not know the option', async () => {
    const response = await api.post({ exportOption: 'export some' })
    expect(response.json().errors).toHaveLength(1)
    const missing = await api.post({ frequency: 'hourly' })
    expect(missing.json().errors.map((error: { code: string }) => error.code)).toEqual([
      'INVALID_FREQUENCY',
      'ENTITY_LIST_REQUIRED',
    ])
  })

  test('REST refuses a stale version with 409', async () => {
    const response = await api.post({ entityList: 'user', expectedVersion: 9 })
    expect([response.statusCode, response.json().code]).toEqual([409, 'VERSION_CONFLICT'])
    expect(response.json().errors).toMatchObject([{ code: 'VERSION_CONFLICT', pointer: '#/expectedVersion' }])
  })

  test.each<[string, unknown, Record<string, string>, number, string]>([
    ['JSON that is none', '{"entityList": ', {}, 400, 'MALFORMED_REQUEST'],
    ['no body', '', {}, 400, 'MALFORMED_REQUEST'],
    ['a body that is no object', ['user'], {}, 400, 'INVALID_BODY'],
    ['a prototype in disguise', '{"__proto__": {"entityList": "user"}}', {}, 400, 'MALFORMED_REQUEST'],
    ['another content type', 'a=b', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('REST refuses %s', async (_what, body, headers, status, code) => {
    const response = await api.post(body, headers)
    expect([response.statusCode, response.json().code]).toEqual([status, code])
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.body).not.toMatch(/stack|node_modules/)
  })

  test('REST checks token and scope before the body', async () => {
    const anonymous = await api.post('{"entityList": ', { authorization: '' })
    expect([anonymous.statusCode, anonymous.headers['www-authenticate']]).toEqual([401, bareChallenge])
    expect(anonymous.json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    const reader = { authorization: `Bearer ${await tokenWith('exports:read')}` }
    const forbidden = await api.post({ entityList: 'user' }, reader)
    expect([forbidden.statusCode, forbidden.json().code]).toEqual([403, 'FORBIDDEN'])
    expect(forbidden.headers['www-authenticate']).toContain('error="insufficient_scope"')
    expect((await get(await tokenWith('exports:write'))).statusCode).toBe(403)
  })

  test('REST refuses unknown query parameters and unknown paths', async () => {
    const query = await get(await tokenWith('exports:read'), '?includeInactive=maybe')
    expect([query.statusCode, query.json().errors[0].code]).toEqual([422, 'INVALID_QUERY'])
    const unknown = await api.app.inject({ url: '/exports' })
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'NOT_FOUND'])
    expect(unknown.headers['content-type']).toContain('application/problem+json')
  })

  test('an OpenAPI document with the entities of the catalog describes REST', async () => {
    const document = (await api.app.inject({ url: '/openapi.json' })).json()
    expect(document.openapi).toBe('3.1.0')
    expect(document.components.schemas.EntityName.enum).toContain('user logins')
  })
})
