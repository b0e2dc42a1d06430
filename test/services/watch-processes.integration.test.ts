import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { IssuerFailure, ProcessInfo } from '../../src/database/operations/process-store.js'
import type { ProcessKind } from '../../src/domain/process.js'
import { createHeartbeat, issuerWatch, type KeysCondition } from '../../src/services/processes.js'
import { processWatch } from '../../src/services/watch-processes.js'
import { openStores, type Stores } from '../support/world/stores.js'
import { type RecordedIncidents, recordIncidents } from './support/recorded-incidents.js'

const taskQueue = 'exports'
const signal = new AbortController().signal
let stores: Stores
let incidents: RecordedIncidents
let pollers: () => Promise<string[]>
let active: number
beforeAll(async () => {
  stores = await openStores()
})
afterAll(() => stores[Symbol.asyncDispose]())
beforeEach(async () => {
  await stores.query('DELETE FROM process')
  incidents = recordIncidents()
  pollers = () => Promise.reject(new Error('Temporal is away'))
  active = 1
})

const step = (confirmMs = 0) =>
  processWatch({
    processes: stores.processes,
    pollers: () => pollers(),
    incidents,
    activeRegistrations: async () => active,
    taskQueue,
    confirmMs,
  })
const found = async (code: string): Promise<string[]> => {
  await step().run(signal)
  return (incidents.last.get(code) ?? []).map(({ message }) => message)
}

async function seen(kind: ProcessKind, ago = '0 s', failure: IssuerFailure = null): Promise<ProcessInfo> {
  const info = { id: randomUUID(), kind, host: 'host-1', pid: 7, version: '1.0.0', taskQueue, startedAt: new Date() }
  await stores.processes.beat(info, failure)
  await stores.query('UPDATE process SET seen_at = now() - $2::interval WHERE id = $1', [info.id, ago])
  return info
}

describe('workers', () => {
  test('a worker without a heartbeat for a while is reported as away, even while Temporal still lists it', async () => {
    await seen('WORKER', '1 minute')
    pollers = async () => ['7@host-1']
    expect((await found('NO_WORKER')).join()).toMatch(
      /^No worker takes tasks from the task queue exports\. The last one \(host-1, process 7\) sent its last heartbeat at .+Start a worker\.$/,
    )
    await seen('WORKER')
    expect(await found('NO_WORKER')).toEqual([])
  })

  test('a worker that lives and takes no tasks is reported', async () => {
    await seen('WORKER')
    pollers = async () => []
    expect(await found('NO_WORKER')).toHaveLength(1)
  })

  test('a worker of a release without heartbeats counts while Temporal lists it', async () => {
    pollers = async () => ['7@host-1']
    expect(await found('NO_WORKER')).toEqual([])
  })

  test('no worker is needed while no registration is active', async () => {
    active = 0
    expect(await found('NO_WORKER')).toEqual([])
    active = 1
    expect(await found('NO_WORKER')).toHaveLength(1)
  })

  test('a worker that was stopped in an orderly way may be away for the time of a restart', async () => {
    const { id } = await seen('WORKER')
    await stores.processes.stop(id)
    expect(await found('NO_WORKER')).toEqual([])
    await stores.query("UPDATE process SET seen_at = seen_at - interval '6 minutes'")
    expect(await found('NO_WORKER')).toHaveLength(1)
  })

  test('a process that has just started does not resolve an absence that another process has reported', async () => {
    expect(await found('NO_WORKER')).toHaveLength(1)
    await step(60_000).run(signal)
    expect(incidents.last.get('NO_WORKER')).toHaveLength(1)
  })

  test('an absence is reported only if it lasts, because processes start one after the other', async () => {
    const slow = step(60_000)
    await slow.run(signal)
    await slow.run(signal)
    expect(incidents.last.has('NO_WORKER')).toBe(false)
  })
})

describe('APIs', () => {
  test('an API that died is reported, and one that lives is not', async () => {
    await seen('API', '1 minute')
    expect((await found('NO_API')).join()).toContain('No API process responds.')
    await seen('API')
    expect(await found('NO_API')).toEqual([])
  })

  test('a deployment that never had an API lacks none', async () => {
    expect(await found('NO_API')).toEqual([])
  })

  test('an API that can not fetch the keys of the issuer is reported with the cause', async () => {
    await seen('API', '0 s', { since: new Date('2026-11-27T10:00:00Z'), problem: 'connect ECONNREFUSED' })
    expect(await found('ISSUER_UNAVAILABLE')).toEqual([
      'The API (host-1, process 7) since 2026-11-27T10:00:00.000Z: connect ECONNREFUSED',
    ])
  })
})

describe('clocks', () => {
  test.each([
    [6_000, ["The clock of a worker (host-1, process 7) is 6 s ahead of the database's clock."]],
    [-90_000, ["The clock of a worker (host-1, process 7) is 90 s behind the database's clock."]],
    [4_000, []],
  ])('a clock that is %i ms ahead is reported: %j', async (skew, expected) => {
    const { id } = await seen('WORKER')
    await stores.query('UPDATE process SET clock_skew_ms = $2 WHERE id = $1', [id, skew])
    expect(await found('CLOCK_SKEWED')).toEqual(expected)
  })

  test('a heartbeat measures the clock of its process against that of the database', async () => {
    const info = await seen('API')
    expect(Math.abs(await stores.processes.beat(info, null))).toBeLessThan(5_000)
  })
})

describe('the heartbeat', () => {
  test('a process is listed from its first heartbeat, and as stopped after an orderly end', async () => {
    const heartbeat = createHeartbeat(stores.processes, { kind: 'WORKER', version: '1.2.3', taskQueue })
    await heartbeat.step.run(signal)
    expect(await stores.processes.list()).toMatchObject([
      { kind: 'WORKER', version: '1.2.3', pid: process.pid, stoppedAt: null, issuer: null },
    ])
    await heartbeat.stop()
    expect((await stores.processes.list())[0]?.stoppedAt).toBeInstanceOf(Date)
  })

  test('processes that were not seen for a day are removed, except the last one of its kind', async () => {
    await seen('API', '3 days')
    const last = await seen('API', '2 days')
    const worker = await seen('WORKER')
    await stores.processes.prune()
    expect((await stores.processes.list()).map(({ id }) => id)).toEqual([last.id, worker.id])
  })
})

describe('the keys of the issuer', () => {
  const failing = (usable: boolean, minutes: number): KeysCondition => ({
    usable,
    failure: { since: new Date(Date.now() - minutes * 60_000), problem: 'away' },
  })

  test.each([
    ['fetched keys are fine', { usable: true, failure: null }, null],
    ['missing keys are reported at once', failing(false, 0), 'away'],
    ['an outage is tolerated while earlier keys are usable', failing(true, 9), null],
    ['a long outage is reported', failing(true, 11), 'away. Earlier keys remain usable for a day after their fetch.'],
  ] as const)('the watch of the issuer: %s', async (_, condition, problem) => {
    const keys = issuerWatch(async () => condition)
    await keys.step.run(signal)
    expect(keys.failure()?.problem ?? null).toBe(problem)
  })
})
