import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Environment, readEnvironment } from '../../src/config/env.js'
import { scheduleId } from '../../src/contracts.js'
import type { TenantConnection } from '../../dev/stack/connection-file.js'
import { deliveredFiles, type FetchedFile, fetchTenantFiles } from '../../dev/demo/tenant-files.js'
import { compareWithSource } from '../../dev/demo/warehouse.js'
import { resetStack } from '../../dev/stack/reset.js'
import { mutateSample } from '../../dev/sample-data/mutate.js'
import { midnight } from '../support/world/days.js'
import { type Stack, startStack } from '../../dev/stack/stack.js'
import { eventually } from '../support/eventually.js'
import { openTenantClient, readConnection, type TenantClient } from './support/http-client.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { startProgram } from '../support/programs/program.js'
import { connectSftp } from '../support/sftp/sftp-clients.js'
import { startOpenSshPlace } from '../support/sftp/sftp-place.js'
import { makeKey } from '../support/sftp/ssh-keys.js'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tidemark-e2e-'))
})
afterAll(async () => {
  await resetStack(home, () => undefined)
  await rm(home, { recursive: true })
})

/** Of this test's environment only what finds programs: the stack's parts are its own. */
function ownEnvironment(): Environment {
  const { PATH, HOME, TEMPORAL_CLI_PATH } = readEnvironment()
  return { PATH, HOME, TEMPORAL_CLI_PATH }
}

const start = (folder = home, environment: Environment = {}): Promise<Stack> =>
  startStack({
    folder,
    environment: { ...ownEnvironment(), ...environment },
    sampleRows: 4000,
    report: () => undefined,
    signal: new AbortController().signal,
  })

const register = `mutation Register {
  registerDataExport(input: {
    exportOption: EXPORT_SELECTED, entityList: ["user", "content", "user logins", "interaction"], frequency: DAILY
  }) {
    dataExport { version exportOption frequency entityList schedule { scheduleId state nextRunTimes } }
    activated { displayName }
    userErrors { code }
  }
}`
const read = '{ dataExport { version exportOption frequency entityList } }'
const run = 'mutation Run { runDataExport { run { id } userErrors { code message } } }'
const runs =
  '{ exportRuns(first: 20) { edges { node { id status finishedAt entities { mode rows delivery { rows } } } } } }'
/** As the catalog has them in order. */
const entityList = ['user', 'user logins', 'content', 'interaction']

interface RunNode {
  id: string
  status: string
  finishedAt: string | null
  entities: { mode: string; rows: unknown; delivery: { rows: unknown } | null }[]
}

// One story on one folder: each part continues with what the one before it left.
test(
  'a mutation leads to files over HTTP and SFTP with the settings of connection.json',
  { timeout: 300_000 },
  async () => {
    await using stack = await start()
    const connection = await readConnection(home)
    expect(connection).toEqual(stack.connection)
    const { acme, second } = await exportTwice(stack, fetchTenantFiles)

    const verifying = startProgram('dev', ['cli', 'verify', '--all'], { TIDEMARK_HOME: home })
    expect(await verifying.exitCode(), verifying.output()).toBe(0)
    expect(verifying.output()).toContain('8 files')
    const nowhere = join(home, 'nowhere')
    const alone = startProgram('dev', ['cli', 'verify', '--all'], { TIDEMARK_HOME: nowhere })
    expect(await alone.exitCode()).toBe(2)
    expect(alone.output()).toBe(`No stack is running in ${nowhere}. Start one with npm start.\n`)

    const { dataExport } = await acme.graphql<{ dataExport: unknown }>(read)
    expect(dataExport).toEqual({ version: 1, exportOption: 'EXPORT_SELECTED', frequency: 'DAILY', entityList })
    const rest = await acme.rest()
    expect(rest).toMatchObject({
      status: 200,
      body: { exportOption: 'export selected', frequency: 'daily', entityList, version: 1, tenantId: 'acme' },
    })

    await lettingInAKey(acme)

    const globex = await openTenantClient(connection, 'globex')
    expect(await globex.graphql(read)).toEqual({ dataExport: null })
    expect(await globex.graphql(runs)).toEqual({ exportRuns: { edges: [] } })
    const foreign = await globex.graphql('query ($id: ID!) { exportRun(id: $id) { id } }', { id: second.id })
    expect(foreign).toEqual({ exportRun: null })
    expect((await globex.rest()).status).toBe(404)
    expect(await fetchTenantFiles(globex.tenant)).toEqual([])
    await expect(
      fetchTenantFiles({ ...acme.tenant, sftp: acme.tenant.sftp && { ...acme.tenant.sftp, password: 'guessed' } }),
    ).rejects.toThrow()
  },
)

/** A key that the tenant adds over the API logs in at once; removed again, it does not, and its connection ends. */
async function lettingInAKey(acme: TenantClient): Promise<void> {
  const { line, privateKey } = makeKey('-t', 'ed25519')
  const { sftpAccess } = await acme.graphql<{ sftpAccess: { host: string; port: number; username: string } }>(
    '{ sftpAccess { host port username hostKeyFingerprints } }',
  )
  const { hostKeyFingerprint, host, port } = acme.tenant.sftp ?? {}
  expect(sftpAccess).toEqual({ host, port, username: 'acme', hostKeyFingerprints: [hostKeyFingerprint] })
  const login = { ...sftpAccess, privateKey }
  await expect(connectSftp(login)).rejects.toThrow('authentication methods failed')
  const { addSftpKey } = await acme.graphql<{ addSftpKey: { key: { id: string } } }>(
    `mutation { addSftpKey(publicKey: "${line}", label: "e2e") { key { id } } }`,
  )
  const sftp = await connectSftp(login)
  expect((await sftp.list('/exports')).map(({ name }) => name)).toEqual(['acme'])
  const ended = new Promise((resolve) => sftp.on('close', () => resolve('ended')))
  await acme.graphql(`mutation { removeSftpKey(id: "${addSftpKey.key.id}") { key { id } } }`)
  await expect(connectSftp(login)).rejects.toThrow('authentication methods failed')
  expect(await ended).toBe('ended')
}

test(
  'a stopped stack continues in another process, and a killed stack starts again',
  { timeout: 180_000 },
  async () => {
    const before = await readConnection(home)
    const child = startProgram('dev', ['start'], { ...ownEnvironment(), TIDEMARK_HOME: home })
    await eventually('the stack to be ready', () => child.output().includes('Ready after'))
    const connection = await readConnection(home)
    expect(connection.tenants.map(({ clientSecret }) => clientSecret)).toEqual(
      before.tenants.map(({ clientSecret }) => clientSecret),
    )
    const acme = await openTenantClient(connection, 'acme')
    expect(await acme.graphql(read)).toMatchObject({ dataExport: { version: 1, entityList } })
    const known = await allRuns(acme)
    expect(known).toHaveLength(2)
    // What was said last before the kill is kept: weekly from here on.
    await acme.graphql(register.replace('frequency: DAILY', 'frequency: WEEKLY'))
    child.signal('SIGKILL')
    await child.ended

    await using again = await start()
    const after = await openTenantClient(again.connection, 'acme')
    expect(await after.graphql(read)).toMatchObject({ dataExport: { version: 2, frequency: 'WEEKLY', entityList } })
    await after.graphql(run)
    const third = await nextRun(after, known)
    expect(third).toMatchObject({ status: 'SUCCEEDED', entities: entityList.map(() => ({ mode: 'DELTA' })) })
    await expectEqualToSource(again.connection.sourceDatabaseUrl, await fetchTenantFiles(after.tenant), 8)
  },
)

await describeWithOpenSsh('the same with an SFTP server of the operator\u2019s own', () => {
  test('a mutation leads to files on OpenSSH', { timeout: 180_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-e2e-'))
    onTestFinished(async () => {
      await resetStack(join(folder, 'stack'), () => undefined)
      await rm(folder, { recursive: true })
    })
    await using place = await startOpenSshPlace(folder)
    await using stack = await start(join(folder, 'stack'), place.environment)
    expect(stack.connection.tenants.map(({ sftp }) => sftp)).toEqual([null, null, null, null])
    await exportTwice(stack, () => download(place.environment, join(folder, 'downloaded')))
  })
})

/** Registers as the README does, exports a full load, changes the source, exports a delta, fetches and compares. */
async function exportTwice(
  { config, connection }: Stack,
  fetchFiles: (tenant: TenantConnection) => Promise<FetchedFile[]>,
): Promise<{ acme: TenantClient; second: RunNode }> {
  const acme = await openTenantClient(connection, 'acme')
  const { registerDataExport } = await acme.graphql<{ registerDataExport: Record<string, unknown> }>(register)
  expect(registerDataExport).toMatchObject({
    dataExport: { version: 1, exportOption: 'EXPORT_SELECTED', frequency: 'DAILY', entityList },
    activated: ['user', 'content', 'user logins', 'interaction'].map((displayName) => ({ displayName })),
    userErrors: [],
  })
  expect(registerDataExport['dataExport']).toMatchObject({ schedule: { scheduleId: 'export-acme', state: 'ACTIVE' } })

  await backfill(connection.temporalAddress, config.temporal.namespace, 'acme', midnight(1))
  const first = await nextRun(acme, [])
  expect(first).toMatchObject({ status: 'SUCCEEDED', entities: entityList.map(() => ({ mode: 'FULL' })) })
  const changes = { inserts: 9, updates: 9, deletes: 4 }
  await mutateSample({ ...changes, url: connection.sourceDatabaseUrl, seed: 5, tenantId: 'acme' })
  await acme.graphql(run)
  const second = await nextRun(acme, [first])
  expect(second).toMatchObject({ status: 'SUCCEEDED', entities: entityList.map(() => ({ mode: 'DELTA' })) })
  for (const { rows, delivery } of [...first.entities, ...second.entities]) expect(delivery).toEqual({ rows })
  await expectEqualToSource(connection.sourceDatabaseUrl, await fetchFiles(acme.tenant), 8)
  return { acme, second }
}

async function allRuns(client: TenantClient): Promise<RunNode[]> {
  const { exportRuns } = await client.graphql<{ exportRuns: { edges: { node: RunNode }[] } }>(runs)
  return exportRuns.edges.map(({ node }) => node)
}

function nextRun(client: TenantClient, known: readonly RunNode[]): Promise<RunNode> {
  return eventually(
    'the end of the next run',
    async () =>
      (await allRuns(client)).find(({ id, finishedAt }) => finishedAt && known.every((each) => each.id !== id)),
    90_000,
  )
}

async function backfill(address: string, namespace: string, tenantId: string, boundary: Date): Promise<void> {
  const connection = await Connection.connect({ address })
  await new Client({ connection, namespace }).schedule.getHandle(scheduleId(tenantId)).backfill({
    start: new Date(boundary.getTime() - 1000),
    end: new Date(boundary.getTime() + 1000),
    overlap: 'BUFFER_ALL',
  })
  await connection.close()
}

/** Checked against the manifests, loaded by COPY, compared row for row. */
async function expectEqualToSource(sourceUrl: string, files: FetchedFile[], count: number): Promise<void> {
  const delivered = await deliveredFiles(files)
  expect(delivered).toHaveLength(count)
  const comparisons = await compareWithSource(sourceUrl, 'acme', delivered)
  expect(comparisons.map(({ entity }) => entity)).toEqual(['content', 'interaction', 'user', 'user_login_events'])
  for (const each of comparisons) {
    expect(each).toMatchObject({ onlyInSource: 0, onlyDelivered: 0, miscounted: 0 })
    expect(each.rows).toBeGreaterThan(0)
  }
}

/** Everything under acme's folder, over SFTP as the account of the environment. */
async function download(environment: Environment, target: string): Promise<FetchedFile[]> {
  const client = await connectSftp({
    host: environment['SFTP_HOST'] ?? '',
    port: Number(environment['SFTP_PORT']),
    username: environment['SFTP_USERNAME'] ?? '',
    privateKey: environment['SFTP_PRIVATE_KEY'] ?? '',
  })
  // Without useFastget it is done when all is read, which may be before it is written here.
  await client.downloadDir(`${environment['SFTP_ROOT']}/exports/acme`, target, { useFastget: true })
  await client.end()
  const entries = await readdir(target, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    paths.map(async (path) => ({ path: `/exports/acme/${relative(target, path)}`, content: await readFile(path) })),
  )
}
