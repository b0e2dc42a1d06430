import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepWatching, type WatchStep } from '../../src/services/watch.js'
import { createEvents } from '../../src/telemetry/create-events.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { eventually } from '../support/eventually.js'
import { openStores, type Stores } from '../support/world/stores.js'

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())

/** The loop of so many processes, and their log. */
function watching(steps: readonly WatchStep[], processes = 1) {
  const stopping = new AbortController()
  const log: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) }
  const events = createEvents(createLogger({ level: 'info', destination }))
  const ended = Array.from({ length: processes }, () =>
    keepWatching({ steps, watchSteps: stores.watchSteps, events }, stopping.signal),
  )
  return {
    log,
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await Promise.all(ended)
    },
  }
}

const everySeconds = 0.02

test('several processes take a step one at a time, and never two at once', async () => {
  let [inside, most, times] = [0, 0, 0]
  const run = async (): Promise<void> => {
    most = Math.max(most, (inside += 1))
    await delay(5)
    inside -= 1
    times += 1
  }
  await using _ = watching([{ name: 'alone', everySeconds, run }], 4)
  await eventually('the tenth time', () => times >= 10)
  expect(most).toBe(1)
})

test('every process takes a step that is for each of them', async () => {
  let times = 0
  const run = async (): Promise<void> => {
    times += 1
  }
  await using _ = watching([{ name: 'each', everySeconds: 3600, inEachProcess: true, run }], 3)
  await eventually('one time in each', () => times >= 3)
  expect(times).toBe(3)
})

test('a process that died with a step is replaced when its lease has ended', async () => {
  const dead = '00000000-0000-4000-8000-000000000001'
  expect(await stores.watchSteps.take('left', dead, 3600)).toBe(true)
  let times = 0
  const run = async (): Promise<void> => {
    times += 1
  }
  await using _ = watching([{ name: 'left', everySeconds, run }])
  await stores.query("UPDATE watch_step SET due_at = now() WHERE name = 'left'")
  await eventually('another process takes the step', () => times > 0)
  await stores.watchSteps.giveBack('left', dead, 3600)
  const before = times
  await eventually('the dead process can not put it off', () => times > before)
})

test('a failing step is logged once for each outage, and does not stop the others', async () => {
  let [isDown, failures, others] = [true, 0, 0]
  const failing = async (): Promise<void> => {
    if (!isDown) return
    failures += 1
    throw new Error('away')
  }
  await using loop = watching([
    { name: 'failing', everySeconds, run: failing },
    { name: 'other', everySeconds, run: async () => void (others += 1) },
  ])
  await eventually('five failures', () => failures >= 5 && others >= 5)
  isDown = false
  await eventually('the recovery', () => loop.log.some(({ msg }) => msg === 'a step of the watch loop works again'))
  expect(loop.log.map(({ msg, step }) => [msg, step])).toEqual([
    ['a step of the watch loop failed; further failures are not logged', 'failing'],
    ['a step of the watch loop works again', 'failing'],
  ])
})
