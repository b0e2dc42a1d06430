import { expect, test } from 'vitest'
import { KeyedSemaphore, Semaphore } from '../../src/domain/semaphore.js'

test('a semaphore of two admits two callers, and the caller that has waited longest is next', async () => {
  const semaphore = new Semaphore(2)
  const order: number[] = []
  const first = await semaphore.acquire()
  const second = await semaphore.acquire()
  const third = semaphore.acquire().then((release) => (order.push(3), release))
  const fourth = semaphore.acquire().then((release) => (order.push(4), release))
  expect(semaphore.waiting).toBe(2)
  second?.()
  const releaseThird = await third
  expect([order, semaphore.waiting]).toEqual([[3], 1])
  first?.()
  releaseThird?.()
  const releaseFourth = await fourth
  releaseFourth?.()
  expect([order, semaphore.isIdle]).toEqual([[3, 4], true])
})

test('a semaphore admits one caller while a crowd waits, and its maximum once few wait', async () => {
  const semaphore = new Semaphore(2, 1)
  const releases: (() => void)[] = []
  const waiting = Array.from({ length: 5 }, async () => {
    const release = await semaphore.acquire()
    if (release) releases.push(release)
  })
  const states: string[] = []
  for (let ended = 0; ended < 5; ended++) {
    await expect.poll(() => releases.length).toBeGreaterThan(ended)
    states.push(`${releases.length - ended} work, ${semaphore.waiting} wait`)
    releases[ended]?.()
  }
  await Promise.all(waiting)
  expect(states).toEqual(['2 work, 3 wait', '1 work, 3 wait', '1 work, 2 wait', '2 work, 0 wait', '1 work, 0 wait'])
  expect(semaphore.isIdle).toBe(true)
})

test('a permit that is released twice is given back once', async () => {
  const semaphore = new Semaphore(1)
  const first = await semaphore.acquire()
  const second = semaphore.acquire()
  first?.()
  first?.()
  expect(semaphore.isIdle).toBe(false)
  const release = await second
  release?.()
  expect(semaphore.isIdle).toBe(true)
})

test('a caller that has waited too long gets no permit, and leaves the queue', async () => {
  const semaphore = new Semaphore(1)
  const first = await semaphore.acquire()
  expect(await semaphore.acquire(20)).toBeUndefined()
  expect(semaphore.waiting).toBe(0)
  first?.()
  expect(await semaphore.acquire(20)).toBeTypeOf('function')
})

test('each key has a semaphore of its own, also after its work failed', async () => {
  const semaphore = new KeyedSemaphore(1)
  const held = await semaphore.acquire('acme')
  const waiting = semaphore.run('acme', async () => 'acme')
  expect(await semaphore.run('globex', async () => 'globex')).toBe('globex')
  expect([semaphore.waiting('acme'), semaphore.waiting('globex')]).toEqual([1, 0])
  held()
  expect(await waiting).toBe('acme')
  await expect(semaphore.run('acme', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await semaphore.run('acme', async () => 'again')).toBe('again')
})
