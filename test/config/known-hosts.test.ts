import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { keysOfKnownHost } from '../../src/config/known-hosts.js'
import { commandAvailable } from '../support/programs/command-available.js'
import { makeKey } from '../support/sftp/ssh-keys.js'

const hasKeygen = await commandAvailable('ssh-keygen', 'hashed names of known hosts, as ssh-keygen writes them')

const one = makeKey('-t', 'ed25519')
const other = makeKey('-t', 'ecdsa')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-known-hosts-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const found = (content: string, host = 'sftp.example.com', port = 22) => {
  const keys = keysOfKnownHost(content, host, port)
  return keys.ok ? keys.fingerprints : keys.message
}

function hashed(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

describe('a known_hosts file', () => {
  test.each<[string, string, [string?, number?]]>([
    ['a name', `sftp.example.com ${one.line}`, []],
    ['one of several', `other, sftp.example.com,10.0.0.1 ${one.line}`.replace(', ', ','), []],
    ['in other letters', `SFTP.Example.com ${one.line}`, ['sftp.EXAMPLE.com']],
    ['a pattern', `sftp?.*.com ${one.line}`, ['sftp1.example.com']],
    ['with a port', `[sftp.example.com]:2022 ${one.line}`, ['sftp.example.com', 2022]],
    ['an address', `2001:db8::1 ${one.line}`, ['2001:db8::1']],
    ['hashed', `${hashed('sftp.example.com')} ${one.line}`, []],
    ['hashed with its port', `${hashed('[sftp.example.com]:2022')} ${one.line}`, ['sftp.example.com', 2022]],
  ])('a host key is found in known_hosts by %s', (_what, line, [host, port]) => {
    expect(found(`# a comment\r\n\n${line}\r\nelsewhere ${other.line}\n`, host, port)).toEqual([one.fingerprint])
  })

  test('several keys of a host are accepted, without the revoked ones', () => {
    const both = `sftp.example.com ${one.line}\nsftp.example.com ${other.line}\n`
    expect(found(both)).toEqual([one.fingerprint, other.fingerprint])
    expect(found(`${both}@revoked * ${one.line}\n`)).toEqual([other.fingerprint])
    expect(found(`@revoked * ${one.line}\nsftp.example.com ${one.line}`)).toContain('no key that is not revoked')
  })

  test.each([
    ['another name', `sftp.example.org ${one.line}`],
    ['a name that is longer', `sftp.example.com.evil.org ${one.line}`],
    ['a name that is excluded', `*.example.com,!sftp.example.com ${one.line}`],
    ['a dot that is none', `sftpxexample.com ${one.line}`],
    ['another port', `[sftp.example.com]:2022 ${one.line}`],
    ['the hash of another name', `${hashed('sftp.example.org')} ${one.line}`],
    ['nothing', ''],
  ])('no host key is found under %s', (_what, content) => {
    expect(found(content)).toContain('has no key for sftp.example.com')
  })

  test('a known_hosts file is refused with a certificate authority for the server, or with an invalid key', () => {
    expect(found(`@cert-authority *.example.com ${one.line}`)).toContain('not supported')
    expect(found(`@strange sftp.example.com ${one.line}`)).toContain("can't be read")
    expect(found(`sftp.example.com ssh-ed25519 AAAA\nsftp.example.com ${one.line}`)).toContain("can't be read")
    expect(found(`@cert-authority *.example.org ${one.line}\nsftp.example.com ${one.line}`)).toEqual([one.fingerprint])
  })

  test.runIf(hasKeygen)('a hashed known_hosts file is understood as ssh-keygen understands it', async () => {
    const file = join(folder, 'hashed')
    await writeFile(file, `[sftp.example.com]:2022 ${one.line}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    const config = loadConfig({ ...environment, SFTP_PORT: '2022', SFTP_KNOWN_HOSTS_FILE: file })
    expect(config.sftp.hostKeyFingerprints).toEqual([one.fingerprint])
    expect(config.sftpEndpoint.hostKeyFingerprints).toEqual([one.fingerprint])
  })
})

const environment = {
  DATABASE_URL: 'postgresql://localhost/tidemark',
  TEMPORAL_ADDRESS: 'localhost:7233',
  SFTP_HOST: 'sftp.example.com',
  SFTP_USERNAME: 'writer',
  SFTP_PASSWORD: 'secret',
  OAUTH_ISSUER: 'https://issuer.example.com/',
}

describe('a service without a known host key', () => {
  const pinned = { SFTP_HOST_KEY_FINGERPRINT: one.fingerprint }
  test.each([
    ['nothing', {}, 'SFTP_HOST_KEY_FINGERPRINT or SFTP_KNOWN_HOSTS_FILE is required'],
    ['an empty variable', { SFTP_HOST_KEY_FINGERPRINT: '' }, 'is required'],
    ['only commas', { SFTP_HOST_KEY_FINGERPRINT: ', ,' }, 'must be of the form'],
    ['both', { ...pinned, SFTP_KNOWN_HOSTS_FILE: '/known_hosts' }, 'remove one of them'],
    [
      'a file that is missing',
      { SFTP_KNOWN_HOSTS_FILE: '/nowhere/known_hosts' },
      "SFTP_KNOWN_HOSTS_FILE can't be read",
    ],
    ['an empty file', { SFTP_KNOWN_HOSTS_FILE: '/dev/null' }, 'has no key for sftp.example.com'],
  ])('a service does not start: %s', (_what, given, message) => {
    expect(() => loadConfig({ ...environment, ...given })).toThrow(message)
  })

  test('tenants get the address of the SFTP server that is configured for them', () => {
    expect(loadConfig({ ...environment, ...pinned }).sftpEndpoint).toEqual({
      host: 'sftp.example.com',
      port: 22,
      hostKeyFingerprints: [one.fingerprint],
    })
    const told = { SFTP_PUBLIC_HOST: 'files.example.com', SFTP_PUBLIC_PORT: '2022' }
    expect(loadConfig({ ...environment, ...pinned, ...told }).sftpEndpoint).toMatchObject({
      host: 'files.example.com',
      port: 2022,
    })
  })
})
