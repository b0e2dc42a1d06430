import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteInput } from './support/inputs.js'
import { type RunningApi, startRunningApi } from './support/running-api.js'

const inside = 'connect ECONNREFUSED 10.0.7.12:5432, login tidemark_reader, database warehouse_prod'
const ofOperators = /10\.0\.7|tidemark_reader|warehouse_prod|temporal-ui\.internal|olga/

let api: RunningApi
beforeAll(async () => {
  api = await startRunningApi({ TEMPORAL_UI_URL: 'https://temporal-ui.internal:8080' })
  await api.register()
  const id = randomUUID()
  await api.world.sql(
    `INSERT INTO tidemark.run (id, tenant_id, workflow_id, trigger, status, "to", queued_at, finished_at, error_code, error_message)
     VALUES ($1, $2, 'export-x', 'SCHEDULED', 'FAILED', now(), now(), now(), 'SFTP_UNAVAILABLE', $3)`,
    [id, api.tenantId, inside],
  )
  await api.world.sql(
    `INSERT INTO tidemark.run_entity (run_id, tenant_id, entity, "to", status, mode, finished_at, error_code, error_message)
     VALUES ($1, $2, 'user', now(), 'FAILED', 'DELTA', now(), 'SOURCE_UNAVAILABLE', $3)`,
    [id, api.tenantId, inside],
  )
  await api.world.sql(
    `INSERT INTO tidemark.audit_event (id, tenant_id, at, action, subject, client_id, is_operator, address)
     VALUES (gen_random_uuid(), $1, now(), 'OPERATOR_ACCESS', 'olga', 'olga-laptop', true, '10.0.7.99')`,
    [api.tenantId],
  )
  await api.world.sql(
    `UPDATE tidemark.registration SET scheduled_version = NULL, schedule_error = $2 WHERE tenant_id = $1`,
    [api.tenantId, inside],
  )
})
afterAll(() => api[Symbol.asyncDispose]())

const everything = `{
  exportRuns { edges { node {
    error { code message remedy } temporalUiUrl requestedBy entities { error { code message remedy } }
  } } }
  exportAuditEvents { edges { node { action subject clientId address isOperator before after } } }
  dataExport { updatedBy schedule { error } changes { changedBy } }
}`

test('a tenant reads no internals of the platform in failures, operators and schedules', async () => {
  const answer = await api.graphql(everything)
  const [run] = JSON.parse(answer.text).data.exportRuns.edges
  noteInput('what a tenant reads of a failed run', JSON.stringify(run.node))
  expect(answer.status).toBe(200)
  expect(answer.text).not.toMatch(ofOperators)
  expect(run.node).toMatchObject({
    error: { code: 'SFTP_UNAVAILABLE', message: expect.stringMatching(/Nothing is lost/) },
    temporalUiUrl: null,
    entities: [{ error: { code: 'SOURCE_UNAVAILABLE', message: expect.stringMatching(/Nothing is lost/) } }],
  })
})

test('an operator that acts for a tenant reads the internals of its failures and schedules', async () => {
  const token = await api.sign({ claims: { tenant_id: undefined, scope: 'exports:read exports:operate', sub: 'otto' } })
  const answer = await api.send({
    method: 'POST',
    path: '/graphql',
    headers: [
      ['authorization', `Bearer ${token}`],
      ['tidemark-tenant', api.tenantId],
      ['content-type', 'application/json'],
    ],
    body: JSON.stringify({ query: everything }),
  })
  noteInput('what an operator reads of a failed run', answer.text.slice(0, 200))
  for (const word of ['10.0.7.12', 'temporal-ui.internal', 'olga-laptop', '10.0.7.99'])
    expect(answer.text).toContain(word)
})
