import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PgpKey } from '../../src/domain/pgp-key.js'
import { createFileEncryptors } from '../../src/pgp/file-encryptor.js'
import { readPublicKey } from '../../src/pgp/read-public-key.js'
import { createSigningKeys, type SigningKeySettings } from '../../src/pgp/signing-key.js'
import { GpgHome } from '../support/pgp/gpg.js'

let gpg: GpgHome
let lasting: PgpKey
let ending: PgpKey
beforeAll(async () => {
  gpg = await GpgHome.open()
  lasting = await keyOf(await gpg.generate('lasting'))
  ending = await keyOf(await gpg.generate('ending', { expires: 'seconds=864000' }))
})
afterAll(() => gpg[Symbol.asyncDispose]())

async function keyOf(fingerprint: string): Promise<PgpKey> {
  const read = await readPublicKey(await gpg.export(fingerprint), new Date())
  if (!read.ok) throw new Error(read.problem)
  return { ...read.value, label: 'x', addedAt: new Date(), addedBy: 'tester' }
}

/** The tenant's keys, which a test may change, and the time. */
function encryptors(
  keys: readonly PgpKey[],
  { at = new Date(), signing }: { at?: Date; signing?: SigningKeySettings } = {},
) {
  const kept = [...keys]
  const open = createFileEncryptors({
    pgpKeys: { list: async () => [...kept] },
    signingKeys: createSigningKeys(signing),
    now: () => at,
  })
  return { kept, open: (publicKeys: string[] | null, sign = false) => open('acme', { pgp: { publicKeys, sign } }) }
}

describe('the keys of a file', () => {
  test('a file is encrypted to all keys, or to the named ones', async () => {
    const { open } = encryptors([lasting, ending])
    expect((await open(null)).encryption).toEqual({
      recipients: [lasting.fingerprint, ending.fingerprint],
      signedBy: null,
    })
    expect((await open([ending.fingerprint])).encryption.recipients).toEqual([ending.fingerprint])
  })

  test('a key that was added is used from the next file on', async () => {
    const { open, kept } = encryptors([lasting])
    expect((await open(null)).encryption.recipients).toHaveLength(1)
    kept.push(ending)
    expect((await open(null)).encryption.recipients).toHaveLength(2)
  })

  test('a key that has expired fails the file, also beside a valid one, and is never left out', async () => {
    const before = new Date(ending.expiresAt!.getTime() - 1000)
    expect((await encryptors([lasting, ending], { at: before }).open(null)).encryption.recipients).toHaveLength(2)
    const { open } = encryptors([lasting, ending], { at: ending.expiresAt! })
    await expect(open(null)).rejects.toMatchObject({
      code: 'PGP_KEY_UNUSABLE',
      message: expect.stringContaining(ending.fingerprint),
    })
    expect((await open([lasting.fingerprint])).encryption.recipients).toEqual([lasting.fingerprint])
  })

  test('without a key, or without a named one, there is no file', async () => {
    await expect(encryptors([]).open(null)).rejects.toMatchObject({ code: 'PGP_KEY_UNUSABLE' })
    const { open } = encryptors([lasting])
    await expect(open([ending.fingerprint])).rejects.toMatchObject({ code: 'PGP_KEY_UNUSABLE' })
  })

  test('a file must not be published if one of its keys was removed while it was written', async () => {
    const { open, kept } = encryptors([lasting, ending])
    const encryptor = await open(null)
    await encryptor.requireUnchanged()
    kept.splice(0, 1)
    await expect(encryptor.requireUnchanged()).rejects.toMatchObject({ code: 'PGP_KEYS_CHANGED' })
  })
})

describe('the key of the operator', () => {
  test('a file that must be signed fails without a private key, with a wrong passphrase, and with an expired key', async () => {
    const secret = await gpg.exportSecret(ending.fingerprint)
    const locked = await gpg.gpg(['--armor', '--export', lasting.fingerprint]).then(({ stdout }) => stdout.toString())
    const failure = { code: 'PGP_SIGNING_KEY_UNUSABLE' }
    await expect(encryptors([lasting]).open(null, true)).rejects.toMatchObject(failure)
    const publicOnly = { signing: { armored: locked, passphrase: undefined } }
    await expect(encryptors([lasting], publicOnly).open(null, true)).rejects.toMatchObject(failure)
    const expired = { signing: { armored: secret, passphrase: undefined }, at: ending.expiresAt! }
    await expect(encryptors([lasting], expired).open(null, true)).rejects.toMatchObject(failure)
    const valid = encryptors([lasting], { signing: { armored: secret, passphrase: undefined } })
    expect((await valid.open(null, true)).encryption.signedBy).toBe(ending.fingerprint)
  })

  test('a key with a passphrase signs if the setting has it', async () => {
    const { generateKey } = await import('openpgp')
    const userIDs = { name: 'operator', email: 'operator@example.com' }
    const { privateKey } = await generateKey({ userIDs, passphrase: 'secret' })
    const withPassphrase = (passphrase: string | undefined) =>
      encryptors([lasting], { signing: { armored: privateKey, passphrase } }).open(null, true)
    expect((await withPassphrase('secret')).encryption.signedBy).toMatch(/^[0-9A-F]{40}$/)
    await expect(withPassphrase('wrong')).rejects.toThrow('PGP_SIGNING_KEY_PASSPHRASE does not unlock')
    await expect(withPassphrase(undefined)).rejects.toThrow('PGP_SIGNING_KEY_PASSPHRASE is not set')
  })
})
