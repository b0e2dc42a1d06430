import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { makeKey } from '../support/ssh-keys.js'

describe('a private key that is of no use', () => {
  const { privateKey } = makeKey('-t', 'ed25519')
  const locked = makeKey('-t', 'ed25519', '-N', 'its passphrase').privateKey
  const damaged = privateKey.replace(/\n(.{10})/, '\n')

  test.each([
    ['damaged', damaged, undefined],
    ['locked, without its passphrase', locked, undefined],
    ['locked, with another passphrase', locked, 'a guess of a passphrase'],
    ['no key at all', 'the content of some other file', undefined],
  ])('is not repeated by the error, its cause or its stack: %s', async (_what, key, passphrase) => {
    const target = createSftpTarget({
      host: '127.0.0.1',
      port: 1,
      username: 'x',
      auth: { kind: 'privateKey', privateKey: key, passphrase },
      hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`],
      root: '',
    })
    const error: unknown = await target.ping().catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'SFTP_AUTHENTICATION_FAILED' })
    const told = inspect(error, { depth: 20, showHidden: true })
    for (const line of key.split('\n').filter((each) => each.length > 8 && !each.startsWith('-'))) {
      expect(told).not.toContain(line)
    }
    expect(told).not.toContain(passphrase ?? 'a guess')
    await target[Symbol.asyncDispose]()
  })
})
