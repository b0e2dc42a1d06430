import { expect, test } from 'vitest'
import { requirePast } from '../../src/domain/window-end.js'

const midnight = new Date('2026-11-27T00:00:00Z')
const secondsAway = (seconds: number): Date => new Date(midnight.getTime() + seconds * 1000)

test.each([
  ['both clocks have passed its end', 1, 2],
  ['only the clock of the source is hours behind', -10_800, 2],
  ['only the clock of the worker is hours behind', 1, -10_800],
  ['its end is at most a minute ahead of both clocks', -60, -60],
])('a window is published when %s', (_, source, worker) => {
  const clocks = { source: secondsAway(source), worker: secondsAway(worker) }
  expect(() => requirePast(midnight, clocks)).not.toThrow()
})

test('a window that ends more than a minute after both clocks is refused, with the three times in the message', () => {
  const clocks = { source: secondsAway(-10_800), worker: secondsAway(-61) }
  expect(() => requirePast(midnight, clocks)).toThrow(
    /end at 2026-11-27T00:00:00\.000Z, but it is 2026-11-26T21:00:00\.000Z .* 2026-11-26T23:58:59\.000Z/,
  )
})
