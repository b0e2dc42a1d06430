import { afterAll, beforeAll, expect, test } from 'vitest'
import { diagnose } from '../../src/compose/doctor.js'
import type { Config } from '../../src/config/config.js'
import { startTokenAuthority, type TokenAuthority } from '../support/api/token-authority.js'
import { startProgram } from '../support/programs/program.js'
import { createWorld, type World } from '../support/world/world.js'

let world: World
let issuer: TokenAuthority
let config: Config
beforeAll(async () => {
  world = await createWorld()
  issuer = await startTokenAuthority()
  config = { ...world.config, oauth: { ...world.config.oauth, issuer: issuer.issuer } }
})
afterAll(async () => {
  await issuer[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const failuresOf = async (changed: Partial<Config>) =>
  (await diagnose({ ...config, ...changed })).filter(({ state }) => state === 'failed')

test('a stack that works has no failed check', async () => {
  expect(await failuresOf({})).toEqual([])
})

test.each<[string, string[], RegExp, () => Partial<Config>]>([
  [
    'the database is away',
    ['database', 'migrations', 'clock', 'installation'],
    /REFUSED|start a transaction/i,
    () => ({ database: { ...config.database, url: nowhere } }),
  ],
  ['the source is away', ['source'], /REFUSED/, () => ({ source: { ...config.source, url: nowhere } })],
  ['the SFTP server is away', ['sftp'], /ECONNREFUSED/, () => ({ sftp: { ...config.sftp, port: 9 } })],
  [
    'the host key is not pinned',
    ['sftp'],
    /host key/,
    () => ({ sftp: { ...config.sftp, hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`] } }),
  ],
  [
    'the issuer is away',
    ['issuer'],
    /keys/,
    () => ({ oauth: { ...config.oauth, issuer: 'http://127.0.0.1:9/nobody' } }),
  ],
  [
    'Temporal is away',
    ['temporal', 'search attributes', 'task queue', 'fairness', 'installation'],
    /did not answer/,
    () => ({ temporal: { ...config.temporal, address: '127.0.0.1:9' } }),
  ],
  [
    'the namespace does not exist',
    ['temporal', 'search attributes', 'task queue', 'fairness', 'installation'],
    /not found/,
    () => ({ temporal: { ...config.temporal, namespace: 'nowhere' } }),
  ],
  [
    'no worker takes tasks',
    ['task queue'],
    /No worker/,
    () => ({ temporal: { ...config.temporal, taskQueue: 'nobody' } }),
  ],
])('where %s, only the checks %j fail, each with a remedy', async (_case, names, says, changed) => {
  const failures = await failuresOf(changed())
  expect(failures.map(({ name }) => name)).toEqual(names)
  expect(failures[0]?.message).toMatch(says)
  for (const { remedy } of failures) expect(remedy).toMatch(/\w.*\.$/)
})

test('doctor --json prints the results, and exits with 1 if a check failed', async () => {
  const command = startProgram('cli', ['doctor', '--json'], world.environment)
  expect(await command.exitCode()).toBe(1)
  const results = JSON.parse(command.result()) as { name: string; state: string }[]
  // The issuer of the world does not exist.
  expect(results.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual(['issuer'])
})

test('doctor lists each setting that is missing', async () => {
  const command = startProgram('cli', ['doctor'], { DATABASE_URL: world.config.database.url })
  expect(await command.exitCode()).toBe(1)
  expect(command.result()).toMatch(/FAILED {3}settings .*SFTP_HOST is required/)
  expect(command.result()).toMatch(/FAILED {3}settings .*OAUTH_ISSUER is required/)
})

const nowhere = 'postgresql://tidemark@127.0.0.1:9/tidemark'
