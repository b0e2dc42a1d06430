import { expect, test } from 'vitest'
import { createReadiness } from '../../src/http/readiness.js'
import { startSmallServer, workerHealth } from '../../src/http/small-server.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { eventually } from '../support/eventually.js'

function recordingLogger() {
  const log: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) }
  return { log, logger: createLogger({ level: 'info', destination }) }
}

const fetched = async (url: string, init?: RequestInit) => {
  const response = await fetch(url, init)
  return [response.status, await response.json()]
}

test('a worker answers whether it takes tasks and whether its services are there, without causes', async () => {
  const { log, logger } = recordingLogger()
  let isWorking = false
  const checks = {
    postgres: async () => undefined,
    sftp: () => Promise.reject(new Error('refused', { cause: new Error('connect ECONNREFUSED 10.0.0.7:22') })),
  }
  const routes = workerHealth({ isWorking: () => isWorking, checks, logger })
  await using server = await startSmallServer('127.0.0.1:0', routes, logger)
  expect(await fetched(`${server.url}/healthz`)).toEqual([503, { status: 'unavailable' }])
  isWorking = true
  expect(await fetched(`${server.url}/healthz?probe=1`)).toEqual([200, { status: 'ok' }])
  expect(await fetched(`${server.url}/readyz`)).toEqual([
    503,
    { status: 'unavailable', checks: { postgres: 'ok', sftp: 'unavailable' } },
  ])
  expect(log).toMatchObject([{ msg: 'not ready', failing: { sftp: 'refused: connect ECONNREFUSED 10.0.0.7:22' } }])
  expect(await fetched(`${server.url}/other`)).toEqual([404, { status: 'not found' }])
  expect(await fetched(`${server.url}/toString`)).toEqual([404, { status: 'not found' }])
  expect(await fetched(`${server.url}/healthz`, { method: 'POST' })).toEqual([405, { status: 'only GET' }])
})

test('a route that fails answers 500 without the cause, and the log has it', async () => {
  const { log, logger } = recordingLogger()
  const routes = { '/broken': () => Promise.reject(new Error('secret cause')) }
  await using server = await startSmallServer('[::1]:0', routes, logger)
  expect(await fetched(`${server.url}/broken`)).toEqual([500, { status: 'failed' }])
  expect(JSON.stringify(log)).toContain('secret cause')
})

test('a check that does not answer counts as failed, and a recovery is logged', async () => {
  const { log, logger } = recordingLogger()
  let hangs = true
  const checks = { postgres: () => (hangs ? new Promise(() => undefined) : Promise.resolve()) }
  const readiness = createReadiness(checks, logger, { timeoutMs: 20, keptMs: 0 })
  expect(await readiness()).toEqual({ postgres: 'unavailable' })
  expect(await readiness()).toEqual({ postgres: 'unavailable' })
  hangs = false
  expect(await readiness()).toEqual({ postgres: 'ok' })
  expect(log.map(({ msg, failing }) => [msg, failing])).toEqual([
    ['not ready', { postgres: 'no answer within 20 ms' }],
    ['ready again', undefined],
  ])
})

test('a check is not asked again within the time for which its result is kept', async () => {
  let asked = 0
  const checks = { postgres: async () => void (asked += 1) }
  const readiness = createReadiness(checks, recordingLogger().logger, { timeoutMs: 1_000, keptMs: 30 })
  await Promise.all([readiness(), readiness()])
  await readiness()
  expect(asked).toBe(1)
  await eventually('another check', async () => {
    await readiness()
    return asked === 2
  })
})
