import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { SFTPWrapper } from 'ssh2'
import type SftpClient from 'ssh2-sftp-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalSftpServer, startSftpServer } from '../../../dev/sftp-server/server.js'
import { FetchReports } from '../../../dev/stack/components/fetch-reports.js'
import { openFetchRecorder } from '../../../src/compose/fetch-recorder.js'
import type { Delivery } from '../../../src/domain/delivery.js'
import type { FileFetch } from '../../../src/domain/fetch.js'
import { eventually } from '../../support/eventually.js'
import { connectSftp, connectSsh, readPart } from '../../support/sftp/sftp-clients.js'
import { makeKey } from '../../support/sftp/ssh-keys.js'
import { firstLoad, newTenant, openStores, publishOnce, type Stores } from '../../support/world/stores.js'

const size = 300_000
const key = makeKey('-t', 'ed25519')
let stores: Stores
let folder: string
let server: LocalSftpServer
let reports: FetchReports
let recorder: ReturnType<typeof openFetchRecorder>
beforeAll(async () => {
  stores = await openStores()
  folder = await mkdtemp(join(tmpdir(), 'tidemark-fetches-'))
  recorder = openFetchRecorder(stores.serviceUrl)
  reports = new FetchReports(Promise.resolve(recorder))
  server = await startSftpServer({
    rootFolder: join(folder, 'root'),
    hostKeyFile: join(folder, 'key'),
    accounts: () => [{ username: 'writer', password: 'write it', access: { kind: 'writer' } }],
    tenantKeys: async () => [key.canonical],
    fetches: reports,
  })
})
afterAll(async () => {
  await server?.stop()
  await reports?.stop()
  await recorder?.[Symbol.asyncDispose]()
  await stores?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A tenant with a delivered file on the server. */
async function delivered(): Promise<Delivery> {
  const tenantId = newTenant()
  const to = new Date('2026-11-23T00:00:00Z')
  const runId = await publishOnce(stores, tenantId, 'user', { to, load: firstLoad, file: { bytes: size } })
  const [delivery] = await stores.deliveries.ofRuns(tenantId, [runId])
  if (!delivery) throw new Error('nothing was published')
  const file = join(folder, 'root', delivery.path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, randomBytes(size))
  return delivery
}

async function asTenant(tenantId: string, work: (sftp: SftpClient) => Promise<unknown>): Promise<void> {
  const { host, port } = server
  const sftp = await connectSftp({ host, port, username: tenantId, privateKey: key.privateKey })
  try {
    await work(sftp)
  } finally {
    await sftp.end()
  }
}

/** The fetches of a delivery, newest first, once there are `count`. */
function fetchesOf({ tenantId, id }: Delivery, count: number): Promise<readonly FileFetch[]> {
  return eventually(`${count} fetches`, async () => {
    const found = await stores.fetches.page(tenantId, id, { take: 50, backwards: false, from: undefined })
    return found.length === count && found
  })
}

const isFetched = async ({ tenantId, id }: Delivery) =>
  (await stores.fetches.parts(tenantId, [id])).get(id)?.some(({ wholeAt }) => wholeAt !== null) ?? false

test('a download of a whole file is a whole fetch with the key and the address of the client', async () => {
  const delivery = await delivered()
  await asTenant(delivery.tenantId, (sftp) => sftp.get(delivery.path))
  const [fetch] = await fetchesOf(delivery, 1)
  const { fingerprint: keyFingerprint } = key
  expect(fetch).toMatchObject({
    bytesRead: size,
    isWhole: true,
    keyFingerprint,
    address: '127.0.0.1',
    path: delivery.path,
  })
  expect(await isFetched(delivery)).toBe(true)
})

test('a download with many requests at the same time is one whole fetch', async () => {
  const delivery = await delivered()
  await asTenant(delivery.tenantId, (sftp) => sftp.fastGet(delivery.path, join(folder, 'fast')))
  expect(await fetchesOf(delivery, 1)).toMatchObject([{ bytesRead: size, isWhole: true }])
})

test('a download of one half is no whole fetch, and one that is resumed is', async () => {
  const delivery = await delivered()
  await asTenant(delivery.tenantId, (sftp) => readPart(sftp, delivery.path, 0, 150_000))
  expect(await fetchesOf(delivery, 1)).toMatchObject([{ bytesRead: 150_000, isWhole: false }])
  expect(await isFetched(delivery)).toBe(false)
  await asTenant(delivery.tenantId, (sftp) => readPart(sftp, delivery.path, 150_000, size))
  expect(await fetchesOf(delivery, 2)).toMatchObject([{ isWhole: false }, { isWhole: false }])
  expect(await isFetched(delivery)).toBe(true)
})

test('a download through several handles at the same time is fetched when they cover the file', async () => {
  const delivery = await delivered()
  const segments = [
    [200_000, size],
    [0, 100_000],
    [90_000, 210_000],
  ] as const
  await asTenant(delivery.tenantId, (sftp) =>
    Promise.all(segments.map(([start, end]) => readPart(sftp, delivery.path, start, end))),
  )
  await fetchesOf(delivery, 3)
  expect(await isFetched(delivery)).toBe(true)
})

test('the same half twice is no whole fetch', async () => {
  const delivery = await delivered()
  for (let times = 0; times < 2; times++) {
    await asTenant(delivery.tenantId, (sftp) => readPart(sftp, delivery.path, 0, 160_000))
  }
  await fetchesOf(delivery, 2)
  expect(await isFetched(delivery)).toBe(false)
})

test('a file that is open when the connection breaks is reported with the bytes that were read', async () => {
  const delivery = await delivered()
  const { host, port } = server
  const ssh = await connectSsh({ host, port, username: delivery.tenantId, privateKey: key.privateKey })
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
    ssh.sftp((error, channel) => (error ? reject(error) : resolve(channel))),
  )
  const handle = await new Promise<Buffer>((resolve, reject) =>
    sftp.open(delivery.path, 'r', (error, opened) => (error ? reject(error) : resolve(opened))),
  )
  await new Promise<void>((resolve, reject) =>
    sftp.read(handle, Buffer.alloc(1_000), 0, 1_000, 0, (error) => (error ? reject(error) : resolve())),
  )
  ssh.destroy()
  expect(await fetchesOf(delivery, 1)).toMatchObject([{ bytesRead: 1_000, isWhole: false }])
})

test('what the writer reads is no fetch', async () => {
  const delivery = await delivered()
  const { host, port } = server
  const writer = await connectSftp({ host, port, username: 'writer', password: 'write it' })
  await writer.get(delivery.path)
  await writer.end()
  // A fetch of the tenant that is reported later is on record alone.
  await asTenant(delivery.tenantId, (sftp) => readPart(sftp, delivery.path, 0, 10))
  expect(await fetchesOf(delivery, 1)).toMatchObject([{ bytesRead: 10 }])
})
