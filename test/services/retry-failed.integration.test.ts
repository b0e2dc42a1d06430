import { beforeAll, describe, expect, test } from 'vitest'
import type { Actor, Operator } from '../../src/domain/actor.js'
import type { ExportErrorCode } from '../../src/domain/errors.js'
import type { Run } from '../../src/domain/run.js'
import { Prisma } from '../../src/generated/prisma/client.js'
import { DisposableStack } from '../../src/compose/disposable-stack.js'
import { openDatabase } from '../../src/database/client.js'
import { aNewRun, aPlan, noTrouble, publishOnce } from '../support/world/stores.js'
import { registered, runs, services, started, useRuns } from './support/tenant-runs.js'

useRuns()

const operator: Operator = {
  tenantId: null,
  subject: 'olga',
  clientId: 'ops',
  scopes: new Set(['exports:operate', 'exports:write']),
  isOperator: true,
  address: '192.0.2.9',
}

let full: Actor
let locked: Actor
let fine: Actor
let going: Actor

beforeAll(async () => {
  full = await registered('user')
  locked = await registered('user')
  fine = await registered('user')
  going = await registered('user')
  await failed(full, 'SFTP_NO_SPACE', new Date('2026-11-20T00:00:00Z'))
  await failed(locked, 'SFTP_AUTHENTICATION_FAILED', new Date('2026-11-25T00:00:00Z'))
  await failed(fine, 'SFTP_NO_SPACE', new Date('2026-11-20T00:00:00Z'))
  await publishOnce(services.stores, fine.tenantId, 'user', { to: new Date('2026-11-24T00:00:00Z') })
  await failed(going, 'SFTP_NO_SPACE', new Date('2026-11-20T00:00:00Z'))
})

async function failed({ tenantId }: Actor, code: ExportErrorCode, at: Date): Promise<Run> {
  const run = await services.stores.runs.begin(aNewRun(tenantId, { to: at }), aPlan('user'))
  const ended = await services.stores.runs.finish(run, {
    ...noTrouble,
    failures: [{ entity: 'user', code, message: 'It failed in a test.' }],
  })
  const times = [at.toISOString(), run.id]
  await services.stores.query('UPDATE run SET queued_at = $1, started_at = $1, finished_at = $1 WHERE id = $2', times)
  return ended
}

describe('retrying what failed of all tenants', () => {
  test('the function over all tenants finds those whose last run failed, and refuses a transaction that names a tenant', async () => {
    const find = (which: { since?: Date; code?: ExportErrorCode; after?: string }) =>
      services.stores.runs.tenantsWithFailedRuns({ after: '', atMost: 10, ...which })
    const inOrder = (...actors: Actor[]) => actors.map(({ tenantId }) => tenantId).toSorted()
    expect(await find({})).toEqual(inOrder(full, locked, going))
    expect(await find({ code: 'SFTP_AUTHENTICATION_FAILED' })).toEqual([locked.tenantId])
    expect(await find({ since: new Date('2026-11-22T00:00:00Z') })).toEqual([locked.tenantId])
    expect(await find({ code: 'SOURCE_UNAVAILABLE' })).toEqual([])
    const [first = ''] = inOrder(full, locked, going)
    expect(await find({ after: first })).toEqual(inOrder(full, locked, going).slice(1))
    await using opened = new DisposableStack()
    const database = openDatabase({ url: services.stores.serviceUrl, poolSize: 1 })
    opened.defer(() => database.close())
    const call = Prisma.sql`SELECT tenants_with_failed_runs(NULL, NULL, NULL, '', 10)`
    const named = database.forTenant(full.tenantId, async (transaction) => transaction.$queryRaw(call))
    await expect(named).rejects.toThrow('names a tenant')
  })

  test('each failed tenant gets a run and a line, and the others none', async () => {
    const busy = await started(going)
    const { lines, next } = await runs.retryFailed(operator, { code: 'SFTP_NO_SPACE' })
    expect(next).toBeNull()
    expect(lines).toMatchObject([
      { tenantId: full.tenantId, failedRun: { status: 'FAILED' }, run: { trigger: 'RETRY' }, userErrors: [] },
    ])
    expect(await services.stores.runs.unfinished(going.tenantId)).toMatchObject([{ id: busy.id }])
    const events = await services.stores.query(
      `SELECT subject, is_operator AS "isOperator", tenant_id AS "tenantId" FROM audit_event WHERE action = 'RUN_RETRIED'`,
    )
    expect(events).toEqual([{ subject: 'olga', isOperator: true, tenantId: full.tenantId }])
    const [again] = (await runs.retryFailed(operator, { code: 'SFTP_NO_SPACE' })).lines
    expect(again).toBeUndefined()
  })

  test('one tenant can be named, and its line says why no run is started', async () => {
    const only = await runs.retryFailed(operator, { tenantId: fine.tenantId })
    expect(only.lines).toMatchObject([
      { tenantId: fine.tenantId, failedRun: null, run: null, userErrors: [{ code: 'NOTHING_FAILED' }] },
    ])
    const other = await runs.retryFailed(operator, { tenantId: locked.tenantId, code: 'SFTP_NO_SPACE' })
    expect(other.lines).toMatchObject([{ run: null, userErrors: [{ code: 'NOTHING_FAILED' }] }])
    await services.registrations().replace(locked, { entityList: 'must reads' })
    const inactive = await runs.retryFailed(operator, { tenantId: locked.tenantId })
    expect(inactive.lines).toMatchObject([
      { tenantId: locked.tenantId, failedRun: {}, run: null, userErrors: [{ code: 'ENTITIES_INACTIVE' }] },
    ])
  })

  test('it stops at the first tenant if Temporal is down', async () => {
    const [one, other] = [await registered('user'), await registered('user')]
    for (const actor of [one, other]) await failed(actor, 'SOURCE_UNAVAILABLE', new Date('2026-11-26T00:00:00Z'))
    const cut = services.runs({ gateway: services.unreachable.runs })
    const { lines, next } = await cut.retryFailed(operator, { code: 'SOURCE_UNAVAILABLE' })
    expect(lines).toMatchObject([{ run: null, userErrors: [{ code: 'TEMPORAL_UNAVAILABLE' }] }])
    expect(next).toBeNull()
  })
})
