import { expect, test } from 'vitest'
import { ScheduleQueue } from '../../src/services/schedule-queue.js'

/** Longer than any of these tests takes. */
const long = { besideOthers: 60_000, alone: 60_000 }

/** A queue whose work ends only when the test ends it, with the number of works on that tenant so far as its result. */
function heldQueue(atOnce: number) {
  const begun: string[] = []
  const held: { readonly tenantId: string; readonly end: () => void }[] = []
  const left: number[] = []
  const work = (tenantId: string): Promise<number> => {
    begun.push(tenantId)
    const times = begun.filter((each) => each === tenantId).length
    return new Promise((resolve) => held.push({ tenantId, end: () => resolve(times) }))
  }
  const queue = new ScheduleQueue(work, atOnce, (count) => left.push(count))
  const end = (tenantId: string): void => {
    const index = held.findIndex((each) => each.tenantId === tenantId)
    held.splice(index, 1)[0]?.end()
  }
  return { queue, begun, left, end }
}

test('a few tenants are worked on at a time, in the order in which they came', async () => {
  const { queue, begun, end } = heldQueue(2)
  const done = ['one', 'two', 'three'].map((tenantId) => queue.add(tenantId))
  expect(begun).toEqual(['one', 'two'])
  end('two')
  await done[1]
  expect(begun).toEqual(['one', 'two', 'three'])
})

test('a tenant that waits is not added twice, and one in work is worked on once more', async () => {
  const { queue, begun, end } = heldQueue(2)
  const first = queue.add('acme')
  const later = [queue.add('acme'), queue.add('acme'), queue.add('acme')]
  expect(begun).toEqual(['acme'])
  end('acme')
  expect(await first).toBe(1)
  end('acme')
  expect(await Promise.all(later)).toEqual([2, 2, 2])
  expect(begun).toEqual(['acme', 'acme'])
})

test('a tenant that waits for its own work does not hold up another', async () => {
  const { queue, begun } = heldQueue(2)
  void queue.add('acme')
  void queue.add('acme')
  void queue.add('globex')
  expect(begun).toEqual(['acme', 'globex'])
})

test('a lone caller waits for the result', async () => {
  const { queue, end } = heldQueue(1)
  const waiting = queue.addAndWait('acme', long)
  end('acme')
  expect(await waiting).toBe(1)
})

test('a caller does not wait while another tenant waits or takes the only place', async () => {
  const { queue } = heldQueue(1)
  void queue.add('one')
  expect(await queue.addAndWait('two', long)).toBeUndefined()
  expect(await queue.addAndWait('three', long)).toBeUndefined()
  // Its own work is in progress, and others wait.
  expect(await queue.addAndWait('one', long)).toBeUndefined()
})

test('a caller beside others waits less long than a lone caller', async () => {
  const { queue, end } = heldQueue(2)
  void queue.add('one')
  expect(await queue.addAndWait('two', { besideOthers: 1, alone: 60_000 })).toBeUndefined()
  end('one')
  const lone = heldQueue(2)
  const waiting = lone.queue.addAndWait('one', { besideOthers: 1, alone: 60_000 })
  setTimeout(() => lone.end('one'), 20)
  expect(await waiting).toBe(1)
})

test('a queue that closes starts nothing more, ends what is in work, and says how many it leaves', async () => {
  const { queue, begun, left, end } = heldQueue(1)
  const done = [queue.add('one'), queue.add('two'), queue.add('three')]
  const closing = queue[Symbol.asyncDispose]()
  end('one')
  await closing
  expect(await Promise.all(done)).toEqual([1, undefined, undefined])
  expect(await queue.add('four')).toBeUndefined()
  expect([begun, left]).toEqual([['one'], [2]])
})
