import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Environment, readEnvironment } from '../../src/config/env.js'
import { commandAvailable } from '../support/programs/command-available.js'
import type { ConnectionInfo } from '../../dev/stack/connection-file.js'
import { isInUse } from '../../dev/stack/data-folder.js'
import { isFree } from '../../dev/machine/ports.js'
import { resetStack } from '../../dev/stack/reset.js'
import { eventually } from '../support/eventually.js'
import { openTenantClient, readConnection } from './support/http-client.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const timeout = 180_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-start-'))
})
afterAll(async () => {
  for (const name of ['first', 'second']) await resetStack(join(folder, name), () => undefined)
  await rm(folder, { recursive: true })
})

interface Npm {
  readonly child: ChildProcess
  /** What was printed, without npm's own lines. */
  output(): string
  readonly ended: Promise<number | null>
}

/** `npm start` as a person types it, with a folder of its own below the test's. */
function npmStart(name: string, environment: Environment = {}): Npm {
  const { PATH, HOME, TEMPORAL_CLI_PATH } = readEnvironment()
  const child = spawn('npm', ['start', '--silent'], {
    cwd: root,
    env: { PATH, HOME, TEMPORAL_CLI_PATH, TIDEMARK_HOME: join(folder, name), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text))
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGTERM')
    // A process that outlives npm holds the pipes: the tests then fail, and don't hang.
    for (const stream of [child.stdout, child.stderr]) stream.destroy()
    await ended
  })
  return { child, output: () => output, ended }
}

async function ready(npm: Npm): Promise<void> {
  await eventually(`the stack to be ready: ${npm.output()}`, () => npm.output().includes('Press Ctrl-C to stop.'))
}

/** Those of the API, Temporal and Postgres that still listen. */
async function listening({ graphqlUrl, temporalAddress, databaseUrl }: ConnectionInfo): Promise<string[]> {
  const urls = [graphqlUrl, `tcp://${temporalAddress}`, databaseUrl]
  const free = await Promise.all(urls.map((url) => isFree(Number(new URL(url).port))))
  return urls.filter((_, at) => !free[at])
}

const hasCurl = await commandAvailable('curl', 'the commands that npm start prints')

test(
  'npm start prints commands that work, shows each run, moves ports and refuses a second start in one line',
  {
    timeout: 2 * timeout,
  },
  async () => {
    const first = npmStart('first')
    await ready(first)
    const connection = await readConnection(join(folder, 'first'))

    if (hasCurl) {
      const [, commands = ''] = /with it:\n\n([^]*?)\n\nPress Ctrl-C/.exec(first.output()) ?? []
      const { stdout } = await promisify(execFile)('sh', ['-c', commands])
      expect(JSON.parse(stdout)).toMatchObject({
        data: { registerDataExport: { dataExport: { version: 1 }, userErrors: [] } },
      })
    }

    expect(first.output()).toContain(connection.consoleUrl)
    for (const user of [
      connection.operator?.console,
      connection.tenants.find(({ tenantId }) => tenantId === 'acme')?.console,
    ])
      expect(first.output()).toContain(`${user?.username}   (password ${user?.password})`)

    const acme = await openTenantClient(connection, 'acme')
    await acme.graphql('mutation { registerDataExport(input: { entityList: "user, site" }) { changed } }')
    await acme.graphql('mutation { runDataExport { run { id } } }')
    await eventually('a line about the run', () => first.output().includes(' Run of acme up to '))
    expect(first.output()).toMatch(
      / \d\d:\d\d:\d\d Run of acme up to [^,]*: SUCCEEDED, 2 of 2 entities, [\d,]+ rows, [\d.]+ s\n/,
    )

    const again = npmStart('first')
    expect(await again.ended).toBe(1)
    expect(again.output()).toMatch(
      /\nAnother stack \(process \d+\) uses .*first\. Stop it, or set TIDEMARK_HOME .*\.\n$/,
    )

    const second = npmStart('second')
    await ready(second)
    const { port } = new URL(connection.graphqlUrl)
    // Another stack of this machine may have had port 4000 before the first one.
    if (port === '4000') expect(second.output()).toMatch(/API: port 4000 is taken; using port \d+ from now on/)
    expect(second.output()).toMatch(/SFTP: port \d+ is taken; using port \d+ from now on/)
  },
)

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)(
  '%s to npm ends the stack with all its processes',
  { timeout },
  async (signal) => {
    const npm = npmStart('first')
    await ready(npm)
    const connection = await readConnection(join(folder, 'first'))
    expect(await listening(connection)).toHaveLength(3)
    npm.child.kill(signal)
    await eventually('the stack to end', async () => !(await isInUse(join(folder, 'first'))))
    expect(await listening(connection)).toEqual([])
  },
)

describe('before anything is made', () => {
  test.each([
    [{ WORKER_CONCURRENCY: 'many' }, /\n {2}- WORKER_CONCURRENCY must be/],
    [{ SFTP_HOST: 'sftp.example.com' }, /\n {2}- SFTP_USERNAME is required/],
    [{ TEMPORAL_CLI_PATH: '/nowhere' }, /^TEMPORAL_CLI_PATH is \/nowhere, which is not a working/m],
    [{ CATALOG_FILE: '/nowhere.json' }, /nowhere\.json/],
  ])('npm start refuses %j', { timeout }, async (environment, says) => {
    const npm = npmStart('unmade', environment)
    expect(await npm.ended).toBe(1)
    expect(npm.output()).toMatch(says)
    expect(npm.output()).not.toMatch(/\n\s+at /)
    expect(existsSync(join(folder, 'unmade'))).toBe(false)
  })

  test('npm start refuses a PORT that is taken', { timeout }, async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    onTestFinished(() => void holder.close())
    const { port } = holder.address() as { port: number }
    const npm = npmStart('unmade', { PORT: String(port) })
    expect(await npm.ended).toBe(1)
    expect(npm.output()).toMatch(new RegExp(`\nPORT=${port} is taken on this machine\\. .*\n$`))
    expect(existsSync(join(folder, 'unmade'))).toBe(false)
  })

  test('npm start names a folder that it cannot make', { timeout }, async () => {
    await writeFile(join(folder, 'file'), '')
    const npm = npmStart('file/below')
    expect(await npm.ended).toBe(1)
    expect(npm.output()).toMatch(/\nENOTDIR: .*file\/below'\n$/)
  })
})
