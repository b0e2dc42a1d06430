import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { createSftpTarget } from '../../src/sftp/sftp.js'
import { describeWithOpenSsh } from './describe-openssh.js'
import { startOpenSsh } from './openssh.js'

const never = new AbortController().signal
const ciphers = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr']

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A file goes to OpenSSH and comes back the same with each cipher; `create` loads ssh2, with those that it is to have. */
export function describeEachCipher(name: string, create: () => Promise<typeof createSftpTarget>): Promise<void> {
  return describeWithOpenSsh(name, () => {
    test.each(ciphers)('a file of 20 MB goes there and comes back with %s', async (cipher) => {
      const createTarget = await create()
      const server = await startOpenSsh({ cipher })
      const { host, port, username, privateKey, hostKeyFingerprints, rootFolder: root } = server
      const auth = { kind: 'privateKey', privateKey, passphrase: undefined } as const
      const target = createTarget({ host, port, username, auth, hostKeyFingerprints, root })
      const bytes = randomBytes(20_000_001)
      const fetched = await target.session(never, async (files) => {
        await files.upload('/file', once(bytes))
        return gathered(files.fetch('/file'))
      })
      expect(sha256(fetched)).toBe(sha256(bytes))
      await target[Symbol.asyncDispose]()
      await server.stop()
    })
  })
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const taken: Buffer[] = []
  for await (const piece of pieces) taken.push(piece)
  return Buffer.concat(taken)
}
