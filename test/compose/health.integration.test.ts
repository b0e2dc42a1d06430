import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../dev/machine/ports.js'
import { composeApi } from '../../src/compose/api.js'
import { loadConfig } from '../../src/config/config.js'
import { createLogger } from '../../src/telemetry/logger.js'
import { startTokenAuthority } from '../support/api/token-authority.js'
import { eventually } from '../support/eventually.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld({ worker: false })
})
afterAll(() => world[Symbol.asyncDispose]())

const answerOf = async (url: string) => {
  const response = await fetch(url)
  return [response.status, await response.json()]
}

test('a worker answers that it takes tasks, and whether each of its services is available', async () => {
  const address = `127.0.0.1:${await freePort()}`
  const worker = await world.startWorker({ HEALTH_ADDRESS: address })
  await eventually('the worker takes tasks', async () => (await fetch(`http://${address}/healthz`)).status === 200)
  expect(await answerOf(`http://${address}/readyz`)).toEqual([
    200,
    { status: 'ok', checks: { postgres: 'ok', migrations: 'ok', temporal: 'ok', sftp: 'ok', source: 'ok' } },
  ])
  await worker.stop()
  await expect(fetch(`http://${address}/healthz`)).rejects.toThrow()
})

test('a worker without its SFTP server and its source takes tasks, and says that it is not ready', async () => {
  const address = `127.0.0.1:${await freePort()}`
  const source = new URL(world.config.source.url)
  source.port = '1'
  const away = { HEALTH_ADDRESS: address, SFTP_PORT: '1', SOURCE_DATABASE_URL: source.href }
  const worker = await world.startWorker(away)
  await eventually('the worker takes tasks', async () => (await fetch(`http://${address}/healthz`)).status === 200)
  const checks = { postgres: 'ok', migrations: 'ok', temporal: 'ok', sftp: 'unavailable', source: 'unavailable' }
  expect(await answerOf(`http://${address}/readyz`)).toEqual([503, { status: 'unavailable', checks }])
  await worker.stop()
})

test('the API is ready with its migrations and the keys of its issuer, and not without them', async () => {
  const authority = await startTokenAuthority()
  const config = loadConfig({ ...world.environment, OAUTH_ISSUER: authority.issuer, PORT: String(await freePort()) })
  await using api = await composeApi(config, { logger: createLogger({ level: 'silent' }) })
  const url = await api.listen()
  const checks = { postgres: 'ok', migrations: 'ok', temporal: 'ok', issuer: 'ok' }
  expect(await answerOf(`${url}/readyz`)).toEqual([200, { status: 'ok', checks }])
  await world.sql('UPDATE tidemark._prisma_migrations SET finished_at = NULL WHERE migration_name LIKE $1', ['%_watch'])
  await eventually('readiness notices the missing migration', async () => {
    const [status, body] = await answerOf(`${url}/readyz`)
    return status === 503 && JSON.stringify(body).includes('"migrations":"unavailable"')
  })
  await world.sql('UPDATE tidemark._prisma_migrations SET finished_at = now() WHERE finished_at IS NULL')
  await authority[Symbol.asyncDispose]()

  const another = loadConfig({ ...world.environment, OAUTH_ISSUER: authority.issuer, PORT: String(await freePort()) })
  await using late = await composeApi(another, { logger: createLogger({ level: 'silent' }) })
  expect(await answerOf(`${await late.listen()}/readyz`)).toEqual([
    503,
    { status: 'unavailable', checks: { ...checks, issuer: 'unavailable' } },
  ])
})

test('processes are listed while they run, and as stopped afterwards', async () => {
  const worker = await world.startWorker()
  const list = () =>
    world.sql<{ kind: string; stopped: boolean }>(
      'SELECT kind::text, stopped_at IS NOT NULL AS stopped FROM tidemark.process WHERE task_queue = $1 ORDER BY started_at DESC',
      [world.config.temporal.taskQueue],
    )
  await eventually('the heartbeat of the worker', async () => {
    const [last] = await list()
    return last?.kind === 'WORKER' && !last.stopped
  })
  await worker.stop()
  expect((await list())[0]).toEqual({ kind: 'WORKER', stopped: true })
})
