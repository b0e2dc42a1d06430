import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import { exportErrors } from '../../src/domain/errors.js'
import { startApi, type TestApi } from '../support/api/api.js'
import { fakeRuns } from '../support/api/fake-use-cases.js'
import { sampleRun } from '../support/api/samples.js'

let api: TestApi
beforeEach(async () => {
  const error = { code: 'SFTP_NO_SPACE' as const, message: 'The disk is full.' }
  const waitingFor = { ...error, since: new Date(), attempt: 3 }
  const runs = [sampleRun({ id: 'a', status: 'FAILED', error }), sampleRun({ id: 'b', status: 'RUNNING', waitingFor })]
  api = await startApi({ runs: fakeRuns(await loadCatalog(undefined), runs) })
})
afterEach(() => api[Symbol.asyncDispose]())

async function remediesFor(claims: Record<string, unknown>, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${await api.authority.sign({ claims })}`
  const query = `{ failed: exportRun(id: "a") { error { message remedy } }
    waiting: exportRun(id: "b") { waitingFor { remedy } } }`
  const request = {
    method: 'POST',
    url: '/graphql',
    headers: { ...headers, authorization },
    payload: { query },
  } as const
  return (await api.app.inject(request)).json().data
}

test('a tenant reads what it can do about a failure, and while a run waits', async () => {
  const remedy = 'You can wait for the next run, or retry the failed run now.'
  expect(await remediesFor({ tenant_id: 'acme' })).toEqual({
    failed: { error: { message: 'The disk is full.', remedy } },
    waiting: { waitingFor: { remedy } },
  })
})

test('an operator reads the remedy of the runbook', async () => {
  const claims = { tenant_id: undefined, scope: 'exports:read exports:operate' }
  const { failed, waiting } = await remediesFor(claims, { 'tidemark-tenant': 'acme' })
  expect(failed.error.remedy).toBe(exportErrors.SFTP_NO_SPACE.remedy)
  expect(waiting.waitingFor.remedy).toBe(exportErrors.SFTP_NO_SPACE.remedy)
})
