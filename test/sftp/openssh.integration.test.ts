import { createHash, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import type { SFTPWrapper, Stats } from 'ssh2'
import { expect, test, vi } from 'vitest'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { askSftp } from '../support/sftp/ask-sftp.js'
import { chunksOf, endless } from './support/chunks.js'
import { describeWithOpenSsh } from '../support/sftp/describe-openssh.js'
import { startOpenSsh, targetOptions, type OpenSsh } from '../support/sftp/openssh.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { sftpTargetSuite } from './support/sftp-target-suite.js'

const never = new AbortController().signal
setMaxListeners(0, never)
const megabyte = 1024 * 1024
/** What ssh2 speaks on a channel, as it is. */
const { SFTP } = createRequire(import.meta.url)('ssh2/lib/protocol/SFTP.js') as { SFTP: { prototype: SFTPWrapper } }

/** Each chunk in the same memory as the one before. */
async function* usedAgain(bytes: Buffer): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(261_120)
  for (let start = 0; start < bytes.length; start += chunk.length) {
    yield chunk.subarray(0, bytes.copy(chunk, 0, start))
    // Time goes by, for the line, but not much.
    await turn()
  }
}

/** How many channels for SFTP the server has opened. */
const sessionsOf = (server: OpenSsh) => server.log().match(/Starting session: subsystem 'sftp'/g)?.length

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

await describeWithOpenSsh('against OpenSSH', () => {
  sftpTargetSuite(async () => {
    const server = await startOpenSsh()
    return { options: targetOptions(server), folder: server.rootFolder, end: () => server.stop() }
  })

  test("a server without OpenSSH's extensions is served by other requests, and a missing source removes nothing", async () => {
    const server = await startOpenSsh()
    const keys = join(dirname(server.privateKeyFile), 'client_key.pub')
    const without = 'posix-rename,fsync,statvfs,limits'
    await writeFile(keys, `command="internal-sftp -P ${without}" ${await readFile(keys, 'utf8')}`)
    const target = createSftpTarget(targetOptions(server))
    await target.session(never, async (files) => {
      for (const text of ['one', 'two']) {
        await files.upload('/plain/.file.part', chunksOf(Buffer.from(text)))
        await files.replace('/plain/.file.part', '/plain/file')
        expect((await buffer(files.fetch('/plain/file'))).toString()).toBe(text)
      }
      await expect(files.replace('/plain/nothing', '/plain/file')).rejects.toMatchObject({ code: 'SFTP_PROTOCOL' })
      expect(await files.list('/plain')).toEqual(['file'])
    })
    await target[Symbol.asyncDispose]()
    await server.stop()
  })

  test('the server makes the root of each tenant, and the client makes the folders below', async () => {
    const server = await startOpenSsh()
    const target = createSftpTarget({ ...targetOptions(server), root: `${server.rootFolder}/tenants/{tenant}` })
    const file = '/exports/acme/2026/11/25/user/.user.csv.part'
    const upload = () => target.session(never, (files) => files.upload(file, chunksOf(Buffer.from('x'))))
    await mkdir(join(server.rootFolder, 'tenants'))
    await askSftp(target)
    await expect(upload()).rejects.toMatchObject({
      code: 'SFTP_FOLDER_MISSING',
      message: expect.stringContaining('/tenants/acme/exports/acme'),
    })
    expect(await readdir(join(server.rootFolder, 'tenants'))).toEqual([])
    await mkdir(join(server.rootFolder, 'tenants/acme/exports/acme'), { recursive: true })
    await upload()
    expect((await readFile(join(server.rootFolder, 'tenants/acme', file))).toString()).toBe('x')
    await target[Symbol.asyncDispose]()
    await server.stop()
  })

  test.each([
    { channels: 'as suits OpenSSH', settings: {}, given: undefined, used: 4, syncsOnTheWay: 1 },
    { channels: 'one', settings: {}, given: 1, used: 1, syncsOnTheWay: 0 },
    {
      channels: 'as many as the server grants',
      settings: { maxSessions: 2 },
      given: undefined,
      used: 2,
      syncsOnTheWay: 1,
    },
    {
      channels: 'as suits a server without fsync',
      settings: { sftpArguments: '-P fsync' },
      given: undefined,
      used: 4,
      syncsOnTheWay: 1,
    },
  ])(
    'a large file is whole, on $channels of the channels, and synced on the way',
    async ({ settings, given, used, syncsOnTheWay }) => {
      const asked = vi.spyOn(SFTP.prototype, 'ext_openssh_fsync')
      const server = await startOpenSsh(settings)
      const target = createSftpTarget({ ...targetOptions(server), channels: given })
      const bytes = randomBytes(60 * megabyte)
      await target.session(never, async (files) => {
        await files.upload('/small', chunksOf(bytes.subarray(0, megabyte)))
        expect(sessionsOf(server)).toBe(1)
        await files.upload('/one', usedAgain(bytes))
        asked.mockClear()
        await files.upload('/again', usedAgain(bytes))
      })
      for (const name of ['one', 'again'])
        expect(sha256(await readFile(join(server.rootFolder, name)))).toBe(sha256(bytes))
      expect(sessionsOf(server)).toBe(used)
      // In the end on each channel, at most; and once before, where others can be written to meanwhile.
      expect(asked.mock.calls.length).toBeGreaterThanOrEqual(1 + syncsOnTheWay)
      expect(asked.mock.calls.length).toBeLessThanOrEqual(used + syncsOnTheWay)
      asked.mockRestore()
      await target[Symbol.asyncDispose]()
      await server.stop()
    },
  )

  test.each([
    { channels: 'more channels than a near one', settings: {}, least: 6, most: 16 },
    { channels: 'the channels that the server grants', settings: { maxSessions: 2 }, least: 2, most: 2 },
    { channels: 'its only channel', settings: { maxSessions: 1 }, least: 1, most: 1 },
  ])('a large file to a distant server is whole, on $channels', async ({ settings, least, most }) => {
    const server = await startOpenSsh(settings)
    const line = await startTcpProxy(server)
    line.delay(40)
    const target = createSftpTarget({ ...targetOptions(server), port: line.port })
    const bytes = randomBytes(20 * megabyte)
    await target.session(never, (files) => files.upload('/far', usedAgain(bytes)))
    expect(sha256(await readFile(join(server.rootFolder, 'far')))).toBe(sha256(bytes))
    expect(sessionsOf(server)).toBeGreaterThanOrEqual(least)
    expect(sessionsOf(server)).toBeLessThanOrEqual(most)
    await target[Symbol.asyncDispose]()
    await line.stop()
    await server.stop()
  })

  test.each([
    { server: 'a server', settings: {}, syncs: 1 },
    { server: 'a server without posix-rename', settings: { sftpArguments: '-P posix-rename' }, syncs: 2 },
  ])('the folder of an uploaded file is synced after its rename on $server', async ({ settings, syncs }) => {
    const server = await startOpenSsh(settings)
    const target = createSftpTarget(targetOptions(server))
    const synced = vi.spyOn(SFTP.prototype, 'ext_openssh_fsync')
    const renamed = [vi.spyOn(SFTP.prototype, 'ext_openssh_rename'), vi.spyOn(SFTP.prototype, 'rename')]
    await target.session(never, async (files) => {
      await files.upload('/folder/.file.part', chunksOf(Buffer.from('x')))
      synced.mockClear()
      await files.replace('/folder/.file.part', '/folder/file')
    })
    expect(synced).toHaveBeenCalledTimes(syncs)
    const lastRename = Math.max(...renamed.flatMap(({ mock }) => mock.invocationCallOrder))
    expect(synced.mock.invocationCallOrder.at(-1)).toBeGreaterThan(lastRename)
    for (const spy of [synced, ...renamed]) spy.mockRestore()
    expect(await readdir(join(server.rootFolder, 'folder'))).toEqual(['file'])
    await target[Symbol.asyncDispose]()
    await server.stop()
  })

  test.each([
    { later: 'right', sizes: [3], accepted: true },
    { later: 'wrong still', sizes: [3, 3], accepted: false },
  ])('a size that is wrong before the file is closed is requested again, and $later', async ({ sizes, accepted }) => {
    const server = await startOpenSsh()
    const target = createSftpTarget(targetOptions(server))
    const told = vi.spyOn(SFTP.prototype, 'stat')
    for (const size of sizes)
      told.mockImplementationOnce((_path, answer) => setImmediate(() => answer(undefined, { size } as Stats)))
    const upload = () => target.session(never, (files) => files.upload('/late', chunksOf(Buffer.from('late'))))
    if (accepted) expect(await upload()).toEqual({ bytes: 4 })
    else await expect(upload()).rejects.toMatchObject({ code: 'SFTP_VERIFICATION_FAILED' })
    expect(told).toHaveBeenCalledTimes(2)
    told.mockRestore()
    await target[Symbol.asyncDispose]()
    await server.stop()
  })

  test('a server that ends during an upload is unavailable, and is used again after its return', async () => {
    const server = await startOpenSsh()
    const target = createSftpTarget(targetOptions(server))
    let halted: Promise<void> | undefined
    const uploading = target.session(never, (files) =>
      files.upload('/gone/.part', endless().chunks, (bytes) => {
        if (bytes > 5 * megabyte) halted ??= server.halt()
      }),
    )
    await expect(uploading).rejects.toMatchObject({ code: 'SFTP_UNAVAILABLE' })
    await halted
    await server.start()
    await askSftp(target)
    await target[Symbol.asyncDispose]()
    await server.stop()
  })
})
