import { setImmediate as nextYield } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ReadPacer, yieldsBetween } from '../../src/source/read-pacer.js'

test('a single read continues at once, also after the other reads have ended', async () => {
  const pacer = new ReadPacer()
  pacer.begin()
  let isOver = false
  setImmediate(() => (isOver = true))
  await pacer.pause()
  pacer.begin()
  pacer.end()
  await pacer.pause()
  expect(isOver).toBe(false)
})

test('one of several reads continues after a number of yields to the event loop, in their order', async () => {
  const pacer = new ReadPacer()
  const names = ['first', 'second', 'third']
  names.forEach(() => pacer.begin())
  const gone: string[] = []
  for (const name of names) void pacer.pause().then(() => gone.push(name))
  for (const count of [0, 1, 2]) {
    for (let yields = 1; yields < yieldsBetween; yields += 1) await nextYield()
    expect(gone).toEqual(names.slice(0, count))
    await nextYield()
    expect(gone).toEqual(names.slice(0, count + 1))
  }
})
