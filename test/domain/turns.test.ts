import { expect, test } from 'vitest'
import { KeyedTurns, Turns } from '../../src/domain/turns.js'

test('at most so many callers have a turn, and the one that has waited longest gets the next', async () => {
  const turns = new Turns(2)
  const order: number[] = []
  const first = await turns.acquire()
  const second = await turns.acquire()
  const third = turns.acquire().then((release) => (order.push(3), release))
  const fourth = turns.acquire().then((release) => (order.push(4), release))
  expect(turns.waiting).toBe(2)
  second?.()
  const releaseThird = await third
  expect([order, turns.waiting]).toEqual([[3], 1])
  first?.()
  releaseThird?.()
  const releaseFourth = await fourth
  releaseFourth?.()
  expect([order, turns.isIdle]).toEqual([[3, 4], true])
})

test('while many wait one works at a time, and as many as before once few wait', async () => {
  const turns = new Turns(2, 1)
  const releases: (() => void)[] = []
  const waiting = Array.from({ length: 5 }, async () => {
    const release = await turns.acquire()
    if (release) releases.push(release)
  })
  const states: string[] = []
  for (let ended = 0; ended < 5; ended++) {
    await expect.poll(() => releases.length).toBeGreaterThan(ended)
    states.push(`${releases.length - ended} work, ${turns.waiting} wait`)
    releases[ended]?.()
  }
  await Promise.all(waiting)
  expect(states).toEqual(['2 work, 3 wait', '1 work, 3 wait', '1 work, 2 wait', '2 work, 0 wait', '1 work, 0 wait'])
  expect(turns.isIdle).toBe(true)
})

test('a turn that is given back twice is given back once', async () => {
  const turns = new Turns(1)
  const first = await turns.acquire()
  const second = turns.acquire()
  first?.()
  first?.()
  expect(turns.isIdle).toBe(false)
  const release = await second
  release?.()
  expect(turns.isIdle).toBe(true)
})

test('a caller that has waited too long gets no turn, and its place is free again', async () => {
  const turns = new Turns(1)
  const first = await turns.acquire()
  expect(await turns.acquire(20)).toBeUndefined()
  expect(turns.waiting).toBe(0)
  first?.()
  expect(await turns.acquire(20)).toBeTypeOf('function')
})

test('each key has turns of its own, also after its work failed', async () => {
  const turns = new KeyedTurns(1)
  const held = await turns.acquire('acme')
  const waiting = turns.take('acme', async () => 'acme')
  expect(await turns.take('globex', async () => 'globex')).toBe('globex')
  expect([turns.waiting('acme'), turns.waiting('globex')]).toEqual([1, 0])
  held()
  expect(await waiting).toBe('acme')
  await expect(turns.take('acme', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await turns.take('acme', async () => 'again')).toBe('again')
})
