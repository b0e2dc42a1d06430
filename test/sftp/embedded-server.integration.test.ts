import { setMaxListeners } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { startSftpServer, type LocalSftpServer, type SftpAccount } from '../../dev/sftp-server/server.js'
import { createSftpTarget, type SftpOptions } from '../../src/sftp/sftp.js'
import { chunksOf } from './support/chunks.js'
import { sftpTargetSuite } from './support/sftp-target-suite.js'

const never = new AbortController().signal
setMaxListeners(0, never)

describe('against the embedded server', () => {
  let server: LocalSftpServer
  let folder: string
  const options = (username: string, password: string): SftpOptions => ({
    host: server.host,
    port: server.port,
    username,
    auth: { kind: 'password', password },
    hostKeyFingerprints: [server.hostKeyFingerprint],
    root: '',
  })

  async function begin(): Promise<void> {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-sftp-test-'))
    await chmod(folder, 0o700)
    const rootFolder = join(folder, 'root')
    await mkdir(rootFolder)
    const accounts: SftpAccount[] = [
      { username: 'writer', password: 'writes', access: { kind: 'writer' } },
      { username: 'acme', password: 'reads', access: { kind: 'tenant', tenantId: 'acme' } },
    ]
    server = await startSftpServer({ rootFolder, hostKeyFile: join(folder, 'key'), accounts: () => accounts })
  }

  async function end(): Promise<void> {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }

  sftpTargetSuite(async () => {
    await begin()
    return { options: options('writer', 'writes'), folder: join(folder, 'root'), end }
  })

  describe('as a tenant', () => {
    test('writing, replacing and removing as a tenant are reported as not permitted', async () => {
      const writer = createSftpTarget(options('writer', 'writes'))
      const file = '/exports/acme/file'
      await writer.session(never, (files) => files.upload(file, chunksOf(Buffer.from('mine'))))
      const tenant = createSftpTarget(options('acme', 'reads'))
      await tenant.session(never, async (files) => {
        expect((await buffer(files.fetch(file))).toString()).toBe('mine')
        const refused = { code: 'SFTP_PERMISSION_DENIED', message: expect.stringContaining(file) }
        await expect(files.upload(file, chunksOf(Buffer.from('other')))).rejects.toMatchObject(refused)
        await expect(files.remove(file)).rejects.toMatchObject(refused)
        await expect(files.replace(file, '/exports/acme/other')).rejects.toMatchObject(refused)
      })
      expect((await readFile(join(folder, 'root', file))).toString()).toBe('mine')
      await tenant[Symbol.asyncDispose]()
      await writer[Symbol.asyncDispose]()
    })
  })
})
