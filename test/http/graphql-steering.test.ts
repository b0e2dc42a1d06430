import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type TestApi } from '../support/api/api.js'

let api: TestApi
beforeEach(async () => {
  api = await startApi()
})
afterEach(() => api[Symbol.asyncDispose]())

const operator = { scope: 'exports:read exports:write exports:operate', tenant_id: undefined, sub: 'olga' }
const reader = { scope: 'exports:read' }
const mutations = {
  runDataExport: 'mutation { runDataExport(entityList: "user") { run { id status } userErrors { code } } }',
  cancelExportRun: 'mutation { cancelExportRun(id: "run-1") { run { id status } userErrors { code path } } }',
  retryExportRun: 'mutation { retryExportRun(id: "run-1") { run { trigger } userErrors { code path } } }',
  resumeDataExport: 'mutation { resumeDataExport(catchUp: BY_PERIOD) { dataExport { version } userErrors { code } } }',
  testDelivery:
    'mutation { testDelivery { test { passed steps { name status durationMs code message remedy } } userErrors { code } } }',
} as const

async function ask(claims: Record<string, unknown>, query: string, named?: string) {
  const authorization = `Bearer ${await api.authority.sign({ claims })}`
  const headers = { authorization, ...(named !== undefined && { 'tidemark-tenant': named }) }
  return api.app.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })
}

describe('steering over GraphQL', () => {
  test('cancelExportRun and retryExportRun return the run, or the id that matches no run', async () => {
    expect((await api.graphql(mutations.cancelExportRun)).json().data.cancelExportRun).toEqual({
      run: null,
      userErrors: [{ code: 'NO_SUCH_RUN', path: ['id'] }],
    })
    expect((await api.graphql(mutations.retryExportRun)).json().data.retryExportRun).toEqual({
      run: null,
      userErrors: [{ code: 'NO_SUCH_RUN', path: ['id'] }],
    })
    await api.graphql(mutations.runDataExport)
    expect((await api.graphql(mutations.cancelExportRun)).json().data.cancelExportRun).toEqual({
      run: { id: 'run-1', status: 'CANCELLED' },
      userErrors: [],
    })
    expect((await api.graphql(mutations.retryExportRun)).json().data.retryExportRun).toEqual({
      run: { trigger: 'RETRY' },
      userErrors: [],
    })
  })

  test('testDelivery returns each step with its remedy', async () => {
    const { test: made } = (await api.graphql(mutations.testDelivery)).json().data.testDelivery
    expect(made.passed).toBe(false)
    expect(made.steps).toMatchObject([
      { name: 'WORKER', status: 'OK', durationMs: 3 },
      { name: 'SFTP_LOGIN', status: 'FAILED', code: 'SFTP_AUTHENTICATION_FAILED', remedy: expect.any(String) },
      { name: 'SFTP_WRITE', status: 'SKIPPED', durationMs: null },
    ])
  })

  test('the catch-up of resumeDataExport is ONE_FILE or BY_PERIOD', async () => {
    const codes = async (argument: string) => {
      const query = `mutation { resumeDataExport${argument} { userErrors { code } } }`
      return (await api.graphql(query)).json()
    }
    for (const argument of ['', '(catchUp: ONE_FILE)', '(catchUp: BY_PERIOD)']) {
      expect((await codes(argument)).data.resumeDataExport.userErrors).toEqual([{ code: 'NOT_REGISTERED' }])
    }
    expect((await codes('(catchUp: LATER)')).errors).toHaveLength(1)
  })

  test.each(Object.entries(mutations))('%s requires the scope exports:write', async (_, mutation) => {
    const response = await ask(reader, mutation)
    expect(response.statusCode).toBe(403)
    expect(response.json().errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  })

  test('a test of the delivery, a retry and a resume by period count as runs in the rate limit', async () => {
    const rateLimits = { tenantPerMinute: 0, addressPerMinute: 0, writesPerMinute: 0, runsPerHour: 3 }
    await using limited = await startApi({ http: { rateLimits } })
    for (const mutation of [mutations.testDelivery, mutations.retryExportRun, mutations.resumeDataExport]) {
      expect((await limited.graphql(mutation)).statusCode).toBe(200)
    }
    for (const mutation of [mutations.testDelivery, mutations.retryExportRun, mutations.resumeDataExport]) {
      expect((await limited.graphql(mutation)).json().errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    }
    expect((await limited.graphql(mutations.cancelExportRun)).json().errors).toBeUndefined()
  })
})

describe('retryFailedExports', () => {
  const retry = `mutation { retryFailedExports(since: "2026-11-27T00:00:00Z", code: SFTP_NO_SPACE) {
    lines { tenantId failedRunId runId userErrors { code message } } next } }`

  test('an operator without a tenant gets one line for each tenant, with the run or why there is none', async () => {
    expect((await ask(operator, retry)).json().data.retryFailedExports).toEqual({
      lines: [
        {
          tenantId: 'acme',
          failedRunId: 'run-1',
          runId: 'retry since 2026-11-27T00:00:00.000Z with SFTP_NO_SPACE',
          userErrors: [],
        },
        {
          tenantId: 'beta',
          failedRunId: 'run-1',
          runId: null,
          userErrors: [{ code: 'RUN_IN_PROGRESS', message: 'Another run is going on.' }],
        },
      ],
      next: 'beta',
    })
  })

  test.each([
    ['a tenant', { scope: 'exports:read exports:write', tenant_id: 'acme' }, 'exports:operate'],
    ['an operator that may only read', { ...operator, scope: 'exports:read exports:operate' }, 'exports:write'],
  ])('%s may not call it', async (_, claims, scope) => {
    const response = await ask(claims, retry)
    expect(response.statusCode).toBe(403)
    expect(response.json().errors[0].message).toContain(scope)
  })
})
