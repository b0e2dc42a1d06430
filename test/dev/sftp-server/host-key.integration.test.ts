import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { commandAvailable } from '../../support/programs/command-available.js'
import { connectSftp } from '../../support/sftp/sftp-clients.js'
import { sshFingerprint } from '../../../src/domain/ssh-fingerprint.js'
import { asWriter, folder, restartServer, server, useSftpServer } from '../support/sftp-server.js'

const run = promisify(execFile)

useSftpServer()

const hasKeygen = await commandAvailable('ssh-keygen', "the host key's fingerprint as ssh-keygen prints it")

describe('the host key', () => {
  test.runIf(hasKeygen)('the host key has the fingerprint that ssh-keygen prints', async () => {
    const { stdout } = await run('ssh-keygen', ['-l', '-f', join(folder, 'keys', 'host_key')])
    expect(stdout.split(' ')[1]).toBe(server.hostKeyFingerprint)
  })

  test('only the owner can read the host key', async () => {
    expect((await stat(join(folder, 'keys', 'host_key'))).mode & 0o777).toBe(0o600)
  })

  test('clients see the same host key before and after a restart', async () => {
    const shown = async (): Promise<string> => {
      let key: Buffer = Buffer.alloc(0)
      const sftp = await connectSftp(asWriter(), { hostVerifier: (bytes: Buffer) => ((key = bytes), true) })
      await sftp.end()
      return sshFingerprint(createHash('sha256').update(key).digest('base64'))
    }
    const { port, hostKeyFingerprint } = server
    expect(await shown()).toBe(hostKeyFingerprint)
    await restartServer()
    expect([server.port, server.hostKeyFingerprint, await shown()]).toEqual([
      port,
      hostKeyFingerprint,
      hostKeyFingerprint,
    ])
  })
})
