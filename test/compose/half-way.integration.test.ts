import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { composeAdmin } from '../../src/compose/admin.js'
import { composeApi } from '../../src/compose/api.js'
import { composeVerifier } from '../../src/compose/verifier.js'
import { composeWorker } from '../../src/compose/worker.js'
import { type Config, loadConfig } from '../../src/config/config.js'
import { eventually } from '../support/eventually.js'
import { createMigratedDatabase, type TestDatabase } from '../support/postgres/postgres.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'

let database: TestDatabase
let postgres: TcpProxy
let temporal: TcpProxy
let config: Config

beforeEach(async () => {
  database = await createMigratedDatabase()
  const url = new URL(database.serviceUrl)
  postgres = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  const [host = '', port] = inject('temporalAddress').split(':')
  temporal = await startTcpProxy({ host, port: Number(port) })
  url.host = `${postgres.host}:${postgres.port}`
  config = loadConfig({
    DATABASE_URL: url.href,
    TEMPORAL_ADDRESS: `${temporal.host}:${temporal.port}`,
    OAUTH_ISSUER: 'http://127.0.0.1:1/nobody',
    SFTP_HOST: '127.0.0.1',
    SFTP_USERNAME: 'nobody',
    SFTP_PASSWORD: 'nothing',
    SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
    LOG_LEVEL: 'silent',
  })
})

afterEach(async () => {
  await Promise.all([postgres.stop(), temporal.stop()])
  await database[Symbol.asyncDispose]()
})

/** The configuration, of which one part fails when it is read. */
function without(part: 'http' | 'sftp'): Config {
  const fail = () => {
    throw new Error(`${part} is not usable`)
  }
  return Object.defineProperty({ ...config }, part, { get: fail, enumerable: true })
}

/** Within 5 seconds: an idle connection that is only forgotten stays open for 10. */
const closed = () => eventually('all connections are closed', () => postgres.open === 0 && temporal.open === 0, 5_000)

describe('a program that cannot be composed leaves no connection open', () => {
  test.each([
    ['the API without settings of HTTP', 'http', composeApi],
    ['the worker without settings of SFTP', 'sftp', composeWorker],
    ["the operator's commands without settings of SFTP", 'sftp', composeAdmin],
    ['the verifier without settings of SFTP', 'sftp', composeVerifier],
  ] as const)('a program that cannot be composed leaves no connection open: %s', async (_, part, compose) => {
    await expect(compose(without(part))).rejects.toThrow(`${part} is not usable`)
    expect(postgres.connections).toBeGreaterThan(0)
    await closed()
  })

  test('the worker leaves no connection open if Temporal is unavailable', async () => {
    temporal.sever()
    await expect(composeWorker(config)).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
    expect(postgres.connections).toBeGreaterThan(0)
    await closed()
  })

  test('the worker leaves no connection open if its workflows cannot be loaded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-bundle-'))
    try {
      const workflowBundle = join(folder, 'bundle.js')
      await writeFile(workflowBundle, 'this is no program')
      await expect(composeWorker(config, { workflowBundle })).rejects.toThrow()
      expect(temporal.connections).toBeGreaterThan(1)
      await closed()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

test.each([
  ['the API', composeApi],
  ["the operator's commands", composeAdmin],
  ['the verifier', composeVerifier],
] as const)('%s that is disposed of leaves no connection open', async (_, compose) => {
  await using program = await compose(config)
  await program[Symbol.asyncDispose]()
  expect(postgres.connections).toBeGreaterThan(0)
  await closed()
})
