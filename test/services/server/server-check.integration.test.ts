import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commandOperator } from '../../../src/domain/actor.js'
import { defaultHiddenName } from '../../../src/domain/hidden-name.js'
import { ExportError } from '../../../src/domain/errors.js'
import { createServerCheck } from '../../../src/services/server/check-server.js'
import { acceptServer } from '../../../src/services/server/accept-server.js'
import type { SftpSession, SftpTarget } from '../../../src/sftp/sftp.js'
import { createEvents } from '../../../src/telemetry/create-events.js'
import { createLogger } from '../../../src/telemetry/logger.js'
import { createMemoryFiles, type MemoryFiles } from '../../support/sftp/memory-files.js'
import { newTenant, openStores, publishOnce, type Stores } from '../../support/world/stores.js'

let stores: Stores
let disk: MemoryFiles
let log: string[]
const events = createEvents(createLogger({ level: 'info', destination: { write: (line) => void log.push(line) } }))
const signal = new AbortController().signal
const mark = '/exports/.tidemark-server.json'

beforeEach(async () => {
  stores = await openStores()
  disk = createMemoryFiles()
  log = []
})
afterEach(() => stores[Symbol.asyncDispose]())

interface Settings {
  readonly hasTenantRoots?: boolean
  readonly sftp?: SftpTarget
}

function dependencies({ hasTenantRoots = false, sftp = disk.sftp }: Settings = {}) {
  const server = { where: 'sftp.example.com:22', hiddenName: defaultHiddenName, hasTenantRoots }
  return { ...stores, sftp, events, server }
}

/** What a worker of its own does before it writes for the tenant. */
const check = (tenantId: string, settings: Settings = {}): Promise<void> =>
  createServerCheck(dependencies(settings))(tenantId, signal)

const content = (path: string) => JSON.parse(disk.files.get(path)?.toString() ?? 'null') as Record<string, unknown>

/** A day of a tenant with a manifest, on record and on the server. */
async function deliveredDay(tenantId: string): Promise<string> {
  await publishOnce(stores, tenantId, 'user', { to: new Date('2026-11-23T00:00:00Z') })
  const path = `/exports/${tenantId}/2026/11/23/datapackage.json`
  const manifest = Buffer.from('{"a":"manifest"}')
  await disk.sftp.session(signal, (session) => session.upload(path, pieces(manifest)))
  await stores.query(
    `UPDATE manifest SET pending = false, revision = 1, published_at = now(), bytes = $2 WHERE tenant_id = $1`,
    [tenantId, manifest.length],
  )
  return path
}

async function* pieces(one: Buffer) {
  yield one
}

/** A server with other answers. */
function withAnswers(answers: Partial<SftpSession>): SftpTarget {
  return {
    ...disk.sftp,
    session: (aborts, use) => disk.sftp.session(aborts, (session) => use({ ...session, ...answers })),
  }
}

const refuses = () => Promise.reject(new ExportError('SFTP_PERMISSION_DENIED', 'no'))
const replaced = { code: 'SFTP_SERVER_REPLACED' }

test('the first check marks the server with the ids on record, and the next ones change nothing', async () => {
  await check(newTenant())
  const written = disk.files.get(mark)
  const record = await stores.servers.find(null)
  expect(record).toMatchObject({ server: expect.stringMatching(/^[0-9a-f-]{36}$/), isMarked: true })
  expect(content(mark)).toEqual({ version: 1, installation: record.installation, server: record.server })
  await check(newTenant())
  expect(disk.files.get(mark)).toBe(written)
  expect([...disk.files.keys()]).toEqual([mark])
})

test('workers that check a new server at the same time agree on one mark', async () => {
  await Promise.all(Array.from({ length: 6 }, () => check(newTenant())))
  const { server } = await stores.servers.find(null)
  expect(content(mark)['server']).toBe(server)
})

test('a mark that was lost is written again if the server has files on record', async () => {
  const tenantId = newTenant()
  await check(tenantId)
  await deliveredDay(tenantId)
  const before = content(mark)
  await disk.sftp.session(signal, (session) => session.remove(mark))
  await check(tenantId)
  expect(content(mark)).toEqual(before)
  expect(log.join('')).toContain('the mark is written again')
})

test('a server without the mark and without the files on record is refused for every tenant, and nothing is written', async () => {
  const tenantId = newTenant()
  await check(tenantId)
  await deliveredDay(tenantId)
  disk = createMemoryFiles()
  await expect(check(tenantId)).rejects.toMatchObject(replaced)
  await expect(check(newTenant())).rejects.toMatchObject(replaced)
  expect(disk.files.size).toBe(0)
})

test('a server without the mark is marked again if no file is on record', async () => {
  await check(newTenant())
  disk = createMemoryFiles()
  await check(newTenant())
  expect(disk.files.has(mark)).toBe(true)
})

test('an earlier server of the installation is refused also if it has the files', async () => {
  const tenantId = newTenant()
  await check(tenantId)
  await deliveredDay(tenantId)
  const earlier = disk.files.get(mark)!
  await stores.servers.replace('0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10')
  await stores.servers.recordMark(null, '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10')
  await expect(check(tenantId)).rejects.toMatchObject(replaced)
  expect(disk.files.get(mark)).toBe(earlier)
})

test('a server with the mark of another installation is refused, and its mark stays', async () => {
  const foreign = {
    version: 1,
    installation: '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10',
    server: '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a11',
  }
  await disk.sftp.session(signal, (session) => session.upload(mark, pieces(Buffer.from(JSON.stringify(foreign)))))
  await expect(check(newTenant())).rejects.toMatchObject({
    code: 'SFTP_OTHER_INSTALLATION',
    message: expect.stringContaining(mark),
  })
  expect(content(mark)).toEqual(foreign)
  const outcome = await acceptServer(dependencies(), commandOperator(), 'FULL_LOADS', signal)
  expect(outcome).toMatchObject({ ok: false, userErrors: [{ code: 'SFTP_OTHER_INSTALLATION' }] })
})

describe('a server that is of no help', () => {
  test('deliveries to a server that permits no reads go on, and the log says once what is missing', async () => {
    const sftp = withAnswers({ readWhole: refuses })
    const requireServer = createServerCheck(dependencies({ sftp }))
    await requireServer(newTenant(), signal)
    await requireServer(newTenant(), signal)
    expect(log.filter((line) => line.includes('would not be noticed'))).toHaveLength(1)
    expect(disk.files.size).toBe(0)
  })

  test('deliveries to a server that refuses the mark go on, and no hidden file stays', async () => {
    const sftp = withAnswers({ replace: refuses })
    await check(newTenant(), { sftp })
    expect(await stores.servers.find(null)).toMatchObject({ isMarked: false })
    expect(disk.files.size).toBe(0)
    expect(log.join('')).toContain('SFTP_PERMISSION_DENIED')
  })

  test('a connection that breaks during the check is an outage', async () => {
    const readWhole = () => Promise.reject(new ExportError('SFTP_UNAVAILABLE', 'gone'))
    await expect(check(newTenant(), { sftp: withAnswers({ readWhole }) })).rejects.toMatchObject({
      code: 'SFTP_UNAVAILABLE',
    })
  })
})

describe('where each tenant has a root of its own', () => {
  const hasTenantRoots = true
  const markOf = (tenantId: string) => `/exports/${tenantId}/.tidemark-server.json`

  test('each tenant gets a mark in its folder, and a folder that lost its files gets it again', async () => {
    const [one, other] = [newTenant(), newTenant()]
    for (const tenantId of [one, other]) {
      await check(tenantId, { hasTenantRoots })
      await deliveredDay(tenantId)
    }
    expect(content(markOf(one))).toEqual(content(markOf(other)))
    // A consumer has removed everything that it has loaded.
    await disk.sftp.session(signal, async (session) => {
      for (const path of disk.files.keys()) if (path.startsWith(`/exports/${one}/`)) await session.remove(path)
    })
    await check(one, { hasTenantRoots })
    expect(disk.files.has(markOf(one))).toBe(true)
  })

  test('an empty server is refused, and accepted for all tenants by one decision', async () => {
    const tenants = [newTenant(), newTenant()]
    for (const tenantId of tenants) {
      await check(tenantId, { hasTenantRoots })
      await deliveredDay(tenantId)
    }
    disk = createMemoryFiles()
    for (const tenantId of tenants) await expect(check(tenantId, { hasTenantRoots })).rejects.toMatchObject(replaced)
    const outcome = await acceptServer(dependencies({ hasTenantRoots }), commandOperator(), 'FULL_LOADS', signal)
    expect(outcome).toMatchObject({ ok: true, value: { tenants: tenants.toSorted(), refusedMarks: [] } })
    for (const tenantId of tenants) await check(tenantId, { hasTenantRoots })
    expect([...disk.files.keys()].toSorted()).toEqual(tenants.map(markOf).toSorted())
    const requested = await stores.query('SELECT DISTINCT full_load_requested AS requested FROM watermark')
    expect(requested).toEqual([{ requested: true }])
  })
})
