import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalSftpServer, startSftpServer } from '../../dev/sftp-server/server.js'
import { createSftpTarget } from '../../src/sftp/sftp.js'
import { type DeployedSftp, describeWithDeployedSftp, startDeployedSftp } from '../support/sftp/deployed-sftp.js'
import { type Offer, offerOfClient, offerOfServer } from './support/kexinit.js'
import { isSshAuditAvailable, warningsOf } from './support/ssh-audit.js'
import { openStores, type Stores } from '../support/world/stores.js'

/** Algorithms without known weaknesses. A server may offer these or fewer. */
const modern = {
  kex: /^(mlkem768x25519-sha256|sntrup761x25519-sha512(@openssh\.com)?|curve25519-sha256(@libssh\.org)?)$/,
  hostKeys: /^ssh-ed25519$/,
  ciphers: /^aes(128|256)-gcm@openssh\.com$|^aes(128|192|256)-ctr$/,
  macs: /^hmac-sha2-(256|512)-etm@openssh\.com$/,
  compression: /^none$/,
}
/** The signs by which both sides know that they close CVE-2023-48795, and that extensions are understood. */
const signs = /^(kex-strict-[cs]-v00@openssh\.com|ext-info-[cs])$/

function expectModern(offer: Offer): void {
  expect(offer.kex.filter((name) => !modern.kex.test(name) && !signs.test(name))).toEqual([])
  for (const kind of ['hostKeys', 'ciphers', 'macs', 'compression'] as const) {
    expect(offer[kind].filter((name) => !modern[kind].test(name))).toEqual([])
    expect(offer[kind]).not.toEqual([])
  }
  expect(offer.kex).toContain('kex-strict-s-v00@openssh.com')
}

/** Against quantum computers: what clients must be able to do without, for ssh2 has nothing of the kind. */
const quantum = 'does not provide protection against post-quantum attacks'

const sshAudit = await isSshAuditAvailable()

describe('the embedded server', () => {
  let folder: string
  let server: LocalSftpServer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-algorithms-'))
    const files = { rootFolder: join(folder, 'root'), hostKeyFile: join(folder, 'key') }
    server = await startSftpServer({ ...files, accounts: () => [] })
  })
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  test('the embedded server offers only modern algorithms', async () => {
    expectModern(await offerOfServer(server))
  })

  test.runIf(sshAudit)(
    'ssh-audit warns about the embedded server only of missing post-quantum key exchange',
    async () => {
      expect((await warningsOf(server)).filter((line) => !line.includes(quantum))).toEqual([])
    },
  )
})

await describeWithDeployedSftp('the OpenSSH server of deploy/sftp', () => {
  let stores: Stores
  let server: DeployedSftp
  beforeAll(async () => {
    stores = await openStores()
    server = await startDeployedSftp(stores.url)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await stores[Symbol.asyncDispose]()
  })

  test('the deployed server offers only modern algorithms, a post-quantum one first', async () => {
    const offer = await offerOfServer(server)
    expectModern(offer)
    expect(offer.kex[0]).toMatch(/^(mlkem768|sntrup761)/)
  })

  test.runIf(sshAudit)('ssh-audit warns about the deployed server only of algorithms for other clients', async () => {
    const warnings = await warningsOf(server)
    expect(warnings.filter((line) => !line.includes(quantum))).toEqual([])
    expect(warnings.filter((line) => !line.includes('curve25519'))).toEqual([])
  })
})

test('the client agrees to no algorithm with SHA-1, MD5 or CBC, and prefers the fastest cipher', async () => {
  const abort = new AbortController()
  const offer = await offerOfClient((port) => {
    const target = createSftpTarget({
      host: '127.0.0.1',
      port,
      username: 'x',
      auth: { kind: 'password', password: 'x' },
      hostKeyFingerprints: [`SHA256:${'A'.repeat(43)}`],
      root: '',
    })
    // It is never answered.
    target.session(abort.signal, async () => undefined).catch(() => undefined)
  })
  abort.abort()
  expect(offer.ciphers.slice(0, 2)).toEqual(['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'])
  expect(offer.compression).toEqual(['none'])
  expect(offer.kex).toContain('kex-strict-c-v00@openssh.com')
  expect(offer.hostKeys).toContain('rsa-sha2-512')
  const all = Object.values(offer).flat() as string[]
  expect(all.filter((name) => /sha1|md5|cbc|arcfour|3des|dss|^ssh-rsa$|group1-/.test(name))).toEqual([])
})
