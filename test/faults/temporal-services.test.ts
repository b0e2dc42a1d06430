import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { readEnvironment } from '../../src/config/env.js'
import { findTemporalCli } from '../../dev/temporal/cli.js'
import { startTemporal } from '../../dev/temporal/server.js'
import { ensureSearchAttributes, openTemporal } from '../../src/schedules/temporal.js'
import { attack } from '../support/attacks.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { midnight } from '../support/world/days.js'
import { startGrpcProxy } from './support/grpc-proxy.js'
import { createWorld } from '../support/world/world.js'

const run = promisify(execFile)
/** As Temporal Cloud: it permits only calls about workflows and schedules. */
const operatorService = /^\/temporal\.api\.operatorservice\./

test('a worker runs without the operator service, as on Temporal Cloud, if the search attributes are registered', async () => {
  attack({ name: 'Temporal that refuses the operator service' })
  const first = await createWorld({ worker: false })
  onTestFinished(() => first[Symbol.asyncDispose]())
  const upstream = first.config.temporal.address
  // By an operator's own hand.
  const { namespace } = first.config.temporal
  await ensureSearchAttributes(openTemporal(first.config.temporal), namespace)
  const cloud = await startGrpcProxy({ upstream, refuse: { paths: operatorService, status: 7 } })
  onTestFinished(() => cloud[Symbol.asyncDispose]())
  const world = await createWorld({ environment: { TEMPORAL_ADDRESS: cloud.address } })
  onTestFinished(() => world[Symbol.asyncDispose]())
  expect(cloud.refused.length).toBeGreaterThan(0)
  const tenant = await world.tenant({ rows: { user: 3 }, before: midnight(2) })
  await tenant.register({ entityList: 'user' })
  const [scheduled] = await tenant.backfill(midnight(1))
  expect([scheduled?.status, (await tenant.runNow()).status]).toEqual(['SUCCEEDED', 'SUCCEEDED'])
})

test('without the operator service and the search attributes a worker does not start, and names the commands that register them', async () => {
  attack({ name: 'Temporal that refuses the operator service, without search attributes' })
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-temporal-'))
  const report = (): void => undefined
  const cliPath = await findTemporalCli({ environment: readEnvironment(), report })
  const server = await startTemporal({ cliPath, folder, namespace: 'default', searchAttributes: {}, report })
  onTestFinished(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  const cloud = await startGrpcProxy({ upstream: server.address, refuse: { paths: operatorService, status: 12 } })
  onTestFinished(() => cloud[Symbol.asyncDispose]())
  const options = { address: cloud.address, namespace: 'default', tls: false, apiKey: undefined }
  await using temporal = openTemporal(options)
  await expect(ensureSearchAttributes(temporal, 'default')).rejects.toThrow(
    /lacks search attributes.*temporal operator search-attribute create --name TenantId --type Keyword/,
  )
})

const hasOpenssl = await commandAvailable('openssl', 'Temporal behind TLS')

describe.runIf(hasOpenssl)('Temporal behind TLS with a private CA', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-temporal-tls-'))
    for (const authority of ['authority', 'another']) await makeCertificate(authority, [])
    for (const name of ['server', 'worker']) await makeCertificate(name, signedBy('authority'))
    await makeCertificate('stranger', signedBy('another'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const at = (name: string): string => join(folder, name)
  const signedBy = (authority: string): string[] => [
    ...['-CA', at(`${authority}.crt`), '-CAkey', at(`${authority}.key`)],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'subjectAltName=DNS:temporal.internal'],
  ]
  async function makeCertificate(name: string, more: readonly string[]): Promise<void> {
    const kind = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
    ]
    await run('openssl', ['req', '-x509', ...kind, ...more, '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)])
  }

  async function startTls(upstream: string) {
    const [key, cert, clientCa] = await Promise.all(
      ['server.key', 'server.crt', 'authority.crt'].map((name) => readFile(at(name), 'utf8')),
    )
    return startGrpcProxy({ upstream, tls: { key: key ?? '', cert: cert ?? '', clientCa: clientCa ?? '' } })
  }

  const settings = (address: string, certificate = 'worker', authority = 'authority') => ({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_TLS_CA_FILE: at(`${authority}.crt`),
    TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
    TEMPORAL_TLS_CERT_FILE: at(`${certificate}.crt`),
    TEMPORAL_TLS_KEY_FILE: at(`${certificate}.key`),
  })

  test('API and worker authenticate with a client certificate', async () => {
    attack({ name: 'Temporal with a private CA and client certificates' })
    const first = await createWorld({ worker: false })
    onTestFinished(() => first[Symbol.asyncDispose]())
    const secure = await startTls(first.config.temporal.address)
    onTestFinished(() => secure[Symbol.asyncDispose]())
    const world = await createWorld({ environment: settings(secure.address) })
    onTestFinished(() => world[Symbol.asyncDispose]())
    const tenant = await world.tenant({ rows: { user: 3 }, before: midnight(2) })
    await tenant.register({ entityList: 'user' })
    expect((await tenant.runNow()).status).toBe('SUCCEEDED')

    for (const bad of [settings(secure.address, 'stranger'), settings(secure.address, 'worker', 'another')]) {
      await using refused = openTemporal(loadConfig({ ...first.environment, ...bad }).temporal)
      await expect(refused.ping()).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' })
    }
  })

  test.each([
    [{ TEMPORAL_TLS_CERT_FILE: 'worker.crt' }, /TEMPORAL_TLS_KEY is required with the other of/],
    [{ TEMPORAL_TLS_KEY_FILE: 'worker.key' }, /TEMPORAL_TLS_CERT is required with the other of/],
    [{ TEMPORAL_TLS_CA_FILE: 'worker.key' }, /TEMPORAL_TLS_CA must be PEM: -----BEGIN CERTIFICATE-----/],
  ])('an incomplete client certificate is refused: %j', (given, words) => {
    const environment = Object.fromEntries(Object.entries(given).map(([name, file]) => [name, at(file)]))
    expect(() => loadConfig(environment)).toThrow(words)
  })
})
