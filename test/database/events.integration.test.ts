import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventType, NewEvent } from '../../src/domain/event.js'
import { newTenant, openStores, type Stores } from '../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

const event = (data: NewEvent['data'] = {}, more: Partial<NewEvent> = {}): NewEvent => ({ type: 'test', data, ...more })
const keep = (tenantId: string, ...events: NewEvent[]) =>
  stores.transact(tenantId, (unit) => unit.events.keep(...events))
const numbers = async (tenantId: string) =>
  (await stores.tenantEvents.after(tenantId, 0, 1000)).map(({ number }) => number)
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('keeping events', () => {
  test('events are numbered from 1 for each tenant, and keep the order of their fields', async () => {
    const [one, other] = [newTenant(), newTenant()]
    const [first] = await keep(one, event({ zebra: 1, ant: { z: 1, a: 2 } }))
    await keep(other, event())
    const [second, third] = await keep(one, event({ at: new Date('2026-11-24T00:00:00Z') }), event())
    expect([first, second, third].map((kept) => kept?.number)).toEqual([1, 2, 3])
    const stored = await stores.tenantEvents.after(one, 0, 10)
    expect(stored).toEqual([first, second, third])
    expect(JSON.stringify(stored[0]?.data)).toBe('{"zebra":1,"ant":{"z":1,"a":2}}')
    expect(stored[1]?.data).toEqual({ at: '2026-11-24T00:00:00.000Z' })
    expect(await stores.tenantEvents.lastNumber(one)).toBe(3)
    expect(await stores.tenantEvents.lastNumber(newTenant())).toBe(0)
  })

  test('concurrent transactions leave no gap, and a later number is never visible before an earlier one', async () => {
    const tenantId = newTenant()
    let isWriting = true
    const reading = (async () => {
      const seen: number[][] = []
      while (isWriting) seen.push(await numbers(tenantId))
      return seen
    })()
    const failing = new Error('rolled back')
    const transactions = upTo(40).map(async (each) => {
      const work = stores.transact(tenantId, async (unit) => {
        await unit.events.keep(event({ each }), event({ each }))
        if (each % 4 === 0) throw failing
      })
      await work.catch((error: unknown) => expect(error).toBe(failing))
    })
    await Promise.all(transactions)
    isWriting = false
    for (const seen of await reading) expect(seen).toEqual(upTo(seen.length))
    expect(await numbers(tenantId)).toEqual(upTo(60))
    expect(await stores.tenantEvents.lastNumber(tenantId)).toBe(60)
  })

  test('an event is kept if, and only if, its transaction commits', async () => {
    const tenantId = newTenant()
    const lost = stores.transact(tenantId, async (unit) => {
      await unit.events.keep(event())
      throw new Error('the change failed')
    })
    await expect(lost).rejects.toThrow('the change failed')
    expect(await numbers(tenantId)).toEqual([])
    await keep(tenantId, event())
    expect(await numbers(tenantId)).toEqual([1])
  })

  test('an event with a key is kept once, also by concurrent transactions and within one call', async () => {
    const tenantId = newTenant()
    const keyed = event({}, { key: 'overdue:1' })
    const kept = await Promise.all(upTo(10).map(() => keep(tenantId, keyed, event(), keyed)))
    expect(kept.map((events) => events.length).toSorted()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 2])
    expect(await numbers(tenantId)).toEqual(upTo(11))
    expect(await keep(newTenant(), keyed)).toHaveLength(1)
  })

  test('no event is kept of another tenant, and none is changed', async () => {
    const [tenantId, other] = [newTenant(), newTenant()]
    const [kept] = await keep(tenantId, event())
    expect(await stores.tenantEvents.find(other, kept!.id)).toBeUndefined()
    expect(await stores.tenantEvents.find(tenantId, kept!.id)).toEqual(kept)
    expect(await stores.tenantEvents.find(tenantId, randomUUID())).toBeUndefined()
    const rights = await stores.query(
      `SELECT privilege_type AS right FROM information_schema.role_table_grants
       WHERE table_schema = 'tidemark' AND table_name = 'event' AND grantee = 'tidemark_service' ORDER BY 1`,
    )
    expect(rights).toEqual([{ right: 'INSERT' }, { right: 'SELECT' }])
  })
})

describe('reading events', () => {
  test('a page has events after or before a number, of the requested types', async () => {
    const tenantId = newTenant()
    const types: EventType[] = ['test', 'export.failed', 'test', 'export.recovered', 'test']
    await keep(tenantId, ...types.map((type) => event({}, { type })))
    const read = async (request: Partial<Parameters<Stores['tenantEvents']['page']>[1]>) =>
      (await stores.tenantEvents.page(tenantId, { take: 10, ...request })).events.map(({ number }) => number)
    expect(await read({ after: 2, take: 2 })).toEqual([3, 4])
    expect(await read({ before: 4, take: 2 })).toEqual([2, 3])
    expect(await read({ types: ['test'], after: 1 })).toEqual([3, 5])
    expect(await read({ types: [] })).toEqual([])
    expect(await stores.tenantEvents.after(tenantId, 0, 10, ['export.failed'])).toMatchObject([{ number: 2 }])
  })

  test('a worker learns which tenants have events past a position, and nothing else', async () => {
    const [behind, upToDate, empty] = [newTenant(), newTenant(), newTenant()]
    await keep(behind, event(), event())
    await keep(upToDate, event())
    const positions = new Map([
      [behind, 1],
      [upToDate, 1],
      [empty, 0],
    ])
    expect(await stores.tenantEvents.tenantsWithEventsPast(positions)).toEqual([behind])
    expect(await stores.tenantEvents.tenantsWithEventsPast(new Map())).toEqual([])
  })
})

describe('removing old events', () => {
  const age = (tenantId: string, number: number, days: number) =>
    stores.query(`UPDATE event SET at = now() - make_interval(days => $3) WHERE tenant_id = $1 AND number = $2`, [
      tenantId,
      number,
      days,
    ])
  const remove = (events: number) => stores.retention.removeOldHistory({ audit: 0, changes: 0, events }, 1000)

  test('old events are removed, numbers continue, and a page says up to which number events are gone', async () => {
    const tenantId = newTenant()
    await keep(tenantId, event(), event(), event())
    await age(tenantId, 1, 91)
    await age(tenantId, 2, 91)
    expect(await remove(0)).toBe(0)
    expect(await remove(90)).toBe(2)
    expect(await stores.tenantEvents.page(tenantId, { take: 10 })).toMatchObject({
      ...{ events: [{ number: 3 }], last: 3, removedThrough: 2 },
    })
    await keep(tenantId, event())
    expect(await numbers(tenantId)).toEqual([3, 4])
  })

  test('the database keeps events of the last seven days, also if a shorter time is given', async () => {
    const tenantId = newTenant()
    await keep(tenantId, event(), event())
    await age(tenantId, 1, 6)
    await age(tenantId, 2, 8)
    await remove(1)
    expect(await numbers(tenantId)).toEqual([1])
  })

  test('a tenant without events has missed none, and one whose events were all removed has missed all', async () => {
    const [empty, removed] = [newTenant(), newTenant()]
    expect(await stores.tenantEvents.page(empty, { take: 1 })).toEqual({ events: [], last: 0, removedThrough: 0 })
    await keep(removed, event(), event())
    await age(removed, 1, 91)
    await age(removed, 2, 91)
    await remove(90)
    expect(await stores.tenantEvents.page(removed, { take: 1 })).toEqual({ events: [], last: 2, removedThrough: 2 })
  })
})
