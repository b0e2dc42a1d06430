import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Encoder } from '../../src/domain/encoder.js'
import { parseKey } from '../../src/pgp/parse-key.js'
import { pgpEncoder } from '../../src/pgp/pgp-encoder.js'
import { createSigningKeys } from '../../src/pgp/signing-key.js'
import { GpgHome } from '../support/pgp/gpg.js'

let tenant: GpgHome
let operator: GpgHome
let fingerprints: string[]
beforeAll(async () => {
  tenant = await GpgHome.open()
  operator = await GpgHome.open()
  fingerprints = [
    await tenant.generate('old', { algorithm: 'rsa3072', usage: 'encr,cert' }),
    await tenant.generate('new'),
  ]
})
afterAll(async () => {
  await tenant[Symbol.asyncDispose]()
  await operator[Symbol.asyncDispose]()
})

const recipients = (...names: string[]) =>
  Promise.all(names.map(async (fingerprint) => parseKey(await tenant.export(fingerprint))))

async function encoded(encoder: Encoder, pieces: readonly Buffer[]): Promise<Buffer> {
  const out: Buffer[] = []
  for (const piece of pieces) out.push(Buffer.from(await encoder.write(piece)))
  out.push(await encoder.end())
  encoder.destroy()
  return Buffer.concat(out)
}

describe('an encrypted file', () => {
  test.each([0, 1, 100, 512, 70_000, 3_000_000])('gpg decrypts %i bytes for each recipient', async (size) => {
    const content = randomBytes(size)
    const encoder = pgpEncoder({ recipients: await recipients(...fingerprints), signingKey: undefined })
    const encrypted = await encoded(encoder, [content.subarray(0, 100), content.subarray(100)])
    const { content: decrypted, status } = await tenant.decrypt(encrypted)
    expect(decrypted.equals(content)).toBe(true)
    // The old form with integrity protection, which gpg 2.2 reads; 9 is AES-256.
    expect(status).toContain('DECRYPTION_INFO 2 9')
    expect(status).toContain('GOODMDC')
    expect(status.match(/ENC_TO /g)).toHaveLength(2)
  })

  test('gpg verifies the signature of the operator', async () => {
    const fingerprint = await operator.generate('operator', { algorithm: 'rsa3072', usage: 'sign,cert' })
    const keys = createSigningKeys({ armored: await operator.exportSecret(fingerprint), passphrase: undefined })
    const shown = await keys.publicKey()
    expect(shown).toEqual({ fingerprint, publicKey: expect.stringContaining('PUBLIC KEY BLOCK') })
    await tenant.import(shown!.publicKey)
    const signingKey = await keys.privateKey(new Date())
    const encoder = pgpEncoder({ recipients: await recipients(fingerprints[1]!), signingKey })
    const { content, status } = await tenant.decrypt(await encoded(encoder, [Buffer.from('a,b\n')]))
    expect(content.toString()).toBe('a,b\n')
    expect(status).toContain(`VALIDSIG ${fingerprint}`)
  })

  test('the encoder never gives more than it says, so that file parts keep to their limit', async () => {
    const encoder = pgpEncoder({ recipients: await recipients(...fingerprints), signingKey: undefined })
    for (const size of [1, 600, 65_536, 261_120, 3, 100_000]) {
      const promised = encoder.heldBack() + size + 8
      const given = await encoder.write(randomBytes(size))
      expect(given.length + encoder.heldBack()).toBeLessThanOrEqual(promised)
    }
    const most = encoder.heldBack()
    expect((await encoder.end()).length).toBeLessThanOrEqual(most)
    encoder.destroy()
  })

  test('a failure of the encryption reaches the writer, and does not leave it waiting', async () => {
    const signing = await tenant.generate('signing', { algorithm: 'ed25519', usage: 'sign' })
    const encoder = pgpEncoder({ recipients: await recipients(signing), signingKey: undefined })
    await expect(encoder.write(Buffer.from('a'))).rejects.toThrow('encryption key')
    encoder.destroy()
  })
})
