import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nowhere } from '../../bench/start/measure.js'
import { freePort } from '../../dev/machine/ports.js'
import { buildInto } from '../../scripts/build/build-into.js'
import { loadedFiles } from '../compose/support/loaded-packages.js'
import { eventually } from '../support/eventually.js'
import { GpgHome } from '../support/pgp/gpg.js'
import { startNode } from '../support/programs/program.js'
import { anActor } from '../support/world/builders.js'
import { createWorld, type World } from '../support/world/world.js'

let folder: string
let world: World
beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, '../../.tidemark-build-'))
  await buildInto(folder)
  world = await createWorld({ worker: false })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const built = (name: string): string => join(folder, `src/bin/${name}.js`)

test('the build has one bundle for each program and each thread, and no code that is only compiled', async () => {
  const names = ['api.js', 'cli.js', 'worker.js', 'workflow-worker-thread.js']
  expect((await readdir(join(folder, 'src/bin'))).toSorted()).toEqual(names)
  expect(await readdir(folder)).not.toContain('compiled')
})

test.each([
  ['api', ['--help'], ['ssh2']],
  ['worker', ['--help'], ['ssh2', 'source-map']],
  ['cli', ['--help'], []],
  ['cli', ['migrate'], []],
  ['cli', ['authorized-keys', 'acme'], []],
])('the built program %s with the words %j loads few files', async (program, words, packages) => {
  const files = await loadedFiles([built(program), ...words], nowhere)
  expect(files).toContain(built(program))
  const outside = files.filter((file) => !file.startsWith(folder))
  const unexpected = outside.filter((file) => ![...packages, ...needs].some((name) => file.includes(`/${name}/`)))
  expect(unexpected).toEqual([])
  expect(files.length).toBeLessThan(100)
  expect(files.filter((file) => file.includes('openpgp'))).toEqual([])
})

/** What ssh2 needs. */
const needs = ['cpu-features', 'asn1', 'safer-buffer', 'bcrypt-pbkdf', 'tweetnacl']

test('a built worker runs the exports of a tenant in its bundle of workflows', async () => {
  const address = `127.0.0.1:${await freePort()}`
  const worker = startNode([built('worker')], { ...world.environment, HEALTH_ADDRESS: address })
  await eventually(`the worker takes tasks: ${worker.output()}`, () =>
    worker.output().includes('the worker takes tasks'),
  )
  const tenant = await world.tenant({ rows: 60 })
  await tenant.register({ entityList: 'user, site' })
  const { status, entities } = await tenant.runNow()
  expect([status, entities.length]).toEqual(['SUCCEEDED', 2])
  expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
})

test('a built worker encrypts files with the openpgp of its bundle', async () => {
  const worker = startNode([built('worker')], world.environment)
  await eventually(`the worker takes tasks: ${worker.output()}`, () =>
    worker.output().includes('the worker takes tasks'),
  )
  await using gpg = await GpgHome.open()
  const tenant = await world.tenant({ rows: 60 })
  const publicKey = await gpg.export(await gpg.generate('tenant'))
  await world.useCases.pgpKeys.add(anActor(tenant.id), { publicKey, label: 'tenant' })
  await tenant.register({ entityList: 'user', encryption: { pgp: {} } })
  expect((await tenant.runNow()).status).toBe('SUCCEEDED')
  const file = (await tenant.files()).find(({ path }) => path.endsWith('user.csv.pgp'))
  expect((await gpg.decrypt(file!.content)).content.toString()).toMatch(/^code,/)
})

test('a built API answers over GraphQL and REST', async () => {
  const api = startNode([built('api')], { ...world.environment, PORT: '0' })
  await eventually(`the API answers: ${api.output()}`, () => api.output().includes('the API answers'))
  const url = /"address":"([^"]+)"/.exec(api.output())?.[1] ?? ''
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __typename }' }),
  })
  expect(response.status).toBe(401)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/openapi.json`)).status).toBe(200)
})
