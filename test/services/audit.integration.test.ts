import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type AuditFilter, createAuditStore } from '../../src/database/audit-store.js'
import { type Database, openDatabase } from '../../src/database/client.js'
import { actorOf, InsufficientScopeError } from '../../src/domain/access.js'
import { commandActor, type Scope } from '../../src/domain/actor.js'
import type { AuditEvent } from '../../src/domain/audit.js'
import { type Audit, createAudit } from '../../src/services/audit.js'
import { removeRegistration } from '../../src/services/registrations/remove-registration.js'
import { anActor } from '../support/world/builders.js'
import { openServices, type TestServices } from '../support/world/services.js'
import { newTenant } from '../support/world/stores.js'

let services: TestServices
let database: Database
let audit: Audit
beforeAll(async () => {
  services = await openServices()
  database = openDatabase({ url: services.stores.serviceUrl, poolSize: 2 })
  audit = createAudit({
    transact: services.stores.transact,
    audit: createAuditStore(database),
    events: services.events,
  })
})
afterAll(async () => {
  await database?.close()
  await services?.[Symbol.asyncDispose]()
})

function thrownBy(act: () => unknown): InsufficientScopeError {
  try {
    act()
  } catch (error) {
    if (error instanceof InsufficientScopeError) return error
    throw error
  }
  throw new Error('Nothing was denied.')
}

/** The whole log of a tenant, newest first. */
const logOf = async (tenantId: string): Promise<AuditEvent[]> =>
  (await audit.page(anActor(tenantId), { first: 100 })).edges.map(({ node }) => node)

describe('the audit log', () => {
  test('the audit log can be read by action and by time', async () => {
    const actor = anActor(newTenant(), 'alice')
    const registrations = services.registrations()
    await registrations.replace(actor, { entityList: 'user' })
    await registrations.pause(actor)
    await registrations.resume(actor)
    const log = await logOf(actor.tenantId)
    const [resumed, paused, replaced] = log
    const logWhere = async (filter: AuditFilter) =>
      (await audit.page(actor, { first: 100, ...filter })).edges.map(({ node }) => node)
    expect(await logWhere({ action: ['EXPORT_PAUSED', 'EXPORT_RESUMED'] })).toEqual([resumed, paused])
    expect(await logWhere({ action: [] })).toEqual([])
    expect(await logWhere({ action: null, from: null, to: null })).toEqual(log)
    expect(await logWhere({ from: paused?.at })).toEqual(expect.arrayContaining([resumed, paused]))
    expect(await logWhere({ to: replaced?.at })).toEqual([])
    const [first] = (await audit.page(actor, { first: 1, action: ['EXPORT_PAUSED', 'EXPORT_RESUMED'] })).edges
    const after = { first: 1, after: first?.cursor, action: ['EXPORT_PAUSED', 'EXPORT_RESUMED'] as const }
    expect((await audit.page(actor, after)).edges.map(({ node }) => node)).toEqual([paused])
  })

  test('the audit log has each change of a registration with actor, address, before and after', async () => {
    const actor = { ...anActor(newTenant(), 'alice'), address: '198.51.100.7', clientId: 'dashboard' }
    const registrations = services.registrations()
    await registrations.replace(actor, { entityList: 'user' })
    await registrations.replace(actor, { exportOption: 'DISABLE_EXPORT' })
    const [second, first] = await logOf(actor.tenantId)
    expect(first).toMatchObject({
      action: 'REGISTRATION_REPLACED',
      subject: 'alice',
      clientId: 'dashboard',
      address: '198.51.100.7',
      isOperator: false,
      before: null,
      after: { version: 1, exportOption: 'EXPORT_SELECTED' },
    })
    expect(second).toMatchObject({ before: first?.after, after: { version: 2, exportOption: 'DISABLE_EXPORT' } })
    expect(Date.now() - (second?.at.getTime() ?? 0)).toBeLessThan(60_000)
  })

  test('the audit log has no entry for a call that changes nothing', async () => {
    const actor = anActor(newTenant())
    const registrations = services.registrations()
    await registrations.replace(actor, { entityList: 'nonsense' })
    await registrations.preview(actor, { entityList: 'user' })
    await registrations.replace(actor, { entityList: 'user', expectedVersion: 7 })
    await services.runs().start(actor)
    expect(await logOf(actor.tenantId)).toEqual([])
  })

  test('the audit log has the requested runs and their purpose', async () => {
    const actor = anActor(newTenant())
    await services.registrations().replace(actor, { entityList: 'user, must reads' })
    const runs = services.runs()
    await runs.requestFullLoad(actor, { entityList: 'must reads', when: 'WITH_NEXT_RUN' })
    const started = await runs.start(actor)
    if (!started.ok) throw new Error(JSON.stringify(started.userErrors))
    const [run, fullLoad] = await logOf(actor.tenantId)
    expect(run).toMatchObject({ action: 'RUN_REQUESTED', target: started.value.id })
    const entities = ['content_must_read_marked']
    expect(fullLoad).toMatchObject({ action: 'FULL_LOAD_REQUESTED', after: { entities } })
  })

  test('the audit log has what a command has done', async () => {
    const { tenantId } = anActor(newTenant())
    await services.registrations().replace(anActor(tenantId), { entityList: 'user' })
    await removeRegistration({ ...services.stores, schedules: services.scheduleSync() }, commandActor(tenantId))
    const [removed] = await logOf(tenantId)
    expect(removed).toMatchObject({
      action: 'REGISTRATION_REMOVED',
      subject: 'operator',
      isOperator: true,
      address: null,
      before: { version: 1 },
      after: null,
    })
  })

  test('the audit log of the tenant of the token has each denial', async () => {
    const actor = anActor(newTenant(), 'mallory')
    await audit.denied(new InsufficientScopeError('exports:operate', actor))
    expect(await logOf(actor.tenantId)).toMatchObject([
      {
        action: 'ACCESS_DENIED',
        target: 'exports:operate',
        subject: 'mallory',
        address: actor.address,
        isOperator: false,
        after: null,
      },
    ])
  })

  test('the audit log has the denial of an operator, and the tenant that the operator named', async () => {
    const [mine, other] = [newTenant(), newTenant()]
    const operator = { ...anActor(mine, 'olga'), isOperator: true }
    await audit.denied(new InsufficientScopeError('exports:write', operator))
    const caller = { ...anActor(mine, 'mallory'), scopes: new Set(['exports:read']) }
    const denied = thrownBy(() => actorOf(caller, { named: other, address: '198.51.100.7' }))
    await audit.denied(denied)
    expect(await logOf(mine)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ subject: 'operator', target: 'exports:write', isOperator: true, after: null }),
        expect.objectContaining({ subject: 'mallory', isOperator: false, after: { named: other } }),
      ]),
    )
    expect(thrownBy(() => actorOf(caller, { named: '../x', address: null })).denied).not.toHaveProperty('named')
  })

  test('the audit log has the same denial once a minute, and then the number since', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    onTestFinished(() => void vi.useRealTimers())
    const actor = anActor(newTenant(), 'mallory')
    const denyRequest = (scope: Scope) => audit.denied(new InsufficientScopeError(scope, { ...actor }))
    for (let n = 0; n < 5; n += 1) await denyRequest('exports:write')
    vi.advanceTimersByTime(1)
    await denyRequest('exports:read')
    vi.advanceTimersByTime(61_000)
    await denyRequest('exports:write')
    expect(await logOf(actor.tenantId)).toMatchObject([
      { target: 'exports:write', after: { times: 5 } },
      { target: 'exports:read', after: null },
      { target: 'exports:write', after: null },
    ])
    const lines = services.log.filter((line) => line['tenantId'] === actor.tenantId)
    expect(lines).toHaveLength(7)
  })

  test('a request that is denied in many fields is one entry of the audit log and of the service’s log', async () => {
    const actor = anActor(newTenant(), 'mallory')
    const denials = Array.from({ length: 50 }, () => audit.denied(new InsufficientScopeError('exports:write', actor)))
    await Promise.all(denials)
    expect(await logOf(actor.tenantId)).toMatchObject([{ target: 'exports:write', after: null }])
    expect(services.log.filter((line) => line['tenantId'] === actor.tenantId)).toHaveLength(1)
  })

  test('the denial of an operator without a tenant is only in the service’s log', async () => {
    await audit.denied(new InsufficientScopeError('exports:write', { ...anActor(''), tenantId: null, subject: 'olga' }))
    expect(services.log).toContainEqual(expect.objectContaining({ subject: 'olga', scope: 'exports:write' }))
  })

  test('a tenant reads only its own audit log', async () => {
    const [one, other] = [newTenant(), newTenant()]
    await services.registrations().replace(anActor(one), { entityList: 'user' })
    expect(await logOf(one)).toHaveLength(1)
    expect(await logOf(other)).toEqual([])
  })

  test('neither the service nor the owner of the tables can change the audit log', async () => {
    const actor = anActor(newTenant())
    await audit.operatorAccess(actor, 'query dataExport')
    for (const statement of [
      'UPDATE audit_event SET subject = $1 WHERE tenant_id = $1',
      'DELETE FROM audit_event WHERE tenant_id = $1',
    ]) {
      await expect(services.stores.query(statement, [actor.tenantId])).rejects.toThrow(/append-only/)
      await expect(
        database.forTenant(actor.tenantId, (transaction) => transaction.$executeRawUnsafe(statement, actor.tenantId)),
      ).rejects.toThrow(/permission denied|append-only/)
    }
    await expect(services.stores.query('TRUNCATE audit_event')).rejects.toThrow(/append-only/)
    expect(await logOf(actor.tenantId)).toHaveLength(1)
  })
})
