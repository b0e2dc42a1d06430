import { encoded } from '../../src/csv/encoders/encoded.js'
import { openEncoding } from '../../src/csv/encoders/encoding.js'
import { parseKey } from '../../src/pgp/parse-key.js'
import { pgpEncoder } from '../../src/pgp/pgp-encoder.js'
import { createSigningKeys } from '../../src/pgp/signing-key.js'
import type { Job } from '../wire/job.js'

/** Encrypts a file as a worker does. The keys are read before. */
export async function encryptChunks({ publicKey, signingKey: armored }: NonNullable<Job['pgp']>) {
  const recipients = [await parseKey(publicKey)]
  const signingKey =
    armored === undefined
      ? undefined
      : await createSigningKeys({ armored, passphrase: undefined }).privateKey(new Date())
  const encrypt = () => pgpEncoder({ recipients, signingKey })
  return (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> =>
    encoded(chunks, () => {
      const encoding = openEncoding({ compression: 'NONE', encrypt })
      if (!encoding) throw new Error('nothing encrypts the file')
      return encoding.encoder
    })
}
