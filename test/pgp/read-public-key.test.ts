import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pgpKeyLimits } from '../../src/domain/pgp-key.js'
import { readPublicKey } from '../../src/pgp/read-public-key.js'
import { GpgHome } from '../support/pgp/gpg.js'

let gpg: GpgHome
beforeAll(async () => {
  gpg = await GpgHome.open()
})
afterAll(() => gpg[Symbol.asyncDispose]())

const problemOf = async (text: string): Promise<string> => {
  const read = await readPublicKey(text, new Date())
  return read.ok ? 'ACCEPTED' : read.problem
}

const armoredKey = async (...given: Parameters<GpgHome['generate']>): Promise<string> =>
  gpg.export(await gpg.generate(...given))

describe('an accepted key', () => {
  test('a key of gpg is read with its fingerprint, user id, algorithm and times', async () => {
    const fingerprint = await gpg.generate('curve')
    const read = await readPublicKey(await gpg.export(fingerprint), new Date())
    expect(read).toMatchObject({
      ok: true,
      value: { fingerprint, userId: 'curve <curve@example.com>', algorithm: 'ECDH curve25519', expiresAt: null },
    })
  })

  test('a key that expires is read with the time from which it cannot encrypt', async () => {
    const armored = await armoredKey('ending', { expires: 'seconds=86400' })
    const read = await readPublicKey(armored, new Date())
    if (!read.ok) throw new Error(read.problem)
    const { createdAt, expiresAt } = read.value
    expect(expiresAt!.getTime() - createdAt.getTime()).toBe(86_400_000)
    expect((await readPublicKey(armored, new Date(expiresAt!.getTime() - 1000))).ok).toBe(true)
    expect(await readPublicKey(armored, expiresAt!)).toEqual({ ok: false, problem: 'EXPIRED' })
  })

  test('an RSA key of 3072 bits is accepted, and text around the block is ignored', async () => {
    const fingerprint = await gpg.generate('long', { algorithm: 'rsa3072' })
    await gpg.gpg(['--quick-add-key', fingerprint, 'rsa3072', 'encr', 'never'])
    const read = await readPublicKey(`a mail\n\n${await gpg.export(fingerprint)}\nregards`, new Date())
    expect(read).toMatchObject({ ok: true, value: { fingerprint, algorithm: 'RSA 3072' } })
  })
})

describe('a refused key', () => {
  test('a private key is refused, also under the header of a public key', async () => {
    const secret = await gpg.exportSecret(await gpg.generate('secret'))
    expect(await problemOf(secret)).toBe('PRIVATE_KEY')
    expect(await problemOf(secret.replaceAll('PRIVATE KEY', 'PUBLIC KEY'))).toBe('PRIVATE_KEY')
  })

  test('a key that has expired is refused', async () => {
    expect(await problemOf(await armoredKey('expired', { at: '20200101T000000', expires: '1d' }))).toBe('EXPIRED')
  })

  test('a key that was created in the future is refused', async () => {
    expect(await problemOf(await armoredKey('future', { at: '20500101T000000' }))).toBe('NOT_YET_VALID')
  })

  test('a revoked key is refused', async () => {
    const fingerprint = await gpg.generate('revoked')
    await gpg.revoke(fingerprint)
    expect(await problemOf(await gpg.export(fingerprint))).toBe('REVOKED')
  })

  test('a key without a subkey for encryption is refused', async () => {
    const usage = { algorithm: 'ed25519', usage: 'sign' }
    expect(await problemOf(await armoredKey('signing', usage))).toBe('NO_ENCRYPTION_KEY')
  })

  test('an RSA key below 3072 bits is refused, also as the only subkey for encryption', async () => {
    expect(await problemOf(await armoredKey('short', { algorithm: 'rsa2048' }))).toBe('SHORT_RSA')
    const fingerprint = await gpg.generate('mixed', { algorithm: 'ed25519', usage: 'sign' })
    await gpg.gpg(['--quick-add-key', fingerprint, 'rsa2048', 'encr', 'never'])
    expect(await problemOf(await gpg.export(fingerprint))).toBe('SHORT_RSA')
  })

  test('a DSA key is refused', async () => {
    const usage = { algorithm: 'dsa2048', usage: 'sign' }
    expect(await problemOf(await armoredKey('dsa', usage))).toBe('WEAK_ALGORITHM')
  })

  test('two keys in one block, and two blocks, are refused', async () => {
    const [one, other] = [await gpg.generate('one'), await gpg.generate('other')]
    const both = (await gpg.gpg(['--armor', '--export', one, other])).stdout.toString()
    expect(await problemOf(both)).toBe('SEVERAL_KEYS')
    expect(await problemOf(`${await gpg.export(one)}${await gpg.export(other)}`)).toBe('SEVERAL_KEYS')
  })

  test('a key with too many user ids is refused', async () => {
    const fingerprint = await gpg.generate('many')
    for (let index = 0; index < pgpKeyLimits.userIds; index += 1) {
      await gpg.gpg(['--quick-add-uid', fingerprint, `many${index}@example.com`])
    }
    expect(await problemOf(await gpg.export(fingerprint))).toBe('TOO_LARGE')
  })

  test('what is larger than 64 KB is refused before it is parsed', async () => {
    const armored = await armoredKey('large')
    expect(await problemOf(armored.replace('\n\n', `\n\n${'A'.repeat(pgpKeyLimits.bytes)}\n`))).toBe('TOO_LARGE')
  })

  test.each([
    ['', 'EMPTY'],
    ['ssh-ed25519 AAAA', 'OTHER_FORMAT'],
    ['-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----', 'OTHER_FORMAT'],
    ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----', 'MALFORMED'],
    ['-----BEGIN PGP PUBLIC KEY BLOCK-----', 'MALFORMED'],
  ])('what is no key is refused: %j', async (text, problem) => {
    expect(await problemOf(text)).toBe(problem)
  })

  test('a key that is cut or damaged is refused', async () => {
    const armored = await armoredKey('damaged')
    const lines = armored.split('\n')
    const half = [...lines.slice(0, 6), '-----END PGP PUBLIC KEY BLOCK-----', ''].join('\n')
    expect(await problemOf(half)).toBe('MALFORMED')
  })
})
