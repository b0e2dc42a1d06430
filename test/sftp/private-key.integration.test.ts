import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import ssh2 from 'ssh2'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { startSftpServer } from '../../dev/sftp-server/server.js'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { askSftp } from '../support/sftp/ask-sftp.js'
import { makeKey } from '../support/sftp/ssh-keys.js'

describe('a private key that is of no use', () => {
  const { privateKey } = makeKey('-t', 'ed25519')
  const locked = makeKey('-t', 'ed25519', '-N', 'its passphrase').privateKey
  const damaged = privateKey.replace(/\n(.{10})/, '\n')

  test.each([
    ['damaged', damaged, undefined],
    ['locked, without its passphrase', locked, undefined],
    ['locked, with another passphrase', locked, 'a guess of a passphrase'],
    ['no key at all', 'the content of some other file', undefined],
  ])('neither an error nor its cause or stack repeats a private key that is %s', async (_what, key, passphrase) => {
    const target = createSftpTarget({
      host: '127.0.0.1',
      port: 1,
      username: 'x',
      auth: { kind: 'privateKey', privateKey: key, passphrase },
      hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`],
      root: '',
    })
    const error: unknown = await askSftp(target).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'SFTP_AUTHENTICATION_FAILED' })
    const told = inspect(error, { depth: 20, showHidden: true })
    for (const line of key.split('\n').filter((each) => each.length > 8 && !each.startsWith('-'))) {
      expect(told).not.toContain(line)
    }
    expect(told).not.toContain(passphrase ?? 'a guess')
    await target[Symbol.asyncDispose]()
  })
})

test.each<[string, KeyObject]>([
  ['ed25519', generateKeyPairSync('ed25519').privateKey],
  ['ECDSA', generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey],
])('the writer logs in by an encrypted key in PKCS#8: %s', async (_type, key) => {
  const passphrase = 'its passphrase'
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-pkcs8-'))
  const publicKeys: string[] = []
  const server = await startSftpServer({
    rootFolder: join(folder, 'root'),
    hostKeyFile: join(folder, 'host-key'),
    accounts: () => [{ username: 'writer', publicKeys, access: { kind: 'writer' } }],
    tenantKeys: async () => [],
  })
  const { sftp } = loadConfig({
    DATABASE_URL: 'postgresql://localhost/tidemark',
    TEMPORAL_ADDRESS: 'localhost:7233',
    OAUTH_ISSUER: 'https://issuer.example.com/',
    SFTP_HOST: server.host,
    SFTP_PORT: String(server.port),
    SFTP_HOST_KEY_FINGERPRINT: server.hostKeyFingerprint,
    SFTP_USERNAME: 'writer',
    SFTP_PRIVATE_KEY: String(key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })),
    SFTP_PRIVATE_KEY_PASSPHRASE: passphrase,
  })
  if (sftp.auth.kind !== 'privateKey') throw new Error('not a key')
  const parsed = ssh2.utils.parseKey(sftp.auth.privateKey, passphrase)
  if (parsed instanceof Error) throw parsed
  publicKeys.push(`${parsed.type} ${parsed.getPublicSSH().toString('base64')}`)
  const target = createSftpTarget(sftp)
  try {
    await expect(askSftp(target)).resolves.toBeUndefined()
  } finally {
    await target[Symbol.asyncDispose]()
    await server.stop()
    await rm(folder, { recursive: true })
  }
})
