import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { exportErrors } from '../../src/domain/errors.js'
import { startApi, type TestApi } from '../support/api/api.js'
import { fakeRuns } from '../support/api/fake-use-cases.js'
import { sampleRun } from '../support/api/samples.js'

let api: TestApi
beforeEach(async () => {
  const error = { code: 'SFTP_NO_SPACE' as const, message: 'The disk is full.' }
  api = await startApi({
    runs: fakeRuns(await loadCatalog(undefined), [sampleRun({ id: 'a', status: 'FAILED', error })]),
  })
})
afterEach(() => api[Symbol.asyncDispose]())

async function remedyFor(claims: Record<string, unknown>, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${await api.authority.sign({ claims })}`
  const query = '{ exportRun(id: "a") { error { message remedy } } }'
  const request = {
    method: 'POST',
    url: '/graphql',
    headers: { ...headers, authorization },
    payload: { query },
  } as const
  return (await api.app.inject(request)).json().data.exportRun.error
}

test('a tenant reads what it can do about a failure', async () => {
  expect(await remedyFor({ tenant_id: 'acme' })).toEqual({
    message: 'The disk is full.',
    remedy: 'You can wait for the next run, or retry the failed run now.',
  })
})

test('an operator reads the remedy of the runbook', async () => {
  const claims = { tenant_id: undefined, scope: 'exports:read exports:operate' }
  const { remedy } = await remedyFor(claims, { 'tidemark-tenant': 'acme' })
  expect(remedy).toBe(exportErrors.SFTP_NO_SPACE.remedy)
})
