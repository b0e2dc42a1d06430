import type SftpClient from 'ssh2-sftp-client'
import { describe, expect, test } from 'vitest'
import { makeKey, type TestKey } from '../../support/sftp/ssh-keys.js'
import { connectSsh } from '../../support/sftp/sftp-clients.js'
import {
  asAcme,
  at,
  client,
  letKeysBeUnavailable,
  names,
  otherKey,
  put,
  tenantKeys,
  useSftpServer,
} from '../support/sftp-server.js'

useSftpServer()

describe("a tenant's own keys", () => {
  const ed25519 = makeKey('-t', 'ed25519')
  const ended = (sftp: SftpClient) => new Promise((resolve) => sftp.on('close', () => resolve('ended')))
  const asKey = (username: string, { privateKey }: TestKey) => at({ username, privateKey })
  const refused = 'All configured authentication methods failed'

  test.each([
    ['ed25519', ed25519],
    ['ECDSA, 256 bits', makeKey('-t', 'ecdsa', '-b', '256')],
    ['ECDSA, 384 bits', makeKey('-t', 'ecdsa', '-b', '384')],
    ['ECDSA, 521 bits', makeKey('-t', 'ecdsa', '-b', '521')],
    ['RSA', makeKey('-t', 'rsa', '-b', '3072')],
  ])('a tenant logs in with its own key of the type %s', async (_type, key) => {
    tenantKeys.set('acme', [otherKey.public, key.canonical])
    await put('exports/acme/f', 'mine')
    expect((await (await client(asKey('acme', key))).get('/exports/acme/f')).toString()).toBe('mine')
    await expect(connectSsh(asKey('globex', key))).rejects.toThrow(refused)
    await expect(connectSsh(asKey('writer', key))).rejects.toThrow(refused)
  })

  test('a tenant with a key and no other account can log in', async () => {
    tenantKeys.set('initech', [ed25519.canonical])
    expect(await names(await client(asKey('initech', ed25519)), '/exports')).toEqual(['initech'])
  })

  test("a tenant's key never logs in as the writer, even if the tenant has the writer's name", async () => {
    tenantKeys.set('writer', [ed25519.canonical])
    await expect(connectSsh(asKey('writer', ed25519))).rejects.toThrow(refused)
  })

  test('a removed key no longer logs in, its open connections end, and other connections stay', async () => {
    const second = makeKey('-t', 'ed25519')
    tenantKeys.set('acme', [ed25519.canonical, second.canonical])
    const [mine, other, byPassword] = [
      await client(asKey('acme', ed25519)),
      await client(asKey('acme', second)),
      await client(asAcme()),
    ]
    const end = ended(mine)
    tenantKeys.set('acme', [second.canonical])
    await expect(connectSsh(asKey('acme', ed25519))).rejects.toThrow(refused)
    expect(await end).toBe('ended')
    for (const sftp of [other, byPassword]) expect(await names(sftp, '/exports')).toEqual(['acme'])
  })

  test('keys of tenants cannot log in while the database is unavailable, and open connections stay', async () => {
    tenantKeys.set('acme', [ed25519.canonical])
    const sftp = await client(asKey('acme', ed25519))
    letKeysBeUnavailable(true)
    await expect(connectSsh(asKey('acme', ed25519))).rejects.toThrow(refused)
    expect(await names(sftp, '/exports')).toEqual(['acme'])
    const end = ended(sftp)
    tenantKeys.delete('acme')
    letKeysBeUnavailable(false)
    expect(await end).toBe('ended')
  })
})
