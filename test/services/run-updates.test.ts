import { expect, test } from 'vitest'
import type { Actor } from '../../src/domain/actor.js'
import type { Run } from '../../src/domain/run.js'
import { createRunUpdates } from '../../src/services/run-updates.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { sampleRun } from '../support/api/samples.js'
import { eventually } from '../support/eventually.js'

const actor: Actor = {
  tenantId: 'acme',
  subject: 'tester',
  clientId: null,
  scopes: new Set(['exports:read']),
  isOperator: false,
  address: null,
}
const running = { status: 'RUNNING', finishedAt: null } as const

/** A run whose reads the test answers. */
function scripted(first: Run | Error) {
  let answer: Run | Error | null = first
  let reads = 0
  const lines: string[] = []
  const logger = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
  const find = async (): Promise<Run | null> => {
    reads += 1
    if (answer instanceof Error) throw answer
    return answer
  }
  const updates = createRunUpdates({ runs: { find }, logger, pollMs: 5 })
  const controllers: AbortController[] = []
  const begin = (by: Actor) => {
    const controller = new AbortController()
    controllers.push(controller)
    return updates.follow(by, 'run-1', controller.signal)
  }
  return {
    lines,
    reads: () => reads,
    set: (next: Run | Error | null) => (answer = next),
    follow: (by = actor) => begin(by),
    stop: () => controllers.forEach((each) => each.abort()),
  }
}

test('followers of the same run share its reads', async () => {
  const { follow, reads, stop } = scripted(sampleRun(running))
  const followers = Array.from({ length: 50 }, () => follow())
  await Promise.all(followers.map((each) => each.next()))
  expect(reads()).toBeLessThan(10)
  stop()
  expect(await Promise.all(followers.map((each) => each.next()))).toEqual(
    followers.map(() => ({ done: true, value: undefined })),
  )
})

test('a follower that reads slowly gets the latest state, and not each one', async () => {
  const { follow, set, reads } = scripted(sampleRun(running))
  const [slow, quick] = [follow(), follow()]
  await Promise.all([slow.next(), quick.next()])
  for (const registrationVersion of [2, 3]) {
    set(sampleRun({ ...running, registrationVersion }))
    expect((await quick.next()).value).toMatchObject({ registrationVersion })
  }
  set(sampleRun({ registrationVersion: 4 }))
  expect((await quick.next()).value).toMatchObject({ registrationVersion: 4 })
  expect((await slow.next()).value).toMatchObject({ registrationVersion: 4 })
  expect(await slow.next()).toEqual({ done: true, value: undefined })
  expect(reads()).toBeGreaterThan(3)
})

test('a run that cannot be read for a while is followed on, and the failure is logged once', async () => {
  const { follow, set, reads, lines } = scripted(sampleRun(running))
  const follower = follow()
  await follower.next()
  set(new Error('the database is down'))
  const before = reads()
  await eventually('failed reads', () => reads() > before + 3)
  set(sampleRun())
  expect((await follower.next()).value).toMatchObject({ status: 'SUCCEEDED' })
  expect(lines).toHaveLength(1)
})

test('a follower of a run that cannot be read at all fails, and the next one tries again', async () => {
  const { follow, set } = scripted(new Error('the database is down'))
  await expect(follow().next()).rejects.toThrow('the database is down')
  set(sampleRun())
  expect((await follow().next()).value).toMatchObject({ status: 'SUCCEEDED' })
})

test('an operator and the tenant do not share what they read', async () => {
  const { follow, reads, stop } = scripted(sampleRun(running))
  const followers = [follow(), follow({ ...actor, isOperator: true })]
  await Promise.all(followers.map((each) => each.next()))
  expect(reads()).toBeGreaterThanOrEqual(2)
  stop()
})
