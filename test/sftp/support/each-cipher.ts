import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { describeWithOpenSsh } from '../../support/sftp/describe-openssh.js'
import { startOpenSsh, targetOptions } from '../../support/sftp/openssh.js'

const never = new AbortController().signal
const ciphers = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr']

/** A file goes to OpenSSH and comes back the same with each cipher. ssh2 is loaded no sooner than by the tests. */
export function describeEachCipher(name: string): Promise<void> {
  return describeWithOpenSsh(name, () => {
    test.each(ciphers)('a file of 20 MB is uploaded and fetched with %s', async (cipher) => {
      const { createSftpTarget } = await import('../../../src/sftp/sftp.js')
      const server = await startOpenSsh({ cipher })
      const target = createSftpTarget(targetOptions(server))
      const bytes = randomBytes(20_000_001)
      const fetched = await target.session(never, async (files) => {
        await files.upload('/file', Readable.from([bytes]))
        return buffer(files.fetch('/file'))
      })
      expect(fetched.equals(bytes)).toBe(true)
      await target[Symbol.asyncDispose]()
      await server.stop()
    })
  })
}
