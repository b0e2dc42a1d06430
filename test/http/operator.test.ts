import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'
import type { UnitOfWork } from '../../src/database/unit-of-work/unit-of-work.js'
import { createAudit } from '../../src/services/audit.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import type { AuditEntry } from '../../src/domain/audit.js'
import { fakeAudit } from '../support/api/fake-use-cases.js'

let api: TestApi
let audit: ReturnType<typeof fakeAudit>
beforeEach(async () => {
  audit = fakeAudit()
  api = await startApi({ audit })
})
afterEach(() => api[Symbol.asyncDispose]())

const operator = { scope: 'exports:read exports:write exports:operate', tenant_id: undefined, sub: 'olga' }
const tenant = { scope: 'exports:read exports:write', tenant_id: 'acme' }

async function ask(claims: Record<string, unknown>, named: string | undefined, query: string) {
  const authorization = `Bearer ${await api.authority.sign({ claims })}`
  const headers = { authorization, ...(named !== undefined && { 'tidemark-tenant': named }) }
  return api.app.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })
}

const register = 'mutation { registerDataExport(input: {exportOption: EXPORT_ALL}) { dataExport { tenantId } } }'
const current = '{ dataExport { tenantId } }'

describe('an operator', () => {
  test("an operator acts for the tenant that it names, and the tenant's audit log has each use", async () => {
    expect((await ask(operator, 'globex', register)).json().data.registerDataExport.dataExport.tenantId).toBe('globex')
    const aliased = `query { mine: dataExport { tenantId } ...more } fragment more on Query { exportEntities { name } }`
    expect((await ask(operator, 'globex', aliased)).json().data.mine.tenantId).toBe('globex')
    expect(audit.told).toEqual([
      'mutation registerDataExport for globex',
      'query dataExport, exportEntities for globex',
    ])
  })

  test('an operator acts for the tenant that it names over REST', async () => {
    const authorization = `Bearer ${await api.authority.sign({ claims: operator })}`
    const headers = { authorization, 'tidemark-tenant': 'globex' }
    const posted = await api.app.inject({
      method: 'POST',
      url: '/export',
      headers,
      payload: { exportOption: 'export all' },
    })
    expect([posted.statusCode, posted.json().tenantId]).toEqual([200, 'globex'])
    expect(audit.told).toEqual(['POST /export for globex'])
  })

  test("an operator's request that is too large is not recorded, and delays no other request", async () => {
    // Each fragment has the next one four times: of the last there would be a quarter of a million.
    const fragments = Array.from({ length: 9 }, (_, n) => `fragment f${n} on Query { ${`...f${n + 1} `.repeat(4)} }`)
    const query = `{ ...f0 } ${fragments.join(' ')} fragment f9 on Query { dataExport { tenantId } }`
    const answer = await ask(operator, 'globex', query)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors[0].message).toMatch(/maximum allowed number of nodes/)
    expect(audit.told).toEqual([])
    const twice = `{ ...f ...f } fragment f on Query { ...g ...g } fragment g on Query { dataExport { tenantId } }`
    expect((await ask(operator, 'globex', twice)).statusCode).toBe(200)
    expect(audit.told).toEqual(['query dataExport for globex'])
  })

  test("an operator's request fails if it cannot be recorded", async () => {
    audit.operatorAccess = () => Promise.reject(new Error('the database is away'))
    expect((await ask(operator, 'globex', register)).statusCode).toBe(500)
    expect((await ask({ ...tenant, tenant_id: 'globex' }, undefined, current)).json()).toEqual({
      data: { dataExport: null },
    })
  })

  test('an operator must name a tenant if its token names none', async () => {
    const answer = await ask(operator, undefined, current)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors[0].message).toMatch(
      /^The call names no valid tenant. Name a tenant in the header Tidemark-Tenant\. A tenant's id has 1 to 63 characters/,
    )
  })

  test('an operator needs the other scopes as well', async () => {
    expect((await ask({ ...operator, scope: 'exports:operate exports:read' }, 'globex', register)).statusCode).toBe(403)
    expect(audit.told).toEqual(['mutation registerDataExport for globex', 'olga lacks exports:write'])
  })

  test.each(['../b', '', 'acme.', 'a b', 'acme, globex', 'x'.repeat(64), '*'])(
    'the tenant name %j of an operator is refused with an error',
    async (named) => {
      expect((await ask(operator, named, current)).statusCode).toBe(400)
    },
  )

  test.each([
    ['names no tenant', operator, undefined],
    ['has a tenant of its own', { ...operator, tenant_id: 'acme' }, undefined],
  ])('an operator that %s queries all tenants, which is logged', async (_, claims, named) => {
    const query = '{ exportIncidents { edges { node { code tenants } } } }'
    const answer = await ask({ ...claims, scope: 'exports:operate' }, named, query)
    expect(answer.json()).toEqual({
      data: { exportIncidents: { edges: [{ node: { code: 'SFTP_UNAVAILABLE', tenants: 1 } }] } },
    })
    expect(audit.told).toEqual(['query exportIncidents by olga'])
  })

  test('an operator that names no tenant can’t ask for one tenant in the same document', async () => {
    const answer = await ask(
      operator,
      undefined,
      '{ exportIncidents { pageInfo { hasNextPage } } dataExport { tenantId } }',
    )
    expect(answer.statusCode).toBe(400)
    expect(answer.json().data).toBeUndefined()
    expect(audit.told).toEqual([])
  })

  test("an operator's use of its own tenant is not recorded", async () => {
    expect((await ask({ ...operator, tenant_id: 'acme' }, undefined, current)).statusCode).toBe(200)
    expect((await ask({ ...operator, tenant_id: 'acme' }, 'acme', current)).statusCode).toBe(200)
    expect(audit.told).toEqual([])
  })
})

test('one request that is denied in fifty fields is logged as one denial', async () => {
  const kept: AuditEntry[] = []
  const log = { keep: async (entry: AuditEntry) => void kept.push(entry) }
  await using own = await startApi({
    audit: createAudit({
      transact: (_tenantId, work) => work({ audit: log } as unknown as UnitOfWork),
      audit: { page: async () => [] },
      events: createEvents(pino({ level: 'silent' })),
    }),
  })
  const fields = Array.from({ length: 50 }, (_, n) => `a${n}: dataExport { tenantId }`).join(' ')
  const token = await own.authority.sign({ claims: { scope: 'exports:write', tenant_id: 'acme' } })
  expect((await own.graphql(`{ ${fields} }`, { token })).json().errors).toHaveLength(50)
  expect(kept).toMatchObject([{ tenantId: 'acme', action: 'ACCESS_DENIED', target: 'exports:read' }])
})

describe('callers without the operator scope', () => {
  test.each([current, register])(
    'a caller without the operator scope may not name another tenant: %s',
    async (operation) => {
      const answer = await ask(tenant, 'globex', operation)
      expect(answer.statusCode).toBe(403)
      expect(answer.headers['www-authenticate']).toContain('scope="exports:operate"')
      expect(audit.told).toEqual(['tester lacks exports:operate'])
      expect((await ask({ ...tenant, tenant_id: 'globex' }, undefined, current)).json().data.dataExport).toBeNull()
    },
  )

  test.each(['{ exportIncidents { pageInfo { hasNextPage } } }', '{ exportIncident(id: "0199a1c2") { code } }'])(
    'a caller without the operator scope may not query all tenants: %s',
    async (query) => {
      const answer = await ask(tenant, undefined, query)
      expect(answer.statusCode).toBe(403)
      expect(answer.headers['www-authenticate']).toContain('scope="exports:operate"')
      expect(answer.body).not.toContain('SFTP_UNAVAILABLE')
      expect(audit.told).toEqual(['tester lacks exports:operate'])
    },
  )

  test('a caller without the operator scope may name its own tenant', async () => {
    expect((await ask(tenant, 'acme', current)).statusCode).toBe(200)
  })

  test('a caller without the operator scope needs a tenant in its token', async () => {
    expect((await ask({ ...tenant, tenant_id: undefined }, 'acme', current)).statusCode).toBe(401)
  })
})
