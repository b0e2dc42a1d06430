import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createAuditStore } from '../../src/database/audit-store.js'
import { type Database, openDatabase } from '../../src/database/client.js'
import { actorOf, InsufficientScopeError } from '../../src/domain/access.js'
import { commandActor, type Scope } from '../../src/domain/actor.js'
import type { AuditEvent } from '../../src/domain/audit.js'
import { type Audit, createAudit } from '../../src/services/audit.js'
import { removeRegistration } from '../../src/services/registrations/remove-registration.js'
import { anActor } from '../support/builders.js'
import { openServices, type TestServices } from '../support/services.js'
import { newTenant } from '../support/stores.js'

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
  test('has each change of a registration: who, from where, before and after', async () => {
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

  test('has nothing of what changed nothing', async () => {
    const actor = anActor(newTenant())
    const registrations = services.registrations()
    await registrations.replace(actor, { entityList: 'nonsense' })
    await registrations.preview(actor, { entityList: 'user' })
    await registrations.replace(actor, { entityList: 'user', expectedVersion: 7 })
    await services.runs().start(actor)
    expect(await logOf(actor.tenantId)).toEqual([])
  })

  test('has the runs that were asked for, and what for', async () => {
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

  test('has what a command has done', async () => {
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

  test('has what was denied, in the log of the tenant whose token it was', async () => {
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

  test('has that it was an operator who was denied something, and which tenant was named in vain', async () => {
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

  test('has the same denial once in a minute, and then how often it was since', async () => {
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

  test('has what one request was denied in many fields once, as the service’s own log has', async () => {
    const actor = anActor(newTenant(), 'mallory')
    const denials = Array.from({ length: 50 }, () => audit.denied(new InsufficientScopeError('exports:write', actor)))
    await Promise.all(denials)
    expect(await logOf(actor.tenantId)).toMatchObject([{ target: 'exports:write', after: null }])
    expect(services.log.filter((line) => line['tenantId'] === actor.tenantId)).toHaveLength(1)
  })

  test('of an operator without a tenant has none to be kept in: that is in the service’s own log', async () => {
    await audit.denied(new InsufficientScopeError('exports:write', { ...anActor(''), tenantId: null, subject: 'olga' }))
    expect(services.log).toContainEqual(expect.objectContaining({ subject: 'olga', scope: 'exports:write' }))
  })

  test('is the tenant’s own', async () => {
    const [one, other] = [newTenant(), newTenant()]
    await services.registrations().replace(anActor(one), { entityList: 'user' })
    expect(await logOf(one)).toHaveLength(1)
    expect(await logOf(other)).toEqual([])
  })

  test('is append-only, for the service and for the owner of the tables', async () => {
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
