import { describe, expect, test } from 'vitest'
import type { TenantEvent } from '../../../src/domain/event.js'
import { createEventFollowers } from '../../../src/services/events/event-followers.js'
import { InvalidPageError } from '../../../src/services/page.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { FakeOutbox, fakeEventFeed } from '../../support/api/fake-event-feed.js'
import { eventually } from '../../support/eventually.js'
import { anActor } from '../../support/world/builders.js'

const actor = anActor('acme')

function outboxOf(count: number): FakeOutbox {
  const outbox = new FakeOutbox()
  for (let each = 1; each <= count; each++) outbox.add(each % 2 === 0 ? 'export.failed' : 'test')
  return outbox
}

const numbersOf = ({ edges }: { edges: readonly { node: TenantEvent }[] }) => edges.map(({ node }) => node.number)

describe('a page of events', () => {
  test('a page begins at the oldest event, and its cursors are the numbers', async () => {
    const feed = fakeEventFeed(outboxOf(5))
    const first = await feed.page(actor, { first: 2 })
    expect(first.edges.map(({ cursor }) => cursor)).toEqual(['1', '2'])
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false, lastNumber: 5, missed: 0 })
    const last = await feed.page(actor, { first: 5, after: '2' })
    expect(numbersOf(last)).toEqual([3, 4, 5])
    expect(last).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  })

  test('a page that is counted back has the newest events, oldest first', async () => {
    const feed = fakeEventFeed(outboxOf(5))
    const newest = await feed.page(actor, { last: 2 })
    expect(numbersOf(newest)).toEqual([4, 5])
    expect(newest).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    expect(numbersOf(await feed.page(actor, { last: 2, before: '4' }))).toEqual([2, 3])
  })

  test('a page has only the requested types, and the last number of all', async () => {
    const page = await fakeEventFeed(outboxOf(5)).page(actor, { types: ['export.failed'] })
    expect(numbersOf(page)).toEqual([2, 4])
    expect(page.lastNumber).toBe(5)
  })

  test('a reader whose cursor is older than the oldest event learns how many events it has missed', async () => {
    const outbox = new FakeOutbox()
    outbox.removedThrough = 40
    outbox.add('test')
    const feed = fakeEventFeed(outbox)
    expect(await feed.page(actor, { after: '30' })).toMatchObject({ missed: 10, edges: [{ cursor: '41' }] })
    expect(await feed.page(actor, { after: '40' })).toMatchObject({ missed: 0 })
    expect(await feed.page(actor, {})).toMatchObject({ missed: 40 })
    expect(await feed.page(actor, { last: 5 })).toMatchObject({ missed: 0 })
  })

  test.each(['x', '-1', '1.5', '1e3', '', ' 1', '9'.repeat(16)])('the cursor %j is refused', async (after) => {
    await expect(fakeEventFeed().page(actor, { after })).rejects.toThrow(InvalidPageError)
  })
})

describe('following events', () => {
  async function read(feed: ReturnType<typeof fakeEventFeed>, from: Parameters<typeof feed.follow>[1]) {
    const stop = new AbortController()
    const seen: number[] = []
    const ended = (async () => {
      for await (const event of feed.follow(actor, from, stop.signal)) seen.push(event.number)
    })()
    ended.catch(() => undefined)
    return { seen, ended, stop }
  }

  test('a follower gets each event after its cursor once, also new ones', async () => {
    const outbox = outboxOf(250)
    const { seen, ended, stop } = await read(fakeEventFeed(outbox), { after: '3' })
    await eventually('the events that exist', () => seen.length === 247)
    outbox.add('test')
    outbox.add('test')
    await eventually('the new events', () => seen.length === 249)
    expect(seen).toEqual(Array.from({ length: 249 }, (_, index) => index + 4))
    stop.abort()
    await ended
  })

  test('a follower without a cursor gets only new events, of the requested types', async () => {
    const outbox = outboxOf(3)
    const feed = fakeEventFeed(outbox)
    const stop = new AbortController()
    const events = feed.follow(actor, { types: ['export.recovered'] }, stop.signal)
    const next = events.next()
    outbox.add('test')
    outbox.add('export.recovered')
    expect(await next).toMatchObject({ value: { type: 'export.recovered' } })
    stop.abort()
    expect((await events.next()).done).toBe(true)
  })

  test('a follower whose events were removed is refused, with the cursor to continue from', async () => {
    const outbox = new FakeOutbox()
    outbox.removedThrough = 40
    const { ended } = await read(fakeEventFeed(outbox), { after: '30' })
    await expect(ended).rejects.toThrow(/^Events 31 to 40 were removed.* with after: "40"\.$/)
  })

  test('all followers share one look at the outbox, which goes on after a failure', async () => {
    const asked: ReadonlyMap<string, number>[] = []
    let isAway = true
    const followers = createEventFollowers({
      tenantEvents: {
        tenantsWithEventsPast: async (positions) => {
          asked.push(positions)
          if (asked.length < 3) return []
          if (!isAway) return ['globex']
          isAway = false
          throw new Error('the database is away')
        },
      },
      logger: createLogger({ level: 'silent' }),
      pollMs: 1,
    })
    const stop = new AbortController()
    const acme = [followers.eventPast('acme', 7, stop.signal), followers.eventPast('acme', 5, stop.signal)]
    await followers.eventPast('globex', 1, stop.signal)
    expect(asked.find((positions) => positions.size === 2)).toEqual(
      new Map([
        ['acme', 5],
        ['globex', 1],
      ]),
    )
    stop.abort()
    await Promise.all(acme)
  })
})

describe('a test event', () => {
  test('a test event names the caller, and no event is recorded for a tenant without a registration', async () => {
    const outbox = new FakeOutbox()
    const sent = await fakeEventFeed(outbox).sendTest(actor)
    expect(sent).toMatchObject({ ok: true, value: { type: 'test', data: { by: 'tester' } } })
    const refused = await fakeEventFeed(outbox, false).sendTest(actor)
    expect(refused).toMatchObject({ ok: false, userErrors: [{ code: 'NOT_REGISTERED' }] })
    expect(outbox.events).toHaveLength(1)
  })
})
