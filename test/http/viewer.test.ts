import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import { fakeAudit } from '../support/api/fake-use-cases.js'

let api: TestApi
let audit: ReturnType<typeof fakeAudit>
beforeEach(async () => {
  audit = fakeAudit()
  api = await startApi({ audit })
})
afterEach(() => api[Symbol.asyncDispose]())

const operator = { scope: 'exports:read exports:operate', tenant_id: undefined, sub: 'olga', client_id: 'console' }
const tenant = { scope: 'exports:write exports:read', tenant_id: 'acme', sub: 'ann', client_id: undefined }
const viewer = '{ viewer { subject clientId tenantId isOperator actsForTenant scopes validUntil } }'

async function ask(claims: Record<string, unknown>, named?: string, query = viewer) {
  const authorization = `Bearer ${await api.authority.sign({ claims })}`
  const headers = { authorization, ...(named !== undefined && { 'tidemark-tenant': named }) }
  return api.app.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })
}

test('a tenant sees itself as the API knows it', async () => {
  const { viewer: seen } = (await ask(tenant)).json().data
  expect(seen).toEqual({
    ...{ subject: 'ann', clientId: null, tenantId: 'acme', isOperator: false, actsForTenant: false },
    scopes: ['exports:read', 'exports:write'],
    validUntil: expect.any(String) as unknown,
  })
  expect(new Date(seen.validUntil).getTime()).toBeGreaterThan(Date.now())
})

test('an operator sees itself with and without a tenant, and no audit log records that', async () => {
  const shown = { subject: 'olga', clientId: 'console', isOperator: true, scopes: ['exports:operate', 'exports:read'] }
  expect((await ask(operator)).json().data.viewer).toMatchObject({ ...shown, tenantId: null, actsForTenant: false })
  expect((await ask(operator, 'globex')).json().data.viewer).toMatchObject({
    ...shown,
    ...{ tenantId: 'globex', actsForTenant: true },
  })
  expect(audit.told).toEqual([])
})

test("viewer beside a field of a tenant is recorded in the tenant's audit log, and needs the tenant", async () => {
  const both = '{ viewer { subject } dataExport { tenantId } }'
  expect((await ask(operator, 'globex', both)).statusCode).toBe(200)
  expect(audit.told).toEqual(['query dataExport, viewer for globex'])
  expect((await ask(operator, undefined, both)).statusCode).toBe(400)
})

test('an operator reads viewer beside a query over all tenants', async () => {
  const both = '{ viewer { tenantId } exportOverview { tenants } }'
  expect((await ask(operator, undefined, both)).json().data).toEqual({
    viewer: { tenantId: null },
    exportOverview: { tenants: 0 },
  })
})

test('viewer needs a valid token with the scope exports:read', async () => {
  expect((await api.graphql(viewer, { token: null })).statusCode).toBe(401)
  expect((await ask({ ...tenant, scope: 'exports:write' })).statusCode).toBe(403)
  expect((await ask(tenant, 'globex')).statusCode).toBe(403)
})
